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

    /// The px that count in each to come, with their weights; what is missing to 1 is padding's.
    fn taps(self, interpolation: Interpolation, antialias: bool) -> Vec<Vec<(usize, f64)>> {
        let step = self.padded() as f64 / self.to as f64;
        let taps = (0..self.to).map(|i| {
            let mut taps = match interpolation {
                Interpolation::Area => self.area(i, step),
                _ => self.kernel(i, step, interpolation, if antialias { step.max(1.0) } else { 1.0 }),
            };
            let total: f64 = taps.iter().map(|(_, weight)| weight).sum();
            taps.retain_mut(|(index, weight)| {
                let inside = (self.padding..self.padding + self.from).contains(index);
                (*index, *weight) = (index.saturating_sub(self.padding), *weight / total);
                inside && *weight != 0.0
            });
            taps
        });
        taps.collect()
    }

    /// The padded px within the kernel, widened by `wide`, about the centre of px `i`.
    fn kernel(self, i: usize, step: f64, interpolation: Interpolation, wide: f64) -> Vec<(usize, f64)> {
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
    let [_, _, height, width] = x.dims();
    let [rows, columns] =
        [(height, 0), (width, 1)].map(|(from, d)| Side { from, padding: how.padding[d], to: how.size[d] });
    if how.interpolation == Interpolation::Nearest {
        return nearest(nearest(x, 2, rows, how.fill), 3, columns, how.fill);
    }
    let options = (&x.device(), x.dtype());
    let mut inside = [(3, columns), (2, rows)].map(|(axis, side)| (axis, side, vec![1.0; side.to]));
    let mut x = x;
    for (axis, side, inside) in inside.iter_mut().filter(|(_, side, _)| !side.is_unchanged()) {
        let taps = side.taps(how.interpolation, how.antialias);
        *inside = taps.iter().map(|taps| taps.iter().map(|(_, weight)| weight).sum()).collect();
        x = sums(x, *axis, &taps);
    }
    if how.padding == [0; 2] {
        return x;
    }
    let [(_, _, columns), (_, _, rows)] = inside;
    let outside = rows.iter().flat_map(|row| columns.iter().map(move |column| 1.0 - row * column));
    let filled: Vec<f64> = outside.map(|outside| outside * how.fill).collect();
    x + Tensor::<4>::from_data(TensorData::new(filled, [1, 1, rows.len(), columns.len()]), options)
}

/// The most taps that are taken one after another. Of more, a product with the matrix of all weights is faster.
const FEW_TAPS: usize = 4;

/// The weighted sums of px along an axis, height (2) or width (3).
fn sums(x: Tensor<4>, axis: usize, taps: &[Vec<(usize, f64)>]) -> Tensor<4> {
    let options = (&x.device(), x.dtype());
    let [batch, channels, height, width] = x.dims();
    let (from, to) = (x.dims()[axis], taps.len());
    let most = taps.iter().map(Vec::len).max().unwrap_or(0);
    if (1..=FEW_TAPS).contains(&most) {
        let mut shape = [1; 4];
        shape[axis] = to;
        let terms = (0..most).map(|tap| {
            let (places, weights): (Vec<_>, Vec<_>) =
                taps.iter().map(|taps| taps.get(tap).copied().unwrap_or((0, 0.0))).unzip();
            select(x.clone(), axis, &places) * Tensor::<4>::from_data(TensorData::new(weights, shape), options)
        });
        return terms.reduce(|sum, term| sum + term).expect("there is a tap");
    }
    let mut weights = vec![0.0; to * from];
    for (row, (place, weight)) in taps.iter().enumerate().flat_map(|(i, taps)| taps.iter().map(move |tap| (i, tap))) {
        weights[row * from + place] = *weight;
    }
    let weights = TensorData::new(weights, [to, from]);
    match axis {
        2 => Tensor::<2>::from_data(weights, options).unsqueeze::<4>().matmul(x),
        _ => {
            let rows = x.reshape([batch * channels * height, width]);
            rows.matmul(Tensor::<2>::from_data(weights, options).transpose()).reshape([batch, channels, height, to])
        }
    }
}

/// The px at these places along an axis, height (2) or width (3). In two axes, which burn's flex backend copies in parallel.
fn select(x: Tensor<4>, axis: usize, places: &[usize]) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let (planes, count) = (batch * channels, places.len());
    let places: Vec<i64> = places.iter().map(|place| *place as i64).collect();
    let places = Tensor::<1, Int>::from_data(TensorData::new(places, [count]), &x.device());
    let x = x.reshape([planes * height, width]);
    match axis {
        2 => {
            let first = Tensor::<1, Int>::arange(0..planes as i64, &x.device()).mul_scalar(height as i64);
            let rows = first.reshape([planes, 1]) + places.reshape([1, count]);
            x.select(0, rows.reshape([planes * count])).reshape([batch, channels, count, width])
        }
        _ => x.select(1, places).reshape([batch, channels, height, count]),
    }
}

fn nearest(x: Tensor<4>, axis: usize, side: Side, fill: f64) -> Tensor<4> {
    if side.is_unchanged() {
        return x;
    }
    let px: Vec<_> = side.nearest().collect();
    let inside: Vec<usize> = px.iter().copied().flatten().collect();
    if inside.is_empty() {
        let mut sides = x.dims();
        sides[axis] = side.to;
        return Tensor::full(sides, fill, (&x.device(), x.dtype()));
    }
    let before = px.iter().take_while(|px| px.is_none()).count();
    let after = side.to - before - inside.len();
    let x = select(x, axis, &inside);
    if before + after == 0 {
        return x;
    }
    let mut padding = [(0, 0); 4];
    padding[axis] = (before, after);
    x.pad(padding, PadMode::Constant(fill as f32))
}
