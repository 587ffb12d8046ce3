//! What methods give: numbers for places in a picture.

use serde::{Deserialize, Serialize};
use striate_core::bilinear;

/// A number for each px, `[height, width]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeatMap {
    height: usize,
    width: usize,
    values: Vec<f32>,
}

impl HeatMap {
    /// Takes the numbers in rows.
    ///
    /// # Panics
    /// If a side is 0 or there are not height times width numbers.
    pub fn new(height: usize, width: usize, values: Vec<f32>) -> Self {
        assert!(
            height > 0 && width > 0 && values.len() == height * width,
            "{height}x{width} px, {} values",
            values.len()
        );
        Self { height, width, values }
    }

    /// Rows and columns, in px.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// The numbers in rows.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The smallest and the largest number; numbers that are none don't count.
    pub fn range(&self) -> (f32, f32) {
        let finite = || self.values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
        if low <= high { (low, high) } else { (0.0, 0.0) }
    }

    /// The map with other sides `[height, width]`, bilinear between the middles of px, as PyTorch's `interpolate` without
    /// aligned corners.
    ///
    /// # Panics
    /// If a side is 0.
    pub fn resized(&self, [height, width]: [usize; 2]) -> Self {
        Self::new(height, width, bilinear::resized(&self.values, self.size(), [height, width]))
    }

    /// The part of the positive numbers' sum that is within a box `[left, top, right, bottom]`, in parts of width and
    /// height; px that the box cuts count by their part. 0 if no number is positive.
    pub fn mass_within(&self, [left, top, right, bottom]: [f64; 4]) -> f64 {
        let covered = |from: f64, to: f64, at: usize, side: usize| {
            let (from, to) = (from * side as f64, to * side as f64);
            (to.min(at as f64 + 1.0) - from.max(at as f64)).clamp(0.0, 1.0)
        };
        let (mut inside, mut all) = (0.0, 0.0);
        for (number, value) in self.values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
            let (row, column) = (number / self.width, number % self.width);
            let part = covered(top, bottom, row, self.height) * covered(left, right, column, self.width);
            inside += f64::from(*value) * part;
            all += f64::from(*value);
        }
        if all > 0.0 { inside / all } else { 0.0 }
    }
}

/// A number for each value of a network's input, `[channel, height, width]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    channels: usize,
    height: usize,
    width: usize,
    values: Vec<f32>,
}

/// How the channels of an [`Attribution`] become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// The largest magnitude, as Simonyan et al. do.
    #[default]
    MaxAbs,
    /// The sum of the magnitudes.
    SumAbs,
    /// The sum, with its sign.
    Sum,
}

impl Attribution {
    /// Takes the numbers in rows.
    ///
    /// # Panics
    /// If a side is 0 or the numbers are more or fewer than the sides say.
    pub fn new([channels, height, width]: [usize; 3], values: Vec<f32>) -> Self {
        let count = channels * height * width;
        assert!(count > 0 && values.len() == count, "{channels}x{height}x{width} values, not {}", values.len());
        Self { channels, height, width, values }
    }

    /// Channels, rows and columns.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// The numbers in rows, channel after channel.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The sum of all numbers.
    pub fn sum(&self) -> f64 {
        self.values.iter().map(|&value| f64::from(value)).sum()
    }

    /// One number for each px.
    pub fn heat_map(&self, reduction: Reduction) -> HeatMap {
        let plane = self.height * self.width;
        let fold = |sum: f32, value: f32| match reduction {
            Reduction::MaxAbs => sum.max(value.abs()),
            Reduction::SumAbs => sum + value.abs(),
            Reduction::Sum => sum + value,
        };
        let reduced = |px: usize| self.values[px..].iter().step_by(plane).copied().fold(0.0, fold);
        HeatMap::new(self.height, self.width, (0..plane).map(reduced).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resized_map_is_pytorchs() {
        // torch.nn.functional.interpolate(x, (3, 4), mode="bilinear", align_corners=False), PyTorch 2.
        let map = HeatMap::new(2, 2, vec![0.0, 1.0, 2.0, 3.0]);
        let expected = [0.0, 0.25, 0.75, 1.0, 1.0, 1.25, 1.75, 2.0, 2.0, 2.25, 2.75, 3.0];
        assert_eq!(map.resized([3, 4]).values(), expected);
        assert_eq!(map.resized([2, 2]), map);
        assert_eq!(map.resized([1, 1]).values(), [1.5]);
    }

    #[test]
    fn mass_counts_parts_of_px_and_positive_numbers_only() {
        let map = HeatMap::new(2, 4, vec![1.0, 1.0, 0.0, 2.0, -5.0, 0.0, 4.0, 0.0]);
        assert_eq!(map.mass_within([0.0, 0.0, 1.0, 1.0]), 1.0);
        assert_eq!(map.mass_within([0.0, 0.0, 0.375, 0.5]), 1.5 / 8.0);
        assert_eq!(map.mass_within([0.5, 0.25, 1.0, 0.75]), 3.0 / 8.0);
        assert_eq!(HeatMap::new(1, 1, vec![-1.0]).mass_within([0.0, 0.0, 1.0, 1.0]), 0.0);
    }

    #[test]
    fn channels_are_reduced_as_named() {
        let attribution = Attribution::new([3, 1, 2], vec![1.0, -1.0, -3.0, 2.0, 1.0, 0.5]);
        let check = |reduction, expected: [f32; 2]| assert_eq!(attribution.heat_map(reduction).values(), expected);
        check(Reduction::MaxAbs, [3.0, 2.0]);
        check(Reduction::SumAbs, [5.0, 3.5]);
        check(Reduction::Sum, [-1.0, 1.5]);
        assert_eq!(attribution.sum(), 0.5);
    }
}
