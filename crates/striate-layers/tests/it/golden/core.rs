//! Dense layers, activations and embeddings.

use striate_layers::{Dense, LayerConfig};
use striate_testkit::Case;

use super::read;

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    Some(match case.kind.as_str() {
        "dense" => dense(case).into(),
        _ => return None,
    })
}

pub(super) fn dense(case: &Case) -> Dense {
    let dense = Dense::new(read(case, "out_features")).activation(read(case, "activation"));
    if read(case, "use_bias") { dense } else { dense.no_bias() }
}
