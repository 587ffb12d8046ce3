//! Any operation that moves pixels, and where it moves what belongs to a picture.

use serde::{Deserialize, Serialize};
use striate_core::{Interpolation, Streams};

use super::crop::{Border, center_crop, centered, crop, horizontal_flip, pad, resized_crop, vertical_flip};
use super::elastic::{Displacement, elastic};
use super::matrix::{self, Affine, Perspective};
use super::resize::resize;
use super::warp::{affine, perspective, rotate, rotated_size};
use crate::value::Value;
use crate::{Boxes, Fill, KeyPoint, Picture};

/// An operation that moves pixels, whole with its numbers.
///
/// The same geometry moves a picture, its mask, its boxes and its key points: [`at`](Self::at) a picture's size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Geometry {
    /// [`horizontal_flip`].
    HorizontalFlip,
    /// [`vertical_flip`].
    VerticalFlip,
    /// [`crop`].
    Crop {
        /// The first row, which may be outside.
        top: i64,
        /// The first column, which may be outside.
        left: i64,
        /// `[height, width]` in px.
        size: [usize; 2],
    },
    /// [`center_crop`].
    CenterCrop {
        /// `[height, width]` in px.
        size: [usize; 2],
    },
    /// [`pad`].
    Pad {
        /// `[left, top, right, bottom]` in px.
        padding: [usize; 4],
        /// What the border shows. Boxes and key points aren't mirrored.
        border: Border,
    },
    /// [`resize`].
    Resize {
        /// `[height, width]` in px.
        size: [usize; 2],
        /// Whether all pixels count that a smaller picture's pixel covers.
        antialias: bool,
    },
    /// [`resized_crop`].
    ResizedCrop {
        /// The first row, which may be outside.
        top: i64,
        /// The first column, which may be outside.
        left: i64,
        /// `[height, width]` of the part in px.
        part: [usize; 2],
        /// `[height, width]` of the result in px.
        size: [usize; 2],
        /// Whether all pixels count that a smaller picture's pixel covers.
        antialias: bool,
    },
    /// [`rotate`].
    Rotate {
        /// Degrees counter-clockwise.
        degrees: f64,
        /// Whether the picture becomes as large as holds all of the old one.
        expand: bool,
        /// What stays in place, x and y in px; none is the middle.
        center: Option<[f64; 2]>,
    },
    /// [`affine`].
    Affine(Affine),
    /// [`perspective`].
    Perspective(Perspective),
    /// [`elastic`] with a [random displacement](Displacement::random).
    Elastic {
        /// How far, along x and y.
        alpha: [f64; 2],
        /// How smooth, along x and y, in px.
        sigma: [f64; 2],
        /// The seed of the displacement.
        seed: u64,
    },
}

/// A [`Geometry`] at a picture's size.
#[derive(Debug, Clone)]
pub struct Warping {
    geometry: Geometry,
    from: [usize; 2],
    to: [usize; 2],
    place: Place,
}

/// Where points go.
#[derive(Debug, Clone)]
enum Place {
    /// The rows `[a, b, c]` of x' = ax + by + c.
    Affine([[f64; 3]; 2]),
    Perspective(Perspective),
    Elastic(Displacement),
}

impl Geometry {
    /// What it does with pictures of `[height, width]` px.
    pub fn at(self, from: [usize; 2]) -> Warping {
        let [height, width] = from.map(|side| side as f64);
        let by = |scale: [f64; 2], x: f64, y: f64| Place::Affine([[scale[0], 0.0, x], [0.0, scale[1], y]]);
        let shift = |top: i64, left: i64| by([1.0; 2], -left as f64, -top as f64);
        let (to, place) = match self {
            Self::HorizontalFlip => (from, by([-1.0, 1.0], width, 0.0)),
            Self::VerticalFlip => (from, by([1.0, -1.0], 0.0, height)),
            Self::Crop { top, left, size } => (size, shift(top, left)),
            Self::CenterCrop { size } => {
                let [top, left] = [0, 1].map(|axis| centered(from[axis], size[axis]));
                (size, shift(top, left))
            }
            Self::Pad { padding: [left, top, right, bottom], .. } => {
                let grown =
                    |side: usize, before: usize, after: usize| side.saturating_add(before).saturating_add(after);
                let to = [grown(from[0], top, bottom), grown(from[1], left, right)];
                (to, shift((top as i64).saturating_neg(), (left as i64).saturating_neg()))
            }
            Self::Resize { size, .. } => (size, by([size[1] as f64 / width, size[0] as f64 / height], 0.0, 0.0)),
            Self::ResizedCrop { top, left, part, size, .. } => {
                let scale = [1, 0].map(|axis| size[axis] as f64 / part[axis] as f64);
                (size, by(scale, -left as f64 * scale[0], -top as f64 * scale[1]))
            }
            Self::Rotate { degrees, expand, center } => {
                let map = Affine::rotation(-degrees, center);
                let mut rows = map.forward(map.center_in(from));
                if expand {
                    let corners = [[0.0, 0.0], [0.0, height], [width, height], [width, 0.0]];
                    let corners = corners.map(|corner| matrix::apply(rows, corner));
                    for (axis, row) in rows.iter_mut().enumerate() {
                        row[2] -= corners.iter().map(|corner| corner[axis]).fold(f64::INFINITY, f64::min);
                    }
                }
                (rotated_size(from, degrees, expand, center), Place::Affine(rows))
            }
            Self::Affine(map) => (from, Place::Affine(map.forward(map.center_in(from)))),
            Self::Perspective(map) => {
                let nowhere = Perspective { coefficients: [f64::NAN; 8] };
                (from, Place::Perspective(map.inverse().unwrap_or(nowhere)))
            }
            Self::Elastic { alpha, sigma, seed } => {
                let mut stream = Streams::new(seed).open("elastic");
                (from, Place::Elastic(Displacement::random(from, alpha, sigma, &mut stream)))
            }
        };
        Warping { geometry: self, from, to, place }
    }
}

