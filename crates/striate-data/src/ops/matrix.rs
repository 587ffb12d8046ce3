//! Where points go under affine and perspective maps.

use serde::{Deserialize, Serialize};

/// A turn, move, scaling and shear about a centre, as `torchvision.transforms.v2.functional.affine` has them.
///
/// Coordinates are in px from the picture's upper left corner; the middle of its first pixel is at (0.5, 0.5).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Affine {
    /// Degrees clockwise.
    pub degrees: f64,
    /// Px to the right and down.
    pub translate: [f64; 2],
    /// Factors along x and y, above 0; they act first. torchvision has one for both.
    pub scale: [f64; 2],
    /// Degrees of shear along x and y.
    pub shear: [f64; 2],
    /// What stays in place but for the move, x and y in px; none is the picture's middle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub center: Option<[f64; 2]>,
}

impl Default for Affine {
    /// Leaves everything in place.
    fn default() -> Self {
        Self { degrees: 0.0, translate: [0.0; 2], scale: [1.0; 2], shear: [0.0; 2], center: None }
    }
}

impl Affine {
    /// A rotation by degrees clockwise.
    pub(crate) fn rotation(degrees: f64, center: Option<[f64; 2]>) -> Self {
        Self { degrees, center, ..Self::default() }
    }

    /// What turns, scales and shears: `[a, b, c, d]` with x' = ax + by and y' = cx + dy, before scaling.
    fn turn(&self) -> [f64; 4] {
        let [rotation, shear_x, shear_y] = [self.degrees, self.shear[0], self.shear[1]].map(f64::to_radians);
        let a = (rotation - shear_y).cos() / shear_y.cos();
        let b = -(a * shear_x.tan() + rotation.sin());
        let c = (rotation - shear_y).sin() / shear_y.cos();
        let d = rotation.cos() - c * shear_x.tan();
        [a, b, c, d]
    }

    /// Where a point of the old picture comes to lie, as the rows `[a, b, c]` of x' = ax + by + c.
    pub(crate) fn forward(&self, [center_x, center_y]: [f64; 2]) -> [[f64; 3]; 2] {
        let [a, b, c, d] = self.turn();
        let [scale_x, scale_y] = self.scale;
        let ([a, c], [b, d]) = ([a * scale_x, c * scale_x], [b * scale_y, d * scale_y]);
        let [x, y] = self.translate;
        [[a, b, center_x + x - a * center_x - b * center_y], [c, d, center_y + y - c * center_x - d * center_y]]
    }

    /// Where a point of the new picture comes from.
    pub(crate) fn inverse(&self, [center_x, center_y]: [f64; 2]) -> [[f64; 3]; 2] {
        let [a, b, c, d] = self.turn();
        let [scale_x, scale_y] = self.scale;
        let [x, y] = [center_x + self.translate[0], center_y + self.translate[1]];
        // The turn's determinant is 1.
        let rows = [[d / scale_x, -b / scale_x], [-c / scale_y, a / scale_y]];
        let row = |[a, b]: [f64; 2], center| [a, b, center - a * x - b * y];
        [row(rows[0], center_x), row(rows[1], center_y)]
    }

    /// The centre in px in a picture of `[height, width]` px.
    pub(crate) fn center_in(&self, [height, width]: [usize; 2]) -> [f64; 2] {
        self.center.unwrap_or([width as f64 * 0.5, height as f64 * 0.5])
    }
}

/// x' and y' of a point under the rows `[a, b, c]` of x' = ax + by + c.
pub(crate) fn apply(rows: [[f64; 3]; 2], [x, y]: [f64; 2]) -> [f64; 2] {
    rows.map(|[a, b, c]| a * x + b * y + c)
}

/// A perspective map, by where a point of the new picture comes from.
///
/// With coefficients a to h, what is shown at (x, y) comes from
/// ((ax + by + c) / (gx + hy + 1), (dx + ey + f) / (gx + hy + 1)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Perspective {
    /// The coefficients a to h.
    pub coefficients: [f64; 8],
}

impl Perspective {
    /// The map that moves four points `[x, y]` to four others; none if three of one lot lie on a line.
    ///
    /// Equals torchvision's, coefficients rounded to `f32` as there.
    pub fn from_points(start: [[f64; 2]; 4], end: [[f64; 2]; 4]) -> Option<Self> {
        let mut rows = [[0.0; 9]; 8];
        for (i, ([x, y], [to_x, to_y])) in end.into_iter().zip(start).enumerate() {
            rows[2 * i] = [x, y, 1.0, 0.0, 0.0, 0.0, -to_x * x, -to_x * y, to_x];
            rows[2 * i + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -to_y * x, -to_y * y, to_y];
        }
        let coefficients = solve(rows)?.map(|coefficient| f64::from(coefficient as f32));
        let map = Self { coefficients };
        map.inverse().map(|_| map)
    }

    /// Where a point of the new picture comes from.
    pub(crate) fn source(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [a, b, c, d, e, f, g, h] = self.coefficients;
        let below = g * x + h * y + 1.0;
        [(a * x + b * y + c) / below, (d * x + e * y + f) / below]
    }

    /// The map the other way round; none if there is none.
    pub(crate) fn inverse(&self) -> Option<Self> {
        let [a, b, c, d, e, f, g, h] = self.coefficients;
        let determinant = a * e - b * d;
        let coefficients = [
            e - f * h,
            -b + c * h,
            b * f - c * e,
            -d + f * g,
            a - c * g,
            -a * f + c * d,
            -e * g + d * h,
            -a * h + b * g,
        ]
        .map(|part| part / determinant);
        coefficients.iter().all(|part| part.is_finite()).then_some(Self { coefficients })
    }
}

/// Solves eight equations, whose right sides stand last, by elimination with row pivots.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        rows.swap(column, pivot);
        let row = rows[column];
        if row[column].abs() < 1e-10 || !row[column].is_finite() {
            return None;
        }
        for (_, values) in rows.iter_mut().enumerate().filter(|(other, _)| *other != column) {
            let factor = values[column] / row[column];
            values.iter_mut().zip(row).for_each(|(value, from)| *value -= factor * from);
        }
    }
    Some(std::array::from_fn(|i| rows[i][8] / rows[i][i]))
}
