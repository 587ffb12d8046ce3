//! Contact sheets: many samples in one picture.

use striate_core::Interpolation;

use crate::ops::{Geometry, grayscale};
use crate::transforms::{Operation, Targets};
use crate::{DataError, Picture, Sample, Visibility};

/// Px between the samples of a sheet.
const GAP: usize = 4;

/// The colors of classes, in turn.
const COLORS: [[u8; 3]; 6] =
    [[255, 64, 64], [64, 220, 64], [80, 120, 255], [255, 200, 0], [230, 80, 230], [0, 220, 220]];

/// Shows samples in rows of `columns`, each within a square of `tile` px, with its boxes, mask and key points.
///
/// Boxes and the mask have a color for each class; class 0 of a mask is the ground and isn't tinted. Hidden key points are
/// gray, those outside or unlabelled aren't shown. Numbers count as values in `[0, 1]`.
///
/// # Errors
/// [`DataError::MaskSize`] if a sample's mask isn't as large as its image.
///
/// # Panics
/// If `columns` or `tile` is 0, or the sheet is too large for memory.
pub fn contact_sheet(samples: &[Sample], columns: usize, tile: usize) -> Result<Picture, DataError> {
    assert!(columns > 0 && tile > 0, "a sheet has columns, and tiles of at least 1 px");
    let rows = samples.len().div_ceil(columns).max(1);
    let (height, width) = (rows * (tile + GAP) + GAP, columns * (tile + GAP) + GAP);
    let mut sheet = Canvas { height, width, pixels: vec![[40; 3]; height * width] };
    for (number, sample) in samples.iter().enumerate() {
        let shown = shown(sample, tile)?;
        let top = GAP + number / columns * (tile + GAP) + (tile - shown.height) / 2;
        let left = GAP + number % columns * (tile + GAP) + (tile - shown.width) / 2;
        for (row, pixels) in shown.pixels.chunks_exact(shown.width).enumerate() {
            sheet.pixels[(top + row) * width + left..][..shown.width].copy_from_slice(pixels);
        }
    }
    Ok(Picture::from_parts(height, width, 3, sheet.pixels.into_flattened()))
}

struct Canvas {
    height: usize,
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Canvas {
    fn dot(&mut self, x: i64, y: i64, color: [u8; 3]) {
        if (0..self.width as i64).contains(&x) && (0..self.height as i64).contains(&y) {
            self.pixels[y as usize * self.width + x as usize] = color;
        }
    }
}

/// A sample drawn within `tile` px.
fn shown(sample: &Sample, tile: usize) -> Result<Canvas, DataError> {
    let [height, width] = sample.image.size();
    let longer = height.max(width);
    let size = [height, width].map(|side| (side * tile / longer).max(1));
    let targets = Targets::default().interpolation(Interpolation::Bilinear);
    let resize = Operation::Geometry { geometry: Geometry::Resize { size, antialias: true }, targets };
    let sample = resize.apply(sample.clone())?;

    let picture = grayscale_or_color(sample.image.to_u8());
    let mut canvas = Canvas { height: size[0], width: size[1], pixels: picture.pixels().as_chunks().0.to_vec() };
    if let Some(mask) = &sample.mask {
        for (pixel, &class) in canvas.pixels.iter_mut().zip(mask.pixels()).filter(|(_, class)| **class > 0) {
            let color = COLORS[(usize::from(class) - 1) % COLORS.len()];
            pixel.iter_mut().zip(color).for_each(|(value, tint)| *value = value.midpoint(tint));
        }
    }
    for (item, edges) in sample.boxes.iter().flat_map(|boxes| boxes.items.iter().zip(boxes.edges(size))) {
        let color = COLORS[item.label.unwrap_or(0) % COLORS.len()];
        // The outermost pixels within the box.
        let [left, top, right, bottom] = edges.map(|edge| edge.round() as i64);
        let (right, bottom) = (right.max(left + 1) - 1, bottom.max(top + 1) - 1);
        (left..=right).for_each(|x| [top, bottom].into_iter().for_each(|y| canvas.dot(x, y, color)));
        (top..=bottom).for_each(|y| [left, right].into_iter().for_each(|x| canvas.dot(x, y, color)));
    }
    for (number, point) in sample.key_points.iter().enumerate() {
        let color = match point.visibility {
            Visibility::Visible => COLORS[number % COLORS.len()],
            Visibility::Hidden => [128; 3],
            Visibility::Outside | Visibility::Unlabelled => continue,
        };
        let (x, y) = (point.x.floor() as i64, point.y.floor() as i64);
        for by in -2..=2 {
            canvas.dot(x + by, y, color);
            canvas.dot(x, y + by, color);
        }
    }
    Ok(canvas)
}

fn grayscale_or_color(picture: Picture) -> Picture {
    if picture.channels() == 1 { grayscale(&picture, 3) } else { picture }
}
