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
use crate::target::Slot;
use crate::{ExplainError, Explainer, Target};

/// A picture that a unit, channel or class responds to strongly: Adam climbs the unit's value from noise, over pictures
/// that are moved, zoomed and turned a little in each step.
///
/// A unit at one place of an early layer, which sees fewer px than the picture is moved by, is best shown
/// [unmoved](Self::unmoved).
///
/// Departures from Lucid: all coefficients have one step's size together, and the picture's contrast is bounded.
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
    /// The most that the picture's logits differ from their mean, as their standard deviation; above 0. At 1 px differ by
    /// about 0.2 of the way from black to white, as much as in photos. Where strength costs nothing, a picture fills with all
    /// that raises the number however little; here what raises it most has to win.
    pub contrast: f64,
    /// Whether colors change independently of each other, as they do in ImageNet's pictures; pictures of 3 channels only.
    pub decorrelated: bool,
    /// By how many px the picture is moved at most, up to 1024.
    pub jitter: usize,
    /// By which part it is zoomed in or out at most, below 1.
    pub zoom: f64,
    /// By how many degrees it is turned at most, up to 360.
    pub rotation: f64,
    /// Whether of the map of a channel within the network only what is above 0 counts: its response. The mean over the map
    /// of a convolution without an activation follows the picture's mean alone, whatever the kernel. A number at one place
    /// and what the network itself gives count as they are.
    pub rectified: bool,
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
        /// The power; 0 is as px. A step has it twice, once by the gradient, so 0.5 makes a spectrum as photos have it, which
        /// falls with the frequency; Lucid, whose steps don't have the gradient's size, does so with 1.
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
    /// The number that is climbed in each step, for the picture as it was changed then.
    pub climb: Vec<f32>,
    /// The same for the picture itself, as [`FeatureVisualization::score`] measures it for others.
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
            parametrization: Parametrization::Fourier { decay: 0.5 },
            contrast: 1.0,
            decorrelated: true,
            jitter: 8,
            zoom: 0.05,
            rotation: 5.0,
            rectified: true,
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
        Self { jitter: 0, zoom: 0.0, rotation: 0.0, ..self }
    }

    /// Draws noise and changes by this seed.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// A picture that the target responds to. The target must say its class or channel.
    ///
    /// A unit that the first noise leaves without a gradient (behind a ReLU for example) gets other noise, twice as strong, up
    /// to ten times.
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
        let slot = self.slot(explainer, &part);
        let robust = self.robust();
        let painter = Painter {
            spectrum: match self.parametrization {
                Parametrization::Fourier { decay } => Some(Spectrum::new([height, width], decay, explainer.device())),
                Parametrization::Pixels => None,
            },
            decorrelated: self.decorrelated && channels == 3,
        };
        let sides = painter.sides(shape);
        let noise = |redraws: i32| {
            let deviation = 0.01 * 2.0_f32.powi(redraws);
            let mut stream = Streams::new(self.seed).at(0, redraws as u64).open("visualize");
            let values = (0..sides.iter().product()).map(|_| deviation * stream.normal()).collect();
            tensor_like(values, sides, &gray)
        };
        let mut redraws = 0;
        let mut adam = Adam::new(noise(redraws), self.learning_rate);
        let mut climb = Vec::with_capacity(self.steps);
        while climb.len() < self.steps {
            let x = adam.x.clone().autodiff().require_grad();
            let moved = robust.change(painter.paint(x.clone()), Streams::new(self.seed).at(0, climb.len() as u64));
            let inputs = explainer.pixels().values(moved).into();
            let scores = Part::classes(&part.tracked, slot, vec![inputs])?.narrow(1, part.class, 1);
            let (gradient, value) = gradient_of(scores, &x)?;
            if climb.is_empty() && redraws < 10 && floats(gradient.clone()).iter().all(|value| *value == 0.0) {
                redraws += 1;
                adam = Adam::new(noise(redraws), self.learning_rate);
                continue;
            }
            climb.push(value[0]);
            adam.ascend(gradient);
            adam.x = painter.within(adam.x, self.contrast);
        }
        let picture = painter.paint(adam.x);
        let score = measured(&part, slot, explainer.pixels().values(picture.clone()))?;
        Ok(Visualized { pixels: floats(picture), shape, climb, score })
    }

    /// The number that is climbed, for a picture `[channels, height, width]` as the network takes it: what
    /// [`Visualized::score`] is for the picture that was found.
    ///
    /// # Errors
    /// If there is no such layer or class, or the network doesn't take such a picture.
    pub fn score(&self, explainer: &Explainer, image: &Tensor<3>, target: &Target) -> Result<f32, ExplainError> {
        let part = explainer.part(image, target)?;
        measured(&part, self.slot(explainer, &part), explainer.batch(image))
    }

    /// Where the number is that is climbed.
    fn slot(&self, explainer: &Explainer, part: &Part) -> Slot {
        let spec = explainer.network().spec();
        let is_output = spec.outputs().iter().any(|&output| spec.nodes()[output].name() == part.layer);
        let is_mean = part.slot.place.is_none() && part.slot.places > 1;
        Slot { rectified: self.rectified && is_mean && !is_output, ..part.slot }
    }

    fn check(&self) -> Result<(), ExplainError> {
        let decay = match self.parametrization {
            Parametrization::Fourier { decay } => decay,
            Parametrization::Pixels => 0.0,
        };
        let ranges = [
            ("learning_rate", self.learning_rate, self.learning_rate > 0.0, "it must be above 0"),
            ("contrast", self.contrast, self.contrast > 0.0, "it must be above 0"),
            ("jitter", self.jitter as f64, self.jitter <= 1024, "it must be at most 1024 px"),
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

/// The number of the slot for a picture `[1, channels, height, width]`.
fn measured(part: &Part, slot: Slot, picture: Tensor<4>) -> Result<f32, ExplainError> {
    let scores = Part::classes(&part.network, slot, vec![picture.into()])?;
    Ok(floats(scores.narrow(1, part.class, 1))[0])
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
        burn::tensor::activation::sigmoid(self.logits(x))
    }

    /// The picture's logits.
    fn logits(&self, x: Tensor<4>) -> Tensor<4> {
        let x = match &self.spectrum {
            Some(spectrum) => spectrum.to_picture(x),
            None => x,
        };
        if self.decorrelated { colors::correlated(x) } else { x }
    }

    /// What is optimised, made weaker until the logits' deviation is at most this.
    fn within(&self, x: Tensor<4>, contrast: f64) -> Tensor<4> {
        let logits = floats(self.logits(x.clone()));
        let count = logits.len() as f64;
        let mean = logits.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let variance = logits.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
        if variance > contrast * contrast { x * (contrast / variance.sqrt()) } else { x }
    }
}
