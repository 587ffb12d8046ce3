//! From a network's values back to px.

use burn::Tensor;
use image::RgbImage;
use striate_core::{PixelOrder, Preprocessing};

use crate::part::tensor_like;

/// What a network's value is for a px in `[0, 1]`: `px * scale + offset` for each channel in the network's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pixels {
    /// None for channels beyond those listed: 1 and 0.
    channels: Vec<(f32, f32)>,
    blue_first: bool,
}

impl Pixels {
    pub(crate) fn of(how: &Preprocessing) -> Self {
        let channels = how.mean.iter().zip(&how.std).map(|(mean, std)| {
            let (scale, offset) = (255.0 * how.scale / std, (how.offset - mean) / std);
            if how.invert { (-scale, offset + scale) } else { (scale, offset) }
        });
        Self { channels: channels.collect(), blue_first: how.pixel_order == PixelOrder::Bgr }
    }

    fn channel(&self, channel: usize) -> (f32, f32) {
        self.channels.get(channel).copied().unwrap_or((1.0, 0.0))
    }

    /// The value of a px in `[0, 1]` in a channel.
    pub(crate) fn value(&self, channel: usize, px: f32) -> f32 {
        let (scale, offset) = self.channel(channel);
        px * scale + offset
    }

    /// The network's values of pictures `[batch, channels, height, width]` in `[0, 1]`, red first.
    pub(crate) fn values(&self, pictures: Tensor<4>) -> Tensor<4> {
        let channels = pictures.dims()[1];
        let pictures = if self.blue_first { pictures.flip([1]) } else { pictures };
        let (scale, offset): (Vec<_>, Vec<_>) = (0..channels).map(|channel| self.channel(channel)).unzip();
        let sides = [1, channels, 1, 1];
        let (scale, offset) = (tensor_like(scale, sides, &pictures), tensor_like(offset, sides, &pictures));
        pictures * scale + offset
    }

    /// The picture of values `[channels, height, width]` of 1 or 3 channels.
    pub(crate) fn picture(&self, values: &[f32], channels: usize, [height, width]: [usize; 2]) -> RgbImage {
        let plane = height * width;
        RgbImage::from_fn(width as u32, height as u32, |x, y| {
            let px = y as usize * width + x as usize;
            let level = |color: usize| {
                let channel = match (channels, self.blue_first) {
                    (1, _) => 0,
                    (_, true) => 2 - color,
                    (_, false) => color,
                };
                let (scale, offset) = self.channel(channel);
                let value = (values[channel * plane + px] - offset) / scale;
                (value.clamp(0.0, 1.0) * 255.0).round() as u8
            };
            image::Rgb([level(0), level(1), level(2)])
        })
    }
}

#[cfg(test)]
mod tests {
    use striate_core::PixelMode;

    use super::*;

    #[test]
    fn pictures_come_back_from_every_mode_and_turned_over() {
        for mode in PixelMode::ALL {
            for invert in [false, true] {
                let how = Preprocessing { invert, ..Preprocessing::rgb([1, 2]).mode(mode) };
                let colors = [[255, 0, 51], [10, 200, 128]];
                // As `striate_data::preprocess`: the order, inversion, then scale and normalization.
                let mut values = vec![0.0; 6];
                for (px, color) in colors.iter().enumerate() {
                    for channel in 0..3 {
                        let from = if how.pixel_order == PixelOrder::Bgr { 2 - channel } else { channel };
                        let level = f32::from(if invert { 255 - color[from] } else { color[from] });
                        values[channel * 2 + px] =
                            (level * how.scale + how.offset - how.mean[channel]) / how.std[channel];
                    }
                }
                let picture = Pixels::of(&how).picture(&values, 3, [1, 2]);
                assert_eq!([picture.get_pixel(0, 0).0, picture.get_pixel(1, 0).0], colors, "{mode:?}, {invert}");
            }
        }
    }
}
