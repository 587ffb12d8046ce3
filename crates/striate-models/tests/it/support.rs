//! What several tests share.

use burn::tensor::TensorData;
use striate_network::{Network, State};
use striate_testkit::fill;

/// The network with weights by the fill rule.
pub(crate) fn filled(network: Network) -> Network {
    let weights = network.reference_weights();
    let state: State = weights
        .into_iter()
        .filter_map(|weight| {
            let values = fill::weight(&weight.name, &weight.shape);
            Some((weight.own?, TensorData::new(values, weight.shape)))
        })
        .collect();
    network.with_state(state).unwrap()
}
