//! A classifier at every place of a picture (Sermanet et al. 2014, OverFeat, <https://arxiv.org/abs/1312.6229>, section 3.3).

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_core::Detection;
use striate_layers::{Context, Resizing, Signature};
use striate_network::{Network, NetworkSpec};

use super::localization::best_of_softmax;
use super::{Selection, TaskError};

/// How a classifier is slid over a picture.
///
/// By default over seven scales from 1 to 1/8 by factors of the square root of 2, with the most likely class's probability
/// as score and the default [`Selection`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlidingConfig {
    /// Factors of the picture's sides, each over 0 and at most 16, at most 64 of them. A thing is found at the scale at which
    /// it is about as large as the classifier's input.
    pub scales: Vec<f32>,
    /// How the network says that there is nothing.
    pub objectness: Objectness,
    /// What the windows that it learned from left free on each side of a thing, in parts of the thing, from 0 to 4: a box is
    /// so much smaller than its window.
    pub margin: f32,
    /// Which of the boxes are kept.
    pub keep: Selection,
}

/// How a network says that there is a thing at a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objectness {
    /// It doesn't: every class is a thing, and a box's score is its class's probability.
    #[default]
    None,
    /// One of the classes is the background. A box's score is its class's probability; boxes of the background go.
    Background(usize),
    /// The output with this number is one logit of whether there is a thing; the first output has the classes. A box's score
    /// is the product of the sigmoid and the class's probability.
    Output(usize),
}

impl Default for SlidingConfig {
    fn default() -> Self {
        let scales = (0..7).map(|step| 0.5_f32.powf(step as f32 / 2.0)).collect();
        Self { scales, objectness: Objectness::default(), margin: 0.0, keep: Selection::default() }
    }
}

/// A classifier as a fully convolutional network, slid over an image pyramid.
///
/// ```
/// use burn::Tensor;
/// use striate_models::Architecture;
/// use striate_models::tasks::{SlidingConfig, SlidingWindow};
///
/// let device = striate_backend::device("flex")?;
/// let lenet = Architecture::LeNet5.spec(10)?.init(1, &device);
/// let window = SlidingWindow::new(&lenet, SlidingConfig { scales: vec![1.0, 0.5], ..SlidingConfig::default() })?;
/// assert_eq!((window.window(), window.stride()), ([28, 28], [4, 4]));
/// let found = window.detect(Tensor::zeros([1, 1, 60, 80], &device))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SlidingWindow {
    network: Network,
    config: SlidingConfig,
    window: [usize; 2],
    stride: [usize; 2],
}

/// The most px of a scaled picture.
const MOST_PX: f64 = (1 << 26) as f64;

impl SlidingWindow {
    /// Makes a classifier convolutional.
    ///
    /// # Errors
    /// If it doesn't take one picture of a known size or can't be made convolutional, a setting is out of its range, or the
    /// network hasn't the class or output that says whether there is a thing.
    pub fn new(classifier: &Network, config: SlidingConfig) -> Result<Self, TaskError> {
        config.keep.validate()?;
        if !(1..=64).contains(&config.scales.len()) {
            return Err(TaskError::setting("scales", config.scales.len(), "there must be from 1 to 64"));
        }
        if let Some(scale) = config.scales.iter().find(|scale| !(**scale > 0.0 && **scale <= 16.0)) {
            return Err(TaskError::setting("scales", scale, "each must be over 0 and at most 16"));
        }
        if !(0.0..=4.0).contains(&config.margin) {
            return Err(TaskError::setting("margin", config.margin, "it must be from 0 to 4"));
        }
        let spec = classifier.spec();
        let classes = spec.output_signatures()[0].shape.sides().first().copied().flatten().unwrap_or(0);
        match config.objectness {
            Objectness::Background(class) if class >= classes => {
                let rule = format!("it must be one of the {classes} classes, which count from 0");
                return Err(TaskError::setting("background", class, rule));
            }
            Objectness::Output(number) if number == 0 || number >= spec.outputs().len() => {
                let rule = format!(
                    "it must be one of the {} outputs, which count from 0, but the first",
                    spec.outputs().len()
                );
                return Err(TaskError::setting("output", number, rule));
            }
            Objectness::Output(number) if spec.output_signatures()[number].shape != [1].into() => {
                return Err(TaskError::Output {
                    network: spec.name().into(),
                    got: spec.output_signatures()[number].to_string(),
                    expected: format!("output {number} has to be one logit of whether there is a thing"),
                });
            }
            _ => {}
        }
        let network = classifier.convolutional()?;
        let input = spec.input_signatures().remove(0);
        let &[channels, Some(height), Some(width)] = input.shape.sides() else {
            return Err(TaskError::Output {
                network: spec.name().into(),
                got: input.to_string(),
                expected: "a sliding window needs pictures [channels, height, width] of a known size".into(),
            });
        };
        let window = [height, width];
        let stride = [stride(network.spec(), channels, window, 0)?, stride(network.spec(), channels, window, 1)?];
        Ok(Self { network, config, window, stride })
    }

    /// Keeps boxes from another score.
    ///
    /// # Errors
    /// If it isn't from 0 to 1.
    pub fn min_score(mut self, min_score: f32) -> Result<Self, TaskError> {
        self.config.keep.min_score = min_score;
        self.config.keep.validate()?;
        Ok(self)
    }

