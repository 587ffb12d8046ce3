use burn::Tensor;
use burn::tensor::{Device, TensorData, Tolerance};
use proptest::prelude::*;
use striate_backend::ops::{ConvOptions, Pointwise, conv2d, conv2d_ended, pointwise};
use striate_backend::{UpdateRules, VisionBackend, VisionGradients, devices};
use striate_core::Streams;

/// The plain loop that every backend's convolution has to equal.
fn reference(images: &Case, weight: &[f32], bias: &[f32], weight_shape: [usize; 4]) -> Vec<f32> {
    let [batch, channels, height, width] = images.shape;
    let [out_channels, group_channels, k_h, k_w] = weight_shape;
    let options = &images.options;
    let [out_h, out_w] = images.output_size([k_h, k_w]);
    let group_outputs = out_channels / options.groups;
    let mut output = Vec::with_capacity(batch * out_channels * out_h * out_w);
    for n in 0..batch {
        for o in 0..out_channels {
            for (y, x) in (0..out_h).flat_map(|y| (0..out_w).map(move |x| (y, x))) {
                let mut sum = bias[o];
                for i in 0..group_channels {
                    let channel = o / group_outputs * group_channels + i;
                    for (ky, kx) in (0..k_h).flat_map(|ky| (0..k_w).map(move |kx| (ky, kx))) {
                        let row = (y * options.stride[0] + ky * options.dilation[0]).wrapping_sub(options.padding[0].0);
                        let column =
                            (x * options.stride[1] + kx * options.dilation[1]).wrapping_sub(options.padding[1].0);
                        if row < height && column < width {
                            let pixel = images.values[((n * channels + channel) * height + row) * width + column];
                            sum += pixel * weight[((o * group_channels + i) * k_h + ky) * k_w + kx];
                        }
                    }
                }
                output.push(sum);
            }
        }
    }
    output
}

#[derive(Debug, Clone)]
struct Case {
    shape: [usize; 4],
    values: Vec<f32>,
    options: ConvOptions<2>,
}

impl Case {
    fn output_size(&self, kernel: [usize; 2]) -> [usize; 2] {
        std::array::from_fn(|d| {
            let padded = self.shape[2 + d] + self.options.padding[d].0 + self.options.padding[d].1;
            (padded - (kernel[d] - 1) * self.options.dilation[d] - 1) / self.options.stride[d] + 1
        })
    }
}

fn random(purpose: &str, len: usize) -> Vec<f32> {
    let mut stream = Streams::new(1).open(purpose);
    (0..len).map(|_| stream.uniform_in(-1.0..1.0)).collect()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn conv2d_equals_the_plain_loop_on_every_device(
        (batch, groups, group_in, group_out) in (1usize..3, 1usize..3, 1usize..4, 1usize..4),
        sides in [5usize..9, 5usize..9],
        kernel in [1usize..4, 1usize..4],
        stride in [1usize..3, 1usize..3],
        dilation in [1usize..3, 1usize..3],
        padding in [(0usize..3, 0usize..3), (0usize..3, 0usize..3)],
    ) {
        let options = ConvOptions::new_with_padding(stride, padding, dilation, groups);
        let shape = [batch, groups * group_in, sides[0], sides[1]];
        let case = Case { shape, values: random("images", shape.iter().product()), options: options.clone() };
        let weight_shape = [groups * group_out, group_in, kernel[0], kernel[1]];
        let weight = random("weight", weight_shape.iter().product());
        let bias = random("bias", weight_shape[0]);
        let expected = reference(&case, &weight, &bias, weight_shape);
        for (_, device) in devices() {
            let output = conv2d(
                tensor(&case.values, shape, &device),
                tensor(&weight, weight_shape, &device),
                Some(tensor(&bias, [weight_shape[0]], &device)),
                options.clone(),
            );
            let [out_h, out_w] = case.output_size(kernel);
            let want = TensorData::new(expected.clone(), [batch, weight_shape[0], out_h, out_w]);
            output.into_data().assert_approx_eq::<f32>(&want, Tolerance::absolute(1e-5));
        }
    }
}

