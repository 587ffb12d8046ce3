//! Pictures of another size.

use burn::Tensor;
use burn::tensor::ops::PadMode;
use burn::tensor::{Int, TensorData};
use serde::{Deserialize, Serialize};

/// How values between px are found. Px have their centres at halves, as in TensorFlow 2 and Pillow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The px in which a px's centre falls: `floor((i + 0.5) * in / out)`, as Keras and as PyTorch's `nearest-exact`.
    Nearest,
    /// Linear in both directions.
    #[default]
    Bilinear,
    /// Cubic in both directions with a = -0.5 (Keys 1981), as Keras on TensorFlow and JAX. PyTorch has -0.75
    /// unless it antialiases.
    Bicubic,
    /// Lanczos's kernel of radius 3.
    Lanczos3,
    /// Lanczos's kernel of radius 5.
    Lanczos5,
    /// The mean over the area that a px covers, as TensorFlow's `ResizeArea`.
    Area,
}

impl Interpolation {
    /// How far its kernel reaches in px.
    fn radius(self) -> f64 {
        match self {
            Self::Nearest | Self::Area => 0.5,
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos3 => 3.0,
            Self::Lanczos5 => 5.0,
        }
    }

    /// The kernel at a distance within its radius.
    fn kernel(self, x: f64) -> f64 {
        use std::f64::consts::PI;
        match self {
            Self::Nearest | Self::Area => 1.0,
            Self::Bilinear => 1.0 - x,
            Self::Bicubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Self::Bicubic => ((2.5 - 0.5 * x) * x - 4.0) * x + 2.0,
            Self::Lanczos3 | Self::Lanczos5 if x <= 1e-3 => 1.0,
            Self::Lanczos3 | Self::Lanczos5 => {
                let radius = self.radius();
                radius * (PI * x).sin() * (PI * x / radius).sin() / (PI * x).powi(2)
            }
        }
    }
}

/// What becomes of a picture's height and width.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resampling {
    /// Height and width to come, in px.
    pub(crate) size: [usize; 2],
    pub(crate) interpolation: Interpolation,
    /// Whether a kernel widens as a picture shrinks, so that every px counts.
    pub(crate) antialias: bool,
    /// Px added before and after height and before and after width first.
    pub(crate) padding: [usize; 2],
    /// The value of those.
    pub(crate) fill: f64,
}

impl Resampling {
    /// To this height and width, without padding.
    pub(crate) fn to(size: [usize; 2], interpolation: Interpolation) -> Self {
        Self { size, interpolation, antialias: false, padding: [0; 2], fill: 0.0 }
    }
}

/// One side's way from `from` px, with padding at both ends, to `to` px.
#[derive(Debug, Clone, Copy)]
struct Side {
    from: usize,
    padding: usize,
    to: usize,
}

impl Side {
    fn is_unchanged(self) -> bool {
        self.from == self.to && self.padding == 0
    }

    fn padded(self) -> usize {
        self.from + 2 * self.padding
    }

    /// The px that is nearest to each, unless it is padding.
    fn nearest(self) -> impl Iterator<Item = Option<usize>> {
        let index = move |i: usize| ((2 * i as u64 + 1) * self.padded() as u64 / (2 * self.to as u64)) as usize;
        (0..self.to).map(move |i| index(i).checked_sub(self.padding).filter(|index| *index < self.from))
    }

    /// The weight of each px in each to come, `[to, from]`; what is missing to 1 is padding's.
    fn weights(self, interpolation: Interpolation, antialias: bool) -> Vec<f64> {
        let step = self.padded() as f64 / self.to as f64;
        let mut weights = vec![0.0; self.to * self.from];
        for (i, row) in weights.chunks_exact_mut(self.from).enumerate() {
            let taps = match interpolation {
                Interpolation::Area => self.area(i, step),
                _ => self.taps(i, step, interpolation, if antialias { step.max(1.0) } else { 1.0 }),
            };
            let total: f64 = taps.iter().map(|(_, weight)| weight).sum();
            for (index, weight) in taps {
                if let Some(place) = index.checked_sub(self.padding).and_then(|index| row.get_mut(index)) {
                    *place = weight / total;
                }
            }
        }
        weights
    }

