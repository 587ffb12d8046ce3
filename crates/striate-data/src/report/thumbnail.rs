//! Pictures that look alike, by small gray ones.

use std::collections::HashMap;

use striate_core::Interpolation;

use crate::ops::resize;
use crate::{Image, Picture};

/// Px of a thumbnail's side.
const SIDE: usize = 16;

/// A picture in gray, [`SIDE`] px wide and high, and the picture's shape.
#[derive(Clone)]
pub(super) struct Thumbnail {
    px: Vec<u8>,
    size: [usize; 2],
}

impl Thumbnail {
    pub(super) fn of(image: &Image) -> Self {
        let gray = gray(&image.to_u8());
        let small = resize(&gray, [SIDE; 2], Interpolation::Bilinear, true);
        Self { px: small.pixels().to_vec(), size: image.size() }
    }

    /// The standard deviation of the px, which are up to 255.
    fn contrast(&self) -> f64 {
        let count = self.px.len() as f64;
        let mean = self.px.iter().map(|px| f64::from(*px)).sum::<f64>() / count;
        (self.px.iter().map(|px| (f64::from(*px) - mean).powi(2)).sum::<f64>() / count).sqrt()
    }

    /// Means over the whole, and what the upper half and the left half have more than the other: none of the three differs by
    /// more between two thumbnails than their px do in the mean.
    fn features(&self) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for (place, px) in self.px.iter().enumerate() {
            let (px, upper, left) = (f64::from(*px), place / SIDE < SIDE / 2, place % SIDE < SIDE / 2);
            sums[0] += px;
            sums[1] += if upper { px } else { -px };
            sums[2] += if left { px } else { -px };
        }
        sums.map(|sum| sum / self.px.len() as f64)
    }

    /// How far px are apart in the mean, over the smaller of the standard deviations; none if the pictures' shapes differ by
    /// more than a twentieth, or one is plain.
    fn distance(&self, other: &Self) -> Option<f64> {
        let aspect = |size: [usize; 2]| size[0] as f64 / size[1] as f64;
        let ratio = aspect(self.size) / aspect(other.size);
        let contrast = self.contrast().min(other.contrast());
        if !(0.95..1.0 / 0.95).contains(&ratio) || contrast < 1.0 {
            return None;
        }
        let apart = self.px.iter().zip(&other.px).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
        Some(apart / self.px.len() as f64 / contrast)
    }
}

/// Pairs of thumbnails at most `near` standard deviations apart, the smaller number first.
pub(super) fn alike(thumbnails: &[Option<Thumbnail>], near: f64) -> Vec<(usize, usize, f64)> {
    // No standard deviation of px is over half their range.
    let reach = (near * 127.5).max(1e-6);
    let cell = |thumbnail: &Thumbnail| thumbnail.features().map(|feature| (feature / reach).floor() as i64);
    let mut cells: HashMap<[i64; 3], Vec<usize>> = HashMap::new();
    let mut pairs = Vec::new();
    for (number, thumbnail) in thumbnails.iter().enumerate() {
        let Some(thumbnail) = thumbnail else { continue };
        let here = cell(thumbnail);
        for step in 0..27 {
            let by = [step / 9 - 1, step / 3 % 3 - 1, step % 3 - 1];
            let beside = std::array::from_fn(|axis| here[axis] + by[axis]);
            for &before in cells.get(&beside).into_iter().flatten() {
                let distance = thumbnails[before].as_ref().and_then(|other| thumbnail.distance(other));
                if let Some(distance) = distance.filter(|distance| *distance <= near) {
                    pairs.push((before, number, distance));
                }
            }
        }
        cells.entry(here).or_default().push(number);
    }
    pairs.sort_by_key(|pair| (pair.0, pair.1));
    pairs
}

fn gray(picture: &Picture) -> Picture {
    if picture.channels() == 1 { picture.clone() } else { crate::ops::grayscale(picture, 1) }
}
