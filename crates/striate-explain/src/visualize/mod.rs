//! A picture that a unit responds to: the input is optimised (Olah, Mordvintsev & Schubert 2017,
//! <https://distill.pub/2017/feature-visualization>; Lucid, <https://github.com/tensorflow/lucid>).

mod adam;
mod colors;
mod robust;
mod spectrum;

use adam::Adam;
use burn::Tensor;
use image::RgbImage;
use serde::{Deserialize, Serialize};
use spectrum::Spectrum;
use striate_core::Streams;
use striate_layers::Signature;

use crate::part::{Part, floats, gradient_of, tensor_like};
use crate::pixels::Pixels;
use crate::{ExplainError, Explainer, Target};

/// A picture that a unit, channel or class responds to strongly: Adam climbs the unit's value from noise, over pictures
/// that are moved, zoomed and turned a little in each step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureVisualization {
    /// Steps; at least 1. Lucid takes 512.
    pub steps: usize,
    /// The learning rate, above 0.
    pub learning_rate: f64,
    /// Height and width of the picture in px; none: the network's own, or 224 where it takes any.
    pub size: Option<[usize; 2]>,
    /// What is optimised.
    pub parametrization: Parametrization,
    /// Whether colors change independently of each other, as they do in ImageNet's pictures; pictures of 3 channels only.
    pub decorrelated: bool,
    /// By how many px the picture is moved at most; at least 0.
    pub jitter: f64,
    /// By which part it is zoomed in or out at most, below 1.
    pub zoom: f64,
    /// By how many degrees it is turned at most, up to 360.
    pub rotation: f64,
    /// The seed of the noise and of each step's changes.
    pub seed: u64,
}

/// What is optimised.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parametrization {
    /// The picture's Fourier coefficients, each divided by its frequency to this power, so that large structures change
    /// as easily as small ones.
    Fourier {
        /// The power; 0 is as px, Lucid has 1.
        decay: f64,
    },
    /// Its px.
    #[default]
    Pixels,
}

/// What [`FeatureVisualization`] finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Visualized {
    /// The picture, `[channel, height, width]` in `[0, 1]`, red first.
    pub pixels: Vec<f32>,
    /// Its sides.
    pub shape: [usize; 3],
    /// The unit's value in each step, for the picture as it was changed then.
    pub climb: Vec<f32>,
    /// The unit's value for the picture itself.
    pub score: f32,
}

impl Visualized {
    /// The picture. Of other than 1 or 3 channels the first.
    pub fn picture(&self) -> RgbImage {
        let [channels, height, width] = self.shape;
        let channels = if channels == 3 { 3 } else { 1 };
        Pixels::default().picture(&self.pixels, channels, [height, width])
    }
}

impl Default for FeatureVisualization {
    /// 256 steps over Fourier coefficients, moved by 8 px, zoomed by 5 % and turned by 5 degrees at most.
    fn default() -> Self {
        Self {
            steps: 256,
            learning_rate: 0.05,
            size: None,
            parametrization: Parametrization::Fourier { decay: 1.0 },
            decorrelated: true,
            jitter: 8.0,
            zoom: 0.05,
            rotation: 5.0,
            seed: 42,
        }
    }
}

/// More steps and px than any picture needs.
const MOST: usize = 1 << 20;

impl FeatureVisualization {
    /// 256 steps over Fourier coefficients, moved by 8 px, zoomed by 5 % and turned by 5 degrees at most.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes this many steps.
    pub fn steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    /// Makes a picture of this `[height, width]` in px.
    pub fn size(self, size: [usize; 2]) -> Self {
        Self { size: Some(size), ..self }
    }

    /// Optimises this.
    pub fn parametrization(self, parametrization: Parametrization) -> Self {
        Self { parametrization, ..self }
    }

    /// Leaves the picture in its place in each step.
    pub fn unmoved(self) -> Self {
        Self { jitter: 0.0, zoom: 0.0, rotation: 0.0, ..self }
    }

