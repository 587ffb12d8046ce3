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
mod history;
pub mod metrics;
pub mod optimizers;
pub mod plots;
pub mod schedules;
pub mod tensorboard;
mod trainer;

pub use callbacks::{Callback, Control};
pub use checkpoint::Checkpoint;
pub use error::TrainError;
pub use history::{History, Split};
pub use optimizers::{Optimizer, UpdateRule};
pub use schedules::Schedule;
pub use trainer::{Best, Evaluation, Fit, StepReport, Trainer, TrainerConfig, evaluate};
