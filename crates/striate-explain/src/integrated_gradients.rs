//! Integrated gradients (Sundararajan, Taly & Yan 2017, <https://arxiv.org/abs/1703.01365>).

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::part::{floats, tensor_like};
use crate::{Attribution, ExplainError, Explainer, Target};

/// How much each value of a picture adds to the answer: the gradient along the straight way from a baseline, equation 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegratedGradients {
    /// Points on the way; at least 1, the paper takes 20 to 300.
    pub steps: usize,
    /// Where the way begins.
    pub baseline: Baseline,
    /// Where the points are.
    pub rule: PathRule,
    /// Pictures in a batch; at least 1.
    pub batch_size: usize,
}

/// Where the way to a picture begins.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// The black picture, by the explainer's preprocessing.
    #[default]
    Black,
    /// The picture of this gray in `[0, 1]`, by the explainer's preprocessing.
    Gray(f32),
    /// The network's input of this value everywhere.
    Value(f32),
    /// The network's input of these values `[channel, height, width]`, as many as the picture has.
    Values(Vec<f32>),
}

/// Where the points on the way are, each of which counts the same but for the ends of [`PathRule::Trapezoid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathRule {
    /// In the middle of each of the steps, which is the most exact.
    #[default]
    Middle,
    /// At the end of each step: the paper's equation 3.
    Right,
    /// At both ends of each step, so one point more.
    Trapezoid,
}

/// What [`IntegratedGradients`] finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Integral {
    /// How much each value adds.
    pub attribution: Attribution,
    /// The score of the picture.
    pub score: f32,
    /// The score of the baseline.
    pub baseline_score: f32,
}

impl Integral {
    /// By how much the attributions' sum misses what it ought to be, the picture's score less the baseline's. Along a smooth
    /// way it falls with the square of the steps, across the kinks of ReLUs and maxima with their number.
    pub fn missed(&self) -> f64 {
        (self.attribution.sum() - self.wanted()).abs()
    }

    /// What is [missed](Self::missed) as a part of what the sum ought to be; the paper asks for less than 0.05. Where the two
    /// scores are nearly equal, what is added and taken away cancels, and it takes more steps until little is missed of the
    /// rest. Infinite if they are equal and the sum isn't 0.
    pub fn incompleteness(&self) -> f64 {
        let missed = self.missed();
        if missed == 0.0 { 0.0 } else { missed / self.wanted().abs() }
    }

    fn wanted(&self) -> f64 {
        f64::from(self.score) - f64::from(self.baseline_score)
    }
}

impl Default for IntegratedGradients {
    /// 64 steps from black, taken in their middle.
    fn default() -> Self {
        Self { steps: 64, baseline: Baseline::Black, rule: PathRule::Middle, batch_size: 8 }
    }
}

impl IntegratedGradients {
    /// 64 steps from black, taken in their middle.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes this many steps.
    pub fn steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    /// Begins here.
    pub fn baseline(self, baseline: Baseline) -> Self {
        Self { baseline, ..self }
    }

    /// Takes points of the steps so.
    pub fn rule(self, rule: PathRule) -> Self {
        Self { rule, ..self }
    }

    /// How much each value of a picture `[channels, height, width]` adds to a score.
    ///
    /// # Errors
    /// If an option is out of its range, there is no such layer or class, or the network doesn't take such a picture.
    pub fn run(&self, explainer: &Explainer, image: &Tensor<3>, target: &Target) -> Result<Integral, ExplainError> {
        for (option, value) in [("steps", self.steps), ("batch_size", self.batch_size)] {
            if value == 0 || value > MOST_STEPS {
                return Err(ExplainError::option(option, value, "it must be from 1 to 100000"));
            }
        }
        let part = explainer.part(image, target)?;
        let sides = image.dims();
        let image = explainer.batch(image);
        let baseline = tensor_like(self.start(explainer, sides)?, sides, &image).unsqueeze_dim::<4>(0);
        let way = image.clone() - baseline.clone();
        let points = self.points();
        let mut sum = image.zeros_like();
        for points in points.chunks(self.batch_size) {
            let column = |value: fn(&(f32, f32)) -> f32| -> Tensor<4> {
                tensor_like(points.iter().map(value).collect(), [points.len(), 1, 1, 1], &image)
            };
            let (places, weights) = (column(|point| point.0), column(|point| point.1));
            let (gradients, _) = part.gradients(baseline.clone() + way.clone() * places)?;
            sum = sum + (gradients * weights).sum_dim(0);
        }
        let scores = part.scores(Tensor::cat(vec![image, baseline], 0))?;
        let attribution = Attribution::new(sides, floats(sum * way));
        Ok(Integral { attribution, score: scores[0], baseline_score: scores[1] })
    }

    /// The points on the way from 0 to 1, each with how much it counts.
    fn points(&self) -> Vec<(f32, f32)> {
        let steps = self.steps as f32;
        let each = 1.0 / steps;
        match self.rule {
            PathRule::Middle => (0..self.steps).map(|step| ((step as f32 + 0.5) / steps, each)).collect(),
            PathRule::Right => (1..=self.steps).map(|step| (step as f32 / steps, each)).collect(),
            PathRule::Trapezoid => {
                let weight = |step| if step == 0 || step == self.steps { each / 2.0 } else { each };
                (0..=self.steps).map(|step| (step as f32 / steps, weight(step))).collect()
            }
        }
    }

    /// The baseline's values.
    fn start(&self, explainer: &Explainer, sides: [usize; 3]) -> Result<Vec<f32>, ExplainError> {
        let [channels, height, width] = sides;
        let plane = height * width;
        let gray = |px: f32| {
            let value = |channel| explainer.pixels().value(channel, px);
            (0..channels).flat_map(|channel| std::iter::repeat_n(value(channel), plane)).collect::<Vec<_>>()
        };
        let values = match &self.baseline {
            Baseline::Black => gray(0.0),
            Baseline::Gray(px) => gray(*px),
            Baseline::Value(value) => vec![*value; channels * plane],
            Baseline::Values(values) => values.clone(),
        };
        if values.len() != channels * plane {
            let rule = "it must have as many values as the picture";
            return Err(ExplainError::option("baseline", format!("{} values", values.len()), rule));
        }
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(ExplainError::option("baseline", value, "it must be a finite number")),
            None => Ok(values),
        }
    }
}

/// More steps than any way needs.
const MOST_STEPS: usize = 100_000;
