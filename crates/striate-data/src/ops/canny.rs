//! Canny's edges.

use serde::{Deserialize, Serialize};

use super::crop::{Border, pad};
use crate::Picture;

/// What counts as an edge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Canny {
    /// Weaker gradients are no edge.
    pub low: f64,
    /// Stronger gradients are an edge; those between are if an edge leads to them.
    pub high: f64,
    /// The side of Sobel's kernel: 3, 5 or 7.
    pub aperture: usize,
    /// Whether a gradient's strength is its length, rather than the sum of its parts without their signs.
    pub l2_gradient: bool,
}

impl Default for Canny {
    /// 50 and 150 with a kernel of 3x3 and the sum of parts.
    fn default() -> Self {
        Self { low: 50.0, high: 150.0, aperture: 3, l2_gradient: false }
    }
}

/// Finds edges (Canny 1986): 255 on an edge, 0 elsewhere.
///
/// Equals OpenCV's `Canny` of a gray picture; of a picture in color it takes in each pixel the channel with the strongest
/// gradient, as there.
///
/// # Panics
/// If the aperture is none of 3, 5 and 7.
pub fn canny(picture: &Picture<u8>, how: Canny) -> Picture<u8> {
    let [height, width] = picture.size();
    let (smooth, derive, scale) = kernels(how.aperture);
    let gradients = gradients(picture, smooth, derive, scale);
    let strength = |[x, y]: [i64; 2]| if how.l2_gradient { x * x + y * y } else { x.abs() + y.abs() };
    let strongest = |pixel: &[[i64; 2]]| {
        pixel[1..].iter().fold(pixel[0], |best, &next| if strength(next) > strength(best) { next } else { best })
    };
    let gradients = gradients.chunks_exact(picture.channels()).map(strongest).collect::<Vec<_>>();

    // Around the picture there is no gradient.
    let stride = width + 2;
    let mut strengths = vec![0; (height + 2) * stride];
    for (y, row) in gradients.chunks_exact(width).enumerate() {
        let start = (y + 1) * stride + 1;
        strengths[start..start + width].iter_mut().zip(row).for_each(|(to, &gradient)| *to = strength(gradient));
    }
    let [low, high] = thresholds(how, scale);

    let mut edges = vec![Edge::No; (height + 2) * stride];
    let mut found = Vec::new();
    for (y, row) in gradients.chunks_exact(width).enumerate() {
        for (x, &gradient) in row.iter().enumerate() {
            let at = (y + 1) * stride + x + 1;
            if strengths[at] > low && is_ridge(&strengths, at, stride, gradient) {
                edges[at] = if strengths[at] > high { Edge::Yes } else { Edge::Maybe };
                if edges[at] == Edge::Yes {
                    found.push(at);
                }
            }
        }
    }
    while let Some(at) = found.pop() {
        for row in [at - stride, at, at + stride] {
            for neighbour in [row - 1, row, row + 1] {
                if edges[neighbour] == Edge::Maybe {
                    edges[neighbour] = Edge::Yes;
                    found.push(neighbour);
                }
            }
        }
    }
    let rows = edges.chunks_exact(stride).skip(1).take(height);
    let pixels = rows.flat_map(|row| &row[1..=width]).map(|edge| if *edge == Edge::Yes { 255 } else { 0 });
    Picture::from_parts(height, width, 1, pixels.collect())
}

#[derive(Clone, Copy, PartialEq)]
enum Edge {
    No,
    Maybe,
    Yes,
}

/// Sobel's smoothing and deriving kernels, and the divisor of their result.
fn kernels(aperture: usize) -> (&'static [i64], &'static [i64], i64) {
    match aperture {
        3 => (&[1, 2, 1], &[-1, 0, 1], 1),
        5 => (&[1, 4, 6, 4, 1], &[-1, -2, 0, 2, 1], 1),
        7 => (&[1, 6, 15, 20, 15, 6, 1], &[-1, -4, -5, 0, 5, 4, 1], 16),
        _ => panic!("Canny's aperture is 3, 5 or 7, not {aperture}"),
    }
}

/// How fast the values rise to the right and down, `[height, width, channel]`; the picture's edge goes on around it.
fn gradients(picture: &Picture<u8>, smooth: &[i64], derive: &[i64], scale: i64) -> Vec<[i64; 2]> {
    let ([height, width], channels) = (picture.size(), picture.channels());
    let half = smooth.len() / 2;
    let padded = pad(picture, [half; 4], Border::Edge, None);
    let along = |at: &dyn Fn(usize) -> i64, kernel: &[i64]| -> i64 {
        kernel.iter().enumerate().map(|(tap, weight)| at(tap) * weight).sum()
    };
    let mut gradients = Vec::with_capacity(height * width * channels);
    for y in 0..height {
        for x in 0..width * channels {
            let row = |kernel: &[i64], tap: usize| {
                let row = padded.row(y + tap);
                along(&|tap| i64::from(row[x + tap * channels]), kernel)
            };
            let value = |across: &[i64], down: &[i64]| {
                let sum = along(&|tap| row(across, tap), down);
                // OpenCV keeps 16 bits and rounds to the even number.
                ((sum as f64 / scale as f64).round_ties_even() as i64).clamp(i64::from(i16::MIN), i64::from(i16::MAX))
            };
            gradients.push([value(derive, smooth), value(smooth, derive)]);
        }
    }
    gradients
}

fn thresholds(how: Canny, scale: i64) -> [i64; 2] {
    let [mut low, mut high] = [how.low.min(how.high), how.low.max(how.high)].map(|bound| bound / scale as f64);
    if how.l2_gradient {
        [low, high] = [low, high].map(|bound| {
            let bound = bound.min(32767.0);
            if bound > 0.0 { bound * bound } else { bound }
        });
    }
    [low, high].map(|bound| bound.floor() as i64)
}

/// Whether no neighbour along the gradient is stronger.
fn is_ridge(strengths: &[i64], at: usize, stride: usize, [x, y]: [i64; 2]) -> bool {
    // The tangent of 22.5 degrees, in 15 binary places.
    const TANGENT: i64 = 13573;
    let here = strengths[at];
    let (across, down) = (x.abs(), y.abs() << 15);
    let flat = across * TANGENT;
    if down < flat {
        here > strengths[at - 1] && here >= strengths[at + 1]
    } else if down > flat + (across << 16) {
        here > strengths[at - stride] && here >= strengths[at + stride]
    } else if (x ^ y) < 0 {
        here > strengths[at - stride + 1] && here > strengths[at + stride - 1]
    } else {
        here > strengths[at - stride - 1] && here > strengths[at + stride + 1]
    }
}
