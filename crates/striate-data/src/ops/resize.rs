//! Changing the size of pictures.

use striate_core::Interpolation;

use crate::Picture;
use crate::value::{Value, each};

/// Resizes a picture to `[height, width]` px.
///
/// Equals `torchvision.transforms.v2.functional.resize`. With antialiasing linear and cubic interpolation take in all
/// pixels that a smaller picture's pixel covers, and whole numbers equal Pillow's `resize` bit for bit (torchvision's
/// differ by 1 where it rounds weights to 16 bits); without, only the nearest two or four in each direction. The cubic
/// has a = -0.5 with antialiasing and a = -0.75 without, as in torchvision. The nearest pixel is `floor(i * (from / to))`
/// with the ratio as an `f32`. A picture that has the size already keeps its values.
///
/// # Panics
/// If a side is 0.
pub fn resize<T: Value>(
    picture: &Picture<T>,
    size: [usize; 2],
    interpolation: Interpolation,
    antialias: bool,
) -> Picture<T> {
    Region::of(picture).resize(size, Filter::torchvision(interpolation, antialias))
}

/// The part of a picture that is resized.
#[derive(Clone, Copy)]
pub struct Region<'a, T> {
    picture: &'a Picture<T>,
    top: usize,
    left: usize,
    height: usize,
    width: usize,
}

/// How the pixels of a resized picture are made of the old ones.
#[derive(Clone, Copy)]
pub enum Filter {
    Nearest,
    Linear {
        antialias: bool,
    },
    /// a = -0.5; beyond the edges there is nothing.
    Cubic {
        antialias: bool,
    },
    /// The nearest four with a = -0.75; beyond the edges they go on.
    ReplicatedCubic,
}

impl Filter {
    pub(crate) fn torchvision(interpolation: Interpolation, antialias: bool) -> Self {
        match interpolation {
            Interpolation::Nearest => Self::Nearest,
            Interpolation::Bilinear => Self::Linear { antialias },
            Interpolation::Bicubic if antialias => Self::Cubic { antialias },
            Interpolation::Bicubic => Self::ReplicatedCubic,
        }
    }
}

impl<'a, T: Value> Region<'a, T> {
    pub(crate) fn of(picture: &'a Picture<T>) -> Self {
        Self { picture, top: 0, left: 0, height: picture.height(), width: picture.width() }
    }

    /// A part that lies within the picture.
    pub(crate) fn part(picture: &'a Picture<T>, top: usize, left: usize, height: usize, width: usize) -> Self {
        debug_assert!(top + height <= picture.height() && left + width <= picture.width());
        Self { picture, top, left, height, width }
    }

    fn rows(&self) -> impl Iterator<Item = &'a [T]> {
        let Self { picture, top, left, height, width } = *self;
        let channels = picture.channels();
        (top..top + height).map(move |row| &picture.row(row)[left * channels..(left + width) * channels])
    }

    /// Resizes to `[height, width]` px, width first as Pillow's `Resample.c` does; between the passes whole numbers stay
    /// whole. A network may feel a rounding: one level in 0.6 % of the values, by which libraries of floats or narrower
    /// integers differ, was seen to move a probability by 0.005.
    pub(crate) fn resize(&self, size: [usize; 2], filter: Filter) -> Picture<T> {
        T::resize(self, size, filter)
    }

    /// What [`Kind::resize`](crate::value::Kind::resize) is for each type.
    pub(crate) fn resized(&self, [height, width]: [usize; 2], filter: Filter) -> Picture<T> {
        assert!(height > 0 && width > 0, "a picture has at least one pixel");
        if let Filter::Nearest = filter {
            return self.nearest([height, width]);
        }
        let channels = self.picture.channels();
        let narrowed = if width == self.width {
            self.rows().flatten().copied().collect()
        } else {
            let windows = Windows::new::<T>(self.width, width, filter);
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || match channels {
                    1 => narrow::<T, 1>(self, &windows),
                    _ => narrow::<T, 3>(self, &windows),
                },
            )
        };
        let values = if height == self.height {
            narrowed
        } else {
            let windows = Windows::new::<T>(self.height, height, filter);
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || lower(&narrowed, width * channels, &windows),
            )
        };
        Picture::from_parts(height, width, channels, values)
    }

    fn nearest(&self, [height, width]: [usize; 2]) -> Picture<T> {
        let channels = self.picture.channels();
        let columns = (0..width).map(|column| nearest(column, self.width, width) * channels).collect::<Vec<_>>();
        let mut values = Vec::with_capacity(height * width * channels);
        for row in 0..height {
            let row = &self.picture.row(self.top + nearest(row, self.height, height))[self.left * channels..];
            match channels {
                1 => values.extend(columns.iter().map(|&column| row[column])),
                _ => columns.iter().for_each(|&column| values.extend_from_slice(&row[column..column + channels])),
            }
        }
        Picture::from_parts(height, width, channels, values)
    }
}

/// The pixel of `from` that the pixel `at` of `to` shows, as torch finds it.
fn nearest(at: usize, from: usize, to: usize) -> usize {
    if from == to {
        return at;
    }
    if to == 2 * from {
        return at / 2;
    }
    ((at as f32 * (from as f32 / to as f32)) as usize).min(from - 1)
}

