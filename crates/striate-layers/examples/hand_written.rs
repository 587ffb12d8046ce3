//! A hand-written burn model from the layers alone: it learns whether a picture has horizontal or vertical bars.
//!
//! `cargo run --release -p striate-layers --example hand_written`

use burn::Tensor;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Gradients, Int, TensorData};
use striate_layers::losses::SparseCategoricalCrossEntropy;
use striate_layers::{
    Activation, BatchNorm, BatchNormLayer, Context, Conv2d, Conv2dLayer, Dense, DenseLayer, Device, Dropout,
    GlobalAvgPool, Initializer, LayerSpec, MaxPool2d, Regularizer, Streams, device, weight_penalty,
};

const SIDE: usize = 16;

/// Two convolutions with batch norm, a mean over the picture, and a dense layer.
#[derive(Module, Debug)]
struct Bars {
    conv1: Conv2dLayer,
    norm1: BatchNormLayer,
    conv2: Conv2dLayer,
    dropout: Dropout,
    head: DenseLayer,
}

/// The head's config is kept: its regularizer is asked for in each step.
fn head() -> Dense {
    Dense::new(2).kernel_regularizer(Regularizer::l2(1e-3))
}

impl Bars {
    fn new(device: &Device) -> Self {
        let scope = |name: &str| Streams::new(1).scope(name);
        Self {
            conv1: Conv2d::new(8, 3).same().no_bias().kernel_initializer(Initializer::HeNormal).init(
                1,
                &scope("conv1"),
                device,
            ),
            norm1: BatchNorm::new().init(8, &scope("norm1"), device),
            conv2: Conv2d::new(8, 3).same().activation(Activation::Relu).init(8, &scope("conv2"), device),
            dropout: Dropout::new(0.2),
            head: head().init(8, &scope("head"), device),
        }
    }

    /// `[batch, 1, height, width]` to `[batch, 2]`.
    fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<2> {
        let x = self.norm1.forward(self.conv1.forward(images, context), context);
        let x = MaxPool2d::new(2).forward(Activation::Relu.forward(x));
        let x: Tensor<2> = GlobalAvgPool::new().forward(self.conv2.forward(x, context));
        // Two layers of one kind in a module need names, so that their noise differs.
        context.enter("dropout");
        let x = self.dropout.forward(x, context);
        self.head.forward(x, context)
    }
}

/// Plain gradient descent, by burn's own means.
struct Descent {
    gradients: Gradients,
    rate: f64,
}

impl ModuleMapper for Descent {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = param.val().grad(&self.gradients) else { return param };
        param.map(|weight| Tensor::from_inner(weight.inner() - gradient * self.rate).require_grad())
    }
}

/// Pictures with a bar, and noise; class 0 is horizontal, 1 vertical.
fn batch(step: u64, size: usize, device: &Device) -> (Tensor<4>, Tensor<1, Int>) {
    let mut stream = Streams::new(7).at(0, step).open("bars");
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..size {
        let (class, place) = (stream.below(2), stream.below(SIDE));
        for row in 0..SIDE {
            for column in 0..SIDE {
                let on_bar = place == if class == 0 { row } else { column };
                pixels.push(f32::from(u8::from(on_bar)) + 0.5 * stream.normal());
            }
        }
        labels.push(class as i64);
    }
    let images = Tensor::from_data(TensorData::new(pixels, [size, 1, SIDE, SIDE]), device);
    (images, Tensor::from_data(TensorData::new(labels, [size]), device))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = device("flex")?.autodiff();
    let mut model = Bars::new(&device);
    let head = head();
    for step in 0..200 {
        let (images, labels) = batch(step, 32, &device);
        let mut context = Context::training(Streams::new(1).at(0, step));
        let logits = model.forward(images, &mut context);
        let penalty = weight_penalty(&model.head, &head.weights()).expect("the head has a regularizer");
        let loss = SparseCategoricalCrossEntropy::new().forward(logits, labels) + penalty;
        if step % 25 == 0 {
            println!("step {step}: loss {:.3}", loss.to_data().iter::<f32>().sum::<f32>());
        }
        model = model.map(&mut Descent { gradients: loss.backward(), rate: 0.3 });
        // Running statistics come back through the context.
        model = context.take_updates().apply(model);
    }
    let (images, labels) = batch(10_000, 200, &device);
    let predicted = model.forward(images, &mut Context::evaluation()).argmax(1).squeeze_dim::<1>(1);
    let right = predicted.equal(labels).int().sum().to_data().iter::<i64>().sum::<i64>();
    println!("{right} of 200 new pictures are right");
    assert!(right >= 190, "the model did not learn");
    Ok(())
}
