//! Axes by number, as Keras and PyTorch count them.

/// The axis that a number means: the batch is 0, negative numbers count from the end. None if there is no such axis.
pub(crate) fn resolve_axis(axis: isize, rank: usize) -> Option<usize> {
    let axis = if axis < 0 { axis.checked_add_unsigned(rank)? } else { axis };
    usize::try_from(axis).ok().filter(|axis| *axis < rank)
}

/// As [`resolve_axis`]; none for the batch axis.
pub(crate) fn resolve_sample_axis(axis: isize, rank: usize) -> Option<usize> {
    resolve_axis(axis, rank).filter(|axis| *axis > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_axes_count_from_the_end() {
        assert_eq!([-1, -4, 0, 3].map(|axis| resolve_axis(axis, 4)), [Some(3), Some(0), Some(0), Some(3)]);
        assert_eq!([-5, 4, isize::MIN, isize::MAX].map(|axis| resolve_axis(axis, 4)), [None; 4]);
    }
}
