//! Things that were found in pictures.

use serde::{Deserialize, Serialize};

/// A thing that a network found in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Left, upper, right and lower edge, in px.
    pub xyxy: [f32; 4],
    /// The number of its class, from 0.
    pub class: usize,
    /// How sure the network is, usually in `[0, 1]`.
    pub score: f32,
}

impl Detection {
    /// The same thing with its box elsewhere.
    pub fn moved(self, place: impl FnOnce([f32; 4]) -> [f32; 4]) -> Self {
        Self { xyxy: place(self.xyxy), ..self }
    }

    /// The same thing cut off at the sides of a picture of `[height, width]` px; none if nothing is left of it.
    pub fn within(self, [height, width]: [usize; 2]) -> Option<Self> {
        let [left, top, right, bottom] = self.xyxy;
        let (height, width) = (height as f32, width as f32);
        let xyxy = [left.clamp(0.0, width), top.clamp(0.0, height), right.clamp(0.0, width), bottom.clamp(0.0, height)];
        // A NaN is no side.
        (xyxy[2] > xyxy[0] && xyxy[3] > xyxy[1]).then_some(Self { xyxy, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_cut_off_and_what_has_no_area_is_none() {
        let thing = |xyxy| Detection { xyxy, class: 1, score: 0.5 };
        assert_eq!(thing([-5.0, 2.0, 50.0, 30.0]).within([20, 40]), Some(thing([0.0, 2.0, 40.0, 20.0])));
        assert_eq!(thing([41.0, 2.0, 50.0, 30.0]).within([20, 40]), None);
        assert_eq!(thing([f32::NAN, 2.0, 5.0, 3.0]).within([20, 40]), None);
        let moved = thing([1.0, 2.0, 3.0, 4.0]).moved(|edges| edges.map(|edge| 2.0 * edge));
        assert_eq!(moved, thing([2.0, 4.0, 6.0, 8.0]));
    }
}
