//! What scenes stand on.

use std::f32::consts::TAU;

use serde::{Deserialize, Serialize};
use striate_core::Stream;

/// What a canvas is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Texture {
    /// Clouds: random values of several sizes, smoothed.
    Noise,
    /// From one color to another in one direction.
    Gradient,
    /// Stripes of two colors in any direction.
    Stripes,
    /// Squares of two colors, turned.
    Checks,
}

impl Texture {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Noise, Self::Gradient, Self::Stripes, Self::Checks];
}

/// Rows of red, green and blue in `[0, 1]`.
pub(super) struct Canvas {
    pub(super) size: [usize; 2],
    pub(super) px: Vec<[f32; 3]>,
}

/// How strong the grain is that lies over every texture.
const GRAIN: f32 = 0.03;

/// Draws a canvas of `[height, width]` px.
pub(super) fn canvas(size: [usize; 2], textures: &[Texture], color: bool, stream: &mut Stream) -> Canvas {
    let texture = textures[stream.below(textures.len())];
    let colors = two_colors(color, stream);
    let [height, width] = size;
    let shorter = height.min(width) as f32;
    let angle = stream.uniform_in(0.0..TAU);
    let (sin, cos) = angle.sin_cos();
    let across = |x: f32, y: f32| x * cos + y * sin;
    let along = |x: f32, y: f32| y * cos - x * sin;
    let mut px = Vec::with_capacity(height * width);
    let mut paint = |part: &dyn Fn(f32, f32) -> f32| {
        for row in 0..height {
            for column in 0..width {
                let part = part(column as f32, row as f32).clamp(0.0, 1.0);
                px.push(std::array::from_fn(|channel| {
                    colors[0][channel] + (colors[1][channel] - colors[0][channel]) * part
                }));
            }
        }
    };
    match texture {
        Texture::Noise => {
            let octaves: Vec<_> = [4.0, 9.0, 21.0].map(|cells| Lattice::new(size, shorter / cells, stream)).into();
            paint(&|x, y| {
                let [coarse, middle, fine] = [0, 1, 2].map(|octave: usize| octaves[octave].at(x, y));
                (0.55 * coarse + 0.3 * middle + 0.15 * fine - 0.5) * 1.6 + 0.5
            });
        }
        Texture::Gradient => {
            let corners = [[0.0, 0.0], [width as f32, 0.0], [0.0, height as f32], [width as f32, height as f32]];
            let ends = corners.map(|[x, y]| across(x, y));
            let low = ends.into_iter().fold(f32::INFINITY, f32::min);
            let high = ends.into_iter().fold(f32::NEG_INFINITY, f32::max);
            paint(&|x, y| (across(x, y) - low) / (high - low));
        }
        Texture::Stripes => {
            let period = shorter * stream.uniform_in(0.06..0.3);
            let sharpness = stream.uniform_in(0.6..4.0);
            paint(&|x, y| 0.5 + 0.5 * ((TAU * across(x, y) / period).sin() * sharpness).clamp(-1.0, 1.0));
        }
        Texture::Checks => {
            let side = shorter * stream.uniform_in(0.06..0.25);
            paint(&|x, y| {
                let odd = |at: f32| (at / side).floor().rem_euclid(2.0);
                (odd(across(x, y)) - odd(along(x, y))).abs()
            });
        }
    }
    for px in &mut px {
        let grain = GRAIN * stream.normal();
        px.iter_mut().for_each(|value| *value = (*value + grain).clamp(0.0, 1.0));
    }
    Canvas { size, px }
}

/// Two colors that differ, but not as much as a thing does from both.
fn two_colors(color: bool, stream: &mut Stream) -> [[f32; 3]; 2] {
    let first: [f32; 3] = std::array::from_fn(|_| stream.uniform_in(0.1..0.9));
    let second = first.map(|value| (value + stream.uniform_in(-0.35..0.35)).clamp(0.05, 0.95));
    [first, second].map(|rgb| if color { rgb } else { [luma(rgb); 3] })
}

/// How bright a color is, as ITU-R BT.601 weighs it.
pub(super) fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// Random values on a lattice, smooth between them.
struct Lattice {
    values: Vec<f32>,
    columns: usize,
    spacing: f32,
}

impl Lattice {
    fn new([height, width]: [usize; 2], spacing: f32, stream: &mut Stream) -> Self {
        let count = |side: usize| (side as f32 / spacing).ceil() as usize + 2;
        let (rows, columns) = (count(height), count(width));
        Self { values: (0..rows * columns).map(|_| stream.uniform()).collect(), columns, spacing }
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x / self.spacing, y / self.spacing);
        let (column, row) = (x as usize, y as usize);
        let smooth = |part: f32| part * part * (3.0 - 2.0 * part);
        let (across, down) = (smooth(x.fract()), smooth(y.fract()));
        let value = |row: usize, column: usize| self.values[row * self.columns + column];
        let mix = |row: usize| value(row, column) + (value(row, column + 1) - value(row, column)) * across;
        mix(row) + (mix(row + 1) - mix(row)) * down
    }
}
