//! The same numbers on every device.

use burn::Tensor;
use burn::module::Module;
use striate_backend::devices;
use striate_train::evaluate;

use crate::support::{lenet5, loader, trainer};

#[test]
fn logits_of_one_set_of_weights_agree_on_every_device() {
    let devices = devices();
    let batch = loader(32, 0).epoch(0, 0).next().unwrap().unwrap();
    let state = lenet5(&devices[0].1).state();
    let mut first: Option<Vec<f32>> = None;
    for (name, device) in &devices {
        let network = lenet5(device).with_state(state.clone()).unwrap();
        assert_eq!(network.devices(), std::slice::from_ref(device));
        let logits: Tensor<2> = network.forward(batch.images_tensor(device));
        let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
        let want = first.get_or_insert_with(|| logits.clone());
        let worst = logits.iter().zip(want).map(|(a, b)| (a - *b).abs()).fold(0.0, f32::max);
        println!("device {name}: logits differ by at most {worst:e}");
        assert!(worst < 1e-4, "{name}: {worst}");
    }
}

#[test]
fn three_steps_have_the_same_losses_on_every_device() {
    let loader = loader(48, 0);
    let mut first: Option<Vec<f64>> = None;
    for (name, device) in devices() {
        let mut trainer = trainer(1, &device);
        let losses: Vec<f64> =
            loader.epoch(0, 0).map(|batch| trainer.step(&batch.unwrap(), 2e-3).unwrap().loss).collect();
        assert_eq!(losses.len(), 3);
        println!("device {name}: losses {losses:?}");
        let want = first.get_or_insert_with(|| losses.clone());
        assert!(losses.iter().zip(want).all(|(a, b)| (a - *b).abs() < 1e-3), "{name}: {losses:?}");
    }
}

#[test]
fn training_lowers_the_loss() {
    let (_, device) = devices().swap_remove(0);
    let data = loader(160, 2);
    let mut trainer = trainer(4, &device);
    let before = trainer.evaluate(&data).unwrap();
    trainer.fit(&data, None).unwrap();
    let after = evaluate(&trainer.network(), &data).unwrap();
    assert!(after.loss < 0.5 * before.loss && after.accuracy() > Some(0.9), "{before:?} {after:?}");
}
