//! Brightness and color.

use crate::Picture;
use crate::value::Value;

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
        1 => picture.pixels().iter().map(|value| f64::from(value.number())).sum::<f64>(),
        _ => picture.pixels().as_chunks().0.iter().map(|&rgb| f64::from(whole::<T>(luma(rgb)))).sum(),
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
                    *pixel = pixel.map(|value| T::cut(value.number() * factor + gray));
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
                for pixel in pixels {
                    let [hue, saturation, value] = to_hsv(pixel.map(T::unit));
                    let hue = hue + turns;
                    *pixel = to_rgb([hue - hue.floor(), saturation, value]).map(T::from_unit);
                }
            },
        );
    }
    picture
}

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

/// Hue in turns, saturation and value of red, green and blue, all in `[0, 1]`.
#[inline(always)]
fn to_hsv([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let most = red.max(green).max(blue);
    let range = most - red.min(green).min(blue);
    let gray = range == 0.0;
    let saturation = range / if gray { 1.0 } else { most };
    let divisor = if gray { 1.0 } else { range };
    let [red_part, green_part, blue_part] = [red, green, blue].map(|value| (most - value) / divisor);
    let sixths = if most == red {
        blue_part - green_part
    } else if most == green {
        2.0 + red_part - blue_part
    } else {
        4.0 + green_part - red_part
    };
    let hue = sixths * (1.0 / 6.0) + 1.0;
    [hue - hue.trunc(), saturation, most]
}

/// Red, green and blue of hue, saturation and value.
#[inline(always)]
fn to_rgb([hue, saturation, value]: [f32; 3]) -> [f32; 3] {
    let sixths = hue * 6.0;
    let sector = sixths.floor();
    let part = saturation * (sixths - sector);
    let least = ((1.0 - saturation) * value).clamp(0.0, 1.0);
    let falling = ((1.0 - part) * value).clamp(0.0, 1.0);
    let rising = ((1.0 - saturation + part) * value).clamp(0.0, 1.0);
    match sector as i32 {
        1 => [falling, value, least],
        2 => [least, value, rising],
        3 => [least, falling, value],
        4 => [rising, least, value],
        5 => [value, least, falling],
        // 6 is a full turn, by rounding.
        _ => [value, rising, least],
    }
}
