//! The same numbers on every device.

use striate_backend::devices;
use striate_core::Streams;
use striate_layers::{Context, Kind, LayerModule, Value};

use crate::strategies::sample;

/// The largest difference from the first device, relative to the largest value of an output where that is above 1.
///
/// Sums of up to a few hundred products in another order differ by about this much in f32.
const TOLERANCE: f32 = 2e-5;

#[test]
fn layers_give_the_same_on_every_device() {
    let devices = devices();
    // A kernel takes a software GPU a second to compile, and each config has its own.
    let counts = sample(1, |layer, inputs, number| {
        let run = |device: &striate_backend::Device| {
            let module = layer.build(inputs, &Streams::new(number).scope("layer"), device);
            let mut stream = Streams::new(number).open("inputs");
            let values = crate::support::random(layer, inputs, &mut stream, device);
            // Noise and masks are the same too.
            let mut context = match number % 2 {
                0 => Context::training(Streams::new(number)),
                _ => Context::evaluation(),
            };
            numbers(module.call(values, &mut context))
        };
        let (shape, first) = run(&devices[0].1);
        let scale = first.iter().fold(1f32, |most, value| most.max(value.abs()));
        for (name, device) in &devices[1..] {
            let (other_shape, other) = run(device);
            assert_eq!(shape, other_shape, "{name}: {layer:?}");
            let worst = first.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / scale;
            assert!(worst <= TOLERANCE, "{name}: {layer:?} differs by {worst:e}");
        }
    });
    let kinds = counts.values().filter(|count| **count > 0).count();
    // All but the user's own.
    assert_eq!(kinds, counts.len() - 2, "some kinds were not run: {counts:?}");
    for (name, _) in &devices {
        println!("device {name}: {} configs of {kinds} kinds agree", counts.values().sum::<usize>());
    }
}

fn numbers(value: Value) -> (Vec<usize>, Vec<f32>) {
    let kind = value.signature().kind;
    crate::support::by_rank!(value.dims().len(), D => match kind {
        Kind::Float => {
            let tensor = value.float::<D>();
            (tensor.dims().to_vec(), tensor.into_data().iter::<f32>().collect())
        }
        Kind::Int => {
            let tensor = value.int::<D>();
            (tensor.dims().to_vec(), tensor.into_data().iter::<i64>().map(|number| number as f32).collect())
        }
    })
}
