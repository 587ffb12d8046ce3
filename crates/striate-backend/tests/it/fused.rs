//! Operations that do several things at once, beside burn's operations one after the other.

use burn::Tensor;
use burn::tensor::module::conv_transpose2d as burn_transposed;
use burn::tensor::ops::ConvTransposeOptions;
use burn::tensor::{Device, TensorData, Tolerance};
use striate_backend::devices;
use striate_backend::ops::{
    ConvOptions, Pointwise, batch_norm, batch_norm_ended, channel_affine, conv_transpose2d, dense, pointwise,
};
use striate_core::Streams;

fn random<const D: usize>(purpose: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut stream = Streams::new(1).open(purpose);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.uniform_in(-1.0..1.0)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The same on every device, with and without autodiff.
fn on_devices(check: impl Fn(&Device)) {
    for (name, device) in devices() {
        println!("device {name}");
        check(&device);
        check(&device.autodiff());
    }
}

/// The output, and on a device with autodiff the gradients of all four inputs that have one.
fn run<const D: usize>(output: Tensor<D>, inputs: &[Tensor<4>]) -> Vec<TensorData> {
    let mut all = vec![output.clone().into_data()];
    if output.device().is_autodiff() {
        let mask = random("mask", output.dims(), &output.device());
        let grads = (output * mask).sum().backward();
        all.extend(inputs.iter().filter_map(|input| input.grad(&grads)).map(Tensor::into_data));
    }
    all
}

fn variable(x: Tensor<4>) -> Tensor<4> {
    if x.device().is_autodiff() { x.require_grad() } else { x }
}

#[track_caller]
fn same(got: &[TensorData], want: &[TensorData]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        got.assert_approx_eq::<f32>(want, Tolerance::absolute(2e-5));
    }
}

#[test]
fn dense_equals_product_sum_and_function() {
    on_devices(|device| {
        for rows in [1, 3, 20] {
            let x = variable(random("x", [rows, 1, 1, 37], device));
            let weight = variable(random("weight", [21, 37, 1, 1], device));
            let bias = variable(random("bias", [21, 1, 1, 1], device));
            let inputs = [x.clone(), weight.clone(), bias.clone()];
            // Made anew for each graph, which a step back consumes.
            let (flat_x, flat_weight) = (|| x.clone().reshape([rows, 37]), || weight.clone().reshape([21, 37]));
            for function in [None, Some(Pointwise::Relu), Some(Pointwise::Sigmoid)] {
                let output = dense(flat_x(), flat_weight(), Some(bias.clone().reshape([21])), function);
                let sum = flat_x().matmul(flat_weight().transpose()) + bias.clone().reshape([1, 21]);
                let want = function.map_or(sum.clone(), |function| pointwise(sum, function));
                same(&run(output, &inputs), &run(want, &inputs));
            }
            // Another layout of the weight.
            let turned = random::<2>("turned", [37, 21], device).transpose();
            let output = dense(flat_x(), turned.clone(), None, None);
            same(&run(output, &inputs[..1]), &run(flat_x().matmul(turned.transpose()), &inputs[..1]));
        }
    });
}

#[test]
fn batch_norm_with_its_ending_equals_one_operation_after_the_other() {
    on_devices(|device| {
        let shape = [3, 4, 5, 6];
        let x = variable(random("x", shape, device));
        let [gamma, beta] = ["gamma", "beta"].map(|name| variable(random(name, [4, 1, 1, 1], device)));
        let more = variable(random("more", shape, device));
        let inputs = [x.clone(), gamma.clone(), beta.clone(), more.clone()];
        let flat = |parameter: &Tensor<4>| parameter.clone().reshape([4]);
        for adds in [false, true] {
            for function in [None, Some(Pointwise::Relu), Some(Pointwise::Relu6), Some(Pointwise::Swish)] {
                let added = adds.then(|| more.clone());
                let output = batch_norm_ended(x.clone(), flat(&gamma), flat(&beta), added, function, 1e-3).output;
                let sum = batch_norm(x.clone(), flat(&gamma), flat(&beta), 1e-3).output;
                let sum = if adds { sum + more.clone() } else { sum };
                let want = function.map_or(sum.clone(), |function| pointwise(sum, function));
                same(&run(output, &inputs), &run(want, &inputs));
            }
        }
    });
}

#[test]
fn factors_and_summands_of_channels_are_as_by_broadcasting() {
    on_devices(|device| {
        let x = random("x", [3, 4, 5, 6], device);
        let [scale, shift] = ["scale", "shift"].map(|name| random(name, [4, 1, 1, 1], device));
        // Any of the three may be frozen.
        for learns in 1..8 {
            let input = |at: usize, row: &Tensor<4>| match learns >> at & 1 {
                1 => variable(row.clone()),
                _ => row.clone(),
            };
            let (x, scale, shift) = (input(0, &x), input(1, &scale), input(2, &shift));
            let inputs = [x.clone(), scale.clone(), shift.clone()];
            let flat = || x.clone().reshape([3, 4, 30]);
            let output = channel_affine(flat(), scale.clone().reshape([4]), shift.clone().reshape([4]));
            let want = flat() * scale.reshape([1, 4, 1]) + shift.reshape([1, 4, 1]);
            same(&run(output, &inputs), &run(want, &inputs));
        }
    });
}

#[test]
fn a_tensor_that_nobody_else_reads_is_changed_in_place() {
    for (name, device) in devices() {
        println!("device {name}");
        let [scale, shift] = ["scale", "shift"].map(|name| random::<1>(name, [4], &device));
        let x = || random::<3>("x", [3, 4, 30], &device);
        let want = x() * scale.clone().reshape([1, 4, 1]) + shift.clone().reshape([1, 4, 1]);
        let held = x();
        let beside = channel_affine(held.clone(), scale.clone(), shift.clone());
        let alone = channel_affine(x(), scale, shift);
        same(&[alone.into_data(), beside.into_data()], &[want.clone().into_data(), want.into_data()]);
        same(&[held.into_data()], &[x().into_data()]);
    }
}

#[test]
fn transposed_convolution_equals_that_of_burn() {
    on_devices(|device| {
        // Kernel, stride, cut before and after, dilation, groups.
        for (kernel, stride, cut, dilation, groups) in
            [(2, 2, 0, 1, 1), (3, 1, 1, 1, 1), (3, 2, 1, 1, 2), (4, 3, 0, 2, 1), (1, 2, 0, 1, 1)]
        {
            let x = variable(random("x", [2, 4, 5, 3], device));
            let weight = variable(random("weight", [4, 6 / groups, kernel, kernel], device));
            let bias = variable(random("bias", [6, 1, 1, 1], device));
            let inputs = [x.clone(), weight.clone(), bias.clone()];
            let bias = || Some(bias.clone().reshape([6]));
            for zeros in 0..stride.min(2) {
                let side = [5, 3].map(|side| (side - 1) * stride + (kernel - 1) * dilation + 1 - 2 * cut + zeros);
                // As much is left after as the zeros don't fill.
                let padding = [(cut, cut - cut.min(zeros)); 2];
                let options = ConvOptions::new_with_padding([stride; 2], padding, [dilation; 2], groups);
                let output = conv_transpose2d(x.clone(), weight.clone(), bias(), side, options);
                let spread = ConvTransposeOptions::new([stride; 2], [cut; 2], [zeros; 2], [dilation; 2], groups);
                let want = burn_transposed(x.clone(), weight.clone(), bias(), spread);
                same(&run(output, &inputs), &run(want, &inputs));
            }
        }
    });
}
