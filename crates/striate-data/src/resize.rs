//! Changing the size of pictures.

use striate_core::{Interpolation, Preprocessing};

use crate::Picture;

/// Binary places of the weights, as Pillow has them: 8 bits of a value and 2 for what goes beyond remain of 32.
const PLACES: u32 = 32 - 8 - 2;

/// Resizes a picture to `[height, width]` px, values rounded to whole numbers.
///
/// Linear and cubic interpolation equal Pillow's `resize` bit for bit, and torchvision's with `antialias=True` up to 1 in
/// rounding; without antialiasing the linear one equals torchvision's with `antialias=False` up to 1, whose cubic one has
/// another a. The nearest pixel is that of torchvision: `floor(i * from / to)`.
///
/// These are Pillow's own steps (`Resample.c`), width first, since a network may feel a rounding: one level in 0.6 % of the
/// values, by which libraries of floats or narrower integers differ, was seen to move a probability by 0.005.
pub(crate) fn resize(picture: &Picture, [height, width]: [usize; 2], how: &Preprocessing) -> Picture {
    let (filter, radius): (fn(f64) -> f64, _) = match how.interpolation {
        Interpolation::Nearest => return nearest(picture, [height, width]),
        Interpolation::Bilinear => (|x| (1.0 - x.abs()).max(0.0), 1.0),
        Interpolation::Bicubic => (cubic, 2.0),
    };
    let windows = |from, to| windows(from, to, filter, radius, how.antialias);
    let channels = picture.channels();
    let narrowed = narrow(picture.pixels(), channels, picture.width(), &windows(picture.width(), width));
    let lowered = lower(&narrowed, width * channels, &windows(picture.height(), height));
    Picture::from_parts(height, width, channels, lowered)
}

/// The cubic with a = -0.5 (Keys 1981).
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    match x {
        ..1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
        ..2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
        _ => 0.0,
    }
}

/// What one output is made of: values from `first` on, with their weights in 1 / 2^[`PLACES`].
struct Window {
    first: usize,
    weights: Vec<i32>,
}

/// The windows of a row of `to` values over one of `from`. With antialiasing they grow as the picture shrinks.
fn windows(from: usize, to: usize, filter: fn(f64) -> f64, radius: f64, antialias: bool) -> Vec<Window> {
    let scale = from as f64 / to as f64;
    let spread = if antialias { scale.max(1.0) } else { 1.0 };
    let radius = radius * spread;
    let window = |at: usize| {
        let center = (at as f64 + 0.5) * scale;
        let first = (center - radius + 0.5).max(0.0) as usize;
        let end = ((center + radius + 0.5) as usize).min(from);
        let weights = (first..end).map(|x| filter((x as f64 - center + 0.5) * (1.0 / spread))).collect::<Vec<_>>();
        let sum = weights.iter().sum::<f64>();
        let fixed = |weight: &f64| (weight / sum * f64::from(1 << PLACES)).round() as i32;
        Window { first, weights: weights.iter().map(fixed).collect() }
    };
    (0..to).map(window).collect()
}

/// A sum of weighted values as a value; sums begin with a half.
const HALF: i32 = 1 << (PLACES - 1);

fn value(sum: i32) -> u8 {
    (sum >> PLACES).clamp(0, 255) as u8
}

/// Makes each row of pixels as long as there are windows.
fn narrow(pixels: &[u8], channels: usize, width: usize, windows: &[Window]) -> Vec<u8> {
    match channels {
        1 => narrow_pixels::<1>(pixels, width, windows),
        _ => narrow_pixels::<3>(pixels, width, windows),
    }
}

fn narrow_pixels<const CHANNELS: usize>(pixels: &[u8], width: usize, windows: &[Window]) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks::<CHANNELS>();
    if windows.len() == width {
        return pixels.as_flattened().to_vec();
    }
    let mut narrowed = Vec::with_capacity(pixels.len() / width * windows.len() * CHANNELS);
    for row in pixels.chunks_exact(width) {
        for Window { first, weights } in windows {
            let mut sums = [HALF; CHANNELS];
            for (pixel, weight) in row[*first..].iter().zip(weights) {
                sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += i32::from(*value) * weight);
            }
            narrowed.extend(sums.map(value));
        }
    }
    narrowed
}

/// Makes as many rows of `row` values as there are windows.
fn lower(values: &[u8], row: usize, windows: &[Window]) -> Vec<u8> {
    if windows.len() * row == values.len() {
        return values.to_vec();
    }
    let mut lowered = Vec::with_capacity(windows.len() * row);
    let mut sums = vec![0; row];
    for Window { first, weights } in windows {
        sums.fill(HALF);
        for (row, weight) in values[first * row..].chunks_exact(row).zip(weights) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += i32::from(*value) * weight);
        }
        lowered.extend(sums.iter().copied().map(value));
    }
    lowered
}

fn nearest(picture: &Picture, [height, width]: [usize; 2]) -> Picture {
    let source = |target: usize, from: usize, to: usize| (target as u64 * from as u64 / to as u64) as usize;
    let channels = picture.channels();
    let mut pixels = Vec::with_capacity(height * width * channels);
    for row in 0..height {
        let row = source(row, picture.height(), height) * picture.width();
        for column in 0..width {
            let at = (row + source(column, picture.width(), width)) * channels;
            pixels.extend_from_slice(&picture.pixels()[at..at + channels]);
        }
    }
    Picture::from_parts(height, width, channels, pixels)
}
