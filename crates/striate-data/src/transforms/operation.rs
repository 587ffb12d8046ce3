//! What transforms have drawn.

use serde::{Deserialize, Serialize};
use striate_core::{Interpolation, Streams};

use super::{Draw, Eraser, Targets, check};
use crate::image::change_image;
use crate::ops::{self, Geometry, Rect};
use crate::value::Value;
use crate::{DataError, Fill, Image, Picture, Sample};

/// A change to a sample with all its numbers: nothing in it is left to chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Operation {
    /// Moves the pixels of image and mask, and boxes and key points with them.
    Geometry {
        /// Where to.
        geometry: Geometry,
        /// How pixels are made.
        #[serde(default)]
        targets: Targets,
    },
    /// Changes the image's values.
    Adjust(Adjustment),
    /// Lets key points change places, as the left and the right eye after a flip.
    SwapKeyPoints {
        /// Pairs of places in the order of key points.
        pairs: Vec<[usize; 2]>,
    },
    /// Drops boxes of which too little is left.
    DropBoxes(DropBoxes),
    /// What an [own transform](super::Own) does with a stream of this seed.
    Own {
        /// The transform's name.
        name: String,
        /// The seed.
        seed: u64,
    },
}

/// A change to the values of an image, with all its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Adjustment {
    /// [`ops::adjust_brightness`].
    Brightness {
        /// The factor.
        factor: f32,
    },
    /// [`ops::adjust_contrast`].
    Contrast {
        /// The factor.
        factor: f32,
    },
    /// [`ops::adjust_saturation`].
    Saturation {
        /// The factor.
        factor: f32,
    },
    /// [`ops::adjust_hue`].
    Hue {
        /// Turns of the color circle.
        turns: f32,
    },
    /// [`ops::adjust_gamma`].
    Gamma {
        /// The exponent.
        gamma: f32,
    },
    /// [`ops::adjust_sharpness`].
    Sharpness {
        /// The factor.
        factor: f32,
    },
    /// [`ops::grayscale`], with as many channels as before.
    Grayscale,
    /// [`ops::invert`].
    Invert,
    /// [`ops::equalize`].
    Equalize,
    /// [`ops::autocontrast`].
    Autocontrast,
    /// [`ops::posterize`].
    Posterize {
        /// Bits that stay.
        bits: u32,
    },
    /// [`ops::solarize`].
    Solarize {
        /// The least value that is inverted, in `[0, 255]`.
        threshold: f32,
    },
    /// [`ops::gaussian_blur`].
    Blur {
        /// The kernel's sides along x and y, in px; odd.
        kernel_size: [usize; 2],
        /// The Gaussian's sigma along x and y, in px.
        sigma: [f64; 2],
    },
    /// [`ops::add_noise`].
    Noise {
        /// The mean, as a part of white.
        mean: f32,
        /// The standard deviation, as a part of white.
        std: f32,
        /// The seed of the noise.
        seed: u64,
    },
    /// [`ops::erase`].
    Erase {
        /// Where.
        part: Rect,
        /// What is there then.
        with: Eraser,
        /// The seed of the noise, if it is noise.
        seed: u64,
    },
}

impl From<Geometry> for Operation {
    fn from(geometry: Geometry) -> Self {
        Self::Geometry { geometry, targets: Targets::default() }
    }
}

impl From<Adjustment> for Operation {
    fn from(adjustment: Adjustment) -> Self {
        Self::Adjust(adjustment)
    }
}

impl Operation {
    /// Moves pixels.
    pub(super) fn moving(geometry: Geometry, targets: Targets) -> Self {
        Self::Geometry { geometry, targets }
    }

    /// Changes a sample.
    ///
    /// # Errors
    /// [`DataError::MaskSize`] if image and mask aren't equally large; [`DataError::Setting`] for numbers that no transform
    /// draws, such as a picture of no pixel or of more than 2^30; [`DataError::OwnTransform`] for a transform that only its
    /// [pipeline](super::Pipeline::replay) knows.
    pub fn apply(&self, mut sample: Sample) -> Result<Sample, DataError> {
        match self {
            Self::Geometry { geometry, targets } => move_sample(sample, *geometry, *targets),
            Self::Adjust(adjustment) => {
                adjustment.check()?;
                sample.image = change_image!(sample.image, picture => adjustment.picture(picture));
                Ok(sample)
            }
            Self::SwapKeyPoints { pairs } => {
                let len = sample.key_points.len();
                for &[one, other] in pairs.iter().filter(|pair| pair.iter().all(|place| *place < len)) {
                    sample.key_points.swap(one, other);
                }
                Ok(sample)
            }
            Self::DropBoxes(rule) => {
                let size = sample.image.size();
                sample.boxes = sample.boxes.map(|boxes| rule.boxes(boxes, size));
                Ok(sample)
            }
            Self::Own { name, .. } => Err(DataError::OwnTransform { name: name.clone() }),
        }
    }
}

