//! Normalization.

use criterion::{Criterion, criterion_group, criterion_main};
use striate::core::Streams;
use striate::layers::{BatchNorm, Context, GroupNorm};
use striate_benches::operation::bench;

fn norm(criterion: &mut Criterion) {
    let shapes = [[32, 64, 32, 32], [8, 96, 112, 112]];
    bench::<4, 4>(criterion, "batch_norm_training", &shapes, |[_, channels, _, _], device| {
        let layer = BatchNorm::new().init(channels, &Streams::new(0).scope("init"), device);
        Box::new(move |images| layer.forward(images, &mut Context::training(Streams::new(0))))
    });
    bench::<4, 4>(criterion, "batch_norm_evaluation", &shapes, |[_, channels, _, _], device| {
        let layer = BatchNorm::new().init(channels, &Streams::new(0).scope("init"), device);
        Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
    });
    bench::<4, 4>(criterion, "group_norm", &shapes, |[_, channels, _, _], device| {
        let layer = GroupNorm::new(32).init(channels, &Streams::new(0).scope("init"), device);
        Box::new(move |images| layer.forward(images))
    });
}

criterion_group!(benches, norm);
criterion_main!(benches);
