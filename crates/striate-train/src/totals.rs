//! What is measured, summed over batches.

use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_data::Batch;
use striate_layers::Value;

use crate::TrainError;
use crate::heads::Wired;
use crate::metrics::{ConfusionMatrix, Metric, MetricError, MetricState};

/// What a network reaches on some data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evaluation {
    /// The mean loss of a sample: the weighted sum over all outputs. In training with the layers' penalties.
    pub loss: f64,
    /// Everything else by name: `accuracy`; of a second output with its name before it, as `box_iou`; where there are several
    /// outputs also each one's loss, not weighted, as Keras tells it.
    pub metrics: Vec<(String, f64)>,
    /// Samples.
    pub samples: usize,
}

impl Evaluation {
    /// A value by its name; `loss` is one.
    pub fn get(&self, name: &str) -> Option<f64> {
        if name == "loss" {
            return Some(self.loss);
        }
        self.metrics.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The fraction of samples whose class was right, if that was measured.
    pub fn accuracy(&self) -> Option<f64> {
        self.get("accuracy")
    }

    /// All values with their names, the loss first.
    pub fn values(&self) -> impl Iterator<Item = (&str, f64)> {
        let metrics = self.metrics.iter().map(|(name, value)| (name.as_str(), *value));
        std::iter::once(("loss", self.loss)).chain(metrics)
    }
}

/// Measured values in words, with commas between them; an accuracy as a percentage.
pub fn in_words<'a>(values: impl Iterator<Item = (&'a str, f64)>) -> String {
    let words = values.map(|(name, value)| match name.ends_with("accuracy") {
        true => format!("{name} {:.2}%", 100.0 * value),
        false => format!("{name} {value:.4}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Sums over batches, which can be saved in the middle of an epoch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Totals {
    samples: u64,
    loss_sum: f64,
    heads: Vec<HeadTotals>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HeadTotals {
    loss_sum: f64,
    metrics: Vec<MetricState>,
}

impl Totals {
    /// The mean loss so far.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.samples.max(1) as f64
    }

    /// Adds a batch: its loss, each head's own, and what its metrics see.
    pub(crate) fn add(
        &mut self,
        heads: &[Wired],
        batch: &Batch,
        scores: &[Scored],
        loss: f64,
        losses: &[f64],
        device: &Device,
    ) -> Result<(), TrainError> {
        if self.heads.is_empty() {
            let start = |wired: &Wired| {
                Ok::<_, MetricError>(HeadTotals {
                    loss_sum: 0.0,
                    metrics: wired.head.metrics.iter().map(Metric::start).collect::<Result<_, _>>()?,
                })
            };
            self.heads = heads.iter().map(start).collect::<Result<_, MetricError>>()?;
        }
        let count = batch.indices.len() as f64;
        self.samples += batch.indices.len() as u64;
        self.loss_sum += loss * count;
        for ((totals, wired), ((values, shape), loss)) in
            self.heads.iter_mut().zip(heads).zip(scores.iter().zip(losses))
        {
            totals.loss_sum += loss * count;
            if totals.metrics.is_empty() {
                continue;
            }
            wired.measure(&mut totals.metrics, values, shape, batch, device)?;
        }
        Ok(())
    }

    /// The matrix of which class was taken for which, if a metric of the heads counts one.
    pub fn confusion(&self) -> Option<&ConfusionMatrix> {
        self.heads.iter().flat_map(|head| &head.metrics).find_map(MetricState::confusion)
    }

    /// The values so far.
    pub(crate) fn evaluation(&self, heads: &[Wired]) -> Evaluation {
        let mut metrics = Vec::new();
        for (totals, wired) in self.heads.iter().zip(heads) {
            let prefix = &wired.prefix;
            if heads.len() > 1 {
                let name = if prefix.is_empty() { "main_" } else { prefix.as_str() };
                metrics.push((format!("{name}loss"), totals.loss_sum / self.samples.max(1) as f64));
            }
            for metric in &totals.metrics {
                // `box_iou` of the output `box` says already whose it is.
                let named = |name: String| match name.starts_with(prefix.as_str()) {
                    true => name,
                    false => format!("{prefix}{name}"),
                };
                metrics.extend(metric.values().into_iter().map(|(name, value)| (named(name), value)));
            }
        }
        Evaluation { loss: self.loss(), metrics, samples: self.samples as usize }
    }
}

/// An output's numbers and the lengths of its axes; none where nothing measures them.
pub(crate) type Scored = (Vec<f32>, Vec<usize>);

/// What the heads' metrics see of outputs.
pub(crate) fn scores_of(heads: &[Wired], outputs: &[Value]) -> Vec<Scored> {
    let scored = |(wired, output): (&Wired, &Value)| match wired.head.metrics.is_empty() {
        true => Scored::default(),
        false => (output.clone().into_floats(), output.dims()),
    };
    heads.iter().zip(outputs).map(scored).collect()
}
