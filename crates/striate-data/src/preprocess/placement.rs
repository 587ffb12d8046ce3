//! Where preprocessing puts what belongs to a picture.

use striate_core::{Detection, Interpolation, Preprocessing};

use super::Window;
use crate::ops::{centered, crop, resize};
use crate::value::Value;
use crate::{Boxes, Fill, Picture};

/// Where a [`Preprocessing`] puts the pixels of a picture of one size: the same cuts and the same resize for the picture,
/// its mask and its boxes, and the way back for what a network says.
///
/// ```
/// use striate_core::Preprocessing;
/// use striate_data::{Boxes, Placement};
///
/// // The shorter side becomes 100 px, the middle 50 px of each side stay.
/// let placement = Placement::of([200, 400], &Preprocessing::torch(100, 50));
/// let boxes = Boxes::xyxy([([150.0, 50.0, 250.0, 150.0], 7)]);
/// let moved = placement.boxes(boxes);
/// assert_eq!(moved.items[0].numbers, [0.0, 0.0, 50.0, 50.0]);
/// assert_eq!(placement.boxes_back(moved).items[0].numbers, [150.0, 50.0, 250.0, 150.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Rows and columns of the picture, in px.
    from: [usize; 2],
    /// The part of the picture that is resized: its first row and column, and its rows and columns.
    part: ([usize; 2], [usize; 2]),
    /// Rows and columns after the resize.
    resized: [usize; 2],
    /// Rows and columns after the crop.
    to: [usize; 2],
}

impl Placement {
    /// That of a picture of `[height, width]` px, each side at least 1.
    ///
    /// # Panics
    /// If `how` is not [valid](Preprocessing::validate).
    pub fn of(from: [usize; 2], how: &Preprocessing) -> Self {
        let [_, height, width] = how.output_shape();
        let part = middle_of_thin(from, how).unwrap_or(([0, 0], from));
        Self { from, part, resized: how.resized(part.1), to: [height, width] }
    }

    /// Rows and columns of the network's input, in px.
    pub fn size(&self) -> [usize; 2] {
        self.to
    }

    /// The part of the picture that is resized, if that isn't all of it: its first row and column, its rows and columns.
    pub(super) fn part(&self) -> Option<([usize; 2], [usize; 2])> {
        (self.part.1 != self.from).then_some(self.part)
    }

    /// Rows and columns after the resize.
    pub(super) fn resized(&self) -> [usize; 2] {
        self.resized
    }

    /// Which of the resized rows and columns the crop takes.
    pub(super) fn windows(&self) -> [Window; 2] {
        [0, 1].map(|axis| Window::centre(self.resized[axis], self.to[axis]))
    }

    /// Where a point `[x, y]` of the picture comes to lie, in px of the network's input, of which it may be outside; the
    /// middle of the first pixel is at (0.5, 0.5).
    pub fn point(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [(scale_y, shift_y), (scale_x, shift_x)] = [0, 1].map(|axis| self.map(axis));
        [x * scale_x + shift_x, y * scale_y + shift_y]
    }

    /// The point `[x, y]` of the picture that lies at a point of the network's input, both in px.
    pub fn point_back(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [(scale_y, shift_y), (scale_x, shift_x)] = [0, 1].map(|axis| self.map(axis));
        [(x - shift_x) / scale_x, (y - shift_y) / scale_y]
    }

    /// The picture's boxes in the network's input, cut off at its sides. One of which nothing is left is dropped, and of
    /// one that is cut the [visible part](crate::BoundingBox::visible) gets less.
    pub fn boxes(&self, boxes: Boxes) -> Boxes {
        boxes.moved(self.from, self.to, |edges| corners(edges, |point| self.point(point)))
    }

    /// Boxes in the network's input in the picture, cut off at its sides; one that lies outside of it is dropped.
    pub fn boxes_back(&self, boxes: Boxes) -> Boxes {
        boxes.moved(self.to, self.from, |edges| corners(edges, |point| self.point_back(point)))
    }

    /// A thing found in the network's input in the picture, in its px and cut off at its sides; none if it lies outside.
    pub fn detection_back(&self, thing: Detection) -> Option<Detection> {
        thing.moved(|edges| corners(edges, |point| self.point_back(point))).within(self.from)
    }

