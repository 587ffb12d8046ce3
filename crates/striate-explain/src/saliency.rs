//! Saliency: the gradient by the picture (Simonyan, Vedaldi & Zisserman 2014, <https://arxiv.org/abs/1312.6034>), smoothed
//! by noise (Smilkov et al. 2017, <https://arxiv.org/abs/1706.03825>).

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_core::Streams;

use crate::part::{floats, tensor_like};
use crate::{Attribution, ExplainError, Explainer, Target};

/// Which values of a picture change the answer: the gradient of a class's score.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saliency {
    /// The mean of the gradients of noisy pictures instead.
    #[serde(default)]
    pub smooth: Option<SmoothGrad>,
    /// Whether the gradient is multiplied by the picture's values.
    #[serde(default)]
    pub times_input: bool,
}

/// The mean of the gradients of many pictures with noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmoothGrad {
    /// Noisy pictures; at least 1.
    pub samples: usize,
    /// The noise's standard deviation, as a part of the distance between the picture's least and largest value; the paper
    /// takes 0.1 to 0.2.
    pub noise: f32,
    /// Whether the squares of the gradients are averaged, which keeps those whose signs differ.
    pub squared: bool,
    /// The seed of the noise.
    pub seed: u64,
    /// Pictures in a batch; at least 1.
    pub batch_size: usize,
}

impl Default for SmoothGrad {
    /// 50 pictures with a noise of 0.15.
    fn default() -> Self {
        Self { samples: 50, noise: 0.15, squared: false, seed: 42, batch_size: 8 }
    }
}

impl Saliency {
    /// The gradient itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// Smooths it by noise.
    pub fn smooth(self, smooth: SmoothGrad) -> Self {
        Self { smooth: Some(smooth), ..self }
    }

    /// Multiplies it by the picture's values.
    pub fn times_input(self, times_input: bool) -> Self {
        Self { times_input, ..self }
    }

    /// The gradient by each value of a picture `[channels, height, width]`.
    ///
    /// # Errors
    /// If an option is out of its range, there is no such layer or class, or the network doesn't take such a picture.
    pub fn run(&self, explainer: &Explainer, image: &Tensor<3>, target: &Target) -> Result<Attribution, ExplainError> {
        let part = explainer.part(image, target)?;
        let image = explainer.batch(image);
        let gradient = match &self.smooth {
            None => part.gradients(image.clone())?.0,
            Some(smooth) => smooth.mean(&image, |noisy| Ok(part.gradients(noisy)?.0))?,
        };
        let gradient = if self.times_input { gradient * image } else { gradient };
        let [_, sides @ ..] = gradient.dims();
        Ok(Attribution::new(sides, floats(gradient)))
    }
}

impl SmoothGrad {
    fn check(&self) -> Result<(), ExplainError> {
        if self.samples == 0 {
            return Err(ExplainError::option("samples", self.samples, "it must be at least 1"));
        }
        if self.batch_size == 0 {
            return Err(ExplainError::option("batch_size", self.batch_size, "it must be at least 1"));
        }
        match self.noise.is_finite() && self.noise >= 0.0 {
            true => Ok(()),
            false => Err(ExplainError::option("noise", self.noise, "it must be a number of at least 0")),
        }
    }

    /// The mean of gradients of a batch of one picture with noise.
    fn mean(
        &self,
        image: &Tensor<4>,
        gradients: impl Fn(Tensor<4>) -> Result<Tensor<4>, ExplainError>,
    ) -> Result<Tensor<4>, ExplainError> {
        self.check()?;
        let values = floats(image.clone());
        let least = values.iter().copied().fold(f32::INFINITY, f32::min);
        let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let deviation = self.noise * (largest - least);
        let [_, channels, height, width] = image.dims();
        let mut sum = image.zeros_like();
        for first in (0..self.samples).step_by(self.batch_size) {
            let count = self.batch_size.min(self.samples - first);
            let mut noisy = Vec::with_capacity(count * values.len());
            for sample in first..first + count {
                let mut stream = Streams::new(self.seed).at(0, sample as u64).open("smoothgrad");
                noisy.extend(values.iter().map(|value| value + deviation * stream.normal()));
            }
            let gradient = gradients(tensor_like(noisy, [count, channels, height, width], image))?;
            let gradient = if self.squared { gradient.clone() * gradient } else { gradient };
            sum = sum + gradient.sum_dim(0);
        }
        Ok(sum / self.samples as f64)
    }
}
