//! Colors that change independently of each other.

use burn::Tensor;

use crate::part::tensor_like;

/// The square root of the covariance of colors in ImageNet's pictures, in rows for red, green and blue: Lucid's
/// `color_correlation_svd_sqrt` (`lucid/optvis/param/color.py`).
const SQRT: [[f32; 3]; 3] = [[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]];

/// Pictures `[batch, 3, height, width]` whose channels are independent, in red, green and blue: times [`SQRT`], divided by
/// the length of its longest column.
pub(super) fn correlated(x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let length = |column: usize| SQRT.iter().map(|row| row[column] * row[column]).sum::<f32>().sqrt();
    let longest = (0..3).map(length).fold(0.0, f32::max);
    let matrix = SQRT.iter().flatten().map(|value| value / longest).collect();
    let matrix: Tensor<3> = tensor_like(matrix, [1, channels, channels], &x);
    matrix
        .expand([batch, channels, channels])
        .matmul(x.reshape([batch, channels, height * width]))
        .reshape([batch, channels, height, width])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::floats;

    #[test]
    fn first_direction_is_brightness() {
        let device = striate_backend::device("flex").unwrap();
        let x = Tensor::<1>::from_floats([1.0, 0.0, 0.0, 1.0, 0.0, 0.0], &device).reshape([1, 3, 1, 2]);
        let longest = (0.26_f32 * 0.26 + 2.0 * 0.27 * 0.27).sqrt();
        let expected = [0.26, 0.09, 0.27, 0.0, 0.27, -0.09].map(|value| value / longest);
        for (got, expected) in floats(correlated(x)).into_iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6);
        }
    }
}
