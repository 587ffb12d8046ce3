//! Pictures stretched and squeezed like rubber.

use striate_core::{Interpolation, Stream};

use super::filter::blur_plane;
use super::warp::warp;
use crate::value::Value;
use crate::{DataError, Fill, Picture};

/// How far each pixel's source lies from the pixel, in units of half the picture's width and height.
#[derive(Debug, Clone, PartialEq)]
pub struct Displacement {
    height: usize,
    width: usize,
    /// `[height, width]` of x, then y.
    values: Vec<[f32; 2]>,
}

impl Displacement {
    /// Takes x and y for each pixel, `[height, width, 2]`.
    ///
    /// # Errors
    /// [`DataError::PictureShape`] if there are not height times width pairs, or a side is 0.
    pub fn new(height: usize, width: usize, values: Vec<f32>) -> Result<Self, DataError> {
        let pairs = height.checked_mul(width).and_then(|area| area.checked_mul(2));
        if height == 0 || width == 0 || pairs != Some(values.len()) {
            return Err(DataError::PictureShape { height, width, channels: 2, values: values.len() });
        }
        Ok(Self { height, width, values: values.as_chunks().0.to_vec() })
    }

    /// Draws a smooth displacement: uniform in `[-1, 1)` for each pixel, blurred with a Gaussian of `sigma` px along x and
    /// y (none if 0), and times `alpha` over the picture's width and height.
    ///
    /// That is torchvision's `ElasticTransform`, which divides x by the height and y by the width.
    pub fn random([height, width]: [usize; 2], alpha: [f64; 2], sigma: [f64; 2], stream: &mut Stream) -> Self {
        let planes = [(0, width), (1, height)].map(|(axis, side)| {
            let mut plane = (0..height * width).map(|_| stream.uniform_in(-1.0..1.0)).collect::<Vec<_>>();
            for (along, sigma) in sigma.into_iter().enumerate().filter(|(_, sigma)| *sigma > 0.0) {
                // Beyond four sigma there is next to nothing, beyond the picture only its mirror image.
                let size = ((8.0 * sigma + 1.0) as usize).min(2 * [width, height][along] + 1) | 1;
                plane = blur_plane(plane, [height, width], 1, along, size, sigma);
            }
            let factor = alpha[axis] as f32 / side as f32;
            plane.into_iter().map(move |value| value * factor)
        });
        let [x, y] = planes;
        Self { height, width, values: x.zip(y).map(|(x, y)| [x, y]).collect() }
    }

    /// The displacement at a place in px, in px.
    fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let inside = |at: f64, side: usize| (at - 0.5).clamp(0.0, (side - 1) as f64);
        let (x, y) = (inside(x, self.width), inside(y, self.height));
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (across, down) = (x - left as f64, y - top as f64);
        [0, 1].map(|axis| {
            let value = |row: usize, column: usize| f64::from(self.values[row * self.width + column][axis]);
            let upper = value(top, left) * (1.0 - across) + value(top, right) * across;
            let lower = value(bottom, left) * (1.0 - across) + value(bottom, right) * across;
            let side = [self.width, self.height][axis];
            (upper * (1.0 - down) + lower * down) * side as f64 * 0.5
        })
    }

    /// Where a point of the old picture comes to lie, in px: the place whose displacement leads back to it.
    ///
    /// torchvision takes the displacement at the old place instead, which is right only where it changes slowly.
    pub(crate) fn point(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        (0..50).fold([x, y], |place, _| {
            let [dx, dy] = self.at(place);
            [x - dx, y - dy]
        })
    }
}

/// Moves each pixel of a picture on its own.
///
/// Equals `torchvision.transforms.v2.functional.elastic`, with cubic interpolation (a = -0.75) besides. What comes from
/// outside is as in [`rotate`](super::rotate).
///
/// # Panics
/// If the displacement is for another size.
pub fn elastic<T: Value>(
    picture: &Picture<T>,
    displacement: &Displacement,
    interpolation: Interpolation,
    fill: Option<Fill>,
) -> Picture<T> {
    let [height, width] = picture.size();
    assert_eq!([height, width], [displacement.height, displacement.width], "the displacement is for another size");
    warp(picture, [height, width], interpolation, fill, |row, column| {
        let [dx, dy] = displacement.values[row * width + column];
        [identity(column, width) + dx, identity(row, height) + dy]
    })
}

/// The middle of a pixel between -1 at the picture's one edge and 1 at the other, as torch's `linspace` has it.
fn identity(at: usize, side: usize) -> f32 {
    let end = (side as f32 - 1.0) / side as f32;
    let step = if side > 1 { (end + end) / (side as f32 - 1.0) } else { 0.0 };
    if at < side / 2 || side == 1 { step * at as f32 - end } else { end - step * (side - 1 - at) as f32 }
}
