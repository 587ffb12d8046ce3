use striate_layers::{Activation, Conv2d, Dense, GlobalAvgPool, Mode, Signature};
use striate_network::{NetworkError, NetworkSpec};

use crate::support::small;

fn any_size() -> NetworkSpec {
    let mut net = NetworkSpec::builder("any size");
    let images = net.input("images", [Some(3), None, None]);
    let x = net.add("conv", Conv2d::new(8, 3).same().activation(Activation::Relu), images);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("fc", Dense::new(2), x);
    net.output(x).build().unwrap()
}

#[test]
fn cost_grows_with_the_batch_and_training_needs_more_than_inference() {
    let [one, many] = [1, 50].map(|batch| small().cost(batch).unwrap());
    assert_eq!(one.multiplications, 4 * 5 * 4 * 2 * 9 + 3 * 16);
    assert_eq!(many.multiplications, 50 * one.multiplications);
    assert_eq!((one.parameters, one.parameter_bytes), (127, 508));
    assert!(many.inference_bytes > one.inference_bytes && many.training_bytes > many.inference_bytes, "{many}");
    // Input and output of the convolution are there at once.
    assert!(many.inference_bytes >= 50 * 4 * (2 * 9 * 8 + 4 * 5 * 4));
    let rows = many.layers.iter().map(|layer| layer.training_bytes);
    assert_eq!(rows.max(), Some(many.training_bytes));
    assert_eq!(many.layers[1].output_bytes, 50 * 4 * 80);
}

#[test]
fn optimizer_states_and_weights_are_added_to_memory() {
    let cost = small().cost(1).unwrap();
    assert_eq!(cost.memory(Mode::Evaluation, 2), 508 + cost.inference_bytes);
    assert_eq!(cost.memory(Mode::Training, 2), 508 + cost.training_bytes + 2 * 508);
}

#[test]
fn largest_batch_is_the_last_that_fits() {
    let spec = small();
    for (memory, mode) in [(1 << 20, Mode::Training), (1 << 20, Mode::Evaluation), (1 << 33, Mode::Training)] {
        let batch = spec.largest_batch(memory, mode).unwrap().unwrap();
        let [fits, is_too_much] = [batch, batch + 1].map(|batch| {
            let with_weights = spec.cost(batch).unwrap().memory(mode, 0);
            with_weights + (with_weights - 508) / 10
        });
        assert!(fits <= memory && is_too_much > memory, "{batch}");
    }
    assert_eq!(spec.largest_batch(508, Mode::Evaluation).unwrap(), None);
}

#[test]
fn unknown_sides_have_a_cost_once_they_are_said() {
    let spec = any_size();
    let error = spec.cost(1).unwrap_err();
    assert!(error.to_string().contains("\"images\" gives [3, ?, ?]"), "{error}");
    assert!(spec.largest_batch(1 << 30, Mode::Training).is_err());
    assert!(matches!(error, NetworkError::UnknownSides { .. }));
    let sized = spec.for_inputs(&[Signature::float([3, 10, 20])]).unwrap();
    assert_eq!(sized.cost(1).unwrap().multiplications, 200 * 8 * 27 + 16);
}

#[test]
fn cost_of_a_batch_beyond_any_memory_does_not_overflow() {
    let cost = small().cost(usize::MAX).unwrap();
    assert!(cost.training_bytes > 1 << 60, "{cost}");
}