impl Warping {
    /// `[height, width]` of the result in px.
    pub fn size(&self) -> [usize; 2] {
        self.to
    }

    /// Moves a picture's pixels. `fill`, in the picture's own range, stands for what comes from outside; without it 0.
    ///
    /// # Panics
    /// If the picture has another size.
    pub fn picture<T: Value>(
        &self,
        picture: &Picture<T>,
        interpolation: Interpolation,
        fill: Option<Fill>,
    ) -> Picture<T> {
        assert_eq!(picture.size(), self.from, "the picture has another size");
        match self.geometry {
            Geometry::HorizontalFlip => horizontal_flip(picture),
            Geometry::VerticalFlip => vertical_flip(picture),
            Geometry::Crop { top, left, size } => crop(picture, top, left, size, fill),
            Geometry::CenterCrop { size } if fill.is_none() => center_crop(picture, size),
            Geometry::CenterCrop { size } => {
                let [top, left] = [0, 1].map(|axis| centered(self.from[axis], size[axis]));
                crop(picture, top, left, size, fill)
            }
            Geometry::Pad { padding, border } => pad(picture, padding, border, fill),
            Geometry::Resize { size, antialias } => resize(picture, size, interpolation, antialias),
            Geometry::ResizedCrop { top, left, part, size, antialias } => {
                resized_crop(picture, top, left, part, size, interpolation, antialias)
            }
            Geometry::Rotate { degrees, expand, center } => {
                rotate(picture, degrees, expand, center, interpolation, fill)
            }
            Geometry::Affine(map) => affine(picture, &map, interpolation, fill),
            Geometry::Perspective(map) => perspective(picture, &map, interpolation, fill),
            Geometry::Elastic { .. } => match &self.place {
                Place::Elastic(displacement) => elastic(picture, displacement, interpolation, fill),
                _ => unreachable!("an elastic geometry has a displacement"),
            },
        }
    }

    /// Where a point `[x, y]` comes to lie, in px; the middle of the first pixel is at (0.5, 0.5).
    pub fn point(&self, point: [f64; 2]) -> [f64; 2] {
        match &self.place {
            Place::Affine(rows) => matrix::apply(*rows, point),
            Place::Perspective(map) => map.source(point),
            Place::Elastic(displacement) => displacement.point(point),
        }
    }

    /// A key point at its new place; outside of the picture it is [marked](crate::Visibility::Outside).
    pub fn key_point(&self, point: KeyPoint) -> KeyPoint {
        point.moved(self.point([point.x.into(), point.y.into()]), self.to)
    }

    /// Left, upper, right and lower edge of what encloses a moved box, which may lie outside of the picture.
    ///
    /// Equals torchvision's boxes before they are clamped, but for those of an elastic geometry: there, points along the
    /// edges are moved with the pixels.
    pub fn edges(&self, [left, top, right, bottom]: [f32; 4]) -> [f32; 4] {
        let parts = if let Place::Elastic(_) = self.place { 16 } else { 1 };
        let mut enclosing = [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
        for part in 0..parts {
            let part = part as f32 / parts as f32;
            let (x, y) = (left + (right - left) * part, top + (bottom - top) * part);
            // One point on each side, going around.
            for [x, y] in [[x, top], [right, y], [left + right - x, bottom], [left, top + bottom - y]] {
                let [x, y] = self.point([x.into(), y.into()]).map(|at| at as f32);
                if x.is_nan() || y.is_nan() {
                    return [f32::NAN; 4];
                }
                let [left, top, right, bottom] = enclosing;
                enclosing = [left.min(x), top.min(y), right.max(x), bottom.max(y)];
            }
        }
        enclosing
    }

    /// The boxes that enclose moved ones, cut off at the picture's sides; one that is outside is dropped, and of one that
    /// is cut [the visible part](crate::BoundingBox::visible) gets less.
    pub fn boxes(&self, boxes: Boxes) -> Boxes {
        boxes.moved(self.from, self.to, |edges| self.edges(edges))
    }
}
