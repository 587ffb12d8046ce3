//! Pictures by their Fourier coefficients, as Lucid's `fft_image` (`lucid/optvis/param/spatial.py`).

use std::f64::consts::TAU;

use burn::Tensor;
use striate_backend::Device;

use crate::part::tensor_like;

/// The way from Fourier coefficients to px: the inverse transform as products of matrices, which every device has with its
/// gradient.
pub(super) struct Spectrum {
    /// What each coefficient is multiplied by, `[1, 1, height, width / 2 + 1]`.
    scale: Tensor<4>,
    /// Cosines and sines down, `[height, height]`.
    down: [Tensor<3>; 2],
    /// Cosines and sines across, `[width / 2 + 1, width]`, with both of a frequency and its mirror.
    across: [Tensor<3>; 2],
}

impl Spectrum {
    /// For pictures of these sides; coefficients are divided by their frequency to the power of `decay`.
    pub(super) fn new([height, width]: [usize; 2], decay: f64, device: &Device) -> Self {
        let half = width / 2 + 1;
        let here = Tensor::<1>::zeros([1], device);
        let matrix = |rows: usize, columns: usize, value: &dyn Fn(usize, usize) -> f64| -> Tensor<3> {
            let values = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            tensor_like(values.map(|(row, column)| value(row, column) as f32).collect(), [1, rows, columns], &here)
        };
        // By the remainder, so that the angle stays small.
        let angle = |a: usize, b: usize, side: usize| TAU * (a * b % side) as f64 / side as f64;
        let times = |frequency: usize| if frequency == 0 || 2 * frequency == width { 1.0 } else { 2.0 };
        let frequency = |row: usize, column: usize| {
            let down = row.min(height - row) as f64 / height as f64;
            down.hypot(column as f64 / width as f64)
        };
        let least = 1.0 / height.max(width) as f64;
        // Lucid multiplies by the root of the number of px and divides by 4; the transform divides by the number of px.
        let factor = 1.0 / ((height * width) as f64).sqrt() / 4.0;
        let scale = matrix(height, half, &|row, column| factor / frequency(row, column).max(least).powf(decay));
        Self {
            scale: scale.unsqueeze_dim(0),
            down: [
                matrix(height, height, &|y, row| angle(y, row, height).cos()),
                matrix(height, height, &|y, row| angle(y, row, height).sin()),
            ],
            across: [
                matrix(half, width, &|column, x| times(column) * angle(column, x, width).cos()),
                matrix(half, width, &|column, x| times(column) * angle(column, x, width).sin()),
            ],
        }
    }

    /// The picture `[1, channels, height, width]` of coefficients `[2, channels, height, width / 2 + 1]`, the real parts
    /// first.
    pub(super) fn to_picture(&self, coefficients: Tensor<4>) -> Tensor<4> {
        let [_, channels, height, half] = coefficients.dims();
        let scaled = coefficients.clone() * beside(&self.scale, &coefficients);
        let [real, imaginary] = [0, 1].map(|part| scaled.clone().narrow(0, part, 1).reshape([channels, height, half]));
        let [cos, sin] =
            self.down.each_ref().map(|matrix| beside(matrix, &coefficients).expand([channels, height, height]));
        let rows = cos.clone().matmul(real.clone()) - sin.clone().matmul(imaginary.clone());
        let turned = sin.matmul(real) + cos.matmul(imaginary);
        let width = self.across[0].dims()[2];
        let [cos, sin] =
            self.across.each_ref().map(|matrix| beside(matrix, &coefficients).expand([channels, half, width]));
        (rows.matmul(cos) - turned.matmul(sin)).reshape([1, channels, height, width])
    }
}

/// A constant among values that have gradients, or none.
fn beside<const D: usize>(constant: &Tensor<D>, x: &Tensor<4>) -> Tensor<D> {
    if x.is_autodiff() { constant.clone().autodiff() } else { constant.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::floats;

    /// numpy's `irfft2` of coefficients by Lucid's scale, over 4, by the sum that defines it: the half that isn't there is
    /// the mirrored conjugate of the other.
    fn by_definition(parts: &[f32], height: usize, width: usize, decay: f64) -> Vec<f64> {
        let half = width / 2 + 1;
        let scaled = |row: usize, column: usize| {
            let place = row * half + column;
            let down = if row <= height / 2 { row as f64 } else { row as f64 - height as f64 } / height as f64;
            let frequency = (down * down + (column as f64 / width as f64).powi(2)).sqrt();
            let scale = frequency.max(1.0 / height.max(width) as f64).powf(-decay) * ((height * width) as f64).sqrt();
            (f64::from(parts[place]) * scale, f64::from(parts[height * half + place]) * scale)
        };
        let mut picture = Vec::new();
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            // Down each column first, then across; numpy passes over the imaginary parts of the first and middle column.
            let column = |column: usize| {
                (0..height).fold((0.0, 0.0), |(real, imaginary), row| {
                    let (re, im) = scaled(row, column);
                    let (sin, cos) = (TAU * (row * y) as f64 / height as f64).sin_cos();
                    (real + re * cos - im * sin, imaginary + re * sin + im * cos)
                })
            };
            let sum: f64 = (0..width)
                .map(|frequency| {
                    let mirrored = frequency >= half;
                    let (re, im) = column(if mirrored { width - frequency } else { frequency });
                    let im = if mirrored { -im } else { im };
                    let (sin, cos) = (TAU * (frequency * x) as f64 / width as f64).sin_cos();
                    re * cos - im * sin
                })
                .sum();
            picture.push(sum / (height * width) as f64 / 4.0);
        }
        picture
    }

    #[test]
    fn pictures_are_those_of_the_definition_for_even_and_odd_sides() {
        let device = striate_backend::device("flex").unwrap();
        for ([height, width], decay) in [([4, 6], 1.0), ([5, 7], 1.0), ([3, 8], 0.0), ([6, 1], 2.0)] {
            let half = width / 2 + 1;
            let mut stream = striate_core::Streams::new(3).open("coefficients");
            let parts: Vec<f32> = (0..2 * height * half).map(|_| stream.normal()).collect();
            let coefficients = tensor_like(parts.clone(), [2, 1, height, half], &Tensor::<1>::zeros([1], &device));
            let got = floats(Spectrum::new([height, width], decay, &device).to_picture(coefficients));
            for (got, expected) in got.iter().zip(by_definition(&parts, height, width, decay)) {
                assert!((f64::from(*got) - expected).abs() < 1e-5, "{height}x{width}: {got}, not {expected}");
            }
        }
    }
}
