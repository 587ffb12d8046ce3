//! Keras-style computer vision: one network, described once as data, trains and runs on CUDA, wgpu or CPU.
//!
//! This crate re-exports the others and adds what a command does: [`Recipe`] and [`TrainRun`] (data, network and training in
//! one description, one run folder), [`Predictor`] (a model file in, answers out), [`TaskPredictor`] (the same for any task),
//! [`RowPredictor`] (the same for rows of a table), [`evaluate`], [`fn@explain`] (what a model looks at; the feature `explain`,
//! a default one), [`SimilarIndex`] (pictures like another).
//!
//! ```no_run
//! use striate::{Recipe, TrainRun};
//!
//! let recipe = Recipe { epochs: 3, ..Recipe::default() };
//! let outcome = TrainRun::new(recipe).out("runs/first").start()?;
//! println!("{:?}", outcome.result());
//! # Ok::<(), striate::Error>(())
//! ```

mod catalogue;
mod cost;
mod data_report;
mod data_source;
#[cfg(feature = "download")]
mod download;
mod error;
mod evaluate;
#[cfg(feature = "explain")]
mod explain;
mod export;
mod frames;
mod import;
mod inspect;
mod model;
mod network_options;
mod new_head;
mod png;
mod predictor;
mod pretrained;
mod recipe;
mod row_predictor;
mod run_folder;
mod runs;
mod scenes;
mod shipped;
mod similar;
mod sliding;
mod table;
mod task_predictor;
mod tasks;
mod train;
mod weights_source;

pub use catalogue::{ModelRow, model_list};
pub use cost::{CostReport, CostRequest, LargestBatch, model_cost};
pub use data_report::{Sheet, ShownSample, data_statistics, diagnose, show_data};
#[cfg(feature = "download")]
pub use download::{Download, DownloadError, cache_folder};
pub use error::Error;
pub use evaluate::{evaluate, evaluate_with};
#[cfg(feature = "explain")]
pub use explain::{
    DataExplanation, EmbeddingMap, ExplainFigure, ExplainMethod, ExplainRequest, ExplainedModel, Explanation, Mistake,
    UnknownMethod, explain,
};
pub use export::export;
pub use frames::{FrameAnswer, FrameRun, over_frames};
pub use import::{ImportOptions, Imported, import};
pub use inspect::{InspectedTensor, Inspection, inspect};
pub use model::{model_spec, save_drawing};
pub use network_options::NetworkOptions;
pub use new_head::NewHead;
pub use predictor::Predictor;
pub use recipe::Recipe;
pub use row_predictor::RowPredictor;
pub use runs::{RunRow, list_runs, plot_runs};
pub use scenes::{ScenePart, WrittenScenes, scene_parts, write_scenes};
pub use shipped::RECIPES;
pub use similar::{BuiltIndex, Embedder, Origin, SimilarIndex, SimilarPicture};
pub use sliding::SlidingPredictor;
pub use striate_data::Source as DataSource;
pub use task_predictor::{Answer, TaskPredictor};
pub use tasks::{
    BoxAnswer, DetectOptions, EdgeAnswer, EdgeOptions, FoundBox, LocalizeOptions, MaskAnswer, PictureAnswer,
    SegmentLoss, SegmentOptions, Task,
};
pub use train::{Outcome, RunResult, TrainRun};
pub use weights_source::WeightsSource;

pub use striate_backend as backend;
pub use striate_core as core;
pub use striate_core::{Prediction, decode_predictions};
pub use striate_data as data;
pub use striate_data::Augmentation;
#[cfg(feature = "explain")]
pub use striate_explain as explaining;
pub use striate_layers as layers;
pub use striate_models as models;
pub use striate_network as network;
pub use striate_train as training;

/// What most programs import.
pub mod prelude {
    pub use burn::Tensor;
    pub use burn::tensor::Device;

    pub use crate::backend::device;
    pub use crate::layers::{
        Activation, Add, AvgPool2d, BatchNorm, Concatenate, Context, Conv2d, Dense, DepthwiseConv2d, Dropout, Flatten,
        GlobalAvgPool, GlobalMaxPool, Initializer, MaxPool2d, Padding, Preset, Regularizer, SeparableConv2d,
    };
    pub use crate::models::Architecture;
    pub use crate::network::{Network, NetworkSpec};
    pub use crate::{Predictor, Recipe, TrainRun};
}

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/networks.md")]
struct Networks;

#[cfg(all(doctest, feature = "explain"))]
#[doc = include_str!("../../../docs/explain.md")]
struct Explaining;
