//! Why training can't go on.

use std::path::PathBuf;

use striate_data::DataError;
use striate_layers::LayerError;
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
    /// There is no update rule of this name.
    #[error("there is no update rule {name:?}; {known}")]
    UnknownOptimizer {
        /// The name.
        name: String,
        /// What it could have been.
        known: String,
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
    /// A loss doesn't fit its output or target, or an option of it is out of its range.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// There is not one head for each output.
    #[error("{heads} heads are given for {outputs} outputs of the network")]
    Heads {
        /// How many are given.
        heads: usize,
        /// How many there should be.
        outputs: usize,
    },
    /// The data has nothing for one of the network's inputs.
    #[error("the data has nothing for the network's input {input:?}")]
    Input {
        /// The input's name.
        input: String,
    },
    /// The data has nothing for one of the network's outputs to learn.
    #[error("the data has no {target}, which an output of the network learns")]
    NoTarget {
        /// The target.
        target: String,
    },
    /// What an output of the network learns can't be made of a sample.
    #[error("the {target} of sample {index} can't be learned: {reason}")]
    Target {
        /// The target.
        target: String,
        /// The sample's index in its data set.
        index: usize,
        /// Why.
        reason: String,
    },
    /// Mixed samples were given to a loss that has no form for them.
    #[error("the loss {loss} takes no shares of classes, which MixUp and CutMix give; use categorical_crossentropy")]
    Mixed {
        /// The loss.
        loss: &'static str,
    },
    /// Mixed samples have other classes than the network.
    #[error("mixed samples have shares of {data} classes, the network has {classes}")]
    MixedClasses {
        /// The classes of the data.
        data: usize,
        /// The network's.
        classes: usize,
    },
    /// A value that something waits for isn't measured.
    #[error("`{name}` is not measured; these are: {known}")]
    NotMeasured {
        /// The value.
        name: String,
        /// What is measured.
        known: String,
    },
    /// What a checkpoint has of a callback can't be used.
    #[error("callback `{name}` can't go on from what was saved: {reason}")]
    CallbackState {
        /// The callback.
        name: String,
        /// Why.
        reason: String,
    },
    /// A callback can't do its part.
    #[error("callback `{name}` failed: {reason}")]
    Callback {
        /// The callback.
        name: &'static str,
        /// Why.
        reason: String,
    },
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
