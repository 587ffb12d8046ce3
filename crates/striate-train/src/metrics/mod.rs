//! What networks are measured by, streaming over batches.
//!
//! A [`Metric`] is its options as data; [`Metric::start`] gives the [`MetricState`] that counts batches. States are saved in
//! checkpoints, and merged over replicas. `docs/metrics.md` has a table of all with the libraries' functions that they equal.

mod accuracy;
mod auc;
mod batch;
mod choice;
mod coco;
mod coco_match;
mod confusion;
mod curves;
mod edges;
mod error;
mod foreground;
mod metric;
mod numbers;
mod options;
mod outcomes;
mod own;
mod psnr;
mod regression;
mod spec;

pub use accuracy::{Accuracy, BinaryAccuracy, ClassAccuracy, TopK};
pub use auc::{AveragePrecision, MultiClass, PrAuc, Ranking, RocAuc};
pub(crate) use batch::argmax;
pub use batch::{Detection, Scores, TargetKind, Targets, Truth};
pub use choice::Choice;
pub use coco::{CocoCounts, CocoMap, CocoReport};
pub use confusion::{CohenKappa, Confusion, ConfusionMatrix, KappaWeights, MatthewsCorrelation, Normalize};
pub use curves::{PrRule, PrecisionRecallCurve, RocCurve, precision_recall_curve, roc_curve};
pub use edges::{EdgeCounts, EdgeF1};
pub use error::MetricError;
pub use foreground::{ForegroundCounts, ForegroundIou};
pub use metric::{Metric, MetricState};
pub use outcomes::{Absent, Average, DiceScore, F1, MeanClassAccuracy, MeanIou, Outcomes, Precision, Recall};
pub use own::{Own, OwnState, register};
pub use psnr::{Psnr, PsnrSums};
pub use regression::{BoxIou, Mae, Mean, Mse, Overlap, R2, Rmse, Spread, Sum};
pub use spec::{Counted, MetricSpec};
