//! Dense layers, activations and embeddings.

use striate_layers::{Activation, Dense, Embedding, LayerConfig, Prelu};
use striate_testkit::Case;

use super::{find, read};

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    Some(match case.kind.as_str() {
        "dense" => dense(case).into(),
        "activation" => activation(case).into(),
        "prelu" => Prelu::new(read(case, "num_parameters")).into(),
        "embedding" => embedding(case).into(),
        _ => return None,
    })
}

pub(super) fn dense(case: &Case) -> Dense {
    let dense = Dense::new(read(case, "out_features")).activation(named(case));
    if find(case, "use_bias").unwrap_or(case.tensors.contains_key("bias")) { dense } else { dense.no_bias() }
}

/// An activation within a layer; none is linear. A leaky ReLU's slope is that of the library's function.
fn named(case: &Case) -> Activation {
    match find::<Activation>(case, "activation").unwrap_or_default() {
        Activation::LeakyRelu { .. } => {
            Activation::LeakyRelu { negative_slope: if case.reference == "torch" { 0.01 } else { 0.2 } }
        }
        other => other,
    }
}

/// The name with the numbers that stand beside it.
fn activation(case: &Case) -> Activation {
    let mut numbers = case.config.as_object().expect("a config is an object").clone();
    let name = numbers.remove("activation").expect("an activation has a name");
    numbers.retain(|_, number| !number.is_null());
    let written = match numbers.is_empty() {
        true => name,
        false => serde_json::json!({ name.as_str().unwrap(): numbers }),
    };
    serde_json::from_value(written).unwrap_or_else(|error| panic!("{}: {error}", case.id))
}

fn embedding(case: &Case) -> Embedding {
    let rows: usize = read(case, "num_embeddings");
    let embedding = Embedding::new(rows, read(case, "embedding_dim"));
    match find::<isize>(case, "padding_idx") {
        // PyTorch counts a negative one from the end.
        Some(row) => embedding.padding_idx(if row < 0 { rows.strict_sub(row.unsigned_abs()) } else { row as usize }),
        None => embedding,
    }
}
