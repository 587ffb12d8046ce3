//! Convolutions of 1x1.

use criterion::{Criterion, criterion_group, criterion_main};
use striate::core::Streams;
use striate::layers::{Context, Conv2d};
use striate_benches::operation::bench;

fn pointwise(criterion: &mut Criterion) {
    bench::<4, 4>(criterion, "pointwise_widen", &[[16, 64, 56, 56], [4, 512, 7, 7]], |[_, channels, _, _], device| {
        let layer = Conv2d::new(4 * channels, 1).no_bias().init(channels, &Streams::new(0).scope("init"), device);
        Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
    });
    bench::<4, 4>(
        criterion,
        "pointwise_narrow",
        &[[16, 256, 56, 56], [4, 1024, 14, 14]],
        |[_, channels, _, _], device| {
            let layer = Conv2d::new(channels / 4, 1).no_bias().init(channels, &Streams::new(0).scope("init"), device);
            Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
        },
    );
}

criterion_group!(benches, pointwise);
criterion_main!(benches);
