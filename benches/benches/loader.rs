//! Batches of the embedded digits, shifted at random: one epoch.

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use striate::core::Preprocessing;
use striate::data::{Digits, Loader, LoaderConfig, RandomShift};

fn loader(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loader");
    for workers in [1, 2] {
        let transforms = vec![Arc::new(RandomShift { max_px: 2 }) as _];
        let config = LoaderConfig { workers, ..LoaderConfig::default() };
        let loader = Loader::new(Arc::new(Digits::train()), transforms, Preprocessing::gray([28, 28]), config, 42);
        let loader = loader.expect("the digits are there");
        group.throughput(Throughput::Elements(loader.samples_per_epoch() as u64));
        group.bench_function(format!("digits/host/{workers}_workers"), |bencher| {
            bencher.iter(|| loader.epoch(0, 0).map(|batch| batch.expect("a batch").labels.len()).sum::<usize>());
        });
    }
    group.finish();
}

criterion_group!(benches, loader);
criterion_main!(benches);