    /// The padded px within the kernel, widened by `wide`, about the centre of px `i`.
    fn taps(self, i: usize, step: f64, interpolation: Interpolation, wide: f64) -> Vec<(usize, f64)> {
        let centre = (i as f64 + 0.5) * step - 0.5;
        let reach = interpolation.radius() * wide;
        let first = (centre - reach).ceil().max(0.0) as usize;
        let last = ((centre + reach).floor() as usize).min(self.padded() - 1);
        (first..=last).map(|k| (k, interpolation.kernel((k as f64 - centre).abs() / wide))).collect()
    }

    /// The padded px that px `i` covers, with how much of each.
    fn area(self, i: usize, step: f64) -> Vec<(usize, f64)> {
        let (start, end) = (i as f64 * step, (i + 1) as f64 * step);
        let last = (end.ceil() as usize).min(self.padded());
        (start as usize..last).map(|k| (k, (end.min((k + 1) as f64) - start.max(k as f64)).max(0.0))).collect()
    }
}

/// `[batch, channels, height, width]` to `[batch, channels, …size]`.
pub(crate) fn resample(x: Tensor<4>, how: Resampling) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let [rows, columns] =
        [(height, 0), (width, 1)].map(|(from, d)| Side { from, padding: how.padding[d], to: how.size[d] });
    if how.interpolation == Interpolation::Nearest {
        return nearest(nearest(x, 2, rows, how.fill), 3, columns, how.fill);
    }
    let options = (&x.device(), x.dtype());
    let (mut inside_rows, mut inside_columns) = (vec![1.0; rows.to], vec![1.0; columns.to]);
    let mut x = x;
    if !columns.is_unchanged() {
        let weights = columns.weights(how.interpolation, how.antialias);
        inside_columns = totals(&weights, width);
        let weights = Tensor::<2>::from_data(TensorData::new(weights, [columns.to, width]), options);
        x = x
            .reshape([batch * channels * height, width])
            .matmul(weights.transpose())
            .reshape([batch, channels, height, columns.to]);
    }
    if !rows.is_unchanged() {
        let weights = rows.weights(how.interpolation, how.antialias);
        inside_rows = totals(&weights, height);
        x = Tensor::<4>::from_data(TensorData::new(weights, [1, 1, rows.to, height]), options).matmul(x);
    }
    if how.padding == [0; 2] {
        return x;
    }
    let outside = inside_rows.iter().flat_map(|row| inside_columns.iter().map(move |column| 1.0 - row * column));
    let filled: Vec<f64> = outside.map(|outside| outside * how.fill).collect();
    x + Tensor::<4>::from_data(TensorData::new(filled, [1, 1, rows.to, columns.to]), options)
}

/// The sum of each row of this many.
fn totals(weights: &[f64], columns: usize) -> Vec<f64> {
    weights.chunks_exact(columns).map(|row| row.iter().sum()).collect()
}

fn nearest(x: Tensor<4>, axis: usize, side: Side, fill: f64) -> Tensor<4> {
    if side.is_unchanged() {
        return x;
    }
    let indices: Vec<_> = side.nearest().collect();
    let inside: Vec<i64> = indices.iter().flatten().map(|index| *index as i64).collect();
    let before = indices.iter().take_while(|index| index.is_none()).count();
    let (after, count) = (side.to - before - inside.len(), inside.len());
    let indices = Tensor::<1, Int>::from_data(TensorData::new(inside, [count]), &x.device());
    let x = x.select(axis, indices);
    if before + after == 0 {
        return x;
    }
    let mut padding = [(0, 0); 4];
    padding[axis] = (before, after);
    x.pad(padding, PadMode::Constant(fill as f32))
}
