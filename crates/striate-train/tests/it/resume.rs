//! A run that was stopped anywhere and resumed is the run that was not.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use striate_backend::device;
use striate_network::State;
use striate_train::callbacks::Checkpoints;
use striate_train::{Callback, Checkpoint, Control, Fit, StepReport, TrainError, Trainer};

use crate::support::{loader, trainer};

/// Stops after a number of steps.
struct StopAfter(Arc<AtomicUsize>);

impl Callback for StopAfter {
    fn batch_end(&mut self, _: &mut Trainer, _: usize, _: &StepReport) -> Result<Control, TrainError> {
        Ok(if self.0.fetch_sub(1, Ordering::Relaxed) == 1 { Control::Stop } else { Control::Continue })
    }
}

fn undisturbed() -> (State, String) {
    let mut trainer = trainer(3, &device("flex").unwrap());
    assert_eq!(trainer.fit(&loader(70, 0), Some(&loader(20, 0))).unwrap(), Fit::Complete);
    (trainer.best_network().unwrap().state(), trainer.history().to_csv())
}

#[test]
fn run_stopped_and_resumed_equals_the_undisturbed_one() {
    let want = undisturbed();
    // Within the first epoch, at an epoch's end, within a later one.
    for stop in [1, 5, 8, 14] {
        let folder = tempfile::tempdir().unwrap();
        let steps = Arc::new(AtomicUsize::new(stop));
        let mut first = trainer(3, &device("flex").unwrap())
            .with_checkpoints(Checkpoints::new(folder.path()))
            .with_callback(StopAfter(steps));
        let fit = first.fit(&loader(70, 1), Some(&loader(20, 0))).unwrap();
        assert_eq!(fit, Fit::Stopped, "after {stop} steps");
        drop(first);
        let (path, checkpoint) = Checkpoint::newest(folder.path()).unwrap().whole.unwrap();
        assert_eq!(checkpoint.run.step as usize, stop.min(15));
        let mut second = trainer(3, &device("flex").unwrap());
        second.restore(checkpoint, &path).unwrap();
        assert_eq!(second.fit(&loader(70, 2), Some(&loader(20, 0))).unwrap(), Fit::Complete);
        assert_eq!(second.history().to_csv(), want.1, "after {stop} steps");
        assert!(second.best_network().unwrap().state() == want.0, "weights differ after {stop} steps");
    }
}

#[test]
fn damaged_checkpoint_is_passed_over_for_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = trainer(2, &device("flex").unwrap()).with_checkpoints(Checkpoints::new(folder.path()));
    run.fit(&loader(32, 0), None).unwrap();
    let newest = Checkpoint::newest(folder.path()).unwrap().whole.unwrap().0;
    let bytes = std::fs::read(&newest).unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for damaged in [&flipped, &bytes[..bytes.len() / 3].to_vec()] {
        std::fs::write(&newest, damaged).unwrap();
        let found = Checkpoint::newest(folder.path()).unwrap();
        assert_ne!(found.whole.unwrap().0, newest);
        assert_eq!(found.damaged.len(), 1);
    }
}

#[test]
fn checkpoint_of_another_run_is_refused_with_the_difference() {
    let device = device("flex").unwrap();
    let one = trainer(2, &device).with_identity("data", "a");
    let mut other = trainer(2, &device).with_identity("data", "b");
    let error = other.restore(one.checkpoint(), Path::new("there")).unwrap_err().to_string();
    assert!(error.contains("data was a, is b"), "{error}");
}

#[test]
fn newest_two_checkpoints_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = trainer(4, &device("flex").unwrap()).with_checkpoints(Checkpoints::new(folder.path()));
    run.fit(&loader(16, 0), None).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["step-0000000003.safetensors", "step-0000000004.safetensors"]);
}
