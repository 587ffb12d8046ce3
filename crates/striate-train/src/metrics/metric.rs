//! Any metric: its options as data, and what it has counted.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use striate_core::named;
use striate_layers::Signature;

use super::own::{Own, OwnState};
use super::spec::Counted;
use super::*;

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident: $config:ty, $name:literal $(or $alias:literal)*;)*) => {
        /// Any metric; in JSON a name, or a name with its options: `"accuracy"`, `{"top_k": {"k": 3}}`.
        ///
        /// ```
        /// use striate_train::metrics::{Metric, Scores, Targets, TopK};
        ///
        /// let metric: Metric = serde_json::from_str(r#"{"top_k": {"k": 2}}"#)?;
        /// assert_eq!(metric, TopK { k: 2, ..TopK::default() }.into());
        /// let mut state = metric.start()?;
        /// let scores = [0.5, 0.3, 0.2, 0.1, 0.2, 0.7];
        /// state.update(&Scores::rows(&scores, &[2, 3]), &Targets::Labels(&[1, 0]))?;
        /// assert_eq!((metric.name().as_str(), state.value()), ("top_2", 0.5));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(remote = "Self")]
        #[non_exhaustive]
        pub enum Metric {
            $($(#[$doc])* #[serde(rename = $name $(, alias = $alias)*)] $variant($config),)*
            /// One of the user's own.
            #[serde(rename = "own")]
            Own(Own),
        }

        /// A metric with what it has counted, saved in the middle of an epoch and merged with those of other replicas.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "the variants are those of `Metric`")]
        pub enum MetricState {
            $($variant(Counted<$config>),)*
            Own(OwnState),
        }

        impl Metric {
            /// All names that there are, with their other spellings.
            pub const NAMES: &'static [&'static str] = &[$($name, $($alias,)*)* "own"];

            /// The kind's name.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                    Self::Own(_) => "own",
                }
            }

            /// Nothing counted yet.
            ///
            /// # Errors
            /// If it is one of the user's own that isn't registered, or whose options it doesn't take.
            pub fn start(&self) -> Result<MetricState, MetricError> {
                Ok(match self {
                    $(Self::$variant(metric) => MetricState::$variant(Counted::new(metric.clone())),)*
                    Self::Own(own) => MetricState::Own(own.start()?),
                })
            }
        }

        impl MetricState {
            fn erased(&self) -> &dyn own::Erased {
                match self {
                    $(Self::$variant(counted) => counted,)*
                    Self::Own(own) => own.counted.as_ref(),
                }
            }

            fn erased_mut(&mut self) -> &mut dyn own::Erased {
                match self {
                    $(Self::$variant(counted) => counted,)*
                    Self::Own(own) => own.counted.as_mut(),
                }
            }

            /// What it measures.
            pub fn metric(&self) -> Metric {
                match self {
                    $(Self::$variant(counted) => Metric::$variant(counted.metric.clone()),)*
                    Self::Own(own) => Metric::Own(own.metric().clone()),
                }
            }
        }

        $(impl From<$config> for Metric {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        })*
    };
}

metrics! {
    /// The part of samples or px whose class is right.
    Accuracy: ClassAccuracy, "accuracy" or "acc" or "categorical_accuracy" or "sparse_categorical_accuracy";
    /// The part of yes or no answers that are right.
    BinaryAccuracy: BinaryAccuracy, "binary_accuracy";
    /// The part of samples whose class is among the best few.
    TopK: TopK, "top_k" or "top_k_accuracy";
    /// The part of what was found that is right.
    Precision: Precision, "precision";
    /// The part of what is there that was found.
    Recall: Recall, "recall";
    /// The harmonic mean of both.
    F1: F1, "f1" or "f1_score";
    /// Which class is taken for which.
    ConfusionMatrix: Confusion, "confusion_matrix";
    /// Agreement beyond chance.
    CohenKappa: CohenKappa, "cohen_kappa";
    /// The correlation of labels and predictions.
    MatthewsCorrelation: MatthewsCorrelation, "matthews_correlation";
    /// The area under the ROC curve.
    RocAuc: RocAuc, "roc_auc" or "auc";
    /// The area under precision over recall.
    PrAuc: PrAuc, "pr_auc";
    /// The same by steps.
    AveragePrecision: AveragePrecision, "average_precision";
    /// Mean squared error.
    Mse: Mse, "mse" or "mean_squared_error";
    /// Mean absolute error.
    Mae: Mae, "mae" or "mean_absolute_error";
    /// The root of the mean squared error.
    Rmse: Rmse, "rmse" or "root_mean_squared_error";
    /// The part of the variance that is predicted.
    R2: R2, "r2";
    /// The mean IoU of one box a sample.
    BoxIou: BoxIou, "box_iou";
    /// The mean over classes of masks' IoU.
    MeanIou: MeanIou, "mean_iou";
    /// The mean over classes of masks' Dice coefficient.
    Dice: DiceScore, "dice";
    /// The mean over classes of the part that was found.
    MeanClassAccuracy: MeanClassAccuracy, "mean_class_accuracy" or "balanced_accuracy";
    /// The IoU of all that isn't the ground.
    ForegroundIou: ForegroundIou, "foreground_iou";
    /// Edges found within some px.
    EdgeF1: EdgeF1, "edge_f1";
    /// How near pictures come to others, dB.
    Psnr: Psnr, "psnr";
    /// COCO's mean average precision of boxes.
    CocoMap: CocoMap, "coco_map" or "map";
    /// The mean of the output's numbers.
    Mean: Mean, "mean";
}

