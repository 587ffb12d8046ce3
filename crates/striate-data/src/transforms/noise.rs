//! Noise, blur, and parts wiped out.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Adjustment, Draw, Operation, between, check};
use crate::ops::Rect;
use crate::{DataError, Fill};

/// Adds normally distributed noise to each value; torchvision's `GaussianNoise`, with a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomNoise {
    /// The mean, as a part of white, in `[-1, 1]`.
    pub mean: f32,
    /// The least and the greatest standard deviation, as parts of white.
    pub std: [f64; 2],
}

/// Blurs with a Gaussian; torchvision's `GaussianBlur`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomBlur {
    /// The least and the greatest sigma, in px.
    pub sigma: [f64; 2],
    /// The kernel's sides along x and y, in px; odd. None reaches to three sigma.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_size: Option<[usize; 2]>,
}

/// Wipes out a part of random size and shape at a random place (Zhong et al. 2017); torchvision's `RandomErasing`. Boxes,
/// mask and key points stay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomErasing {
    /// How likely it is, in `[0, 1]`.
    pub probability: f32,
    /// The least and the greatest part of the picture's area.
    pub scale: [f64; 2],
    /// The least and the greatest ratio of height to width.
    pub ratio: [f64; 2],
    /// What is there then.
    pub with: Eraser,
}

/// What stands in a part that is wiped out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eraser {
    /// These values, in `[0, 255]`.
    Fill(Fill),
    /// Values that are drawn for each channel of each pixel, all equally likely.
    Noise,
}

with_probability!(RandomErasing);

impl Default for RandomNoise {
    /// torchvision's: a tenth of white.
    fn default() -> Self {
        Self { mean: 0.0, std: [0.1; 2] }
    }
}

impl RandomNoise {
    /// A standard deviation from `std[0]` to `std[1]`, as parts of white.
    pub fn new(std: [f64; 2]) -> Self {
        Self { mean: 0.0, std }
    }
}

impl Default for RandomBlur {
    /// Sigma from 0.1 to 2 px.
    fn default() -> Self {
        Self { sigma: [0.1, 2.0], kernel_size: None }
    }
}

impl RandomBlur {
    /// Sigma from `sigma[0]` to `sigma[1]` px.
    pub fn new(sigma: [f64; 2]) -> Self {
        Self { sigma, kernel_size: None }
    }
}

impl Default for RandomErasing {
    /// torchvision's: every other time 0.02 to 0.33 of the area, from 0.3 to 3.3 times as high as wide, black.
    fn default() -> Self {
        Self { probability: 0.5, scale: [0.02, 0.33], ratio: [0.3, 3.3], with: Eraser::Fill(Fill::Gray(0.0)) }
    }
}

impl RandomErasing {
    /// With another value, or noise.
    pub fn with(self, with: impl Into<Eraser>) -> Self {
        Self { with: with.into(), ..self }
    }
}

impl Draw for RandomNoise {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let std = between(self.std, stream) as f32;
        vec![Adjustment::Noise { mean: self.mean, std, seed: stream.next_u64() }.into()]
    }

    fn check(&self) -> Result<(), DataError> {
        check::number("mean", self.mean.into(), self.mean.abs() <= 1.0, "it must be in [-1, 1]")?;
        check::factors("std", self.std)
    }
}

impl Draw for RandomBlur {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let sigma = between(self.sigma, stream);
        let kernel_size = self.kernel_size.unwrap_or([2 * (3.0 * sigma).ceil().max(1.0) as usize + 1; 2]);
        vec![Adjustment::Blur { kernel_size, sigma: [sigma; 2] }.into()]
    }

    fn check(&self) -> Result<(), DataError> {
        let rule = "it must be [least, most], above 0 and up to 100 px";
        check::range("sigma", self.sigma, |sigma| sigma > 0.0 && sigma <= 100.0, rule)?;
        for side in self.kernel_size.into_iter().flatten() {
            check::number("kernel_size", side as f64, side % 2 == 1 && side < 1024, "each must be odd and below 1024")?;
        }
        Ok(())
    }
}

impl Draw for RandomErasing {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        if !stream.chance(self.probability) {
            return Vec::new();
        }
        let area = (height * width) as f64;
        let part = (0..10).find_map(|_| {
            let area = area * between(self.scale, stream);
            let ratio = between(self.ratio.map(f64::ln), stream).exp();
            let [rows, columns] =
                [(area * ratio).sqrt(), (area / ratio).sqrt()].map(|side| side.round_ties_even() as usize);
            (rows < height && columns < width).then(|| Rect {
                top: stream.below(height - rows + 1),
                left: stream.below(width - columns + 1),
                height: rows,
                width: columns,
            })
        });
        let seed = stream.next_u64();
        part.map(|part| Adjustment::Erase { part, with: self.with, seed }.into()).into_iter().collect()
    }

    fn check(&self) -> Result<(), DataError> {
        check::probability(self.probability)?;
        check::range("scale", self.scale, |part| (0.0..=1.0).contains(&part), "it must be [least, most] in [0, 1]")?;
        check::positive("ratio", self.ratio)?;
        match self.with {
            Eraser::Fill(fill) => check::fill(Some(fill)),
            Eraser::Noise => Ok(()),
        }
    }
}
