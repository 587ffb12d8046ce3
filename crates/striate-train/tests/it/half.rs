//! Whether a network runs and learns in half precision.

use burn::Tensor;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{FloatDType, TensorData};
use striate_backend::devices;
use striate_core::Streams;
use striate_layers::Context;
use striate_train::optimizers::NamedGradients;

use crate::support::lenet5;

/// Casts every weight.
struct To(FloatDType);

impl ModuleMapper for To {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let dtype = self.0;
        param.map(|tensor| tensor.cast(dtype))
    }
}

#[test]
fn half_precision_gives_nearly_the_same_logits_and_gradients() {
    for (name, device) in devices() {
        for dtype in [FloatDType::F16, FloatDType::BF16] {
            let single = lenet5(&device);
            let half = single.clone().map(&mut To(dtype));
            let mut stream = Streams::new(0).open("images");
            let values: Vec<f32> = (0..4 * 28 * 28).map(|_| stream.uniform_in(-1.0..1.0)).collect();
            let images = Tensor::<4>::from_data(TensorData::new(values, [4, 1, 28, 28]), &device);
            let read = |logits: Tensor<2>| logits.cast(FloatDType::F32).into_data().iter::<f32>().collect::<Vec<_>>();
            let want = read(single.forward(images.clone()));
            let got = read(half.forward(images.clone().cast(dtype)));
            let worst = got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!("{name} {dtype:?}: logits differ by at most {worst:e}");
            assert!(worst < 0.1, "{name} {dtype:?}: {worst}");
            let half = half.train();
            let mut context = Context::training(Streams::new(1).at(0, 0));
            let images = Tensor::from_inner(images.cast(dtype));
            let logits: Tensor<2> = half.forward_in(images, &mut context);
            let mut gradients = (logits * 1024.0).sum().backward();
            let gradients = NamedGradients::take(&half, &mut gradients);
            let kinds: Vec<_> = gradients.names().map(|name| gradients.get(name).unwrap().dtype()).collect();
            println!("{name} {dtype:?}: gradients {kinds:?}");
        }
    }
}
