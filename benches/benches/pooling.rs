//! Pooling.

use criterion::{Criterion, criterion_group, criterion_main};
use striate::layers::{AvgPool2d, GlobalAvgPool, MaxPool2d};
use striate_benches::operation::bench;

fn pooling(criterion: &mut Criterion) {
    bench::<4, 4>(criterion, "max_pool3x3_stride2", &[[16, 64, 112, 112]], |_, _| {
        Box::new(|images| MaxPool2d::new(3).stride(2).padding(1).forward(images))
    });
    bench::<4, 4>(criterion, "max_pool2x2", &[[64, 32, 28, 28]], |_, _| {
        Box::new(|images| MaxPool2d::new(2).forward(images))
    });
    bench::<4, 4>(criterion, "avg_pool2x2", &[[64, 6, 28, 28]], |_, _| {
        Box::new(|images| AvgPool2d::new(2).forward(images))
    });
    bench::<4, 2>(criterion, "global_avg_pool", &[[16, 512, 7, 7]], |_, _| {
        Box::new(|images| GlobalAvgPool::new().forward(images))
    });
}

criterion_group!(benches, pooling);
criterion_main!(benches);
