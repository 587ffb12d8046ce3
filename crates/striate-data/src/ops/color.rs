//! Brightness and color.

use crate::Picture;
use crate::value::{Value, each};

/// Makes a picture brighter (`factor` above 1) or darker; 0 is black.
///
/// Equals `torchvision.transforms.v2.functional.adjust_brightness`.
pub fn adjust_brightness<T: Value>(picture: Picture<T>, factor: f32) -> Picture<T> {
    picture.map(|value| value * factor)
}

/// Moves values away from the mean gray (`factor` above 1) or towards it; 0 is that gray.
///
/// Equals `torchvision.transforms.v2.functional.adjust_contrast`.
pub fn adjust_contrast<T: Value>(picture: Picture<T>, factor: f32) -> Picture<T> {
    let sum = match picture.channels() {
        1 => sum(picture.pixels(), |value: &T| value.number()),
        _ => sum(picture.pixels().as_chunks::<3>().0, |&rgb| whole::<T>(luma(rgb))),
    };
    let mean = (sum / (picture.height() * picture.width()) as f64) as f32;
    picture.map(|value| value * factor + mean * (1.0 - factor))
}

/// Moves colors away from gray (`factor` above 1) or towards it; 0 is gray. A gray picture stays as it is.
///
/// Equals `torchvision.transforms.v2.functional.adjust_saturation`.
pub fn adjust_saturation<T: Value>(mut picture: Picture<T>, factor: f32) -> Picture<T> {
    if picture.channels() == 3 {
        let pixels = picture.pixels_mut().as_chunks_mut::<3>().0;
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for pixel in pixels {
                    let gray = whole::<T>(luma(*pixel)) * (1.0 - factor);
                    *pixel = each(*pixel, |value| T::cut(value.number() * factor + gray));
                }
            },
        );
    }
    picture
}

/// Turns colors by `turns` of the color circle, in `[-0.5, 0.5]`. A gray picture stays as it is.
///
/// Equals `torchvision.transforms.v2.functional.adjust_hue`.
pub fn adjust_hue<T: Value>(mut picture: Picture<T>, turns: f32) -> Picture<T> {
    if picture.channels() == 3 {
        let pixels = picture.pixels_mut().as_chunks_mut::<3>().0;
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                // So many at a time are worked on together.
                for pixels in pixels.chunks_mut(LANES) {
                    let mut channels = [[0.0; LANES]; 3];
                    for (lane, pixel) in pixels.iter().enumerate() {
                        for (channel, value) in channels.iter_mut().zip(pixel) {
                            channel[lane] = value.unit();
                        }
                    }
                    let [red, green, blue] = &mut channels;
                    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
                        [*red, *green, *blue] = turn_hue([*red, *green, *blue], turns);
                    }
                    for (lane, pixel) in pixels.iter_mut().enumerate() {
                        for (channel, value) in channels.iter().zip(pixel) {
                            *value = T::from_unit(channel[lane]);
                        }
                    }
                }
            },
        );
    }
    picture
}

/// Adds up a number of each pixel, in an order that never changes.
fn sum<P>(pixels: &[P], number: impl Fn(&P) -> f32) -> f64 {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            for pixels in pixels.chunks(LANES) {
                sums.iter_mut().zip(pixels).for_each(|(sum, pixel)| *sum += f64::from(number(pixel)));
            }
            sums.iter().sum()
        },
    )
}

/// How many pixels are worked on together.
const LANES: usize = 16;

/// Raises values, in `[0, 1]` from black to white, to the power `gamma` and multiplies them by `gain`.
///
/// Equals `torchvision.transforms.v2.functional.adjust_gamma`.
pub fn adjust_gamma<T: Value>(picture: Picture<T>, gamma: f32, gain: f32) -> Picture<T> {
    picture.map(|value| {
        let power = (value / T::MAX).powf(gamma);
        let power = if gain == 1.0 { power } else { (power * gain).clamp(0.0, 1.0) };
        power * T::SPREAD
    })
}

/// Makes a picture gray: 0.2989 of red, 0.587 of green and 0.114 of blue, in one or three equal channels.
///
/// Equals `torchvision.transforms.v2.functional.rgb_to_grayscale`.
///
/// # Panics
/// If `channels` is neither 1 nor 3.
pub fn grayscale<T: Value>(picture: &Picture<T>, channels: usize) -> Picture<T> {
    assert!(matches!(channels, 1 | 3), "a picture has 1 or 3 channels");
    let [height, width] = picture.size();
    let mut pixels = Vec::with_capacity(height * width * channels);
    match picture.channels() {
        1 => picture.pixels().iter().for_each(|&gray| pixels.extend_from_slice(&[gray; 3][..channels])),
        _ => {
            for &rgb in picture.pixels().as_chunks().0 {
                pixels.extend_from_slice(&[from_gray::<T>(luma(rgb)); 3][..channels]);
            }
        }
    }
    Picture::from_parts(height, width, channels, pixels)
}

#[inline(always)]
fn luma<T: Value>([red, green, blue]: [T; 3]) -> f32 {
    red.number() * 0.2989 + green.number() * 0.587 + blue.number() * 0.114
}

/// A gray as a picture of these values could have it.
#[inline(always)]
fn whole<T: Value>(gray: f32) -> f32 {
    if T::MAX == 1.0 { gray } else { gray.floor() }
}

#[inline(always)]
fn from_gray<T: Value>(gray: f32) -> T {
    if T::MAX == 1.0 { T::round(gray) } else { T::cut(gray) }
}

/// Red, green and blue in `[0, 1]` by way of hue, saturation and value, without branches.
#[inline(always)]
fn turn_hue([red, green, blue]: [f32; 3], turns: f32) -> [f32; 3] {
    let value = red.max(green).max(blue);
    let range = value - red.min(green).min(blue);
    let divisor = if range == 0.0 { 1.0 } else { range };
    // In sixths of the circle, from -1 to 5.
    let hue = if value == red {
        (green - blue) / divisor
    } else if value == green {
        2.0 + (blue - red) / divisor
    } else {
        4.0 + (red - green) / divisor
    };
    let hue = hue + turns * 6.0;
    // A channel is the value but for the sixths of the circle that are far from its own color.
    each([5.0, 3.0, 1.0], |start| {
        let sixths = start + hue;
        let sixths = sixths - (sixths * (1.0 / 6.0)).floor() * 6.0;
        (value - range * sixths.min(4.0 - sixths).clamp(0.0, 1.0)).clamp(0.0, 1.0)
    })
}