/// The gradients of `sum(output * mask)` on one device: images, weight, bias.
fn gradients(device: &Device) -> [Vec<f32>; 3] {
    let device = device.clone().autodiff();
    let (shape, weight_shape) = ([2, 4, 6, 5], [6, 2, 3, 3]);
    let images = tensor(&random("images", 240), shape, &device).require_grad();
    let weight = tensor(&random("weight", 108), weight_shape, &device).require_grad();
    let bias = tensor(&random("bias", 6), [6], &device).require_grad();
    let options = ConvOptions::new_with_padding([2, 1], [(0, 1), (1, 1)], [1, 1], 2);
    let output = conv2d(images.clone(), weight.clone(), Some(bias.clone()), options);
    let mask = tensor(&random("mask", output.shape().num_elements()), output.dims(), &device);
    let grads = (output * mask).sum().backward();
    let values = |data: TensorData| data.iter::<f32>().collect();
    [
        values(images.grad(&grads).unwrap().into_data()),
        values(weight.grad(&grads).unwrap().into_data()),
        values(bias.grad(&grads).unwrap().into_data()),
    ]
}

#[test]
fn conv2d_gradients_agree_between_devices_and_with_differences() {
    let devices = devices();
    let first = gradients(&devices[0].1);
    for (name, device) in &devices {
        println!("device {name}: conv2d gradients");
        for (got, want) in gradients(device).iter().zip(&first) {
            let worst = got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-5, "{name}: {worst}");
        }
    }
    // The function is linear in each input, so a difference over any step gives the derivative.
    let mask_sum: f32 = {
        let output_len = 2 * 6 * 3 * 5;
        let mask = random("mask", output_len);
        mask.iter().enumerate().filter(|(i, _)| i / 15 % 6 == 4).map(|(_, m)| m).sum()
    };
    assert!((first[2][4] - mask_sum).abs() < 1e-4, "bias gradient {} is not {mask_sum}", first[2][4]);
}

#[test]
fn every_compiled_backend_is_a_vision_backend() {
    fn check<B: VisionGradients + UpdateRules>() {}
    fn check_autodiff<B: VisionBackend>() {}
    #[cfg(feature = "flex")]
    check::<burn::backend::Flex>();
    #[cfg(feature = "ndarray")]
    check::<burn::backend::NdArray>();
    #[cfg(feature = "wgpu")]
    check::<burn::backend::Wgpu>();
    #[cfg(feature = "flex")]
    check_autodiff::<burn::backend::Autodiff<burn::backend::Flex>>();
    #[cfg(feature = "wgpu")]
    check_autodiff::<burn::backend::Autodiff<burn::backend::Wgpu>>();
}

#[test]
fn conv2d_with_its_ending_equals_one_operation_after_the_other_on_every_device() {
    let options = ConvOptions::new_with_padding([1, 1], [(1, 1), (1, 1)], [1, 1], 2);
    // What is added has the output's shape, or stretches to it.
    for (more_shape, with_bias) in [([2, 6, 6, 5], true), ([2, 6, 1, 1], true), ([2, 6, 6, 5], false)] {
        for (name, device) in devices() {
            for device in [device.clone(), device.autodiff()] {
                let images = tensor(&random("images", 240), [2, 4, 6, 5], &device);
                let weight = tensor(&random("weight", 108), [6, 2, 3, 3], &device);
                let bias = with_bias.then(|| tensor(&random("bias", 6), [6], &device));
                let more: Tensor<4> = tensor(&random("more", more_shape.iter().product()), more_shape, &device);
                let plain = conv2d(images.clone(), weight.clone(), bias.clone(), options.clone());
                for function in [None, Some(Pointwise::Relu), Some(Pointwise::Swish), Some(Pointwise::HardSigmoid)] {
                    let curved = |x: Tensor<4>| function.map_or(x.clone(), |function| pointwise(x, function));
                    let with = |more| {
                        let (images, weight) = (images.clone(), weight.clone());
                        conv2d_ended(images, weight, bias.clone(), more, function, options.clone())
                    };
                    for (got, want) in [
                        (with(None), curved(plain.clone())),
                        (with(Some(more.clone())), curved(plain.clone() + more.clone())),
                    ] {
                        println!("device {name}: {function:?}");
                        got.into_data().assert_approx_eq::<f32>(&want.into_data(), Tolerance::absolute(1e-5));
                    }
                }
            }
        }
    }
}
