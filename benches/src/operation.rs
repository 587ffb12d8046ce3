//! Operations on random tensors, forward and with gradients.

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use criterion::{Criterion, Throughput};
use striate::core::Streams;

/// A tensor of numbers from 0 to 1, the same for equal purposes.
pub fn random<const D: usize>(purpose: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut stream = Streams::new(0).open(purpose);
    let values = (0..shape.iter().product()).map(|_| stream.uniform_in(0.0..1.0)).collect::<Vec<f32>>();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Waits until all that a device was asked for is done.
///
/// # Panics
/// If it fails.
pub fn wait(device: &Device) {
    device.sync().expect("the device answers");
}

/// Times an operation on inputs of these shapes, on every device: `<operation>/<backend>/<shape>`, and the same with
/// `_grad` after the operation for forward and backward. The first axis counts the pictures.
pub fn bench<const I: usize, const O: usize>(
    criterion: &mut Criterion,
    operation: &str,
    shapes: &[[usize; I]],
    prepare: impl Fn([usize; I], &Device) -> Box<dyn Fn(Tensor<I>) -> Tensor<O>>,
) {
    let mut group = criterion.benchmark_group(operation);
    for (name, device) in crate::all() {
        for shape in shapes {
            let sides = shape.map(|side| side.to_string()).join("x");
            group.throughput(Throughput::Elements(shape[0] as u64));
            let (run, input) = (prepare(*shape, &device), random("input", *shape, &device));
            group.bench_function(format!("{name}/{sides}"), |bencher| {
                bencher.iter(|| {
                    let _output = run(input.clone());
                    wait(&device);
                });
            });
            let training = device.clone().autodiff();
            let (run, input) = (prepare(*shape, &training), random("input", *shape, &training));
            group.bench_function(format!("grad/{name}/{sides}"), |bencher| {
                bencher.iter(|| {
                    let _gradients = run(input.clone().require_grad()).sum().backward();
                    wait(&device);
                });
            });
        }
    }
    group.finish();
}
