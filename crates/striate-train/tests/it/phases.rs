//! Runs in phases, with several heads, and with everything that has a state of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use striate_backend::device;
use striate_data::transforms::{BatchTransform, MixUp};
use striate_layers::losses::{MeanSquaredError, SparseCategoricalCrossEntropy};
use striate_layers::{Activation, BatchNorm, Conv2d, Dense, Dropout, Flatten, Preset};
use striate_network::{Network, NetworkSpec, State};
use striate_train::callbacks::{Checkpoints, EarlyStopping, ReduceOnPlateau};
use striate_train::metrics::{ClassAccuracy, TopK};
use striate_train::optimizers::{Clip, Ema, ParameterGroups, RmsProp, Sgd};
use striate_train::schedules::Plateau;
use striate_train::{
    Callback, Checkpoint, Control, Fit, Freeze, Head, History, Monitor, Optimizer, Phase, Schedule, Split, StepReport,
    Target, TrainError, Trainer, TrainerConfig,
};

use crate::support::loader;

fn network() -> Network {
    let mut net = NetworkSpec::builder("small");
    let images = net.input("images", [1, 28, 28]);
    let x = net.add("conv", Conv2d::new(4, 5).stride(4), images);
    let x = net.add("norm", BatchNorm::new(), x);
    let x = net.add("relu", Activation::Relu, x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("dropout", Dropout::new(0.2), x);
    let x = net.add("fc", Dense::new(4), x);
    net.output(x).build().unwrap().init(2, &device("flex").unwrap())
}

fn phase(epochs: usize, freeze: Freeze) -> Phase {
    let optimizer = Optimizer::Sgd(Sgd::torch().learning_rate(0.05).momentum(0.9));
    Phase { epochs, freeze, optimizer, schedule: Schedule::default() }
}

/// Stops after a number of batches.
struct StopAfter(Arc<AtomicUsize>);

impl Callback for StopAfter {
    fn batch_end(&mut self, _: &mut Trainer, _: usize, _: &StepReport) -> Result<Control, TrainError> {
        Ok(if self.0.fetch_sub(1, Ordering::Relaxed) == 1 { Control::Stop } else { Control::Continue })
    }
}

/// Notes which weights changed in each epoch.
#[derive(Default)]
struct Changes {
    before: Option<striate_network::State>,
    changed: Arc<std::sync::Mutex<Vec<Vec<String>>>>,
}

impl Callback for Changes {
    fn epoch_begin(&mut self, trainer: &mut Trainer) -> Result<(), TrainError> {
        self.before = Some(trainer.network().state());
        Ok(())
    }

    fn epoch_end(
        &mut self,
        trainer: &mut Trainer,
        _: &striate_train::callbacks::EpochEnd,
    ) -> Result<Control, TrainError> {
        let (before, after) = (self.before.take().unwrap(), trainer.network().state());
        let changed = before.keys().filter(|name| before[*name] != after[*name]).cloned().collect();
        self.changed.lock().unwrap().push(changed);
        Ok(Control::Continue)
    }
}

#[test]
fn each_phase_trains_what_it_does_not_freeze() {
    let phases = vec![phase(1, Freeze::Base), phase(1, Freeze::UpTo("conv".into())), phase(1, Freeze::Nothing)];
    let config = TrainerConfig { epochs: 3, phases, seed: 5, ..TrainerConfig::default() };
    let changes = Changes::default();
    let changed = changes.changed.clone();
    let mut trainer = Trainer::new(network(), config).unwrap().with_callback(changes);
    assert_eq!(trainer.fit(&loader(64, 0), None).unwrap(), Fit::Complete);
    let norm = ["norm.bias", "norm.running_mean", "norm.running_var", "norm.weight"];
    let changed = changed.lock().unwrap().clone();
    assert_eq!(changed[0], ["fc.bias", "fc.weight"]);
    assert_eq!(changed[1], [&["fc.bias", "fc.weight"], &norm[..]].concat());
    assert_eq!(changed[2], [&["conv.bias", "conv.weight", "fc.bias", "fc.weight"], &norm[..]].concat());
}

/// A run with everything on that has a state or draws.
fn everything(folder: Option<&std::path::Path>) -> Trainer {
    let optimizer = Optimizer::RmsProp(RmsProp { momentum: 0.5, learning_rate: 0.004, ..RmsProp::keras() });
    let second = Phase { epochs: 3, freeze: Freeze::Nothing, optimizer, schedule: Schedule::cosine(0.1) };
    let config = TrainerConfig {
        epochs: 4,
        phases: vec![phase(1, Freeze::Base), second],
        seed: 5,
        accumulation: 2,
        clip: Some(Clip::GlobalNorm(0.5)),
        groups: ParameterGroups { no_decay_on_norms_and_biases: true, ..ParameterGroups::default() },
        ema: Some(Ema { decay: 0.8, warm_up: true, ..Ema::default() }),
        monitor: Some(Monitor::validation("loss")),
        ..TrainerConfig::default()
    };
    let plateau = Plateau { factor: 0.5, patience: 1, min_delta: 0.2, ..Plateau::keras() };
    let trainer = Trainer::new(network(), config)
        .unwrap()
        .with_callback(ReduceOnPlateau::new(Monitor::validation("loss"), plateau))
        .with_callback(EarlyStopping::new(Monitor::validation("loss"), 3).restore_best());
    match folder {
        Some(folder) => trainer.with_checkpoints(Checkpoints::new(folder)),
        None => trainer,
    }
}

#[test]
fn run_with_everything_on_resumes_exactly_at_any_batch() {
    let mixed = || {
        loader(72, 1).with_batch_transforms(vec![Arc::new(MixUp { alpha: 0.4 }) as Arc<dyn BatchTransform>]).unwrap()
    };
    let held_out = loader(24, 0);
    let mut whole = everything(None);
    assert_eq!(whole.fit(&mixed(), Some(&held_out)).unwrap(), Fit::Complete);
    let want = (whole.best_network().unwrap().state(), whole.network().state(), whole.history().clone());
    // Five batches an epoch: two steps of two and one of one.
    for stop in 1..20 {
        let folder = tempfile::tempdir().unwrap();
        let batches = Arc::new(AtomicUsize::new(stop));
        let mut first = everything(Some(folder.path())).with_callback(StopAfter(batches));
        first.fit(&mixed(), Some(&held_out)).unwrap();
        drop(first);
        let (path, checkpoint) = Checkpoint::newest(folder.path()).unwrap().whole.unwrap();
        assert_eq!(checkpoint.run.progress.batches, stop as u64);
        let mut second = everything(None);
        second.restore(checkpoint, &path).unwrap();
        assert_eq!(second.fit(&mixed(), Some(&held_out)).unwrap(), Fit::Complete);
        assert_eq!(second.history(), &want.2, "after {stop} batches");
        assert!(second.network().state() == want.1, "weights differ after {stop} batches");
        assert!(second.best_network().unwrap().state() == want.0, "the best weights differ after {stop} batches");
    }
}

#[test]
fn two_outputs_learn_their_own_targets_and_are_measured() {
    let mut net = NetworkSpec::builder("two");
    let images = net.input("images", [1, 28, 28]);
    let x = net.add("flatten", Flatten::new(), images);
    let class = net.add("class", Dense::new(4), x);
    let hidden = net.add("hidden", Dense::new(8).activation(Activation::Relu), x);
    let back = net.add("side", Dense::new(1), hidden);
    let spec = net.output(class).output(back).build().unwrap();
    let label = Head::new(Target::Label, SparseCategoricalCrossEntropy::new())
        .with_weight(0.8)
        .with_metric(ClassAccuracy::default())
        .with_metric(TopK { k: 2, ..TopK::default() });
    // The label as a number.
    let number = Head::new(Target::Label, MeanSquaredError::new()).with_weight(0.2);
    let optimizer = Optimizer::named("adam", striate_train::optimizers::Preset::Torch).unwrap();
    for replicas in [1, 2] {
        let config = TrainerConfig { epochs: 12, optimizer, seed: 1, replicas, ..TrainerConfig::default() };
        let network = spec.init(2, &device("flex").unwrap());
        let mut trainer = Trainer::with_heads(network, vec![label.clone(), number.clone()], config).unwrap();
        let before = trainer.evaluate(&loader(48, 0)).unwrap();
        trainer.fit(&loader(96, 0), None).unwrap();
        let after = trainer.evaluate(&loader(48, 0)).unwrap();
        assert!(after.accuracy() > Some(0.9), "{after:?}");
        assert!(after.get("side_loss").unwrap() < 0.2 * before.get("side_loss").unwrap(), "{before:?} {after:?}");
        let sum = 0.8 * after.get("main_loss").unwrap() + 0.2 * after.get("side_loss").unwrap();
        assert!((sum - after.loss).abs() < 1e-6 && after.get("top_2") >= after.accuracy(), "{after:?}");
        let told = |metric| trainer.history().values(Split::Train, metric).collect::<Vec<_>>();
        let (sums, main, side) = (told("loss"), told("main_loss"), told("side_loss"));
        assert_eq!([sums.len(), main.len(), side.len()], [12; 3]);
        for ((&(epoch, sum), (_, main)), (_, side)) in sums.iter().zip(main).zip(side) {
            assert!((0.8 * main + 0.2 * side - sum).abs() < 1e-6 * sum, "epoch {epoch}: {main}, {side}, {sum}");
        }
    }
}

#[test]
fn gathered_batches_train_as_one_large_one() {
    // Without layers that look at a whole batch, and with a last step of fewer batches.
    let trained = |batch: usize, accumulation: usize| {
        let mut net = NetworkSpec::builder("plain");
        let images = net.input("images", [1, 28, 28]);
        let x = net.add("flatten", Flatten::new(), images);
        let x = net.add("fc", Dense::new(4), x);
        let network = net.output(x).build().unwrap().init(2, &device("flex").unwrap());
        let optimizer = Optimizer::Sgd(Sgd::torch().learning_rate(0.05));
        let config = TrainerConfig { epochs: 2, optimizer, accumulation, ..TrainerConfig::default() };
        let mut trainer = Trainer::new(network, config).unwrap();
        trainer.fit(&crate::support::loader_of(72, batch), None).unwrap();
        trainer.network().state()["fc.weight"].iter::<f32>().collect::<Vec<_>>()
    };
    let (one, gathered) = (trained(32, 1), trained(16, 2));
    let worst = one.iter().zip(&gathered).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-6, "{worst}");
}