/// What each output along an axis is made of.
struct Windows<S> {
    /// The first value and the number of weights of each output.
    spans: Vec<(usize, usize)>,
    /// The weights of all outputs, one after the other.
    weights: Vec<S>,
}

impl<S> Windows<S> {
    fn new<T: Value<Sum = S>>(from: usize, to: usize, filter: Filter) -> Self {
        let mut windows = Self { spans: Vec::with_capacity(to), weights: Vec::new() };
        for at in 0..to {
            let (first, weights) = match filter {
                Filter::Linear { antialias } => clipped(at, from, to, triangle, 1.0, antialias),
                Filter::Cubic { antialias } => clipped(at, from, to, |x| cubic(x, -0.5), 2.0, antialias),
                Filter::ReplicatedCubic => replicated(at, from, to),
                Filter::Nearest => (nearest(at, from, to), vec![1.0]),
            };
            windows.spans.push((first, weights.len()));
            windows.weights.extend(weights.into_iter().map(T::weight));
        }
        windows
    }

    #[inline(always)]
    fn iter(&self) -> impl Iterator<Item = (usize, &[S])> {
        let mut rest = self.weights.as_slice();
        self.spans.iter().map(move |&(first, len)| {
            let (weights, others) = rest.split_at(len);
            rest = others;
            (first, weights)
        })
    }
}

/// The first value of a window and the weights; with antialiasing it grows as the picture shrinks.
fn clipped(
    at: usize,
    from: usize,
    to: usize,
    kernel: impl Fn(f64) -> f64,
    radius: f64,
    antialias: bool,
) -> (usize, Vec<f64>) {
    let scale = from as f64 / to as f64;
    let spread = if antialias { scale.max(1.0) } else { 1.0 };
    let radius = radius * spread;
    let center = (at as f64 + 0.5) * scale;
    let first = (center - radius + 0.5).max(0.0) as usize;
    let end = ((center + radius + 0.5) as usize).min(from);
    let mut weights = (first..end).map(|x| kernel((x as f64 - center + 0.5) * (1.0 / spread))).collect::<Vec<_>>();
    let sum = weights.iter().sum::<f64>();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    (first, weights)
}

fn replicated(at: usize, from: usize, to: usize) -> (usize, Vec<f64>) {
    let center = (at as f64 + 0.5) * (from as f64 / to as f64) - 0.5;
    let inside = |x: f64| x.clamp(0.0, (from - 1) as f64) as usize;
    let (first, last) = (inside(center.floor() - 1.0), inside(center.floor() + 2.0));
    let mut weights = vec![0.0; last - first + 1];
    for tap in -1..=2 {
        let x = center.floor() + f64::from(tap);
        weights[inside(x) - first] += cubic(x - center, -0.75);
    }
    (first, weights)
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// The cubic of Keys (1981).
#[inline(always)]
pub(crate) fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    match x {
        ..1.0 => ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0,
        ..2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * a,
        _ => 0.0,
    }
}

/// Values that are summed up together; so many fit the vectors of most machines.
const LANES: usize = 16;

/// Makes each row of pixels as long as there are windows. As many rows as fill the lanes are worked on together.
#[inline(always)]
fn narrow<T: Value, const CHANNELS: usize>(region: &Region<'_, T>, windows: &Windows<T::Sum>) -> Vec<T> {
    let together = LANES / CHANNELS;
    let columns = windows.spans.len();
    let mut narrowed = vec![[T::default(); CHANNELS]; region.height * columns];
    let mut lanes = vec![[T::default(); LANES]; region.width];
    let rows = region.rows().collect::<Vec<_>>();
    for (rows, out) in rows.chunks(together).zip(narrowed.chunks_mut(together * columns)) {
        for (number, row) in rows.iter().enumerate() {
            for (lanes, pixel) in lanes.iter_mut().zip(row.as_chunks::<CHANNELS>().0) {
                lanes[number * CHANNELS..][..CHANNELS].copy_from_slice(pixel);
            }
        }
        for (column, (first, weights)) in windows.iter().enumerate() {
            let mut sums = [T::SUM; LANES];
            for (lanes, &weight) in lanes[first..first + weights.len()].iter().zip(weights) {
                for (sum, value) in sums.iter_mut().zip(lanes) {
                    *sum += value.widen() * weight;
                }
            }
            let values = each(sums, T::narrow);
            let pixels = values.as_chunks::<CHANNELS>().0;
            out[column..].iter_mut().step_by(columns).zip(pixels).for_each(|(out, pixel)| *out = *pixel);
        }
    }
    narrowed.into_flattened()
}

/// Makes as many rows of `row` values as there are windows.
#[inline(always)]
fn lower<T: Value>(values: &[T], row: usize, windows: &Windows<T::Sum>) -> Vec<T> {
    let mut lowered = Vec::with_capacity(windows.spans.len() * row);
    let mut sums = vec![T::SUM; row];
    for (first, weights) in windows.iter() {
        sums.fill(T::SUM);
        for (row, weight) in values[first * row..].chunks_exact(row).zip(weights) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value.widen() * *weight;
            }
        }
        lowered.extend(sums.iter().map(|&sum| T::narrow(sum)));
    }
    lowered
}
