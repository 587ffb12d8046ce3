//! Windows that move over a picture: padding, and the sides that result.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Size;

/// What is added around a picture before windows move over it.
///
/// In JSON `"valid"`, `"same"`, or what PyTorch takes: a number, a number for each direction, or both amounts of each:
/// `1`, `[1, 2]`, `[[0, 1], [2, 2]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Padding<const D: usize> {
    /// Nothing: windows stay within the picture.
    #[default]
    Valid,
    /// As much as makes a side `ceil(side / stride)`, the smaller half first, as TensorFlow does it.
    Same,
    /// What is added before and after each direction, in px: `[[top, bottom], [left, right]]`.
    Explicit([[usize; 2]; D]),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "padding is \"valid\", \"same\", a number, or a list with an entry for each direction")]
enum Written {
    Name(String),
    One(usize),
    Each(Vec<usize>),
    Ends(Vec<[usize; 2]>),
}

impl<'de, const D: usize> Deserialize<'de> for Padding<D> {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        let written = Written::deserialize(deserializer)?;
        let ends: Vec<[usize; 2]> = match written {
            Written::Name(name) => match name.as_str() {
                "valid" => return Ok(Self::Valid),
                "same" => return Ok(Self::Same),
                unknown => return Err(T::Error::unknown_variant(unknown, &["valid", "same"])),
            },
            Written::One(amount) => return Ok(amount.into()),
            Written::Each(amounts) => amounts.into_iter().map(|amount| [amount; 2]).collect(),
            Written::Ends(ends) => ends,
        };
        let count = ends.len();
        let wrong = |_| T::Error::custom(format!("{count} paddings are given, {D} directions are there"));
        ends.try_into().map(Self::Explicit).map_err(wrong)
    }
}

impl<const D: usize> Serialize for Padding<D> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        match self {
            Self::Valid => "valid".serialize(serializer),
            Self::Same => "same".serialize(serializer),
            Self::Explicit(ends) => ends[..].serialize(serializer),
        }
    }
}

impl<const D: usize> From<usize> for Padding<D> {
    /// The same on all sides, as PyTorch's `padding=`.
    fn from(padding: usize) -> Self {
        Self::Explicit([[padding; 2]; D])
    }
}

impl<const D: usize> From<[usize; D]> for Padding<D> {
    /// As PyTorch's `padding=(height, width)`.
    fn from(amounts: [usize; D]) -> Self {
        Self::Explicit(amounts.map(|amount| [amount; 2]))
    }
}

impl<const D: usize> From<[[usize; 2]; D]> for Padding<D> {
    /// Before and after each direction.
    fn from(ends: [[usize; 2]; D]) -> Self {
        Self::Explicit(ends)
    }
}

/// A window's way over one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Window {
    pub(crate) size: usize,
    pub(crate) stride: usize,
    pub(crate) dilation: usize,
}

impl Window {
    /// The px from a window's first to its last, both included, if that is a number at all.
    pub(crate) fn extent(self) -> Option<usize> {
        (self.size - 1).checked_mul(self.dilation)?.checked_add(1)
    }
}

/// The windows of all directions.
pub(crate) fn windows<const D: usize>(size: Size<D>, stride: Size<D>, dilation: Size<D>) -> [Window; D] {
    std::array::from_fn(|d| Window { size: size.0[d], stride: stride.0[d], dilation: dilation.0[d] })
}

/// TensorFlow's rule for `same`; the operation sees `side + before + after`.
fn same(side: usize, window: Window) -> (usize, usize) {
    let extent = window.extent().expect("the shape rule has checked the window");
    let total = ((side.div_ceil(window.stride).max(1) - 1) * window.stride + extent).saturating_sub(side);
    (total / 2, total - total / 2)
}

/// What to add before and after each side.
pub(crate) fn side_paddings<const D: usize>(
    padding: Padding<D>,
    sides: [usize; D],
    windows: [Window; D],
) -> [(usize, usize); D] {
    std::array::from_fn(|d| match padding {
        Padding::Valid => (0, 0),
        Padding::Same => same(sides[d], windows[d]),
        Padding::Explicit(amounts) => (amounts[d][0], amounts[d][1]),
    })
}

/// The most px that a window or a padded side may span; more is a mistake, and would be allocated.
pub(crate) const MAX_SPAN: usize = 1 << 13;

/// The sides of the output; a side that isn't known stays so. `None` if no window fits, or one spans more than 8,192
/// px.
pub(crate) fn output_sides<const D: usize>(
    padding: Padding<D>,
    sides: [Option<usize>; D],
    windows: [Window; D],
) -> Option<[Option<usize>; D]> {
    let mut output = [None; D];
    for d in 0..D {
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
        let sides = |padding, size: usize, stride: usize| {
            output_sides(padding, [Some(48), None], windows(size.into(), stride.into(), 1.into())).unwrap()[0].unwrap()
        };
        let got = [
            sides(Padding::Same, 3, 1),
            sides(Padding::Same, 3, 2),
            sides(Padding::Valid, 5, 1),
            sides(Padding::Valid, 7, 3),
        ];
        assert_eq!(got, [48, 24, 44, 14]);
        assert_eq!(output_sides(Padding::Valid, [Some(4), Some(9)], windows(5.into(), 1.into(), 1.into())), None);
    }
}
