//! Heat maps over pictures.

use image::{Rgb, RgbImage};

use super::ColorMap;
use crate::HeatMap;

/// Lays a heat map over a picture: it is made as large and mixed in by `opacity`, from 0 (the picture) to 1 (the map).
pub fn overlay(picture: &RgbImage, map: &HeatMap, colors: ColorMap, opacity: f32) -> RgbImage {
    let (width, height) = picture.dimensions();
    if width == 0 || height == 0 {
        return picture.clone();
    }
    let colored = map.resized([height as usize, width as usize]).colored(colors);
    let opacity = opacity.clamp(0.0, 1.0);
    let mut mixed = picture.clone();
    for (px, Rgb(color)) in mixed.pixels_mut().zip(colored.pixels()) {
        for (level, color) in px.0.iter_mut().zip(color) {
            *level = (f32::from(*level) * (1.0 - opacity) + f32::from(*color) * opacity).round() as u8;
        }
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlay_mixes_by_its_opacity() {
        let picture = RgbImage::from_pixel(4, 2, Rgb([100, 100, 100]));
        let map = HeatMap::new(1, 2, vec![0.0, 1.0]);
        let px = |opacity: f32, x| overlay(&picture, &map, ColorMap::Gray, opacity).get_pixel(x, 1).0[0];
        assert_eq!([px(0.0, 0), px(0.25, 0), px(1.0, 0)], [100, 75, 0]);
        assert_eq!([px(0.25, 3), px(1.0, 3), px(9.0, 3)], [139, 255, 255]);
        assert_eq!(overlay(&RgbImage::new(0, 3), &map, ColorMap::Gray, 0.5).dimensions(), (0, 3));
    }
}