    /// The classifier's input: height and width in px.
    pub fn window(&self) -> [usize; 2] {
        self.window
    }

    /// Rows and columns between two places, in px of the scaled picture.
    pub fn stride(&self) -> [usize; 2] {
        self.stride
    }

    /// The things in one prepared picture, `[1, channels, height, width]`, edges in its px. Scales at which the classifier's
    /// input doesn't fit into it are passed over.
    ///
    /// # Errors
    /// [`TaskError::Setting`] if it fits at no scale, or a scaled picture would have over 2^26 px; those of running the
    /// network.
    pub fn detect(&self, picture: Tensor<4>) -> Result<Vec<Detection>, TaskError> {
        let [_, _, height, width] = picture.dims();
        let mut found = Vec::new();
        let mut fits = false;
        for &scale in &self.config.scales {
            let sides = [height, width].map(|side| (side as f64 * f64::from(scale)).round());
            if sides[0] * sides[1] > MOST_PX {
                let rule = format!("a picture of {height}x{width} px would have over 2^26 px");
                return Err(TaskError::setting("scales", scale, rule));
            }
            let sides = sides.map(|side| side as usize);
            if (0..2).any(|axis| sides[axis] < self.window[axis]) {
                continue;
            }
            fits = true;
            let scaled = match sides == [height, width] {
                true => picture.clone(),
                false => Resizing::new(sides[0], sides[1]).antialias(true).forward(picture.clone()),
            };
            let to_picture = [height as f32 / sides[0] as f32, width as f32 / sides[1] as f32];
            let votes = self.votes(scaled)?;
            found.extend(
                votes.filter_map(|vote| vote.moved(|edges| scale_edges(edges, to_picture)).within([height, width])),
            );
        }
        if !fits {
            let rule = format!(
                "at none of them a picture of {height}x{width} px is as large as the classifier's input of {}x{} px; add a larger one",
                self.window[0], self.window[1]
            );
            return Err(TaskError::setting("scales", format!("{:?}", self.config.scales), rule));
        }
        Ok(self.config.keep.select(found))
    }

    /// A box for each place of a scaled picture at which a thing is likely, in its px.
    fn votes(&self, picture: Tensor<4>) -> Result<impl Iterator<Item = Detection>, TaskError> {
        let outputs = self.network.run(vec![picture.into()], &mut Context::evaluation())?;
        let maps = |number: usize| {
            let maps = outputs[number].clone().float::<4>();
            let [_, channels, rows, columns] = maps.dims();
            let values: Vec<f32> = maps.into_data().iter::<f32>().collect();
            (values, [channels, rows, columns])
        };
        let (values, [classes, rows, columns]) = maps(0);
        let things = match self.config.objectness {
            Objectness::Output(number) => Some(maps(number).0),
            _ => None,
        };
        let Self { window, stride, ref config, .. } = *self;
        let (objectness, keep) = (config.objectness, config.keep);
        let free = window.map(|side| side as f32 * config.margin / (1.0 + 2.0 * config.margin));
        Ok((0..rows * columns).filter_map(move |place| {
            let logits: Vec<_> = (0..classes).map(|class| values[class * rows * columns + place]).collect();
            let (class, mut score) = best_of_softmax(&logits);
            if objectness == Objectness::Background(class) {
                return None;
            }
            if let Some(things) = &things {
                score /= 1.0 + (-things[place]).exp();
            }
            let [top, left] = [place / columns * stride[0], place % columns * stride[1]];
            let [left, top, right, bottom] = [left, top, left + window[1], top + window[0]].map(|edge| edge as f32);
            let xyxy = [left + free[1], top + free[0], right - free[1], bottom - free[0]];
            keep.may_keep(score).then_some(Detection { xyxy, class, score })
        }))
    }
}

fn scale_edges([left, top, right, bottom]: [f32; 4], [y, x]: [f32; 2]) -> [f32; 4] {
    [left * x, top * y, right * x, bottom * y]
}

/// Px between two votes along an axis.
///
/// One vote more takes as many px more each time, but for the first, which may use px that rounding left over.
fn stride(spec: &NetworkSpec, channels: Option<usize>, window: [usize; 2], axis: usize) -> Result<usize, TaskError> {
    let votes = |length: usize| -> Result<usize, TaskError> {
        let mut sides = window;
        sides[axis] = length;
        let input = Signature::float([channels, Some(sides[0]), Some(sides[1])]);
        let output = spec.for_inputs(&[input])?.output_signatures().remove(0);
        Ok(output.shape.sides().get(1 + axis).copied().flatten().unwrap_or(0))
    };
    // The smallest length with so many votes, by halving: no classifier strides farther than its input is long.
    let longest = 4 * window[axis];
    let smallest = |count: usize| -> Result<usize, TaskError> {
        let (mut low, mut high) = (window[axis], longest);
        while low < high {
            let middle = low.midpoint(high);
            if votes(middle)? >= count { high = middle } else { low = middle + 1 }
        }
        Ok(high)
    };
    let (second, third) = (smallest(2)?, smallest(3)?);
    if third < longest && third > second {
        return Ok(third - second);
    }
    Err(TaskError::Output {
        network: spec.name().into(),
        got: format!("no third vote for pictures of up to {longest} px"),
        expected: "a sliding window needs a classifier whose strides are smaller than its input".into(),
    })
}
