//! The mean gradient of several batches.

use std::collections::BTreeMap;

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use serde::{Deserialize, Serialize};
use striate_backend::ops::lerp;
use striate_network::State;

use super::NamedGradients;

/// Gathers the gradients of several batches into their mean by samples: `n` batches of mean losses give the gradient of one
/// batch of all their samples, whatever the sizes of the batches.
///
/// Layers that look at a whole batch, such as a batch norm, still see the small ones.
#[derive(Debug, Clone, Default)]
pub struct Accumulator {
    means: BTreeMap<String, Tensor<1>>,
    counts: Accumulated,
}

/// What was gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Accumulated {
    /// Batches.
    pub batches: u64,
    /// Their samples.
    pub samples: u64,
}

impl Accumulator {
    /// Nothing gathered yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the gradients of the mean loss of a batch of this many samples; one of none counts as nothing.
    ///
    /// A parameter that has no gradient in a batch counts as one whose gradient is 0.
    ///
    /// # Panics
    /// If a gradient hasn't as many values as before.
    pub fn add(&mut self, gradients: NamedGradients, samples: usize) {
        if samples == 0 {
            return;
        }
        let samples = samples as u64;
        self.counts.batches += 1;
        self.counts.samples += samples;
        let weight = samples as f64 / self.counts.samples as f64;
        let mut gradients = gradients.of;
        for (name, mean) in &mut self.means {
            let before = std::mem::replace(mean, Tensor::empty([0], &mean.device()));
            *mean = match gradients.remove(name) {
                Some(gradient) => lerp(before, gradient, weight),
                None => before * (1.0 - weight),
            };
        }
        for (name, gradient) in gradients {
            let mean = if weight == 1.0 { gradient } else { gradient * weight };
            self.means.insert(name, mean);
        }
    }

    /// What was gathered since the last mean.
    pub fn counts(&self) -> Accumulated {
        self.counts
    }

    /// The mean of what was gathered; begins anew.
    pub fn take(&mut self) -> NamedGradients {
        self.counts = Accumulated::default();
        NamedGradients { of: std::mem::take(&mut self.means) }
    }

    /// What is gathered, by the parameters' names; with [`counts`](Self::counts) it is all that there is to keep.
    pub fn state(&self) -> State {
        self.means.iter().map(|(name, mean)| (name.clone(), mean.to_data())).collect()
    }

    /// Goes on from what [`state`](Self::state) and [`counts`](Self::counts) gave.
    pub fn restore(&mut self, counts: Accumulated, state: State, device: &Device) {
        let device = &device.clone().without_autodiff();
        self.counts = counts;
        self.means = state
            .into_iter()
            .map(|(name, data)| {
                let values: Vec<f32> = data.iter::<f32>().collect();
                let length = values.len();
                (name, Tensor::from_data(TensorData::new(values, [length]), device))
            })
            .collect();
    }
}
