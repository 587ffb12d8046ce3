//! A network as a graph beside the same network written by hand: LeNet-5, one training step without the update.

use burn::Tensor;
use burn::module::Module;
use burn::tensor::{Device, Int, TensorData};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use striate::core::Streams;
use striate::layers::losses::SparseCategoricalCrossEntropy;
use striate::layers::{Activation, AvgPool2d, Context, Conv2d, Conv2dLayer, Dense, DenseLayer};
use striate::models::Architecture;

const BATCH: usize = 64;

/// LeNet-5 as a burn user writes it.
#[derive(Module, Debug)]
struct LeNet5 {
    conv1: Conv2dLayer,
    conv2: Conv2dLayer,
    fc1: DenseLayer,
    fc2: DenseLayer,
    fc3: DenseLayer,
}

impl LeNet5 {
    fn new(device: &Device) -> Self {
        let scope = |name: &str| Streams::new(1).scope("init").within(name);
        let tanh = Activation::Tanh;
        Self {
            conv1: Conv2d::new(6, 5).same().activation(tanh).init(1, &scope("conv1"), device),
            conv2: Conv2d::new(16, 5).activation(tanh).init(6, &scope("conv2"), device),
            fc1: Dense::new(120).activation(tanh).init(400, &scope("fc1"), device),
            fc2: Dense::new(84).activation(tanh).init(120, &scope("fc2"), device),
            fc3: Dense::new(10).init(84, &scope("fc3"), device),
        }
    }

    fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<2> {
        let pool = AvgPool2d::new(2);
        let x = pool.forward(self.conv1.forward(images, context));
        let x = pool.forward(self.conv2.forward(x, context));
        let x = x.flatten(1, 3);
        let x = self.fc1.forward(x, context);
        let x = self.fc2.forward(x, context);
        self.fc3.forward(x, context)
    }
}

fn step(forward: impl Fn(Tensor<4>, &mut Context) -> Tensor<2>, device: &Device) {
    let images = Tensor::from_data(TensorData::new(vec![0.5f32; BATCH * 784], [BATCH, 1, 28, 28]), device);
    let labels = Tensor::<1, Int>::from_data(TensorData::new(vec![3i64; BATCH], [BATCH]), device);
    let mut context = Context::training(Streams::new(0));
    let loss = SparseCategoricalCrossEntropy::new().forward(forward(images, &mut context), labels);
    let _gradients = loss.backward();
    device.sync().expect("the device answers");
}

fn graph(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lenet5_step");
    group.throughput(Throughput::Elements(BATCH as u64)).sample_size(60);
    for (name, device) in striate_benches::all() {
        let written = LeNet5::new(&device).train();
        let network = Architecture::LeNet5.spec(10).expect("ten classes").init(1, &device).train();
        group.bench_function(format!("by_hand/{name}/b{BATCH}"), |bencher| {
            bencher.iter(|| step(|images, context| written.forward(images, context), &device));
        });
        group.bench_function(format!("graph/{name}/b{BATCH}"), |bencher| {
            bencher.iter(|| step(|images, context| network.forward_in(images, context), &device));
        });
    }
    group.finish();
}

/// The ratio of the two forms, step beside step: a busy machine slows both of a pair.
fn graph_over_by_hand(_: &mut Criterion) {
    for (name, device) in striate_benches::all() {
        let written = LeNet5::new(&device).train();
        let network = Architecture::LeNet5.spec(10).expect("ten classes").init(1, &device).train();
        let ratio = striate_benches::paired_ratio(
            300,
            || step(|images, context| network.forward_in(images, context), &device),
            || step(|images, context| written.forward(images, context), &device),
        );
        println!("lenet5_step/{name}/b{BATCH}: graph / by hand = {ratio}");
    }
}

criterion_group!(benches, graph, graph_over_by_hand);
criterion_main!(benches);
