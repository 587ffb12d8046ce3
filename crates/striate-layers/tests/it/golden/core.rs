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
    let dense = Dense::new(read(case, "out_features")).activation(read(case, "activation"));
    if read(case, "use_bias") { dense } else { dense.no_bias() }
}

/// The name with the numbers that stand beside it.
fn activation(case: &Case) -> Activation {
    let mut numbers = case.config.as_object().expect("a config is an object").clone();
    let name = numbers.remove("activation").expect("an activation has a name");
    let written = match numbers.is_empty() {
        true => name,
        false => serde_json::json!({ name.as_str().unwrap(): numbers }),
    };
    serde_json::from_value(written).unwrap_or_else(|error| panic!("{}: {error}", case.id))
}

fn embedding(case: &Case) -> Embedding {
    let embedding = Embedding::new(read(case, "num_embeddings"), read(case, "embedding_dim"));
    match find(case, "padding_idx") {
        Some(row) => embedding.padding_idx(row),
        None => embedding,
    }
}
