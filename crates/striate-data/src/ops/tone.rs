//! Values changed by their distribution or their bits.

use crate::Picture;
use crate::value::Value;

/// Spreads the values of each channel over the whole range. A channel of one value stays as it is.
///
/// Equals `torchvision.transforms.v2.functional.autocontrast`.
pub fn autocontrast<T: Value>(mut picture: Picture<T>) -> Picture<T> {
    let channels = picture.channels();
    for channel in 0..channels {
        let values = || picture.pixels().iter().skip(channel).step_by(channels).map(|value| value.number());
        let (least, most) = values()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
        if least < most {
            let step = (most - least) * (1.0 / T::MAX);
            let values = picture.pixels_mut().iter_mut().skip(channel).step_by(channels);
            values.for_each(|value| *value = T::cut((value.number() - least) / step));
        }
    }
    picture
}

/// Makes all values of each channel about equally frequent. Numbers become 255ths.
///
/// Equals `torchvision.transforms.v2.functional.equalize`.
pub fn equalize<T: Value>(mut picture: Picture<T>) -> Picture<T> {
    let channels = picture.channels();
    for channel in 0..channels {
        let mut counts = [0_usize; 256];
        picture
            .pixels()
            .iter()
            .skip(channel)
            .step_by(channels)
            .for_each(|value| counts[usize::from(value.level())] += 1);
        let most = counts.iter().rposition(|&count| count > 0).unwrap_or(0);
        let step = (counts.iter().sum::<usize>() - counts[most]) / 255;
        let mut below = 0;
        let table: [u8; 256] = std::array::from_fn(|level| {
            let value = (below + step / 2).checked_div(step).map_or(level, |value| value.min(255));
            below += counts[level];
            // Nothing lies below the first level, not even a half of a step.
            if level == 0 { 0 } else { value as u8 }
        });
        for value in picture.pixels_mut().iter_mut().skip(channel).step_by(channels) {
            *value = T::from_level(table[usize::from(value.level())]);
        }
    }
    picture
}

/// Keeps the `bits` highest bits of each value, of 8; numbers get as many levels.
///
/// Equals `torchvision.transforms.v2.functional.posterize`.
pub fn posterize<T: Value>(mut picture: Picture<T>, bits: u32) -> Picture<T> {
    let bits = bits.min(8);
    picture.pixels_mut().iter_mut().for_each(|value| *value = value.posterize(bits));
    picture
}

/// Inverts the values that are not below a threshold, which is in the picture's own range.
///
/// Equals `torchvision.transforms.v2.functional.solarize`.
pub fn solarize<T: Value>(mut picture: Picture<T>, threshold: f32) -> Picture<T> {
    for value in picture.pixels_mut() {
        *value = if value.number() >= threshold { value.invert() } else { *value };
    }
    picture
}

/// Subtracts each value from white; equals `torchvision.transforms.v2.functional.invert`.
pub fn invert<T: Value>(mut picture: Picture<T>) -> Picture<T> {
    picture.pixels_mut().iter_mut().for_each(|value| *value = value.invert());
    picture
}

/// Subtracts a mean from each channel and divides it by a standard deviation; a gray picture takes the first of each.
///
/// Equals `torchvision.transforms.v2.functional.normalize`.
pub fn normalize(mut picture: Picture<f32>, mean: [f32; 3], std: [f32; 3]) -> Picture<f32> {
    let channels = picture.channels();
    for pixel in picture.pixels_mut().chunks_exact_mut(channels) {
        for ((value, mean), std) in pixel.iter_mut().zip(mean).zip(std) {
            *value = (*value - mean) / std;
        }
    }
    picture
}

/// Multiplies each value by `scale` and adds `offset`, as Keras's `Rescaling`.
pub fn rescale<T: Value>(picture: &Picture<T>, scale: f32, offset: f32) -> Picture<f32> {
    picture.convert(|value| value.number() * scale + offset)
}
