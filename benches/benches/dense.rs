//! Dense layers.

use criterion::{Criterion, criterion_group, criterion_main};
use striate::core::Streams;
use striate::layers::{Context, Dense};
use striate_benches::operation::bench;

fn dense(criterion: &mut Criterion) {
    bench::<2, 2>(criterion, "dense", &[[64, 400], [64, 4096], [1, 4096]], |[_, inputs], device| {
        let layer = Dense::new(inputs).init(inputs, &Streams::new(0).scope("init"), device);
        Box::new(move |x| layer.forward(x, &mut Context::evaluation()))
    });
}

criterion_group!(benches, dense);
criterion_main!(benches);