fn move_sample(mut sample: Sample, geometry: Geometry, Targets { image, mask }: Targets) -> Result<Sample, DataError> {
    let size = sample.image.size();
    let warping = geometry.at(size);
    check_area(warping.size())?;
    if let Geometry::ResizedCrop { part, .. } = geometry {
        check_area(part)?;
    }
    if let Some(old) = sample.mask.take() {
        if old.size() != size || old.channels() != 1 {
            return Err(DataError::MaskSize { mask: old.size(), channels: old.channels(), image: size });
        }
        sample.mask = Some(warping.picture(&old, mask.interpolation, mask.fill));
    }
    if let Some(old) = sample.instances.take() {
        if old.size() != size {
            return Err(DataError::MaskSize { mask: old.size(), channels: 1, image: size });
        }
        // There is nothing between two things, and none outside.
        sample.instances = Some(old.moved(|plane| warping.picture(plane, Interpolation::Nearest, None)));
    }
    sample.image = match &sample.image {
        Image::U8(picture) => warping.picture(picture, image.interpolation, image.fill).into(),
        Image::F32(picture) => {
            let fill = image.fill.map(|fill| fill.divided_by(255.0));
            warping.picture(picture, image.interpolation, fill).into()
        }
    };
    sample.boxes = sample.boxes.map(|boxes| warping.boxes(boxes));
    sample.key_points.iter_mut().for_each(|point| *point = warping.key_point(*point));
    Ok(sample)
}

/// Refuses pictures of no pixel, and of so many that a record from elsewhere could take all memory.
fn check_area([height, width]: [usize; 2]) -> Result<(), DataError> {
    const MAX_AREA: usize = 1 << 30;
    let area = height.saturating_mul(width);
    check::number("size", area as f64, (1..=MAX_AREA).contains(&area), "a picture has 1 to 2^30 px")
}

impl Adjustment {
    /// Checks what [`picture`](Self::picture) would panic on.
    fn check(self) -> Result<(), DataError> {
        let Self::Blur { kernel_size, sigma } = self else { return Ok(()) };
        for side in kernel_size {
            check::number("kernel_size", side as f64, side % 2 == 1 && side < 1024, "each must be odd and below 1024")?;
        }
        sigma.into_iter().try_for_each(|sigma| check::number("sigma", sigma, sigma > 0.0, "each must be above 0"))
    }

    /// Changes a picture's values.
    ///
    /// # Panics
    /// If a blur's kernel has an even side, or its sigma isn't above 0.
    pub fn picture<T: Value>(self, picture: Picture<T>) -> Picture<T> {
        let stream = |seed| Streams::new(seed).open("values");
        match self {
            Self::Brightness { factor } => ops::adjust_brightness(picture, factor),
            Self::Contrast { factor } => ops::adjust_contrast(picture, factor),
            Self::Saturation { factor } => ops::adjust_saturation(picture, factor),
            Self::Hue { turns } => ops::adjust_hue(picture, turns),
            Self::Gamma { gamma } => ops::adjust_gamma(picture, gamma, 1.0),
            Self::Sharpness { factor } => ops::adjust_sharpness(picture, factor),
            Self::Grayscale => ops::grayscale(&picture, picture.channels()),
            Self::Invert => ops::invert(picture),
            Self::Equalize => ops::equalize(picture),
            Self::Autocontrast => ops::autocontrast(picture),
            Self::Posterize { bits } => ops::posterize(picture, bits),
            Self::Solarize { threshold } => ops::solarize(picture, threshold / (255.0 / T::MAX)),
            Self::Blur { kernel_size, sigma } => ops::gaussian_blur(&picture, kernel_size, sigma),
            Self::Noise { mean, std, seed } => ops::add_noise(picture, mean, std, &mut stream(seed)),
            Self::Erase { part, with: Eraser::Fill(fill), .. } => {
                ops::erase(picture, part, fill.divided_by(255.0 / T::MAX))
            }
            Self::Erase { part, with: Eraser::Noise, seed } => {
                let mut stream = stream(seed);
                ops::erase_with(picture, part, |_| T::from_level(stream.below(256) as u8))
            }
        }
    }
}

/// Drops boxes of which transforms have left too little. Those of which nothing is left are always dropped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DropBoxes {
    /// The least part of a box's area that has to be in the picture, in `[0, 1]`.
    pub min_visible: f32,
    /// The least width and height, in px.
    pub min_side: f32,
}

impl Default for DropBoxes {
    /// A quarter of the area, and 1 px.
    fn default() -> Self {
        Self { min_visible: 0.25, min_side: 1.0 }
    }
}

impl DropBoxes {
    fn boxes(self, mut boxes: crate::Boxes, size: [usize; 2]) -> crate::Boxes {
        let edges = boxes.edges(size).collect::<Vec<_>>();
        let fits =
            |[left, top, right, bottom]: [f32; 4]| right - left >= self.min_side && bottom - top >= self.min_side;
        let items = boxes.items.into_iter().zip(edges);
        let kept = items.filter(|(item, edges)| item.visible >= self.min_visible && fits(*edges));
        boxes.items = kept.map(|(item, _)| item).collect();
        boxes
    }
}

impl Draw for DropBoxes {
    fn draw(&self, _: [usize; 2], _: &mut striate_core::Stream) -> Vec<Operation> {
        vec![Operation::DropBoxes(*self)]
    }

    fn check(&self) -> Result<(), DataError> {
        let part = self.min_visible;
        check::number("min_visible", part.into(), (0.0..=1.0).contains(&part), "it must be in [0, 1]")?;
        check::number("min_side", self.min_side.into(), self.min_side >= 0.0, "it must be 0 px or more")
    }
}

impl From<Fill> for Eraser {
    fn from(fill: Fill) -> Self {
        Self::Fill(fill)
    }
}
