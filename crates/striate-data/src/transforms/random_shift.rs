//! Moving a picture about by whole pixels.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Draw, Operation};
use crate::ops::Geometry;

/// Moves the picture by a whole number of px, drawn for each direction alone from `[-max_px, max_px]`.
///
/// The size stays; what moves out is lost and what comes in is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomShift {
    /// The farthest move in each direction, in px.
    pub max_px: usize,
}

impl Draw for RandomShift {
    fn draw(&self, size: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let max = i64::try_from(self.max_px).unwrap_or(i64::MAX);
        let down = stream.integer(-max..=max);
        let right = stream.integer(-max..=max);
        vec![Geometry::Crop { top: -down, left: -right, size }.into()]
    }
}
