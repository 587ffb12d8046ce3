//! Any loss: its config as data.

use std::fmt;

use burn::Tensor;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::*;
use crate::named::named;
use crate::{LayerError, Signature, Value};

/// A loss: a config with the rules that follow from it.
pub trait LossSpec: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned {
    /// The name of this loss, in files and errors.
    const KIND: &'static str;

    /// Checks the config by itself.
    ///
    /// # Errors
    /// Names the field, its value and the rule.
    fn validate(&self) -> Result<(), LayerError>;

    /// Checks that such predictions and targets fit. The config is taken as valid.
    ///
    /// # Errors
    /// Says what came and what fits.
    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError>;

    /// The loss of a batch, `[1]`, with or without a weight for each sample, `[batch]`.
    ///
    /// # Panics
    /// If predictions and targets don't fit; [`check`](Self::check) tells beforehand.
    fn call(&self, input: Value, target: Value, sample_weight: Option<Tensor<1>>) -> Tensor<1>;
}

/// `call` of a loss whose targets have the shape of the predictions.
macro_rules! call_beside {
    () => {
        fn call(
            &self,
            input: $crate::Value,
            target: $crate::Value,
            sample_weight: Option<burn::Tensor<1>>,
        ) -> burn::Tensor<1> {
            $crate::value::with_rank!(input, x => {
                let target = $crate::losses::check::beside(target, &x);
                self.forward_weighted(x, target, sample_weight)
            })
            .float()
        }
    };
}
pub(super) use call_beside;

macro_rules! losses {
    ($($(#[$doc:meta])* $variant:ident: $config:ty, $name:literal $(or $alias:literal)*;)*) => {
        /// Any loss; in JSON a name, or a name with its options: `"mse"`, `{"huber": {"delta": 0.5}}`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(remote = "Self")]
        #[non_exhaustive]
        pub enum Loss {
            $($(#[$doc])* #[serde(rename = $name $(, alias = $alias)*)] $variant($config),)*
        }

        impl Loss {
            /// The name of this loss.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$config>::KIND,)*
                }
            }

            /// Checks the config by itself.
            ///
            /// # Errors
            /// Names the field, its value and the rule.
            pub fn validate(&self) -> Result<(), LayerError> {
                match self {
                    $(Self::$variant(config) => config.validate(),)*
                }
            }

            /// Checks the config, and that such predictions and targets fit.
            ///
            /// # Errors
            /// Says what came and what fits, or which field of the config is wrong.
            pub fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
                self.validate()?;
                match self {
                    $(Self::$variant(config) => config.check(input, target),)*
                }
            }

            /// The loss of a batch, `[1]`, with or without a weight for each sample, `[batch]`.
            ///
            /// # Panics
            /// If predictions and targets don't fit; [`check`](Self::check) tells beforehand.
            pub fn forward(&self, input: Value, target: Value, sample_weight: Option<Tensor<1>>) -> Tensor<1> {
                match self {
                    $(Self::$variant(config) => config.call(input, target, sample_weight),)*
                }
            }
        }

        $(impl From<$config> for Loss {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        })*
    };
}

losses! {
    /// The square of the difference.
    Mse: MeanSquaredError, "mse" or "mean_squared_error";
    /// The size of the difference.
    Mae: MeanAbsoluteError, "mae" or "mean_absolute_error";
    /// A square, then a line.
    Huber: Huber, "huber";
    /// A square over its width, then a line.
    SmoothL1: SmoothL1, "smooth_l1";
    /// The logarithm of the hyperbolic cosine.
    LogCosh: LogCosh, "log_cosh";
    /// Cross-entropy of yes or no answers.
    BinaryCrossEntropy: BinaryCrossEntropy, "binary_crossentropy" or "binary_cross_entropy";
    /// Cross-entropy of classes, from one-hot targets.
    CategoricalCrossEntropy: CategoricalCrossEntropy, "categorical_crossentropy" or "categorical_cross_entropy";
    /// Cross-entropy of classes, from labels.
    SparseCategoricalCrossEntropy: SparseCategoricalCrossEntropy,
        "sparse_categorical_crossentropy" or "sparse_categorical_cross_entropy";
    /// Cross-entropy in which what is easy counts less.
    Focal: Focal, "focal";
    /// What masks lack of a full overlap.
    Dice: Dice, "dice";
    /// What a margin lacks of 1.
    Hinge: Hinge, "hinge";
    /// The square of that.
    SquaredHinge: SquaredHinge, "squared_hinge";
    /// What the right class lacks of the largest other one and 1.
    CategoricalHinge: CategoricalHinge, "categorical_hinge";
    /// How far a distribution is from another.
    KlDivergence: KlDivergence, "kl_div" or "kl_divergence";
    /// Minus the cosine of an angle.
    CosineSimilarity: CosineSimilarity, "cosine_similarity";
    /// The loss of a grid of boxes and classes.
    YoloV1: YoloV1, "yolo_v1";
    /// Cross-entropy and overlap of a class for each px.
    Segmentation: SegmentationLoss, "segmentation";
}

named!(Loss, "a loss's name, or its name with its options");
