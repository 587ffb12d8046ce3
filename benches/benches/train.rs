//! Steps of training.

use criterion::{Criterion, criterion_group, criterion_main};
use striate_benches::workload;

fn train(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("train");
    group.sample_size(10);
    for (name, device) in striate_benches::all() {
        for id in workload::ids().iter().filter(|id| id.starts_with("train/")) {
            let (_, mut step) = workload::prepare(id, &device).expect("a listed workload");
            let shape = id.trim_start_matches("train/");
            group.bench_function(format!("{name}/{shape}"), |bencher| bencher.iter(&mut step));
        }
    }
    group.finish();
}

criterion_group!(benches, train);
criterion_main!(benches);
