//! Pictures seen through small kernels.

use super::crop::{Border, pad};
use crate::value::Value;
use crate::{Fill, Picture};

/// Correlates each channel with a kernel of `[rows, columns]` (not flipped), whose middle is at half its sides.
///
/// Equals OpenCV's `filter2D` with a result of numbers in the picture's own range; `border` says what stands around the
/// picture, [`Border::Constant`] zeros.
///
/// # Panics
/// If the kernel has not `rows * columns` values, or none.
pub fn filter2d<T: Value>(
    picture: &Picture<T>,
    kernel: &[f32],
    [rows, columns]: [usize; 2],
    border: Border,
) -> Picture<f32> {
    assert!(rows * columns > 0 && kernel.len() == rows * columns, "a kernel has rows * columns values");
    let (top, left) = (rows / 2, columns / 2);
    let around = [left, top, columns - 1 - left, rows - 1 - top];
    let padded = pad(&picture.convert(|value| value.number()), around, border, Some(Fill::Gray(0.0)));
    let size = picture.size();
    let values = correlate(padded.pixels(), padded.width(), size, picture.channels(), kernel, [rows, columns]);
    Picture::from_parts(size[0], size[1], picture.channels(), values)
}

/// A direction in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// To the right.
    X,
    /// Downwards.
    Y,
}

/// How fast values rise along an axis, by Sobel's kernel of 3x3; equals OpenCV's `Sobel` of the first order.
pub fn sobel<T: Value>(picture: &Picture<T>, axis: Axis, border: Border) -> Picture<f32> {
    let kernel = match axis {
        Axis::X => [-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0],
        Axis::Y => [-1.0, -2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 1.0],
    };
    filter2d(picture, &kernel, [3, 3], border)
}

/// Blurs a picture with a Gaussian; `kernel_size` and `sigma` (in px) are along x and y.
///
/// Equals `torchvision.transforms.v2.functional.gaussian_blur`; around the picture stands its mirror image.
///
/// # Panics
/// If a kernel's size is even or a sigma isn't above 0.
pub fn gaussian_blur<T: Value>(picture: &Picture<T>, kernel_size: [usize; 2], sigma: [f64; 2]) -> Picture<T> {
    let size = picture.size();
    let mut values = picture.pixels().iter().map(|value| value.number()).collect();
    for axis in [0, 1] {
        values = blur_plane(values, size, picture.channels(), axis, kernel_size[axis], sigma[axis]);
    }
    let pixels = values.into_iter().map(T::round).collect();
    Picture::from_parts(size[0], size[1], picture.channels(), pixels)
}

/// Blurs along x (0) or y (1).
pub(crate) fn blur_plane(
    values: Vec<f32>,
    [height, width]: [usize; 2],
    channels: usize,
    axis: usize,
    size: usize,
    sigma: f64,
) -> Vec<f32> {
    assert!(size % 2 == 1, "a Gaussian kernel's size is odd");
    assert!(sigma > 0.0, "a Gaussian's sigma is above 0");
    if size == 1 {
        return values;
    }
    let half = size / 2;
    let bell = |x: f64| (-(x / sigma).powi(2) / 2.0).exp();
    let kernel = (0..size).map(|tap| bell(tap as f64 - half as f64)).collect::<Vec<_>>();
    let sum = kernel.iter().sum::<f64>();
    let kernel = kernel.into_iter().map(|weight| (weight / sum) as f32).collect::<Vec<_>>();
    let picture = Picture::from_parts(height, width, channels, values);
    let (around, sides) = if axis == 0 { ([half, 0, half, 0], [1, size]) } else { ([0, half, 0, half], [size, 1]) };
    let padded = pad(&picture, around, Border::Reflect, None);
    correlate(padded.pixels(), padded.width(), [height, width], channels, &kernel, sides)
}

/// Makes a picture sharper (`factor` above 1) or softer; 0 is a blur of 3x3. The outermost pixels stay as they are.
///
/// Equals `torchvision.transforms.v2.functional.adjust_sharpness`.
pub fn adjust_sharpness<T: Value>(mut picture: Picture<T>, factor: f32) -> Picture<T> {
    let ([height, width], channels) = (picture.size(), picture.channels());
    if height <= 2 || width <= 2 {
        return picture;
    }
    let mut kernel = [1.0 / 13.0; 9];
    kernel[4] = 5.0 / 13.0;
    let numbers = picture.pixels().iter().map(|value| value.number()).collect::<Vec<_>>();
    let inner = [height - 2, width - 2];
    let blurred = correlate(&numbers, width, inner, channels, &kernel, [3, 3]);
    let row = inner[1] * channels;
    for (y, blurred) in blurred.chunks_exact(row).enumerate() {
        let start = ((y + 1) * width + 1) * channels;
        for (value, blurred) in picture.pixels_mut()[start..start + row].iter_mut().zip(blurred) {
            let number = value.number();
            *value = T::cut(number + (1.0 - factor) * (T::round(*blurred).number() - number));
        }
    }
    // Values beyond the range, which only numbers can have, are cut off everywhere.
    if T::MAX == 1.0 { picture.map(|value| value) } else { picture }
}

/// Weighted sums of the values below a kernel that moves over `[height, width]` places of padded rows of `padded` pixels.
fn correlate(
    values: &[f32],
    padded: usize,
    [height, width]: [usize; 2],
    channels: usize,
    kernel: &[f32],
    [_, columns]: [usize; 2],
) -> Vec<f32> {
    let row_len = width * channels;
    let mut sums = vec![0.0; height * row_len];
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for (y, sums) in sums.chunks_exact_mut(row_len).enumerate() {
                for (tap, &weight) in kernel.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
                    let (down, across) = (tap / columns, tap % columns);
                    let start = ((y + down) * padded + across) * channels;
                    for (sum, value) in sums.iter_mut().zip(&values[start..start + row_len]) {
                        *sum += value * weight;
                    }
                }
            }
        },
    );
    sums
}
