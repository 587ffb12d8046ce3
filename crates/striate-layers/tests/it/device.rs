//! The same numbers on every device.

use burn::Tensor;
use burn::tensor::TensorData;
use striate_backend::devices;
use striate_core::Streams;
use striate_layers::{Activation, AvgPool2d, Context, Conv2d, Dense, LayerConfig, LayerModule, MaxPool2d, Signature};

#[test]
fn layers_give_the_same_on_every_device() {
    let layers: [LayerConfig; 7] = [
        Conv2d::new(4, 3).same().stride(2).activation(Activation::Sigmoid).into(),
        Conv2d::new(4, [2, 3]).padding(1).dilation(2).groups(2).no_bias().into(),
        AvgPool2d::new(3).stride(2).same().into(),
        AvgPool2d::new(2).padding(1).into(),
        MaxPool2d::new(3).stride(2).same().into(),
        Dense::new(5).activation(Activation::Tanh).into(),
        Activation::Relu.into(),
    ];
    let pixels: Vec<f32> = (0..2 * 2 * 7 * 6).map(|i| (i as f32 * 0.71).sin()).collect();
    let inputs = [Signature::float([2, 7, 6])];
    let mut first: Vec<Vec<f32>> = Vec::new();
    for (name, device) in devices() {
        let mut worst = 0f32;
        for (number, layer) in layers.iter().enumerate() {
            layer.output(&inputs).unwrap();
            let module = layer.build(&inputs, &Streams::new(3).scope("layer"), &device);
            let images = Tensor::<4>::from_data(TensorData::new(pixels.clone(), [2, 2, 7, 6]), &device);
            let output = module.call(vec![images.into()], &mut Context::evaluation()).float::<4>();
            let values: Vec<f32> = output.into_data().iter::<f32>().collect();
            match first.get(number) {
                None => first.push(values),
                Some(want) => {
                    assert_eq!(values.len(), want.len());
                    worst = values.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(worst, f32::max);
                }
            }
        }
        println!("device {name}: layers differ by at most {worst:e}");
        assert!(worst < 1e-5, "{name}: {worst}");
    }
}
