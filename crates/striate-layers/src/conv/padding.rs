//! Padding of windows, and the sides that result.

use serde::{Deserialize, Serialize};

/// What is added around a picture before windows move over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// Nothing: windows stay within the picture.
    #[default]
    Valid,
    /// As much as makes a side `ceil(side / stride)`, the smaller half first, as TensorFlow does it.
    Same,
    /// Rows or columns before and after each side, in px: `[[top, bottom], [left, right]]`.
    Explicit([[usize; 2]; 2]),
}

impl From<usize> for Padding {
    /// The same on all sides, as PyTorch's `padding=`.
    fn from(padding: usize) -> Self {
        Self::Explicit([[padding; 2]; 2])
    }
}

impl From<[usize; 2]> for Padding {
    /// As PyTorch's `padding=(height, width)`.
    fn from([height, width]: [usize; 2]) -> Self {
        Self::Explicit([[height; 2], [width; 2]])
    }
}

/// A window's way over one side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) size: usize,
    pub(crate) stride: usize,
    pub(crate) dilation: usize,
}

impl Window {
    /// The px from a window's first to its last, both included, if that is a number at all.
    fn extent(self) -> Option<usize> {
        (self.size - 1).checked_mul(self.dilation)?.checked_add(1)
    }
}

/// TensorFlow's rule for `same`; the convolution sees `side + before + after`.
fn same(side: usize, window: Window) -> (usize, usize) {
    let extent = window.extent().expect("the shape rule has checked the window");
    let total = ((side.div_ceil(window.stride).max(1) - 1) * window.stride + extent).saturating_sub(side);
    (total / 2, total - total / 2)
}

/// The rows or columns to add before and after each side of `[height, width]`.
pub(crate) fn side_paddings(padding: Padding, sides: [usize; 2], windows: [Window; 2]) -> [(usize, usize); 2] {
    std::array::from_fn(|d| match padding {
        Padding::Valid => (0, 0),
        Padding::Same => same(sides[d], windows[d]),
        Padding::Explicit(amounts) => (amounts[d][0], amounts[d][1]),
    })
}

/// The most px that a window or a padded side may span; more is a mistake, and would be allocated.
const MAX_SPAN: usize = 1 << 13;

/// The sides of the output; a side that isn't known stays so. `None` if no window fits, or one spans more than 8,192
/// px.
pub(crate) fn output_sides(
    padding: Padding,
    sides: [Option<usize>; 2],
    windows: [Window; 2],
) -> Option<[Option<usize>; 2]> {
    let mut output = [None; 2];
    for d in 0..2 {
        let window = windows[d];
        let extent = window.extent().filter(|extent| *extent <= MAX_SPAN)?;
        if let Padding::Explicit(amounts) = padding
            && amounts[d].iter().any(|amount| *amount > MAX_SPAN)
        {
            return None;
        }
        let Some(side) = sides[d] else { continue };
        output[d] = Some(match padding {
            Padding::Same => side.div_ceil(window.stride),
            Padding::Valid => side.checked_sub(extent)? / window.stride + 1,
            Padding::Explicit(amounts) => {
                let padded = side.checked_add(amounts[d][0])?.checked_add(amounts[d][1])?;
                padded.checked_sub(extent)? / window.stride + 1
            }
        });
        if output[d] == Some(0) {
            return None;
        }
    }
    Some(output)
}

/// The windows of both sides.
pub(crate) fn windows(size: [usize; 2], stride: [usize; 2], dilation: [usize; 2]) -> [Window; 2] {
    std::array::from_fn(|d| Window { size: size[d], stride: stride[d], dilation: dilation[d] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_is_tensorflows() {
        let paddings = |side, size, stride, dilation| same(side, Window { size, stride, dilation });
        assert_eq!(paddings(48, 3, 1, 1), (1, 1));
        // The odd px goes after.
        assert_eq!(paddings(48, 3, 2, 1), (0, 1));
        assert_eq!(paddings(10, 3, 1, 2), (2, 2));
        assert_eq!(paddings(4, 1, 3, 1), (0, 0));
    }

    #[test]
    fn sides_are_those_of_the_lecture() {
        let sides = |padding, size, stride| {
            output_sides(padding, [Some(48), None], windows([size; 2], [stride; 2], [1; 2])).unwrap()[0].unwrap()
        };
        let got = [
            sides(Padding::Same, 3, 1),
            sides(Padding::Same, 3, 2),
            sides(Padding::Valid, 5, 1),
            sides(Padding::Valid, 7, 3),
        ];
        assert_eq!(got, [48, 24, 44, 14]);
        assert_eq!(output_sides(Padding::Valid, [Some(4), Some(9)], windows([5, 5], [1, 1], [1, 1])), None);
    }
}
