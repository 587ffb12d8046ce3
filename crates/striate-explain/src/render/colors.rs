//! Colors for numbers.

use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};

use crate::HeatMap;

/// Colors for numbers in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColorMap {
    /// From black to white.
    Gray,
    /// From violet over green to yellow, as Matplotlib's `viridis`.
    #[default]
    Viridis,
    /// From black over red to pale yellow, as Matplotlib's `inferno`.
    Inferno,
    /// From blue over white to red, for numbers with a sign: 0 is white.
    Diverging,
}

impl ColorMap {
    /// The color of a number; those beyond `[0, 1]` have that of the nearer end, what is no number that of 0.
    pub fn color(self, value: f32) -> Rgb<u8> {
        let value = if value.is_nan() { 0.0 } else { f64::from(value.clamp(0.0, 1.0)) };
        let color = match self {
            Self::Gray => return Rgb([(value * 255.0).round() as u8; 3]),
            Self::Viridis => colorous::VIRIDIS.eval_continuous(value),
            Self::Inferno => colorous::INFERNO.eval_continuous(value),
            // ColorBrewer's goes from red to blue.
            Self::Diverging => colorous::RED_BLUE.eval_continuous(1.0 - value),
        };
        Rgb([color.r, color.g, color.b])
    }
}

impl HeatMap {
    /// The numbers from 0 to 1: from the least to the largest, or for [`ColorMap::Diverging`] so that 0 is in the middle and
    /// the largest magnitude at an end. If all are equal, they become 0, or the middle.
    pub(crate) fn spread(&self, colors: ColorMap) -> Vec<f32> {
        let (low, high) = self.range();
        let (low, high, flat) = match colors {
            ColorMap::Diverging => {
                let largest = low.abs().max(high.abs());
                (-largest, largest, 0.5)
            }
            _ => (low, high, 0.0),
        };
        let spread = |value: &f32| if high > low { (value - low) / (high - low) } else { flat };
        self.values().iter().map(spread).collect()
    }

    /// The map in colors, spread from its least to its largest number; with [`ColorMap::Diverging`] 0 is white.
    pub fn colored(&self, colors: ColorMap) -> RgbImage {
        let [height, width] = self.size();
        let values = self.spread(colors);
        RgbImage::from_fn(width as u32, height as u32, |x, y| colors.color(values[y as usize * width + x as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_maps_have_their_ends_and_middles() {
        // Matplotlib's first and last colors of viridis and inferno, as d3-scale-chromatic has them.
        assert_eq!(ColorMap::Viridis.color(0.0).0, [68, 1, 84]);
        assert_eq!(ColorMap::Viridis.color(1.0).0, [253, 231, 37]);
        assert_eq!(ColorMap::Inferno.color(-3.0).0, [0, 0, 4]);
        assert_eq!(ColorMap::Inferno.color(7.0).0, [252, 255, 164]);
        assert_eq!(ColorMap::Gray.color(0.5).0, [128; 3]);
        let [blue, middle, red] = [0.0, 0.5, 1.0].map(|value| ColorMap::Diverging.color(value).0);
        assert!(
            blue[2] > blue[0] && red[0] > red[2] && middle.iter().all(|level| *level > 230),
            "{blue:?}{middle:?}{red:?}"
        );
        assert_eq!(ColorMap::Gray.color(f32::NAN).0, [0; 3]);
    }

    #[test]
    fn numbers_are_spread_over_the_map_or_about_zero() {
        let map = HeatMap::new(1, 3, vec![-1.0, 0.0, 3.0]);
        assert_eq!(map.spread(ColorMap::Gray), [0.0, 0.25, 1.0]);
        assert_eq!(map.spread(ColorMap::Diverging), [1.0 / 3.0, 0.5, 1.0]);
        let flat = HeatMap::new(1, 2, vec![2.0, 2.0]);
        assert_eq!(flat.spread(ColorMap::Viridis), [0.0, 0.0]);
        assert_eq!(HeatMap::new(1, 1, vec![0.0]).spread(ColorMap::Diverging), [0.5]);
        assert_eq!(map.colored(ColorMap::Gray).get_pixel(2, 0).0, [255; 3]);
        // What is no number doesn't count for the range.
        assert_eq!(HeatMap::new(1, 3, vec![f32::NAN, 0.0, 1.0]).colored(ColorMap::Gray).get_pixel(2, 0).0, [255; 3]);
    }
}
