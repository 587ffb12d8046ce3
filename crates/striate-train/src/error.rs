//! Why training can't go on.

use std::path::PathBuf;

use striate_data::DataError;
use striate_network::NetworkError;

use crate::metrics::MetricError;

/// Why training can't begin, go on or be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// An option is out of its range.
    #[error("`{option}` is {value}; {rule}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },
    /// A batch can't be loaded.
    #[error("cannot load data")]
    Data(#[from] DataError),
    /// The network doesn't fit, or its weights can't be read.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A metric doesn't fit, or can't take what it is given.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The network can't be trained so.
    #[error("the network gives {got}; a classifier gives one output [classes]")]
    Output {
        /// What the network gives.
        got: String,
    },
    /// There is nothing to train or to run.
    #[error("the network has no weights")]
    NoWeights,
    /// A label is beyond the network's classes.
    #[error("label {label} of sample {index} is not below the network's {classes} classes")]
    Label {
        /// The label.
        label: usize,
        /// The sample's index in its data set.
        index: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A data set without labels was given.
    #[error("the data has no labels, which training and evaluation need")]
    Unlabelled,
    /// The loss is no number any more.
    #[error("the loss is {loss} in epoch {epoch}, step {step}; use a smaller learning rate")]
    Diverged {
        /// The loss.
        loss: f64,
        /// The epoch, from 1.
        epoch: usize,
        /// The step in the epoch, from 1.
        step: usize,
    },
    /// A checkpoint isn't of this run.
    #[error("checkpoint {path:?} is of another run: {difference}")]
    Mismatch {
        /// The checkpoint.
        path: PathBuf,
        /// What differs.
        difference: String,
    },
    /// A file can't be read or written.
    #[error("cannot {action} {path:?}")]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
