//! What callbacks do to a run.

use std::sync::{Arc, Mutex};

use striate_backend::device;
use striate_train::callbacks::{EarlyStopping, EpochEnd, SaveDiverged};
use striate_train::{
    Callback, Control, Fit, Head, Monitor, Optimizer, RateFinder, StepReport, Target, TrainError, Trainer,
    TrainerConfig,
};

use crate::support::{lenet5, loader, trainer};

/// Makes the training loss better at first and then no more, by a rate of 0.
struct FreezeAfter(usize);

impl Callback for FreezeAfter {
    fn epoch_end(&mut self, trainer: &mut Trainer, end: &EpochEnd) -> Result<Control, TrainError> {
        if end.epoch == self.0 {
            trainer.set_rate_factor(0.0);
        }
        Ok(Control::Continue)
    }
}

#[test]
fn early_stopping_ends_the_run_when_nothing_gets_better() {
    let device = device("flex").unwrap();
    let stopping = EarlyStopping::new(Monitor::validation("loss"), 2).min_delta(1e-9);
    let mut run = trainer(9, &device).with_callback(FreezeAfter(2)).with_callback(stopping);
    assert_eq!(run.fit(&loader(32, 0), Some(&loader(16, 0))).unwrap(), Fit::Complete);
    // Two epochs that learn, two that are waited for.
    assert_eq!(run.progress().epoch, 4);
    assert!(run.progress().finished);
    // A run that is finished stays so.
    assert_eq!(run.fit(&loader(32, 0), Some(&loader(16, 0))).unwrap(), Fit::Complete);
    assert_eq!(run.progress().epoch, 4);
}

/// Ruins the weights by an absurd rate after an epoch.
struct RuinAfter(usize);

impl Callback for RuinAfter {
    fn epoch_end(&mut self, trainer: &mut Trainer, end: &EpochEnd) -> Result<Control, TrainError> {
        if end.epoch == self.0 {
            trainer.set_rate_factor(1e3);
        }
        Ok(Control::Continue)
    }
}

#[test]
fn early_stopping_goes_back_to_the_best_weights() {
    let device = device("flex").unwrap();
    let stopping = EarlyStopping::new(Monitor::validation("loss"), 1).restore_best();
    let mut run = trainer(9, &device).with_callback(RuinAfter(3)).with_callback(stopping);
    run.fit(&loader(96, 0), Some(&loader(16, 0))).unwrap();
    let best = run.best().unwrap().clone();
    assert_eq!((best.epoch, run.progress().epoch), (3, 4));
    let now = run.evaluate(&loader(16, 0)).unwrap();
    assert_eq!(now, best.evaluation);
}

#[test]
fn value_that_nobody_measures_is_an_error_that_says_what_is_measured() {
    let mut run = trainer(2, &device("flex").unwrap()).with_callback(EarlyStopping::new(Monitor::validation("iou"), 1));
    let error = run.fit(&loader(16, 0), None).unwrap_err().to_string();
    assert!(error.contains("`validation_iou`") && error.contains("accuracy"), "{error}");
}

/// Notes each event.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<&'static str>>>);

impl Events {
    fn push(&self, event: &'static str) {
        self.0.lock().unwrap().push(event);
    }
}

impl Callback for Events {
    fn run_begin(&mut self, _: &mut Trainer, _: usize) -> Result<(), TrainError> {
        self.push("run begins");
        Ok(())
    }

    fn epoch_begin(&mut self, _: &mut Trainer) -> Result<(), TrainError> {
        self.push("epoch begins");
        Ok(())
    }

    fn batch_begin(&mut self, _: &mut Trainer, _: usize) -> Result<(), TrainError> {
        self.push("batch begins");
        Ok(())
    }

    fn batch_end(&mut self, _: &mut Trainer, _: usize, _: &StepReport) -> Result<Control, TrainError> {
        self.push("batch ends");
        Ok(Control::Finish)
    }

    fn epoch_end(&mut self, _: &mut Trainer, _: &EpochEnd) -> Result<Control, TrainError> {
        self.push("epoch ends");
        Ok(Control::Continue)
    }

    fn run_end(&mut self, _: &mut Trainer, failed: bool) -> Result<(), TrainError> {
        self.push(if failed { "run fails" } else { "run ends" });
        Ok(())
    }
}

#[test]
fn callback_that_finishes_within_an_epoch_ends_it_whole() {
    let events = Events::default();
    let mut run = trainer(5, &device("flex").unwrap()).with_callback(events.clone());
    assert_eq!(run.fit(&loader(64, 0), None).unwrap(), Fit::Complete);
    let seen = events.0.lock().unwrap().clone();
    assert_eq!(seen, ["run begins", "epoch begins", "batch begins", "batch ends", "epoch ends", "run ends"]);
    assert_eq!(run.progress().epoch, 1);
}

#[test]
fn batch_whose_loss_is_no_number_is_saved_with_the_weights_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("diverged.safetensors");
    let device = device("flex").unwrap();
    let optimizer = Optimizer::Sgd(striate_train::optimizers::Sgd::torch().learning_rate(3e38));
    let config = TrainerConfig { epochs: 3, optimizer, ..TrainerConfig::default() };
    let mut run = Trainer::new(lenet5(&device), config).unwrap().with_callback(SaveDiverged::new(&path));
    let error = run.fit(&loader(64, 0), None).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
    let mut saved = striate_network::formats::WeightsFile::open(&path).unwrap();
    assert_eq!(saved.read("images").unwrap().shape().as_slice(), [16, 1, 28, 28]);
    let names: Vec<_> = saved.tensors().into_iter().map(|tensor| tensor.name).collect();
    assert!(names.iter().any(|name| name.starts_with("weights/")) && names.contains(&"indices".to_owned()));
}

#[test]
fn search_for_a_rate_finds_one_that_learns_and_changes_nothing() {
    let device = device("flex").unwrap();
    let mut run = trainer(1, &device);
    let before = run.network().state();
    let finder = RateFinder { from: 1e-6, to: 1.0, steps: 60, smoothing: 0.7, ..RateFinder::default() };
    let curve = run.find_learning_rate(&loader(64, 0), &finder).unwrap();
    assert!(run.network().state() == before && run.steps() == 0 && run.history().to_csv().lines().count() == 1);
    let rate = curve.suggested.unwrap();
    assert!((1e-5..0.5).contains(&rate), "{rate}: {:?}", curve.points);
    assert!(curve.points.windows(2).all(|pair| pair[0].0 < pair[1].0));
}

#[test]
fn heads_that_do_not_fit_the_network_are_refused() {
    let device = device("flex").unwrap();
    let refused = |heads: Vec<Head>| {
        let error = Trainer::with_heads(lenet5(&device), heads, TrainerConfig::default()).err();
        error.expect("an error").to_string()
    };
    assert!(refused(vec![]).contains("0 heads are given for 1 outputs"));
    assert!(refused(vec![Head::classifier().with_weight(-1.0)]).contains("`weight` is -1"));
    // The picture's shape is not that of the logits.
    let mut run = Trainer::with_heads(
        lenet5(&device),
        vec![Head::new(Target::Image, striate_layers::losses::MeanSquaredError::new())],
        TrainerConfig::default(),
    )
    .unwrap();
    assert!(run.fit(&loader(16, 0), None).is_err());
}