    /// Draws noise and changes by this seed.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// A picture that the target responds to. The target must say its class or channel.
    ///
    /// A unit that the first noise leaves without a gradient (behind a ReLU for example) gets noise twice as strong, up to
    /// ten times.
    ///
    /// # Errors
    /// If an option is out of its range, the target says no class or there is no such layer or class, or the network doesn't
    /// take pictures of this size.
    pub fn run(&self, explainer: &Explainer, target: &Target) -> Result<Visualized, ExplainError> {
        self.check()?;
        if target.class_number().is_none() {
            let rule = "say which class or channel the picture is for";
            return Err(ExplainError::option("class", "not given", rule));
        }
        let shape = self.shape(explainer);
        let [channels, height, width] = shape;
        let gray = Tensor::<3>::full(shape, 0.5, explainer.device());
        let part = explainer.part(&gray, target)?;
        let robust = self.robust(height, width);
        let painter = Painter {
            spectrum: match self.parametrization {
                Parametrization::Fourier { decay } => Some(Spectrum::new([height, width], decay, explainer.device())),
                Parametrization::Pixels => None,
            },
            decorrelated: self.decorrelated && channels == 3,
        };
        let sides = painter.sides(shape);
        let noise = |deviation: f32| {
            let mut stream = Streams::new(self.seed).open("visualize");
            let values = (0..sides.iter().product()).map(|_| deviation * stream.normal()).collect();
            tensor_like(values, sides, &gray)
        };
        let (mut deviation, mut redraws) = (0.01, 0);
        let mut adam = Adam::new(noise(deviation), self.learning_rate);
        let mut climb = Vec::with_capacity(self.steps);
        while climb.len() < self.steps {
            let x = adam.x.clone().autodiff().require_grad();
            let moved = robust.change(painter.paint(x.clone()), Streams::new(self.seed).at(0, climb.len() as u64));
            let inputs = explainer.pixels().values(moved).into();
            let scores = Part::classes(&part.tracked, part.slot, vec![inputs])?.narrow(1, part.class, 1);
            let (gradient, value) = gradient_of(scores, &x)?;
            if climb.is_empty() && redraws < 10 && floats(gradient.clone()).iter().all(|value| *value == 0.0) {
                redraws += 1;
                deviation *= 2.0;
                adam = Adam::new(noise(deviation), self.learning_rate);
                continue;
            }
            climb.push(value[0]);
            adam.ascend(gradient);
        }
        let picture = painter.paint(adam.x);
        let score = part.scores(explainer.pixels().values(picture.clone()))?[0];
        Ok(Visualized { pixels: floats(picture), shape, climb, score })
    }

    fn check(&self) -> Result<(), ExplainError> {
        let decay = match self.parametrization {
            Parametrization::Fourier { decay } => decay,
            Parametrization::Pixels => 0.0,
        };
        let ranges = [
            ("learning_rate", self.learning_rate, self.learning_rate > 0.0, "it must be above 0"),
            ("jitter", self.jitter, self.jitter >= 0.0, "it must be at least 0 px"),
            ("zoom", self.zoom, (0.0..1.0).contains(&self.zoom), "it must be from 0 to below 1"),
            ("rotation", self.rotation, (0.0..=360.0).contains(&self.rotation), "it must be from 0 to 360 degrees"),
            ("decay", decay, (0.0..=8.0).contains(&decay), "it must be from 0 to 8"),
        ];
        if let Some((option, value, _, rule)) =
            ranges.into_iter().find(|(_, value, inside, _)| !(value.is_finite() && *inside))
        {
            return Err(ExplainError::option(option, value, rule));
        }
        if self.steps == 0 || self.steps > MOST {
            return Err(ExplainError::option("steps", self.steps, "it must be from 1 to 1048576"));
        }
        match self.size {
            Some(size) if size.iter().any(|side| !(1..=4096).contains(side)) => {
                Err(ExplainError::option("size", format!("{size:?}"), "each side must be from 1 to 4096 px"))
            }
            _ => Ok(()),
        }
    }

    /// Channels, height and width of the picture.
    fn shape(&self, explainer: &Explainer) -> [usize; 3] {
        let input: Signature = explainer.network().spec().input_signatures().remove(0);
        let side = |axis: usize| input.shape.sides()[axis];
        let [height, width] = self.size.unwrap_or([1, 2].map(|axis| side(axis).unwrap_or(224)));
        [explainer.channels().unwrap_or(3), height, width]
    }
}

/// From what is optimised to a picture.
struct Painter {
    spectrum: Option<Spectrum>,
    decorrelated: bool,
}

impl Painter {
    /// The sides of what is optimised.
    fn sides(&self, [channels, height, width]: [usize; 3]) -> [usize; 4] {
        match &self.spectrum {
            // Real and imaginary parts.
            Some(_) => [2, channels, height, width / 2 + 1],
            None => [1, channels, height, width],
        }
    }

    /// The picture `[1, channels, height, width]` in `[0, 1]`.
    fn paint(&self, x: Tensor<4>) -> Tensor<4> {
        let x = match &self.spectrum {
            Some(spectrum) => spectrum.to_picture(x),
            None => x,
        };
        let x = if self.decorrelated { colors::correlated(x) } else { x };
        burn::tensor::activation::sigmoid(x)
    }
}
