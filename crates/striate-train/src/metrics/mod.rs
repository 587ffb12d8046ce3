//! What a network is measured by, streaming over batches.

mod accuracy;

pub use accuracy::Accuracy;

use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use crate::TrainError;

/// Predictions of a batch on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The numbers in rows.
    pub values: Vec<f32>,
    /// The lengths of the axes, the batch first.
    pub shape: Vec<usize>,
}

/// A metric.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The fraction of samples whose class is right.
    #[default]
    Accuracy,
}

/// What a metric has seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricState {
    /// Of accuracy.
    Accuracy(Accuracy),
}

impl Metric {
    /// Its name.
    pub fn name(&self) -> String {
        "accuracy".into()
    }

    /// Whether more is better.
    pub fn higher_is_better(&self) -> bool {
        true
    }

    /// Nothing seen.
    pub fn start(&self) -> MetricState {
        MetricState::Accuracy(Accuracy::default())
    }

    /// Whether it can measure such an output.
    ///
    /// # Errors
    /// If not.
    pub fn check(&self, _: &Signature) -> Result<(), TrainError> {
        Ok(())
    }
}

impl MetricState {
    /// Adds what another has seen after it.
    pub fn merge(&mut self, other: Self) {
        let (Self::Accuracy(own), Self::Accuracy(other)) = (self, other);
        own.merge(other);
    }

    /// Its values by name.
    pub fn values(&self) -> Vec<(String, f64)> {
        let Self::Accuracy(accuracy) = self;
        vec![("accuracy".into(), accuracy.value())]
    }
}
