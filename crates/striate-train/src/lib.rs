//! A training loop for striate networks that resumes bit for bit.
//!
//! - [`Trainer`]: fits a network to a loader's batches, evaluates, and takes one step at a time for those who write the
//!   loop themselves.
//! - [`optimizers`]: update rules with Keras's and PyTorch's formulas.
//! - [`schedules`]: the learning rate of each step.
//! - [`callbacks`]: progress, checkpoints, and the user's own.
//! - [`checkpoint`]: a run's whole state in one file.
//! - [`metrics`]: what a network is measured by; [`plots`] and [`tensorboard`] show it.

pub mod callbacks;
pub mod checkpoint;
mod error;
mod heads;
mod history;
pub mod metrics;
mod monitor;
pub mod optimizers;
pub mod plots;
mod replicas;
pub mod schedules;
pub mod tensorboard;
mod totals;
mod trainer;

pub use callbacks::{Callback, Control};
pub use checkpoint::Checkpoint;
pub use error::TrainError;
pub use heads::{Found, Head, OwnTarget, Target, inputs_of};
pub use history::{History, Split};
pub use monitor::Monitor;
pub use optimizers::{Optimizer, UpdateRule};
pub use schedules::Schedule;
pub use totals::{Evaluation, Totals, in_words};
pub use trainer::{
    Best, Fit, Freeze, Phase, Precision, RateCurve, RateFinder, StepReport, Trainer, TrainerConfig, evaluate,
    evaluate_confusion, evaluate_heads, predict,
};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/training.md")]
struct Training;
