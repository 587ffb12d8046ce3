//! Points in pictures.

use serde::{Deserialize, Serialize};

/// A point in a picture, such as an eye or a wrist.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KeyPoint {
    /// To the right from the picture's left edge, in px; the middle of the first pixel is at 0.5.
    pub x: f32,
    /// Down from the picture's upper edge, in px; the middle of the first pixel is at 0.5.
    pub y: f32,
    /// Whether it can be seen.
    pub visibility: Visibility,
}

/// Whether a key point can be seen, as COCO counts it, and [`Outside`](Self::Outside).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Nobody has marked it; its place means nothing (0 in COCO).
    Unlabelled,
    /// Something is in front of it (1 in COCO).
    Hidden,
    /// It can be seen (2 in COCO).
    Visible,
    /// A transform has moved it out of the picture; its place goes on being right.
    Outside,
}

impl KeyPoint {
    /// A visible point at `x` px to the right and `y` px down.
    pub fn new(x: f32, y: f32) -> Self {
        Self { x, y, visibility: Visibility::Visible }
    }

    /// The point at another place, [outside](Visibility::Outside) if that isn't within `[height, width]`. What is
    /// unlabelled stays as it is.
    pub(crate) fn moved(self, [x, y]: [f64; 2], [height, width]: [usize; 2]) -> Self {
        let inside = (0.0..=width as f64).contains(&x) && (0.0..=height as f64).contains(&y);
        match self.visibility {
            Visibility::Unlabelled => self,
            visibility => {
                Self { x: x as f32, y: y as f32, visibility: if inside { visibility } else { Visibility::Outside } }
            }
        }
    }
}
