//! Losses: what training makes small.
//!
//! A loss is its config. `each` gives the losses that are reduced, `forward` their reduction, `forward_weighted` that with
//! a weight for each sample; [`Loss`] is any of them, for training from data. Unless told otherwise the rules are Keras 3's:
//! the mean over the last axis, or the sum over the classes, is the loss of a sample (or pixel), and is then reduced.

mod binary;
mod categorical;
mod check;
mod dice;
mod divergence;
mod focal;
mod hinge;
mod logs;
mod loss;
mod pointwise;
mod reduction;
mod regression;
mod segmentation;
mod similarity;
mod yolo;

pub use self::binary::BinaryCrossEntropy;
pub use self::categorical::{CategoricalCrossEntropy, SparseCategoricalCrossEntropy};
pub use self::dice::Dice;
pub use self::divergence::KlDivergence;
pub use self::focal::{Focal, FocalVariant};
pub use self::hinge::{CategoricalHinge, Hinge, SquaredHinge};
pub use self::loss::{Loss, LossSpec};
pub use self::reduction::Reduction;
pub use self::regression::{Huber, LogCosh, MeanAbsoluteError, MeanSquaredError, SmoothL1};
pub use self::segmentation::SegmentationLoss;
pub use self::similarity::CosineSimilarity;
pub use self::yolo::{YoloV1, YoloV1Components};
