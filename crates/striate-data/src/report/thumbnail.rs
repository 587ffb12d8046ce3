//! Pictures that look alike, by small gray ones.

use std::collections::{BTreeMap, HashMap};

use striate_core::Interpolation;

use crate::ops::resize;
use crate::{Image, Picture};

/// Px of a thumbnail's side.
const SIDE: usize = 16;

/// A picture in gray, [`SIDE`] px wide and high, and the picture's shape.
pub(super) struct Thumbnail {
    px: Vec<u8>,
    /// The standard deviation of the px, which are up to 255.
    contrast: f64,
    /// The picture's height over its width.
    aspect: f64,
    patterns: [f64; PATTERNS],
}

/// Sums of px with signs, which tell most pairs apart without looking at each px.
const PATTERNS: usize = 10;

impl Thumbnail {
    pub(super) fn of(image: &Image) -> Self {
        let gray = gray(&image.to_u8());
        let small = resize(&gray, [SIDE; 2], Interpolation::Bilinear, true);
        let px = small.pixels().to_vec();
        let [height, width] = image.size().map(|side| side as f64);
        Self { contrast: contrast(&px), aspect: height / width, patterns: patterns(&px), px }
    }

    /// How far px are apart in the mean, over the smaller of the standard deviations; none if that is more than `near`, the
    /// pictures' shapes differ by more than a twentieth, or one is plain.
    fn distance(&self, other: &Self, near: f64) -> Option<f64> {
        let (ratio, contrast) = (self.aspect / other.aspect, self.contrast.min(other.contrast));
        if !(0.95..1.0 / 0.95).contains(&ratio) || contrast < 1.0 {
            return None;
        }
        let mut patterns = self.patterns.iter().zip(&other.patterns);
        if patterns.any(|(one, other)| (one - other).abs() > near * contrast) {
            return None;
        }
        let apart = self.px.iter().zip(&other.px).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
        let distance = f64::from(apart) / self.px.len() as f64 / contrast;
        (distance <= near).then_some(distance)
    }
}

/// The mean of the px, with signs by stripes and squares of several widths (Walsh functions): none differs by more between two
/// thumbnails than their px do in the mean.
fn patterns(px: &[u8]) -> [f64; PATTERNS] {
    let mut sums = [0.0; PATTERNS];
    for (place, px) in px.iter().enumerate() {
        let (px, x, y) = (f64::from(*px), place % SIDE, place / SIDE);
        // Halves, quarters and eighths of the sides.
        let bits = [3, 2, 1].map(|bit| [x >> bit & 1, y >> bit & 1]);
        sums[0] += px;
        for (sum, [x, y]) in sums[1..].as_chunks_mut::<3>().0.iter_mut().zip(bits) {
            for (sum, odd) in sum.iter_mut().zip([x, y, x ^ y]) {
                *sum += if odd == 0 { px } else { -px };
            }
        }
    }
    sums.map(|sum| sum / px.len() as f64)
}

fn contrast(px: &[u8]) -> f64 {
    let count = px.len() as f64;
    let mean = px.iter().map(|px| f64::from(*px)).sum::<f64>() / count;
    (px.iter().map(|px| (f64::from(*px) - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Thumbnails that look alike, with the largest distance of two that made them one group.
pub(super) struct Alike {
    /// Their numbers, from the smallest on.
    pub(super) numbers: Vec<usize>,
    pub(super) distance: f64,
}

/// Groups of thumbnails of which each is at most `near` standard deviations from another.
pub(super) fn alike(thumbnails: &[Option<Thumbnail>], near: f64) -> Vec<Alike> {
    // No standard deviation of px is over half their range.
    let reach = (near * 127.5).max(1e-6);
    let cell =
        |thumbnail: &Thumbnail| [0, 1, 2].map(|pattern: usize| (thumbnail.patterns[pattern] / reach).floor() as i64);
    let mut cells: HashMap<[i64; 3], Vec<usize>> = HashMap::new();
    let mut groups = Groups { parents: (0..thumbnails.len()).collect(), distances: HashMap::new() };
    for (number, thumbnail) in thumbnails.iter().enumerate() {
        let Some(thumbnail) = thumbnail else { continue };
        let here = cell(thumbnail);
        for step in 0..27 {
            let by = [step / 9 - 1, step / 3 % 3 - 1, step % 3 - 1];
            let beside = std::array::from_fn(|axis| here[axis] + by[axis]);
            for &before in cells.get(&beside).into_iter().flatten() {
                if groups.root(before) != groups.root(number)
                    && let Some(distance) =
                        thumbnails[before].as_ref().and_then(|other| thumbnail.distance(other, near))
                {
                    groups.join(before, number, distance);
                }
            }
        }
        cells.entry(here).or_default().push(number);
    }
    groups.finish()
}

/// Which numbers belong together.
struct Groups {
    parents: Vec<usize>,
    /// Of groups of several, by their root.
    distances: HashMap<usize, f64>,
}

impl Groups {
    fn root(&mut self, mut number: usize) -> usize {
        while self.parents[number] != number {
            self.parents[number] = self.parents[self.parents[number]];
            number = self.parents[number];
        }
        number
    }

    fn join(&mut self, one: usize, other: usize, distance: f64) {
        let [one, other] = [self.root(one), self.root(other)];
        let (first, second) = (one.min(other), one.max(other));
        let before = [first, second].map(|root| self.distances.remove(&root).unwrap_or(0.0));
        self.parents[second] = first;
        self.distances.insert(first, before.into_iter().fold(distance, f64::max));
    }

    fn finish(mut self) -> Vec<Alike> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in 0..self.parents.len() {
            let root = self.root(number);
            if self.distances.contains_key(&root) {
                groups.entry(root).or_default().push(number);
            }
        }
        let distances = &self.distances;
        groups.into_iter().map(|(root, numbers)| Alike { numbers, distance: distances[&root] }).collect()
    }
}

fn gray(picture: &Picture) -> Picture {
    if picture.channels() == 1 { picture.clone() } else { crate::ops::grayscale(picture, 1) }
}
