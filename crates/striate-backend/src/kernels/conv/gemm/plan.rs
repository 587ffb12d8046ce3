//! Which px of a source each output takes.

use std::ops::Range;

use crate::kernels::conv::Geometry;

/// Pictures `[batch, groups * channels, height, width]` seen through a window that moves over them: the px that the window
/// shows at each place of a grid are the columns of a matrix `[channels * taps, batch * grid]`, one for each group.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) batch: usize,
    pub(super) groups: usize,
    /// Channels of a group.
    pub(super) channels: usize,
    /// Sides of the source in px.
    pub(super) side: [usize; 2],
    /// Places of the window in each direction.
    pub(super) grid: [usize; 2],
    /// px from one place to the next.
    pub(super) stride: [usize; 2],
    /// px of the source that the window shows at place 0; outside of the source it shows zeros.
    pub(super) taps: [Vec<isize>; 2],
}

impl Plan {
    /// The window of a convolution over its pictures, and its places the output's px.
    pub(super) fn forward(g: &Geometry) -> Self {
        let taps =
            |d: usize| (0..g.kernel[d]).map(|k| (k * g.dilation[d]) as isize - g.padding[d].0 as isize).collect();
        Self {
            batch: g.batch,
            groups: g.groups,
            channels: g.in_channels / g.groups,
            side: g.side,
            grid: g.out_side(),
            stride: g.stride,
            taps: [taps(0), taps(1)],
        }
        .flat()
    }

    /// The output of a convolution, each px by itself.
    pub(super) fn output(g: &Geometry) -> Self {
        Self {
            batch: g.batch,
            groups: g.groups,
            channels: g.out_channels / g.groups,
            side: g.out_side(),
            grid: g.out_side(),
            stride: [1, 1],
            taps: [vec![0], vec![0]],
        }
        .flat()
    }

    /// The window of a convolution of stride 1 over its output, whose places are the px of the pictures.
    pub(super) fn backward(g: &Geometry) -> Self {
        let taps =
            |d: usize| (0..g.kernel[d]).map(|k| g.padding[d].0 as isize - (k * g.dilation[d]) as isize).collect();
        Self {
            batch: g.batch,
            groups: g.groups,
            channels: g.out_channels / g.groups,
            side: g.out_side(),
            grid: g.side,
            stride: [1, 1],
            taps: [taps(0), taps(1)],
        }
        .flat()
    }

    /// A window of one px that shows each px in turn is the same over one long row.
    fn flat(mut self) -> Self {
        if self.taps == [[0], [0]] && self.stride == [1, 1] && self.grid == self.side {
            self.side = [1, self.side[0] * self.side[1]];
            self.grid = self.side;
        }
        self
    }

    /// Taps of the window.
    pub(super) fn window(&self) -> usize {
        self.taps[0].len() * self.taps[1].len()
    }

    /// Rows of the matrix.
    pub(super) fn depth(&self) -> usize {
        self.channels * self.window()
    }

    /// Places in one picture.
    pub(super) fn places(&self) -> usize {
        self.grid[0] * self.grid[1]
    }

    /// Columns of the matrix.
    pub(super) fn columns(&self) -> usize {
        self.batch * self.places()
    }

    /// The runs of columns that lie in one row of the grid: columns, picture, row, first place in the row.
    pub(super) fn runs(&self, columns: Range<usize>) -> impl Iterator<Item = (Range<usize>, usize, usize, usize)> {
        let [height, width] = self.grid;
        let mut next = columns.start;
        std::iter::from_fn(move || {
            let start = next;
            next = columns.end.min(start / width * width + width);
            (start < columns.end)
                .then(|| (start..next, start / (height * width), start / width % height, start % width))
        })
    }

    /// The first and last tap in direction `d`.
    pub(super) fn reach(&self, d: usize) -> (isize, isize) {
        let taps = &self.taps[d];
        (taps.iter().copied().min().unwrap_or(0), taps.iter().copied().max().unwrap_or(0))
    }

    /// Whether the window shows px of the source alone, and neighbours lie side by side.
    pub(super) fn direct(&self) -> bool {
        self.stride[1] == 1
            && (0..2).all(|d| {
                let (first, last) = self.reach(d);
                first >= 0 && (self.grid[d] - 1) * self.stride[d] + (last as usize) < self.side[d]
            })
    }
}

/// Cuts `0..len` into `parts` ranges of about the same length whose limits are multiples of `unit`.
pub(super) fn part(len: usize, unit: usize, parts: usize, index: usize) -> Range<usize> {
    let units = len.div_ceil(unit);
    let limit = |i: usize| (units * i / parts * unit).min(len);
    limit(index)..limit(index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_whole_in_order() {
        for (len, unit, parts) in [(100, 16, 3), (1, 16, 1), (49, 8, 7), (5, 16, 3)] {
            let ranges: Vec<_> = (0..parts).map(|i| part(len, unit, parts, i)).collect();
            assert_eq!(ranges.iter().flat_map(|r| r.clone()).collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
            assert!(ranges.iter().all(|r| r.start % unit == 0 || r.is_empty()));
        }
    }
}
