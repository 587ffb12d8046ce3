//! Our operations beside burn's on the same device, forward and backward, pair by pair. On flex these are our kernels; on
//! other devices both are burn's, and ours must take no longer.

use burn::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, module};
use criterion::{Criterion, criterion_group, criterion_main};
use striate::backend::ops;
use striate_benches::operation::{random, wait};

const PAIRS: usize = 15;

/// An operation on prepared tensors, ours and burn's.
type Both = [Box<dyn Fn() -> Tensor<4>>; 2];

fn beside(name: &str, prepare: impl Fn(&Device) -> Both) {
    for (device_name, device) in striate_benches::all() {
        let [ours, theirs] = prepare(&device.clone().autodiff());
        let step = |forward: &dyn Fn() -> Tensor<4>| {
            let _gradients = forward().sum().backward();
            wait(&device);
        };
        step(&ours);
        step(&theirs);
        let ratio = striate_benches::paired_ratio(PAIRS, || step(&ours), || step(&theirs));
        println!("{name}/{device_name}: ours / burn's = {ratio}");
    }
}

fn convolutions(_: &mut Criterion) {
    let shapes = [
        ("3x3", [4, 32, 28, 28], [32, 32, 3, 3], ConvOptions::new([1, 1], [1, 1], [1, 1], 1)),
        ("3x3_stride2", [4, 32, 28, 28], [64, 32, 3, 3], ConvOptions::new([2, 2], [1, 1], [1, 1], 1)),
        ("1x1", [4, 32, 28, 28], [128, 32, 1, 1], ConvOptions::new([1, 1], [0, 0], [1, 1], 1)),
        ("depthwise", [4, 64, 28, 28], [64, 1, 3, 3], ConvOptions::new([1, 1], [1, 1], [1, 1], 64)),
    ];
    for (name, images, weight, options) in shapes {
        beside(&format!("conv2d_{name}"), |device| {
            let bias = random("bias", [weight[0]], device);
            let (images, weight) = (random("images", images, device), random("weight", weight, device));
            let operands = move || {
                let learned = (images.clone().require_grad(), weight.clone().require_grad());
                (learned.0, learned.1, Some(bias.clone().require_grad()))
            };
            let (operands_too, options, options_too) = (operands.clone(), options.clone(), options.clone());
            [
                Box::new(move || {
                    let (images, weight, bias) = operands();
                    ops::conv2d(images, weight, bias, options.clone())
                }),
                Box::new(move || {
                    let (images, weight, bias) = operands_too();
                    module::conv2d(images, weight, bias, options_too.clone())
                }),
            ]
        });
    }
}

fn others(_: &mut Criterion) {
    let images = |device: &Device| {
        let images = random("images", [4, 32, 56, 56], device);
        move || images.clone().require_grad()
    };
    beside("relu", |device| {
        let (images, images_too) = (images(device), images(device));
        [Box::new(move || ops::pointwise(images(), ops::Pointwise::Relu)), Box::new(move || relu(images_too()))]
    });
    beside("max_pool2d", |device| {
        let (images, images_too) = (images(device), images(device));
        let window = ops::PoolOptions { size: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] };
        let burns = MaxPoolOptions::new([2, 2]);
        [
            Box::new(move || ops::max_pool2d(images(), window)),
            Box::new(move || module::max_pool2d(images_too(), burns.clone())),
        ]
    });
}

criterion_group!(benches, convolutions, others);
criterion_main!(benches);
