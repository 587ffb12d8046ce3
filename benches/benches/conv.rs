//! Convolutions of 3x3 and larger.

use criterion::{Criterion, criterion_group, criterion_main};
use striate::core::Streams;
use striate::layers::{Context, Conv2d};
use striate_benches::operation::bench;

fn conv(criterion: &mut Criterion) {
    bench::<4, 4>(
        criterion,
        "conv3x3",
        &[[16, 64, 56, 56], [16, 128, 28, 28], [16, 256, 14, 14], [16, 512, 7, 7]],
        |[_, channels, _, _], device| {
            let layer =
                Conv2d::new(channels, 3).padding(1).no_bias().init(channels, &Streams::new(0).scope("init"), device);
            Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
        },
    );
    bench::<4, 4>(criterion, "conv3x3_stride2", &[[16, 128, 56, 56]], |[_, channels, _, _], device| {
        let layer = Conv2d::new(channels, 3).stride(2).padding(1).no_bias().init(
            channels,
            &Streams::new(0).scope("init"),
            device,
        );
        Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
    });
    bench::<4, 4>(criterion, "conv5x5", &[[16, 32, 28, 28]], |[_, channels, _, _], device| {
        let layer =
            Conv2d::new(2 * channels, 5).padding(2).no_bias().init(channels, &Streams::new(0).scope("init"), device);
        Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
    });
    bench::<4, 4>(criterion, "conv7x7_stem", &[[16, 3, 224, 224]], |[_, channels, _, _], device| {
        let layer =
            Conv2d::new(64, 7).stride(2).padding(3).no_bias().init(channels, &Streams::new(0).scope("init"), device);
        Box::new(move |images| layer.forward(images, &mut Context::evaluation()))
    });
}

criterion_group!(benches, conv);
criterion_main!(benches);
