//! Convolutions.

mod conv;
mod run;

pub use self::conv::{Conv, Conv1d, Conv1dLayer, Conv2d, Conv2dLayer, Conv3d, Conv3dLayer, ConvLayer};

use crate::window::{Padding, Window, output_sides};
use crate::{LayerError, Signature};

/// The px of a kernel.
fn taps(kernel_size: &[usize]) -> usize {
    kernel_size.iter().fold(1, |product, side| product.saturating_mul(*side))
}

/// The output's sides.
///
/// # Errors
/// If the kernel doesn't fit in.
fn kernel_fits<const D: usize>(
    kind: &'static str,
    padding: Padding<D>,
    sides: [Option<usize>; D],
    windows: [Window; D],
    inputs: &[Signature],
) -> Result<[Option<usize>; D], LayerError> {
    output_sides(padding, sides, windows).ok_or_else(|| {
        let kernel = windows.map(|window| window.size.to_string()).join("x");
        LayerError::input(kind, format!("a picture that a {kernel} kernel fits in"), inputs)
            .with_fix("use padding `same`, a smaller kernel, or a larger picture")
    })
}
