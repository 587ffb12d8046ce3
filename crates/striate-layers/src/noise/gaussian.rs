//! Normal noise, added or multiplied: Keras's `GaussianNoise` and `GaussianDropout`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::{draw, noise_layer};
use crate::builders::seed_builder;
use crate::check::check_rate;
use crate::{Context, LayerError};

/// Config of normal noise: in training a number with mean 0 is added to each value.
///
/// Any shape, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianNoise {
    /// The noise's standard deviation, at least 0.
    pub stddev: f64,
    /// Replaces the run's seed.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl GaussianNoise {
    /// Noise of this standard deviation.
    pub fn new(stddev: f64) -> Self {
        Self { stddev, seed: None }
    }

    seed_builder!();

    /// Any shape, the same out.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, context: &Context) -> Tensor<D> {
        let stream = context.stream_seeded(self.seed, "gaussian_noise");
        let Some(mut stream) = stream.filter(|_| self.stddev > 0.0) else { return x };
        let noise = draw(&x, x.dims(), || self.stddev as f32 * stream.normal());
        x + noise
    }

    fn check(&self) -> Result<(), LayerError> {
        match self.stddev >= 0.0 && self.stddev.is_finite() {
            true => Ok(()),
            false => {
                Err(LayerError::value("gaussian_noise", "stddev", self.stddev, "it must be at least 0 and finite"))
            }
        }
    }
}

noise_layer!(GaussianNoise, "gaussian_noise", GaussianNoise::check, |_, _| Ok::<_, LayerError>(()));

/// Config of normal noise as a factor (Srivastava et al. 2014, section 10): in training each value is multiplied by a
/// number with mean 1 and standard deviation `sqrt(rate / (1 - rate))`, which is that of a dropout's mask.
///
/// Any shape, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianDropout {
    /// The rate of the dropout that it stands for, in `[0, 1)`.
    pub rate: f64,
    /// Replaces the run's seed.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl GaussianDropout {
    /// Noise like that of a dropout of this rate.
    pub fn new(rate: f64) -> Self {
        Self { rate, seed: None }
    }

    seed_builder!();

    /// Any shape, the same out.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, context: &Context) -> Tensor<D> {
        let stream = context.stream_seeded(self.seed, "gaussian_dropout");
        let Some(mut stream) = stream.filter(|_| self.rate > 0.0) else { return x };
        let stddev = (self.rate / (1.0 - self.rate)).sqrt() as f32;
        let factors = draw(&x, x.dims(), || 1.0 + stddev * stream.normal());
        x * factors
    }

    fn check(&self) -> Result<(), LayerError> {
        check_rate("gaussian_dropout", "rate", self.rate)
    }
}

noise_layer!(GaussianDropout, "gaussian_dropout", GaussianDropout::check, |_, _| Ok::<_, LayerError>(()));
