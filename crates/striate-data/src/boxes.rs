//! Boxes around things in pictures.

use serde::{Deserialize, Serialize};
use striate_core::{BoxFormat, BoxUnit};

/// The boxes of a sample, all written in one way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Boxes {
    /// What the numbers are.
    pub format: BoxFormat,
    /// What the numbers count.
    pub unit: BoxUnit,
    /// The boxes.
    pub items: Vec<BoundingBox>,
}

/// A box around a thing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BoundingBox {
    /// Where it is, as the [`Boxes`] say.
    pub numbers: [f32; 4],
    /// The number of the thing's class, from 0; none if that is not known.
    pub label: Option<usize>,
    /// The part of its area that transforms have left in the picture, in `[0, 1]`.
    pub visible: f32,
    /// What annotators noted.
    #[serde(default, skip_serializing_if = "BoxFlags::is_default")]
    pub flags: BoxFlags,
    /// The thing's number in the sample's [`instances`](crate::Sample::instances), if that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<u16>,
}

/// What annotators noted about a thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct BoxFlags {
    /// It is hard to recognise; Pascal VOC's measure passes over it.
    pub difficult: bool,
    /// A part of it lies outside of the picture, or the box does not hold it all.
    pub truncated: bool,
    /// Something stands before it.
    pub occluded: bool,
    /// It is a crowd of such things, not one; COCO's measure passes over it.
    pub crowd: bool,
}

impl BoxFlags {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl BoundingBox {
    /// A box that is wholly visible.
    pub fn new(numbers: [f32; 4], label: Option<usize>) -> Self {
        Self { numbers, label, visible: 1.0, flags: BoxFlags::default(), instance: None }
    }
}

impl Boxes {
    /// Boxes with left, upper, right and lower edge in px, each with its class.
    pub fn xyxy(boxes: impl IntoIterator<Item = ([f32; 4], usize)>) -> Self {
        let items = boxes.into_iter().map(|(numbers, label)| BoundingBox::new(numbers, Some(label))).collect();
        Self { items, ..Self::default() }
    }

    /// Left, upper, right and lower edge of each box in px, in a picture of `[height, width]` px.
    pub fn edges(&self, size: [usize; 2]) -> impl Iterator<Item = [f32; 4]> {
        self.items.iter().map(move |item| self.format.to_xyxy(self.unit.to_absolute(item.numbers, size)))
    }

    /// The same boxes written in another way, in a picture of `[height, width]` px.
    pub fn written(mut self, format: BoxFormat, unit: BoxUnit, size: [usize; 2]) -> Self {
        let edges = self.edges(size).collect::<Vec<_>>();
        for (item, edges) in self.items.iter_mut().zip(edges) {
            item.numbers = unit.from_absolute(format.from_xyxy(edges), size);
        }
        Self { format, unit, ..self }
    }

    /// Moves each box by `place`, which takes and gives edges in px, cuts it off at the new picture's sides and drops it
    /// if nothing of it is left.
    pub(crate) fn moved(self, from: [usize; 2], to: [usize; 2], place: impl Fn([f32; 4]) -> [f32; 4]) -> Self {
        let Self { format, unit, .. } = self;
        let edges = self.edges(from).collect::<Vec<_>>();
        let moved = self.items.into_iter().zip(edges).filter_map(|(item, edges)| {
            let whole = place(edges);
            let left = clip(whole, to);
            let part = area(left) / area(whole);
            // A NaN is no part.
            (part > 0.0).then(|| BoundingBox {
                numbers: unit.from_absolute(format.from_xyxy(left), to),
                visible: item.visible * part.min(1.0),
                ..item
            })
        });
        Self { format, unit, items: moved.collect() }
    }
}

/// A box cut off at the sides of a picture of `[height, width]` px.
pub(crate) fn clip([left, top, right, bottom]: [f32; 4], [height, width]: [usize; 2]) -> [f32; 4] {
    let (height, width) = (height as f32, width as f32);
    [left.clamp(0.0, width), top.clamp(0.0, height), right.clamp(0.0, width), bottom.clamp(0.0, height)]
}

fn area([left, top, right, bottom]: [f32; 4]) -> f32 {
    (right - left) * (bottom - top)
}
