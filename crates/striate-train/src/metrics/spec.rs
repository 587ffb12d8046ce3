//! What makes a metric.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use super::{MetricError, Scores, TargetKind, Targets};

/// A metric: its options as data, and how it is counted. A user's own metric is a type with this trait
/// ([`register`](super::register)).
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use striate_train::metrics::{Metric, MetricError, MetricSpec, Own, Scores, Targets, register};
///
/// /// The largest score of all.
/// #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
/// struct Largest {}
///
/// impl MetricSpec for Largest {
///     type State = f32;
///     const NAME: &'static str = "largest";
///
///     fn update(&self, state: &mut f32, scores: &Scores<'_>, _: &Targets<'_>) -> Result<(), MetricError> {
///         if let Scores::Rows { values, .. } = scores {
///             *state = values.iter().copied().fold(*state, f32::max);
///         }
///         Ok(())
///     }
///
///     fn merge(&self, state: &mut f32, other: &f32) -> Result<(), MetricError> {
///         *state = state.max(*other);
///         Ok(())
///     }
///
///     fn value(&self, state: &f32) -> f64 {
///         (*state).into()
///     }
/// }
///
/// register::<Largest>();
/// let metric = Metric::Own(Own::of(&Largest {}));
/// let mut state = metric.start().unwrap();
/// state.update(&Scores::rows(&[0.5, 3.0], &[2]), &Targets::None).unwrap();
/// assert_eq!(state.value(), 3.0);
/// ```
pub trait MetricSpec: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What is counted so far. It begins as its default, and is saved with a run in the middle of an epoch.
    type State: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The metric's name, in files and errors.
    const NAME: &'static str;

    /// The name of its value, in histories.
    fn name(&self) -> String {
        Self::NAME.into()
    }

    /// Checks the options by themselves.
    ///
    /// # Errors
    /// Names the option, its value and the rule.
    fn validate(&self) -> Result<(), MetricError> {
        Ok(())
    }

    /// Checks that it measures such an output, of one sample, against such targets.
    ///
    /// # Errors
    /// Says what came and what fits.
    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        let _ = (output, targets);
        Ok(())
    }

    /// Counts a batch.
    ///
    /// # Errors
    /// If predictions and targets don't fit; nothing that follows can be relied on then.
    fn update(&self, state: &mut Self::State, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError>;

    /// Adds what another has counted, as if its batches had come after this one's.
    ///
    /// # Errors
    /// If the two counted different things.
    fn merge(&self, state: &mut Self::State, other: &Self::State) -> Result<(), MetricError>;

    /// The value; 0 if nothing was counted.
    fn value(&self, state: &Self::State) -> f64;

    /// All values by name, the first the one by which networks are compared.
    fn values(&self, state: &Self::State) -> Vec<(String, f64)> {
        vec![(self.name(), self.value(state))]
    }

    /// Whether a network with a higher value is the better one.
    fn higher_is_better(&self) -> bool {
        true
    }
}

/// A metric with what it has counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Counted<M: MetricSpec> {
    /// The metric.
    pub metric: M,
    /// What it counted.
    pub state: M::State,
}

impl<M: MetricSpec> Counted<M> {
    /// Nothing counted yet.
    pub fn new(metric: M) -> Self {
        Self { metric, state: M::State::default() }
    }

    pub(super) fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.metric != other.metric {
            let reason = format!("{:?} can't be merged with {:?}", self.metric, other.metric);
            return Err(MetricError::Mismatch { metric: M::NAME.into(), reason });
        }
        self.metric.merge(&mut self.state, &other.state)
    }
}

/// `part / whole`, or 0 if there is no whole.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
