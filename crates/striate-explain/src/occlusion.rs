//! Occlusion (Zeiler & Fergus 2014, <https://arxiv.org/abs/1311.2901>, section 4.2).

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::part::{Part, floats, tensor_like};
use crate::{ExplainError, Explainer, HeatMap, Target};

/// Which parts of a picture the answer needs: a window is laid over each in turn, and the score falls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occlusion {
    /// Height and width of the window in px; none: an eighth of the picture's, at least 1 px.
    pub window: Option<[usize; 2]>,
    /// By how many px the window moves down and to the right; none: half its sides, at least 1 px.
    pub stride: Option<[usize; 2]>,
    /// What the window shows.
    pub fill: Fill,
    /// What is measured.
    pub measure: Measure,
    /// Pictures in a batch; at least 1.
    pub batch_size: usize,
}

/// What an occluding window shows.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// This gray in `[0, 1]`, by the explainer's preprocessing; the paper has gray.
    Gray(f32),
    /// The network's input of this value.
    Value(f32),
    /// The mean of each of the picture's channels.
    #[default]
    Mean,
}

/// What falls when the window covers what the answer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The score.
    #[default]
    Score,
    /// The class's probability among all classes, by softmax: the paper's figure 6d.
    Probability,
}

impl Default for Occlusion {
    /// A window of an eighth of the sides, moved by half of it, in the picture's mean color.
    fn default() -> Self {
        Self { window: None, stride: None, fill: Fill::Mean, measure: Measure::Score, batch_size: 16 }
    }
}

impl Occlusion {
    /// A window of an eighth of the sides, moved by half of it, in the picture's mean color.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lays a window of this height and width in px.
    pub fn window(self, window: [usize; 2]) -> Self {
        Self { window: Some(window), ..self }
    }

    /// Moves the window by these px down and to the right.
    pub fn stride(self, stride: [usize; 2]) -> Self {
        Self { stride: Some(stride), ..self }
    }

    /// Fills the window so.
    pub fn fill(self, fill: Fill) -> Self {
        Self { fill, ..self }
    }

    /// Measures the score or the probability.
    pub fn measure(self, measure: Measure) -> Self {
        Self { measure, ..self }
    }

    /// By how much the score of a picture `[channels, height, width]` falls when a px is covered: the mean over the windows
    /// that cover it. What rises is negative. The last window of a row or column ends with the picture; px that no window
    /// covers, when the stride is longer than the window, are 0.
    ///
    /// # Errors
    /// If an option is out of its range, there is no such layer or class, or the network doesn't take such a picture.
    pub fn run(&self, explainer: &Explainer, image: &Tensor<3>, target: &Target) -> Result<HeatMap, ExplainError> {
        let part = explainer.part(image, target)?;
        let [channels, height, width] = image.dims();
        let sides = [height, width];
        let window = self.window.unwrap_or(sides.map(|side| (side / 8).max(1)));
        let stride = self.stride.unwrap_or(window.map(|side| (side / 2).max(1)));
        if window.contains(&0) || window.iter().zip(sides).any(|(window, side)| *window > side) {
            return Err(ExplainError::option(
                "window",
                format!("{window:?}"),
                "it must be within the picture, from 1 px",
            ));
        }
        if stride.contains(&0) {
            return Err(ExplainError::option("stride", format!("{stride:?}"), "it must be at least 1 px"));
        }
        if self.batch_size == 0 {
            return Err(ExplainError::option("batch_size", 0, "it must be at least 1"));
        }
        let batch = explainer.batch(image);
        let values = floats(batch.clone());
        let fill = self.fill_values(explainer, &values, channels)?;
        let [rows, columns] = [0, 1].map(|axis| starts(sides[axis], window[axis], stride[axis]));
        let corners: Vec<_> = rows.iter().flat_map(|&top| columns.iter().map(move |&left| [top, left])).collect();
        let whole = self.measured(&part, batch.clone())?[0];
        let (mut sums, mut counts) = (vec![0.0_f32; height * width], vec![0_u32; height * width]);
        for corners in corners.chunks(self.batch_size) {
            let mut covered = Vec::with_capacity(corners.len() * values.len());
            for &corner in corners {
                let from = covered.len();
                covered.extend_from_slice(&values);
                for (plane, fill) in covered[from..].chunks_exact_mut(height * width).zip(&fill) {
                    within(corner, window, width).for_each(|px| plane[px] = *fill);
                }
            }
            let scores =
                self.measured(&part, tensor_like(covered, [corners.len(), channels, height, width], &batch))?;
            for (&corner, score) in corners.iter().zip(scores) {
                within(corner, window, width).for_each(|px| {
                    sums[px] += whole - score;
                    counts[px] += 1;
                });
            }
        }
        let means = sums.iter().zip(&counts).map(|(sum, count)| sum / (*count).max(1) as f32);
        Ok(HeatMap::new(height, width, means.collect()))
    }

    fn measured(&self, part: &Part, images: Tensor<4>) -> Result<Vec<f32>, ExplainError> {
        match self.measure {
            Measure::Score => part.scores(images),
            Measure::Probability => part.probabilities(images),
        }
    }

    /// The window's value in each channel.
    fn fill_values(&self, explainer: &Explainer, values: &[f32], channels: usize) -> Result<Vec<f32>, ExplainError> {
        let plane = values.len() / channels;
        let fill = |channel: usize| match self.fill {
            Fill::Gray(px) => explainer.pixels().value(channel, px),
            Fill::Value(value) => value,
            Fill::Mean => {
                let sum: f64 = values[channel * plane..][..plane].iter().map(|&value| f64::from(value)).sum();
                (sum / plane as f64) as f32
            }
        };
        let values: Vec<_> = (0..channels).map(fill).collect();
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(ExplainError::option("fill", value, "it must be a finite number")),
            None => Ok(values),
        }
    }
}

/// Where windows begin along a side; the last ends with it.
fn starts(side: usize, window: usize, stride: usize) -> Vec<usize> {
    let last = side - window;
    let mut starts: Vec<_> = (0..=last).step_by(stride).collect();
    if starts.last() != Some(&last) {
        starts.push(last);
    }
    starts
}

/// The px within a window, by their number in a plane.
fn within([top, left]: [usize; 2], window: [usize; 2], width: usize) -> impl Iterator<Item = usize> {
    (top..top + window[0]).flat_map(move |row| (left..left + window[1]).map(move |column| row * width + column))
}
