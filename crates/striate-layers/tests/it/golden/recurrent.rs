//! Recurrent layers and wrappers.

use striate_layers::{Gru, LayerConfig, Lstm, SimpleRnn, TimeDistributed};
use striate_testkit::Case;

use super::{core, find, read};

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    let backwards = find(case, "go_backwards").unwrap_or(false);
    let two_biases = case.tensors.contains_key("bias_hh");
    macro_rules! sequences {
        ($layer:expr) => {{
            let layer = $layer.return_sequences();
            let layer = if case.tensors.contains_key("bias_ih") { layer } else { layer.no_bias() };
            if backwards { layer.go_backwards().into() } else { layer.into() }
        }};
    }
    Some(match case.kind.as_str() {
        "simple_rnn" => sequences!(SimpleRnn::new(read(case, "hidden_size")).recurrent_bias(two_biases)),
        "lstm" => sequences!(Lstm::new(read(case, "hidden_size")).recurrent_bias(two_biases)),
        "gru" => {
            let reset_after = find(case, "reset_after").unwrap_or(true);
            sequences!(Gru::new(read(case, "hidden_size")).reset_after(reset_after))
        }
        "time_distributed_dense" => TimeDistributed::new(core::dense(case)).into(),
        _ => return None,
    })
}
