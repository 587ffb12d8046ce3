//! The same numbers on every device.

use burn::Tensor;
use burn::tensor::TensorData;
use striate_backend::devices;

use crate::support::small;

#[test]
fn network_gives_the_same_on_every_device() {
    let devices = devices();
    let state = small().init(4, &devices[0].1).state();
    let pixels: Vec<f32> = (0..2 * 2 * 9 * 8).map(|i| (i as f32 * 0.37).sin()).collect();
    let mut first: Option<Vec<f32>> = None;
    for (name, device) in devices {
        // Initial weights don't depend on the device either.
        assert!(small().init(4, &device).state() == state, "{name}");
        let images = Tensor::<4>::from_data(TensorData::new(pixels.clone(), [2, 2, 9, 8]), &device);
        let logits: Tensor<2> = small().init(4, &device).forward(images);
        let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
        let want = first.get_or_insert_with(|| logits.clone());
        let worst = logits.iter().zip(want).map(|(a, b)| (a - *b).abs()).fold(0.0, f32::max);
        println!("device {name}: network differs by at most {worst:e}");
        assert!(worst < 1e-5, "{name}: {worst}");
    }
}
