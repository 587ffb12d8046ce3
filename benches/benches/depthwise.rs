//! Depthwise convolutions.

use criterion::{Criterion, criterion_group, criterion_main};
use striate::core::Streams;
use striate::layers::{Context, DepthwiseConv2d};
use striate_benches::operation::bench;

fn depthwise(criterion: &mut Criterion) {
    bench::<4, 4>(criterion, "depthwise3x3", &[[16, 128, 56, 56], [8, 144, 28, 28]], |[_, channels, _, _], device| {
        let layer = DepthwiseConv2d::new(3).padding(1).no_bias().init(channels, &Streams::new(0).scope("init"), device);
        Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
    });
    bench::<4, 4>(criterion, "depthwise5x5_stride2", &[[8, 240, 28, 28]], |[_, channels, _, _], device| {
        let layer = DepthwiseConv2d::new(5).stride(2).padding(2).no_bias().init(
            channels,
            &Streams::new(0).scope("init"),
            device,
        );
        Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
    });
}

criterion_group!(benches, depthwise);
criterion_main!(benches);
