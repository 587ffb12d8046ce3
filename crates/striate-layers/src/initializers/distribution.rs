//! What initial weights are drawn from.

use striate_core::Stream;

use super::ScaledDistribution;

/// The standard deviation of a standard normal distribution that is cut at ±2.
const CUT_STD: f64 = 0.879_625_661_034_239_8;

/// Where a normal distribution is cut, in standard deviations.
const CUT: f32 = 2.0;

/// What an [`Initializer`](crate::Initializer) draws from, once a weight's fans are known.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Distribution {
    /// All the same.
    Constant {
        /// The value.
        value: f64,
    },
    /// Even over `[low, high)`.
    Uniform {
        /// Least value.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// Normal; what is more than two `base_std` from the mean is drawn anew.
    TruncatedNormal {
        /// Mean.
        mean: f64,
        /// Standard deviation before the cut.
        base_std: f64,
    },
    /// A random matrix whose shorter ones of rows (first axis) and columns (the others) are orthogonal and have this norm.
    Orthogonal {
        /// The norm.
        gain: f64,
    },
    /// 1 where output and input channel agree, in the kernel's middle.
    Identity,
    /// A bilinear kernel where input and output channel agree.
    Bilinear,
}

impl ScaledDistribution {
    /// The distribution around 0 with this variance.
    pub(super) fn with_variance(self, variance: f64) -> Distribution {
        match self {
            Self::TruncatedNormal => Distribution::TruncatedNormal { mean: 0.0, base_std: variance.sqrt() / CUT_STD },
            Self::UntruncatedNormal => Distribution::Normal { mean: 0.0, std: variance.sqrt() },
            Self::Uniform => {
                let limit = (3.0 * variance).sqrt();
                Distribution::Uniform { low: -limit, high: limit }
            }
        }
    }
}

impl Distribution {
    /// The standard deviation of what comes out; none where values hang together.
    pub fn std(self) -> Option<f64> {
        match self {
            Self::Constant { .. } => Some(0.0),
            Self::Uniform { low, high } => Some((high - low) / 12f64.sqrt()),
            Self::Normal { std, .. } => Some(std),
            Self::TruncatedNormal { base_std, .. } => Some(base_std * CUT_STD),
            Self::Orthogonal { .. } | Self::Identity | Self::Bilinear => None,
        }
    }

    /// The largest distance from the mean, if there is one.
    pub fn limit(self) -> Option<f64> {
        match self {
            Self::Constant { .. } => Some(0.0),
            Self::Uniform { low, high } => Some((high - low) / 2.0),
            Self::TruncatedNormal { base_std, .. } => Some(base_std * f64::from(CUT)),
            Self::Normal { .. } | Self::Orthogonal { .. } | Self::Identity | Self::Bilinear => None,
        }
    }

    /// Draws the values of a weight of this shape, in rows.
    pub fn draw(self, shape: &[usize], stream: &mut Stream) -> Vec<f32> {
        let count = shape.iter().product();
        match self {
            Self::Constant { value } => vec![value as f32; count],
            Self::Uniform { low, high } => {
                let (low, high) = (low as f32, high as f32);
                each(count, stream, |stream| stream.uniform_in(low..high))
            }
            Self::Normal { mean, std } => {
                let (mean, std) = (mean as f32, std as f32);
                each(count, stream, |stream| mean + std * stream.normal())
            }
            Self::TruncatedNormal { mean, base_std } => {
                let (mean, base_std) = (mean as f32, base_std as f32);
                each(count, stream, |stream| mean + base_std * cut_normal(stream))
            }
            Self::Orthogonal { gain } => orthogonal(shape, gain, stream),
            Self::Identity => {
                let middle = |side, tap| if tap == side / 2 { 1.0 } else { 0.0 };
                per_channel(shape, middle, |row, column, _| row == column)
            }
            // With groups, an input channel's own is the one at its place within the group.
            Self::Bilinear => per_channel(shape, tent, |row, column, columns| row % columns == column),
        }
    }
}

/// This many numbers, each drawn on its own.
fn each(count: usize, stream: &mut Stream, draw: impl Fn(&mut Stream) -> f32 + Sync) -> Vec<f32> {
    let mut values = vec![0.0; count];
    stream.fill(&mut values, draw);
    values
}

/// A standard normal number within the cut.
fn cut_normal(stream: &mut Stream) -> f32 {
    loop {
        let value = stream.normal();
        if value.abs() <= CUT {
            return value;
        }
    }
}

/// The weight of a tap in linear interpolation, as FCN's `upsample_filt`.
fn tent(side: usize, tap: usize) -> f64 {
    let factor = side.div_ceil(2) as f64;
    let center = if side % 2 == 1 { factor - 1.0 } else { factor - 0.5 };
    1.0 - (tap as f64 - center).abs() / factor
}

/// Rows (first axis), columns (second) and the kernel's sides; a weight of one axis is one column.
fn matrix(shape: &[usize]) -> (usize, usize, &[usize]) {
    match shape {
        [] => (1, 1, &[]),
        [rows] => (*rows, 1, &[]),
        [rows, columns, kernel_size @ ..] => (*rows, *columns, kernel_size),
    }
}

/// The same kernel, a product over its directions, for each pair of channels that belongs together; 0 for the others.
fn per_channel(
    shape: &[usize],
    tap: impl Fn(usize, usize) -> f64,
    together: impl Fn(usize, usize, usize) -> bool,
) -> Vec<f32> {
    let (rows, columns, kernel_size) = matrix(shape);
    let kernel = kernel_size.iter().fold(vec![1.0], |kernel, &side| {
        let tap = &tap;
        kernel.iter().flat_map(|value| (0..side).map(move |place| value * tap(side, place))).collect()
    });
    let mut values = vec![0.0; rows * columns * kernel.len()];
    for (place, taps) in values.chunks_exact_mut(kernel.len().max(1)).enumerate() {
        if together(place / columns, place % columns, columns) {
            taps.iter_mut().zip(&kernel).for_each(|(to, from)| *to = *from as f32);
        }
    }
    values
}

/// The `Q` of the QR decomposition of a normal matrix, with `R`'s diagonal above 0 so that all orthogonal matrices are
/// equally likely (Mezzadri 2007, <https://arxiv.org/abs/math-ph/0609050>), by modified Gram-Schmidt.
fn orthogonal(shape: &[usize], gain: f64, stream: &mut Stream) -> Vec<f32> {
    let (rows, columns, kernel_size) = matrix(shape);
    let columns = columns * kernel_size.iter().product::<usize>();
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut units: Vec<Vec<f64>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut vector: Vec<f64> = (0..length).map(|_| stream.normal().into()).collect();
        for unit in &units {
            let along = dot(&vector, unit);
            vector.iter_mut().zip(unit).for_each(|(value, unit)| *value -= along * unit);
        }
        let norm = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|value| *value /= norm);
        units.push(vector);
    }
    let value = |row: usize, column: usize| match rows <= columns {
        true => units[row][column],
        false => units[column][row],
    };
    (0..rows * columns).map(|place| (gain * value(place / columns, place % columns)) as f32).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
