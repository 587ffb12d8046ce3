//! Results that don't depend on the number of threads, for tensors of over four million values, which are shared out
//! otherwise than small ones.

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};
use striate_backend::device;
use striate_backend::ops::{
    AdagradStep, AdamStep, ConvOptions, Formulas, Pointwise, PoolOptions, RmsPropStep, SgdStep, adagrad, adam,
    avg_pool2d, batch_norm_ended, channel_affine, conv_transpose2d, conv2d, conv2d_ended, cross_entropy, dense,
    max_pool2d, pointwise, rmsprop, sgd, sum,
};
use striate_core::Streams;

fn random<const D: usize>(purpose: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut stream = Streams::new(1).open(purpose);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.uniform_in(-1.0..1.0)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn bits<const D: usize>(x: Tensor<D>) -> Vec<u32> {
    x.into_data().iter::<f32>().map(f32::to_bits).collect()
}

/// The output's bits and those of the gradients of all inputs.
fn forward_and_back<const D: usize>(inputs: &[Tensor<4>], run: impl Fn(&[Tensor<4>]) -> Tensor<D>) -> Vec<Vec<u32>> {
    let inputs: Vec<_> = inputs.iter().map(|input| input.clone().require_grad()).collect();
    let output = run(&inputs);
    let mut all = vec![bits(output.clone())];
    // Squares, so that the gradient differs from value to value.
    let gradients = sum(output.clone() * output).backward();
    all.extend(inputs.iter().map(|input| bits(input.grad(&gradients).expect("each input has a gradient"))));
    all
}

/// Runs the work with 1, 2 and 7 threads.
#[track_caller]
fn same(what: &str, work: impl Fn() -> Vec<Vec<u32>> + Sync) {
    let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(&work);
    let one = with(1);
    assert!(one.iter().map(Vec::len).max() > Some(4_000_000), "{what} is small");
    for threads in [2, 7] {
        assert!(with(threads) == one, "{what} with {threads} threads");
    }
}

/// Each way of convolution: channels in and out, groups, kernel, stride.
const CONVOLUTIONS: [(&str, [usize; 2], usize, usize, usize); 6] = [
    ("3 x 3", [16, 17], 1, 3, 1),
    ("5 x 5", [9, 8], 1, 5, 1),
    ("pointwise", [16, 12], 1, 1, 1),
    ("stride 2", [16, 20], 1, 3, 2),
    ("depthwise", [16, 16], 16, 3, 1),
    ("grouped", [16, 8], 2, 3, 1),
];

#[test]
fn large_convolutions_have_the_same_bits_with_any_number_of_threads() {
    let device = device("flex").unwrap().autodiff();
    for (what, [channels, outputs], groups, kernel, stride) in CONVOLUTIONS {
        let side = (4_200_000.0 / (2 * channels.min(outputs)) as f64).sqrt() as usize * stride + 1;
        let images = random("images", [2, channels, side, side], &device);
        let weight = random("weight", [outputs, channels / groups, kernel, kernel], &device);
        let bias = random("bias", [outputs, 1, 1, 1], &device);
        let pad = kernel / 2;
        let options = || ConvOptions::new([stride, stride], [pad, pad], [1, 1], groups);
        let inputs = [images.clone(), weight.clone(), bias.clone()];
        same(what, || {
            forward_and_back(&inputs, |inputs| {
                let bias = inputs[2].clone().reshape([outputs]);
                conv2d(inputs[0].clone(), inputs[1].clone(), Some(bias), options())
            })
        });
        let [images, weight, bias] = inputs.map(Tensor::inner);
        same(what, || {
            let bias = Some(bias.clone().reshape([outputs]));
            vec![bits(conv2d_ended(images.clone(), weight.clone(), bias, None, Some(Pointwise::Relu), options()))]
        });
    }
    let x = random("x", [2, 16, 370, 374], &device);
    let weight = random("weight", [16, 8, 4, 4], &device);
    same("transposed", || {
        forward_and_back(&[x.clone(), weight.clone()], |inputs| {
            let options = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
            conv_transpose2d(inputs[0].clone(), inputs[1].clone(), None, [740, 748], options)
        })
    });
}

#[test]
fn large_norms_pools_and_functions_have_the_same_bits_with_any_number_of_threads() {
    let device = device("flex").unwrap().autodiff();
    let shape = [3, 8, 420, 419];
    let x = random("x", shape, &device);
    let scales = ["gamma", "beta"].map(|name| random(name, [8, 1, 1, 1], &device));
    for function in [None, Some(Pointwise::Relu)] {
        for adds in [false, true] {
            let mut inputs = vec![x.clone(), scales[0].clone(), scales[1].clone()];
            inputs.extend(adds.then(|| random("more", shape, &device)));
            same("batch norm", || {
                forward_and_back(&inputs, |inputs| {
                    let [gamma, beta] = [1, 2].map(|at: usize| inputs[at].clone().reshape([8]));
                    batch_norm_ended(inputs[0].clone(), gamma, beta, inputs.get(3).cloned(), function, 1e-3).output
                })
            });
        }
    }
    let inputs = [x.clone(), scales[0].clone(), scales[1].clone()];
    same("channels' factors", || {
        forward_and_back(&inputs, |inputs| {
            let [scale, shift] = [1, 2].map(|at: usize| inputs[at].clone().reshape([8]));
            channel_affine(inputs[0].clone().reshape([3, 8, 420 * 419]), scale, shift).reshape(shape)
        })
    });
    for (size, stride) in [(2, 2), (3, 2), (3, 1)] {
        let options = PoolOptions { size: [size; 2], stride: [stride; 2], padding: [size / 2; 2], dilation: [1; 2] };
        let inputs = [x.clone()];
        same("maxima", || forward_and_back(&inputs, |inputs| max_pool2d(inputs[0].clone(), options)));
        same("means", || forward_and_back(&inputs, |inputs| avg_pool2d(inputs[0].clone(), options, true)));
    }
    let functions = [
        Pointwise::Relu,
        Pointwise::Relu6,
        Pointwise::Sigmoid,
        Pointwise::Swish,
        Pointwise::Tanh,
        Pointwise::HardSigmoid,
        Pointwise::HardSwish,
    ];
    for function in functions {
        let inputs = [x.clone()];
        same("function", || forward_and_back(&inputs, |inputs| pointwise(inputs[0].clone(), function)));
    }
}

#[test]
fn large_dense_layers_and_losses_have_the_same_bits_with_any_number_of_threads() {
    let device = device("flex").unwrap().autodiff();
    for (rows, [features, outputs]) in [(33, [2049, 2051]), (4100, [1025, 31])] {
        let x = random("x", [rows, features, 1, 1], &device);
        let weight = random("weight", [outputs, features, 1, 1], &device);
        let bias = random("bias", [outputs, 1, 1, 1], &device);
        let inputs = [x, weight, bias];
        same("dense", || {
            forward_and_back(&inputs, |inputs| {
                let [x, weight, bias] = [0, 1, 2].map(|at: usize| inputs[at].clone());
                let weight = weight.reshape([outputs, features]);
                dense(x.reshape([rows, features]), weight, Some(bias.reshape([outputs])), Some(Pointwise::Relu))
            })
        });
    }
    let (rows, classes) = (4099, 1025);
    let logits = [random("logits", [rows, classes, 1, 1], &device)];
    let labels: Vec<i64> = (0..rows as i64).map(|row| row * 7 % classes as i64).collect();
    let labels = Tensor::<2, Int>::from_data(TensorData::new(labels, [rows, 1]), &device);
    same("cross-entropy", || {
        forward_and_back(&logits, |logits| {
            cross_entropy(logits[0].clone().reshape([rows, classes, 1]), labels.clone(), 0.1)
        })
    });
}

#[test]
fn large_updates_have_the_same_bits_with_any_number_of_threads() {
    let device = device("flex").unwrap();
    let row = |name: &str| random(name, [4_200_001], &device);
    let [parameter, gradient, first] = ["parameter", "gradient", "first"].map(row);
    let (second, third) = (row("second").abs(), row("third"));
    let (rate, epsilon, weight_decay, formulas) = (0.1, 1e-3, 1e-2, Formulas::Torch);
    let rule = SgdStep { formulas, rate, momentum: 0.9, dampening: 0.1, nesterov: true, weight_decay, number: 2 };
    same("sgd", || {
        let (parameter, velocity) = sgd(parameter.clone(), first.clone(), gradient.clone(), rule);
        vec![bits(parameter), bits(velocity)]
    });
    let rule =
        AdamStep { formulas, rate, beta_1: 0.9, beta_2: 0.99, epsilon, weight_decay, decoupled: true, number: 2 };
    same("adam", || {
        let (parameter, means) = adam(parameter.clone(), [first.clone(), second.clone()], gradient.clone(), rule);
        [parameter].into_iter().chain(means).map(bits).collect()
    });
    let rule = RmsPropStep { formulas, rate, rho: 0.9, epsilon, momentum: 0.9, centered: true, weight_decay };
    same("rmsprop", || {
        let kept = [second.clone(), first.clone() * 0.1, third.clone()];
        let (parameter, kept) = rmsprop(parameter.clone(), kept, gradient.clone(), rule);
        [parameter].into_iter().chain(kept).map(bits).collect()
    });
    let rule = AdagradStep { formulas, rate, epsilon, weight_decay };
    same("adagrad", || {
        let (parameter, sums) = adagrad(parameter.clone(), second.clone(), gradient.clone(), rule);
        vec![bits(parameter), bits(sums)]
    });
}