named!(Metric, "a metric's name, or its name with its options", Metric::NAMES);

impl Metric {
    /// The name of its value in histories: the kind's, `top_3` or that of the user's own.
    pub fn name(&self) -> String {
        match self {
            Self::Own(own) => own.name.clone(),
            other => other.start().map_or_else(|_| other.kind().into(), |state| state.name()),
        }
    }

    /// Checks the options by themselves.
    ///
    /// # Errors
    /// Names the option, its value and the rule.
    pub fn validate(&self) -> Result<(), MetricError> {
        self.start()?.erased().validate()
    }

    /// Checks the options, and that it measures such an output of one sample against such targets.
    ///
    /// # Errors
    /// Says what came and what fits, or which option is wrong.
    pub fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        let state = self.start()?;
        state.erased().validate()?;
        state.erased().check(output, targets)
    }

    /// Whether a network with a higher value is the better one.
    ///
    /// # Errors
    /// If it is one of the user's own that isn't registered.
    pub fn higher_is_better(&self) -> Result<bool, MetricError> {
        Ok(self.start()?.erased().higher_is_better())
    }
}

impl FromStr for Metric {
    type Err = serde::de::value::Error;

    /// The metric of a name, with its usual options.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        <Self as Deserialize>::deserialize(serde::de::value::StrDeserializer::new(name))
    }
}

impl MetricState {
    /// The name of its value in histories.
    pub fn name(&self) -> String {
        self.erased().name()
    }

    /// Counts a batch.
    ///
    /// # Errors
    /// If predictions and targets don't fit each other or the metric. What was counted can't be relied on after that.
    pub fn update(&mut self, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        self.erased_mut().update(scores, targets)
    }

    /// Adds what another has counted, as if its batches had come after this one's.
    ///
    /// # Errors
    /// If they are of different metrics, or of different outputs.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        self.erased_mut().merge(other.erased())
    }

    /// The value by which networks are compared; 0 if nothing was counted.
    pub fn value(&self) -> f64 {
        self.erased().value()
    }

    /// All values by name, that one first.
    pub fn values(&self) -> Vec<(String, f64)> {
        self.erased().values()
    }

    /// Whether a network with a higher value is the better one.
    pub fn higher_is_better(&self) -> bool {
        self.erased().higher_is_better()
    }

    /// The matrix, of those metrics that count one.
    pub fn confusion(&self) -> Option<&super::ConfusionMatrix> {
        match self {
            Self::ConfusionMatrix(counted) => Some(&counted.state),
            Self::CohenKappa(counted) => Some(&counted.state),
            Self::MatthewsCorrelation(counted) => Some(&counted.state),
            _ => None,
        }
    }

    /// Each class's counts, of those metrics that count them.
    pub fn outcomes(&self) -> Option<&super::Outcomes> {
        match self {
            Self::Precision(counted) => Some(&counted.state),
            Self::Recall(counted) => Some(&counted.state),
            Self::F1(counted) => Some(&counted.state),
            Self::MeanIou(counted) => Some(&counted.state),
            Self::Dice(counted) => Some(&counted.state),
            Self::MeanClassAccuracy(counted) => Some(&counted.state),
            _ => None,
        }
    }

    /// All numbers of COCO's measure, if it is that.
    pub fn coco(&self) -> Option<CocoReport> {
        match self {
            Self::CocoMap(counted) => Some(counted.metric.report(&counted.state)),
            _ => None,
        }
    }
}