    /// A mask of the network's input, `[height, width]`, in the picture: of each px that at its middle, and `outside` where
    /// the input doesn't show the picture.
    ///
    /// # Panics
    /// If the mask hasn't a value for each px of the input.
    pub fn mask_back<T: Copy>(&self, mask: &[T], outside: T) -> Vec<T> {
        let [rows, columns] = self.to;
        assert_eq!(mask.len(), rows * columns, "the mask has another size than the network's input");
        let [height, width] = self.from;
        // The same columns in each row.
        let within = |at: f64, side: usize| (at >= 0.0 && at < side as f64).then_some(at as usize);
        let across: Vec<_> = (0..width).map(|x| within(self.point([x as f64 + 0.5, 0.0])[0], columns)).collect();
        let row = |y: usize| within(self.point([0.0, y as f64 + 0.5])[1], rows);
        let value = |row: usize, column: &Option<usize>| column.map_or(outside, |column| mask[row * columns + column]);
        let lines = (0..height).flat_map(|y| match row(y) {
            Some(row) => across.iter().map(|column| value(row, column)).collect::<Vec<_>>(),
            None => vec![outside; width],
        });
        lines.collect()
    }

    /// The picture's mask in the network's input: of each pixel the nearest, `floor(i * from / to)` as
    /// [`resize`](crate::ops::resize) finds it, and `outside` where the picture isn't.
    ///
    /// # Panics
    /// If the mask has another size than the picture.
    pub fn mask<T: Value>(&self, mask: &Picture<T>, outside: T) -> Picture<T> {
        assert_eq!(mask.size(), self.from, "the mask has another size than the picture");
        let ([top, left], part) = self.part;
        let part = match self.part() {
            Some(_) => &crop(mask, top as i64, left as i64, part, None),
            None => mask,
        };
        let resized = match part.size() == self.resized {
            true => part,
            false => &resize(part, self.resized, Interpolation::Nearest, false),
        };
        if self.resized == self.to {
            return resized.clone();
        }
        let [top, left] = [0, 1].map(|axis| centered(self.resized[axis], self.to[axis]));
        crop(resized, top, left, self.to, Some(Fill::Gray(outside.number())))
    }

    /// Factor and shift along an axis: of y, or of x.
    fn map(&self, axis: usize) -> (f64, f64) {
        let (start, part) = self.part;
        let scale = self.resized[axis] as f64 / part[axis] as f64;
        let cut = centered(self.resized[axis], self.to[axis]) as f64;
        (scale, -(start[axis] as f64) * scale - cut)
    }
}

/// A box's upper left and lower right corner, moved.
fn corners([left, top, right, bottom]: [f32; 4], place: impl Fn([f64; 2]) -> [f64; 2]) -> [f32; 4] {
    let [left, top] = place([left.into(), top.into()]);
    let [right, bottom] = place([right.into(), bottom.into()]);
    [left, top, right, bottom].map(|edge| edge as f32)
}

/// The middle of a picture that would be very long after a resize that keeps its ratio: first row and column, rows and
/// columns; none if it wouldn't.
fn middle_of_thin(sides: [usize; 2], how: &Preprocessing) -> Option<([usize; 2], [usize; 2])> {
    const MAX_PIXELS: usize = 1 << 24;
    let resized = how.resized(sides);
    let long = usize::from(resized[1] > resized[0]);
    let [_, wanted @ ..] = how.output_shape();
    // Twice what the crop takes, so that what lies beside it counts as ever.
    let most = (MAX_PIXELS / resized[1 - long]).max(2 * wanted[long]).max(how.size[long]);
    if resized[long] <= most {
        return None;
    }
    let kept = (sides[long] as u128 * most as u128).div_ceil(resized[long] as u128) as usize;
    let mut keep = sides;
    keep[long] = kept.min(sides[long]);
    // No side that is kept is longer than the picture's, so that the middle begins within it.
    Some(([0, 1].map(|axis| usize::try_from(centered(sides[axis], keep[axis])).unwrap_or(0)), keep))
}
