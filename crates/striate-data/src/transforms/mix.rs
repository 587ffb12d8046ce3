//! Batches whose pictures and labels are mixed.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::check;
use crate::ops::Rect;
use crate::{Batch, DataError};

/// A change to whole batches; what it draws is a [`BatchOperation`].
pub trait BatchTransform: Send + Sync {
    /// Chooses what is done to a batch of `[batch, channel, height, width]`.
    fn draw(&self, shape: [usize; 4], stream: &mut Stream) -> BatchOperation;

    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// [`DataError::Setting`] names the first that isn't.
    fn validate(&self) -> Result<(), DataError> {
        Ok(())
    }
}

/// Mixes each picture of a batch with the one before it, and their labels (Zhang et al. 2017,
/// <https://arxiv.org/abs/1710.09412>); torchvision's `MixUp`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MixUp {
    /// Both parameters of the beta distribution that the picture's own part comes from; above 0.
    pub alpha: f64,
}

/// Puts a part of the picture before it into each picture of a batch, and mixes their labels by area (Yun et al. 2019,
/// <https://arxiv.org/abs/1905.04899>); torchvision's `CutMix`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CutMix {
    /// Both parameters of the beta distribution that the picture's own part comes from; above 0.
    pub alpha: f64,
}

impl Default for MixUp {
    /// All parts equally likely.
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Default for CutMix {
    /// All parts equally likely.
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

/// A change to whole batches by name, as recipes have it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mix {
    /// Pictures and labels are mixed.
    MixUp(MixUp),
    /// A part of each picture is another's.
    CutMix(CutMix),
}

impl BatchTransform for Mix {
    fn draw(&self, shape: [usize; 4], stream: &mut Stream) -> BatchOperation {
        match self {
            Self::MixUp(mix) => mix.draw(shape, stream),
            Self::CutMix(mix) => mix.draw(shape, stream),
        }
    }

    fn validate(&self) -> Result<(), DataError> {
        match self {
            Self::MixUp(mix) => mix.validate(),
            Self::CutMix(mix) => mix.validate(),
        }
    }
}

/// A change to a batch with all its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BatchOperation {
    /// Each picture times `own`, and the one before it times the rest.
    MixUp {
        /// The picture's own part, in `[0, 1]`.
        own: f32,
    },
    /// A part of each picture is that of the one before it.
    CutMix {
        /// The part that comes from the picture before.
        part: Rect,
    },
}

impl BatchTransform for MixUp {
    fn draw(&self, _: [usize; 4], stream: &mut Stream) -> BatchOperation {
        BatchOperation::MixUp { own: beta(self.alpha, stream) as f32 }
    }

    fn validate(&self) -> Result<(), DataError> {
        check_alpha(self.alpha)
    }
}

impl BatchTransform for CutMix {
    fn draw(&self, [_, _, height, width]: [usize; 4], stream: &mut Stream) -> BatchOperation {
        let half = 0.5 * (1.0 - beta(self.alpha, stream)).sqrt();
        let [(left, right), (top, bottom)] = [width, height].map(|side| {
            let (middle, half) = (stream.below(side), (half * side as f64) as usize);
            (middle.saturating_sub(half), (middle + half).min(side))
        });
        BatchOperation::CutMix { part: Rect { top, left, height: bottom - top, width: right - left } }
    }

    fn validate(&self) -> Result<(), DataError> {
        check_alpha(self.alpha)
    }
}

impl BatchOperation {
    /// Changes a batch of labelled pictures; [`Batch::soft_labels`] then hold a part for each class. Masks, boxes and several
    /// labels are those of single pictures, and a mixed batch hasn't any.
    ///
    /// # Panics
    /// If the batch is unlabelled or a label isn't below `num_classes`.
    pub fn apply(self, batch: &mut Batch, num_classes: usize) {
        let [count, channels, height, width] = batch.shape;
        let len = channels * height * width;
        let Some(last) = count.checked_sub(1) else { return };
        // Of the picture before, each needs the values from before it was mixed itself.
        let mut before = batch.images[last * len..].to_vec();
        let own = match self {
            Self::MixUp { own } => own,
            Self::CutMix { part } => 1.0 - (part.height * part.width) as f32 / (height * width) as f32,
        };
        for image in batch.images.chunks_exact_mut(len) {
            let whole = image.to_vec();
            match self {
                Self::MixUp { own } => {
                    image
                        .iter_mut()
                        .zip(&before)
                        .for_each(|(value, other)| *value = other * (1.0 - own) + *value * own);
                }
                Self::CutMix { part: Rect { top, left, height: rows, width: columns } } => {
                    for row in
                        (0..channels).flat_map(|channel| (top..top + rows).map(move |row| channel * height + row))
                    {
                        let at = row * width + left;
                        image[at..at + columns].copy_from_slice(&before[at..at + columns]);
                    }
                }
            }
            before = whole;
        }
        let soft = soft_labels(batch, num_classes);
        let of = |sample: usize| &soft[sample * num_classes..(sample + 1) * num_classes];
        let mixed = (0..count).flat_map(|sample| {
            let pairs = of(sample).iter().zip(of((sample + last) % count));
            pairs.map(|(label, other)| other * (1.0 - own) + label * own)
        });
        batch.soft_labels = mixed.collect();
        batch.masks.clear();
        batch.boxes.clear();
        batch.multi_labels.clear();
    }
}

/// A part for each class, `[batch, class]`: those that the batch has, or 1 for each label.
fn soft_labels(batch: &Batch, num_classes: usize) -> Vec<f32> {
    if !batch.soft_labels.is_empty() {
        return batch.soft_labels.clone();
    }
    assert_eq!(batch.labels.len(), batch.shape[0], "only a labelled batch can be mixed");
    let mut soft = vec![0.0; batch.labels.len() * num_classes];
    for (soft, &label) in soft.chunks_exact_mut(num_classes).zip(&batch.labels) {
        soft[label] = 1.0;
    }
    soft
}

fn check_alpha(alpha: f64) -> Result<(), DataError> {
    check::number("alpha", alpha, alpha > 0.0 && alpha <= 1000.0, "it must be above 0 and at most 1000")
}

/// A number from the beta distribution with two equal parameters, in `[0, 1]`.
fn beta(alpha: f64, stream: &mut Stream) -> f64 {
    let [one, other] = [gamma(alpha, stream), gamma(alpha, stream)];
    let own = one / (one + other);
    // Both may be too small to be told from 0.
    if own.is_nan() { f64::from(u8::from(stream.chance(0.5))) } else { own }
}

/// A number from the gamma distribution (Marsaglia & Tsang 2000, "A simple method for generating gamma variables").
fn gamma(shape: f64, stream: &mut Stream) -> f64 {
    if shape < 1.0 {
        // Of a number in (0, 1].
        let power = (1.0 - f64::from(stream.uniform())).powf(1.0 / shape);
        return gamma(shape + 1.0, stream) * power;
    }
    let d = shape - 1.0 / 3.0;
    loop {
        let x = f64::from(stream.normal());
        let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
        let u = 1.0 - f64::from(stream.uniform());
        if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}
