//! Bounding boxes: the ways to write them down.

use serde::{Deserialize, Serialize};

/// What the four numbers of a box are.
///
/// x goes right and y goes down from the picture's upper left corner, which is (0, 0); the lower right corner of a
/// picture is at (width, height).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxFormat {
    /// Left, upper, right and lower edge, as Pascal VOC has them.
    #[default]
    Xyxy,
    /// Left and upper edge, width and height, as COCO has them.
    Xywh,
    /// The middle's x and y, width and height, as YOLO has them.
    Cxcywh,
}

/// What a box's numbers count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxUnit {
    /// Pixels.
    #[default]
    Absolute,
    /// Parts of the picture's width and height, in `[0, 1]`.
    Relative,
}

impl BoxFormat {
    /// Left, upper, right and lower edge of a box in this format.
    pub fn to_xyxy(self, [a, b, c, d]: [f32; 4]) -> [f32; 4] {
        match self {
            Self::Xyxy => [a, b, c, d],
            Self::Xywh => [a, b, a + c, b + d],
            Self::Cxcywh => [a - c / 2.0, b - d / 2.0, a + c / 2.0, b + d / 2.0],
        }
    }

    /// A box in this format from its left, upper, right and lower edge.
    pub fn from_xyxy(self, [left, top, right, bottom]: [f32; 4]) -> [f32; 4] {
        let (width, height) = (right - left, bottom - top);
        match self {
            Self::Xyxy => [left, top, right, bottom],
            Self::Xywh => [left, top, width, height],
            Self::Cxcywh => [left + width / 2.0, top + height / 2.0, width, height],
        }
    }
}

impl BoxUnit {
    /// Numbers in px, in a picture of `[height, width]` px.
    pub fn to_absolute(self, numbers: [f32; 4], size: [usize; 2]) -> [f32; 4] {
        match self {
            Self::Absolute => numbers,
            Self::Relative => scale(numbers, size.map(|side| side as f32)),
        }
    }

    /// Numbers in this unit from those in px, in a picture of `[height, width]` px.
    pub fn from_absolute(self, numbers: [f32; 4], size: [usize; 2]) -> [f32; 4] {
        match self {
            Self::Absolute => numbers,
            Self::Relative => scale(numbers, size.map(|side| 1.0 / side as f32)),
        }
    }
}

fn scale([a, b, c, d]: [f32; 4], [height, width]: [f32; 2]) -> [f32; 4] {
    [a * width, b * height, c * width, d * height]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_survives_each_format_and_unit() {
        let edges = [2.0, 4.0, 12.0, 8.0];
        let written = [
            (BoxFormat::Xyxy, edges),
            (BoxFormat::Xywh, [2.0, 4.0, 10.0, 4.0]),
            (BoxFormat::Cxcywh, [7.0, 6.0, 10.0, 4.0]),
        ];
        for (format, numbers) in written {
            assert_eq!(format.from_xyxy(edges), numbers);
            assert_eq!(format.to_xyxy(numbers), edges);
            let relative = BoxUnit::Relative.from_absolute(numbers, [16, 32]);
            assert_eq!(relative[0], numbers[0] / 32.0);
            assert_eq!(relative[3], numbers[3] / 16.0);
            assert_eq!(BoxUnit::Relative.to_absolute(relative, [16, 32]), numbers);
        }
    }
}
