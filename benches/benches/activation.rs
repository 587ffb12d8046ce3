//! Activations.

use criterion::{Criterion, criterion_group, criterion_main};
use striate::layers::Activation;
use striate_benches::operation::bench;

fn activation(criterion: &mut Criterion) {
    let activations = [
        ("relu", Activation::Relu),
        ("relu6", Activation::Relu6),
        ("tanh", Activation::Tanh),
        ("swish", Activation::Swish),
        ("sigmoid", Activation::Sigmoid),
    ];
    for (name, activation) in activations {
        bench::<4, 4>(criterion, name, &[[32, 64, 32, 32]], |_, _| Box::new(move |x| activation.forward(x)));
    }
}

criterion_group!(benches, activation);
criterion_main!(benches);
