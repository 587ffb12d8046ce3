//! Training in half precision.

use burn::tensor::DType;
use striate_backend::{Device, device, devices};
use striate_layers::{Activation, Add, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Dropout, Flatten, MaxPool2d};
use striate_models::Architecture;
use striate_network::{Network, NetworkSpec};
use striate_train::callbacks::Checkpoints;
use striate_train::optimizers::{LossScale, Sgd};
use striate_train::{Checkpoint, Optimizer, Precision, Trainer, TrainerConfig};

use crate::support::{lenet5, loader};

/// Norms with and without endings, a sum, noise, functions and pools.
fn residual(device: &Device) -> Network {
    let mut net = NetworkSpec::builder("residual");
    let images = net.input("images", [1, 28, 28]);
    let stem = net.add("stem", Conv2d::new(8, 3).stride(2).same().no_bias(), images);
    let stem = net.add("stem_norm", BatchNorm::new(), stem);
    let stem = net.add("stem_relu", Activation::Relu, stem);
    let x = net.add("depthwise", DepthwiseConv2d::new(3).same().no_bias(), stem);
    let x = net.add("norm", BatchNorm::new(), x);
    let x = net.add("sum", Add::new(), [x, stem]);
    let x = net.add("swish", Activation::Swish, x);
    let x = net.add("pool", MaxPool2d::new(2), x);
    let x = net.add("dropout", Dropout::new(0.1), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("head", Dense::new(4), x);
    net.output(x).build().unwrap().init(3, device)
}

fn config(precision: Precision) -> TrainerConfig {
    let optimizer = Optimizer::Sgd(Sgd::torch().learning_rate(0.02).momentum(0.9));
    TrainerConfig { epochs: 3, optimizer, seed: 5, precision, ..TrainerConfig::default() }
}

#[test]
fn half_precision_learns_nearly_the_same_on_every_device() {
    for (name, device) in devices() {
        for network in [lenet5(&device), residual(&device)] {
            let losses = |precision| {
                let mut trainer = Trainer::new(network.clone(), config(precision)).unwrap();
                let step = |batch: Result<_, _>| trainer.step(&batch.unwrap(), 0.02).unwrap().loss;
                let losses: Vec<f64> = loader(96, 0).epoch(0, 0).map(step).collect();
                let state = trainer.network().state();
                assert!(state.values().all(|values| values.dtype() == DType::F32), "weights stay in f32");
                assert_eq!(trainer.progress().loss_scale.is_some(), precision == Precision::F16);
                losses
            };
            let single = losses(Precision::F32);
            for (precision, bits) in [(Precision::F16, 11), (Precision::Bf16, 8)] {
                if !device.supports_dtype(if bits == 11 { DType::F16 } else { DType::BF16 }) {
                    let error = Trainer::new(network.clone(), config(precision)).map(|_| ()).unwrap_err().to_string();
                    assert!(error.starts_with("`precision` is "), "{error}");
                    continue;
                }
                let half = losses(precision);
                let worst = half.iter().zip(&single).map(|(a, b)| (a - b).abs() / b).fold(0.0, f64::max);
                println!("{name} {precision:?}: losses differ by at most {worst:e} of theirs");
                assert_ne!(half, single, "it computes in half precision");
                assert!(worst < 8.0 * 0.5_f64.powi(bits), "{name} {precision:?}: {half:?} beside {single:?}");
            }
        }
    }
}

/// Layers with numbers of their own: gates, pads, pieces, rescaled inputs.
#[test]
fn half_precision_runs_networks_of_every_kind() {
    let device = device("flex").unwrap();
    let config = |precision| TrainerConfig { seed: 1, precision, ..TrainerConfig::default() };
    for architecture in [
        Architecture::KerasMobileNetV3Small,
        Architecture::EfficientNetB0,
        Architecture::GoogLeNet,
        Architecture::AlexNet,
        Architecture::DenseNet121,
        Architecture::SqueezeNet1_1,
    ] {
        let side = if architecture == Architecture::AlexNet { 63 } else { 32 };
        let Ok(spec) = architecture.config().classes(4).in_channels(1).size([side, side]).spec() else {
            panic!("{architecture} takes {side} px");
        };
        let data = crate::support::loader_sized(4, side);
        for precision in [Precision::F16, Precision::Bf16] {
            let mut trainer = Trainer::new(spec.init(3, &device), config(precision)).unwrap();
            let batch = data.epoch(0, 0).next().unwrap().unwrap();
            assert!(trainer.step(&batch, 1e-3).unwrap().loss.is_finite(), "{architecture} {precision:?}");
        }
    }
}

#[test]
fn steps_whose_gradients_overflow_are_left_out_and_the_scale_shrinks() {
    let device = device("flex").unwrap();
    let loss_scale =
        Some(LossScale::Dynamic { initial: 1e10, growth: 2.0, backoff: 1e-3, interval: 2, min: 1.0, max: 1e10 });
    for accumulation in [1, 2] {
        let config = TrainerConfig { loss_scale, accumulation, ..config(Precision::F16) };
        let mut trainer = Trainer::new(lenet5(&device), config).unwrap();
        let before = trainer.network().state();
        let batches: Vec<_> = loader(96, 0).epoch(0, 0).map(Result::unwrap).collect();
        let step = |trainer: &mut Trainer, steps: usize| {
            for batch in batches.iter().cycle().take(steps * accumulation) {
                trainer.step(batch, 0.02).unwrap();
            }
        };
        step(&mut trainer, 1);
        assert!(trainer.network().state() == before, "the step is left out");
        let state = trainer.progress().loss_scale.unwrap();
        assert_eq!((state.scale, state.skipped), (1e7, 1));
        step(&mut trainer, 5);
        let state = trainer.progress().loss_scale.unwrap();
        assert!(state.scale < 1e7 && trainer.network().state() != before, "{state:?}");
    }
}

#[test]
fn a_run_in_half_precision_resumes_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let device = device("flex").unwrap();
    let loss_scale =
        Some(LossScale::Dynamic { initial: 8.0, growth: 2.0, backoff: 0.5, interval: 4, min: 1.0, max: 4096.0 });
    let trainer = || {
        Trainer::new(residual(&device), TrainerConfig { loss_scale, replicas: 2, ..config(Precision::F16) }).unwrap()
    };
    let mut whole = trainer().with_checkpoints(Checkpoints::new(folder.path()).keep(9));
    whole.fit(&loader(64, 0), None).unwrap();
    let (newest, _) = Checkpoint::newest(folder.path()).unwrap().whole.unwrap();
    std::fs::remove_file(newest).unwrap();
    let (path, checkpoint) = Checkpoint::newest(folder.path()).unwrap().whole.unwrap();
    assert!(checkpoint.run.progress.loss_scale.is_some_and(|state| state.scale > 8.0));
    let mut second = trainer();
    second.restore(checkpoint, &path).unwrap();
    second.fit(&loader(64, 2), None).unwrap();
    assert!(second.network().state() == whole.network().state());
    assert_eq!(second.progress(), whole.progress());
}
