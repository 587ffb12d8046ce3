//! Boxes on pictures, for people to look at.

use super::TaskError;
use super::error::check_values;
use super::segment::PALETTE;

/// Draws the outlines of boxes into an RGB picture, `[height, width, 3]`, in the color of each one's class: edges are left,
/// upper, right and lower in px, and lines `line` px wide lie within the box. What lies outside of the picture is cut off.
///
/// # Errors
/// [`TaskError::Values`] if the picture hasn't as many values as its sides say.
pub fn draw_boxes(
    picture: &mut [u8],
    [height, width]: [usize; 2],
    boxes: impl IntoIterator<Item = ([f32; 4], usize)>,
    line: usize,
) -> Result<(), TaskError> {
    check_values("the picture", picture.len(), &[height, width, 3])?;
    for (edges, class) in boxes {
        if !edges.iter().all(|edge| edge.is_finite()) {
            continue;
        }
        let color = PALETTE[class % PALETTE.len()];
        let within = |edge: f32, side: usize| (edge.round().max(0.0) as usize).min(side);
        let [left, top, right, bottom] = edges;
        let (left, right) = (within(left, width), within(right, width));
        let (top, bottom) = (within(top, height), within(bottom, height));
        for row in top..bottom {
            for column in left..right {
                let depth = (row - top).min(bottom - 1 - row).min(column - left).min(right - 1 - column);
                if depth < line {
                    picture[3 * (row * width + column)..][..3].copy_from_slice(&color);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outline_lies_within_the_box_and_the_picture() {
        let mut picture = vec![0; 6 * 8 * 3];
        let boxes = [([1.0, 1.0, 5.0, 5.0], 2), ([6.0, -3.0, 20.0, 2.0], 0), ([f32::NAN, 0.0, 1.0, 1.0], 0)];
        draw_boxes(&mut picture, [6, 8], boxes, 1).unwrap();
        let shown: String = picture
            .as_chunks::<3>()
            .0
            .iter()
            .map(|px| {
                if *px == PALETTE[2] {
                    '2'
                } else if *px == PALETTE[0] {
                    '0'
                } else {
                    '.'
                }
            })
            .collect();
        let rows = ["......00", ".2222.00", ".2..2...", ".2..2...", ".2222...", "........"];
        assert_eq!(shown, rows.concat());
        assert!(draw_boxes(&mut picture, [6, 9], [], 1).is_err());
    }
}