/// The weights and the history after twenty steps with so many replicas; five batches an epoch, the last of 12 samples.
fn trained_by(replicas: usize, batch_norm: bool) -> (State, History) {
    let mut net = NetworkSpec::builder("plain");
    let images = net.input("images", [1, 28, 28]);
    let mut x = net.add("conv", Conv2d::new(4, 5).stride(2), images);
    if batch_norm {
        x = net.add("bn", BatchNorm::new().preset(Preset::Torch), x);
    }
    let x = net.add("relu", Activation::Relu, x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc", Dense::new(4), x);
    let network = net.output(x).build().unwrap().init(2, &device("flex").unwrap());
    let optimizer = Optimizer::Sgd(Sgd::torch().learning_rate(0.02).momentum(0.9));
    let config =
        TrainerConfig { epochs: 4, optimizer, replicas, sync_batch_norm: batch_norm, ..TrainerConfig::default() };
    let mut trainer = Trainer::new(network, config).unwrap();
    trainer.fit(&crate::support::loader_of(140, 32), None).unwrap();
    assert_eq!(trainer.steps(), 20);
    (trainer.network().state(), trainer.history().clone())
}

#[test]
fn replicas_train_as_one_with_all_their_samples() {
    for batch_norm in [false, true] {
        let one = trained_by(1, batch_norm);
        // More than share a batch evenly too.
        for replicas in [2, 5] {
            let several = trained_by(replicas, batch_norm);
            for (name, want) in &one.0 {
                let pairs = want.iter::<f32>().zip(several.0[name].iter::<f32>());
                let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-5, "{replicas} replicas, batch norm {batch_norm}, {name}: {worst}");
            }
            // Always the same bits.
            for _ in 0..3 {
                assert!(trained_by(replicas, batch_norm) == several);
            }
        }
    }
}
