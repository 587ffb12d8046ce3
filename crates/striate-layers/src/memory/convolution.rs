//! Convolutions: our kernels read pictures as they are. In three directions, and transposed, burn-flex copies the picture to
//! channels last and multiplies matrices tile by tile.

use super::{Chain, FLOAT, Operand, Operation};
use crate::window::{Padding, Window, side_paddings};
use crate::{DataFormat, Signature};

/// The px of the output that are one matrix.
const TILE: u64 = 512;

/// A multiplication of matrices with so many multiplications is shared by the threads.
const SHARED: u64 = 192 * 192 * 192;

/// The most rows that a multiplication of matrices copies at once.
const BLOCK: u64 = 512;

/// The bytes that the columns of a gradient for the picture may take in each thread.
const MAX_COLUMNS: u64 = 8 << 20;

/// Up to so many samples or channels need no copy.
const FEW_IN: u64 = 4;
const FEW_OUT: u64 = 16;

/// The sizes of a convolution of one sample.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    in_channels: u64,
    out_channels: u64,
    groups: u64,
    taps: u64,
    in_px: u64,
    /// With the padding, where the picture is padded before it is convolved: in three directions, if the two ends of a side
    /// differ.
    padded_px: Option<u64>,
    out_px: u64,
    /// One px for one px.
    pointwise: bool,
    directions: usize,
    /// Whether burn-flex convolves, not our kernels.
    by_burn: bool,
    has_bias: bool,
    channels_last: bool,
}

impl Kernel {
    /// The convolution of a picture whose sides are known; none if they aren't.
    #[allow(clippy::too_many_arguments)] // They are those of a convolution.
    pub(super) fn new<const D: usize>(
        input: &Signature,
        out_channels: usize,
        groups: usize,
        windows: [Window; D],
        padding: Padding<D>,
        data_format: DataFormat,
        has_bias: bool,
    ) -> Option<Self> {
        let (in_channels, known) = channels_and_sides::<D>(data_format, input)?;
        let padding = side_paddings(padding, known, windows);
        let padded: [usize; D] = std::array::from_fn(|d| known[d].saturating_add(padding[d].0 + padding[d].1));
        let mut out = [0; D];
        for d in 0..D {
            out[d] = padded[d].checked_sub(windows[d].extent()?)? / windows[d].stride + 1;
        }
        let uneven = padding.iter().any(|(before, after)| before != after);
        Some(Self {
            in_channels: in_channels as u64,
            out_channels: out_channels as u64,
            groups: groups.max(1) as u64,
            taps: product(&windows.map(|window| window.size)),
            in_px: product(&known),
            padded_px: (D > 2 && uneven).then(|| product(&padded)),
            out_px: product(&out),
            pointwise: windows.iter().all(|window| window.size == 1 && window.stride == 1)
                && padding.iter().all(|ends| *ends == (0, 0)),
            directions: D,
            by_burn: D > 2,
            has_bias,
            channels_last: data_format == DataFormat::ChannelsLast,
        })
    }

    /// A convolution of single px over what this one gives.
    pub(super) fn then_pointwise(&self, out_channels: usize, has_bias: bool) -> Self {
        Self {
            in_channels: self.out_channels,
            out_channels: out_channels as u64,
            groups: 1,
            taps: 1,
            in_px: self.out_px,
            padded_px: None,
            pointwise: true,
            has_bias,
            ..*self
        }
    }

    /// The convolution that a transposed one is the gradient of: from what that one gives to what it takes.
    pub(super) fn transposed<const D: usize>(
        input: &Signature,
        output: &Signature,
        taps: &[usize; D],
        groups: usize,
        data_format: DataFormat,
        has_bias: bool,
    ) -> Option<Self> {
        let (in_channels, in_px) = channels_and_px::<D>(data_format, input)?;
        let (out_channels, out_px) = channels_and_px::<D>(data_format, output)?;
        Some(Self {
            in_channels: out_channels,
            out_channels: in_channels,
            groups: groups.max(1) as u64,
            taps: product(taps),
            in_px: out_px,
            padded_px: None,
            out_px: in_px,
            pointwise: false,
            directions: D,
            by_burn: D != 2,
            has_bias,
            channels_last: data_format == DataFormat::ChannelsLast,
        })
    }

    /// The elements of a sample of the output.
    pub(super) fn output(&self) -> u64 {
        self.out_channels.saturating_mul(self.out_px)
    }

    fn weight(&self) -> u64 {
        (self.in_channels / self.groups).saturating_mul(self.out_channels).saturating_mul(self.taps)
    }

    /// Whether burn-flex has a kernel that reads the picture as it is.
    fn is_direct(&self) -> bool {
        let flat = self.directions < 3;
        let depthwise = flat && self.groups == self.in_channels && self.out_channels == self.in_channels;
        let few = flat && self.groups == 1 && self.in_channels <= FEW_IN && self.out_channels <= FEW_OUT;
        self.pointwise || depthwise || few
    }
}

fn product(sides: &[usize]) -> u64 {
    sides.iter().fold(1, |product, side| product.saturating_mul(*side as u64))
}

fn channels_and_sides<const D: usize>(data_format: DataFormat, picture: &Signature) -> Option<(usize, [usize; D])> {
    let (channels, sides) = data_format.split::<D>(picture.shape.sides())?;
    let mut known = [0; D];
    for (known, side) in known.iter_mut().zip(sides) {
        *known = side?;
    }
    Some((channels?, known))
}

fn channels_and_px<const D: usize>(data_format: DataFormat, picture: &Signature) -> Option<(u64, u64)> {
    let (channels, sides) = channels_and_sides::<D>(data_format, picture)?;
    Some((channels as u64, product(&sides)))
}

impl Chain {
    /// A transposed convolution of the last result: the kernel's gradient for its picture.
    pub(super) fn convolve_transposed(&mut self, kernel: &Kernel) {
        let forward = convolution(kernel, self.last(), self.batch);
        let output = self.bytes(kernel.in_channels.saturating_mul(kernel.in_px));
        let bias_gradient = if kernel.has_bias && kernel.by_burn { output } else { 0 };
        self.push(Operation {
            output,
            workspace: forward.gradient_workspace,
            gradient_workspace: forward.workspace,
            weights_workspace: forward.weights_workspace.max(bias_gradient),
            ..forward
        });
    }

    /// A convolution of the last result.
    pub(super) fn convolve(&mut self, kernel: &Kernel) {
        let mut kernel = kernel.clone();
        if let Some(px) = kernel.padded_px.filter(|_| !self.is_training()) {
            // The picture itself is gone before the padded one is convolved, where no gradient needs it.
            let padded = self.bytes(kernel.in_channels.saturating_mul(px));
            self.push(Operation::forgetful(self.last(), padded));
            kernel = Kernel { in_px: px, padded_px: None, ..kernel };
        }
        let operands = self.last();
        self.push(convolution(&kernel, operands, self.batch));
    }
}

fn convolution(kernel: &Kernel, operands: Vec<Operand>, batch: u64) -> Operation {
    let bytes = |numbers: &[u64]| numbers.iter().fold(FLOAT, |product, number| product.saturating_mul(*number));
    let sum = |sizes: &[u64]| sizes.iter().fold(0u64, |sum, size| sum.saturating_add(*size));
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    // A thread that waits for its part of a large multiplication takes up another tile.
    let tiles_at_once = |tiles: u64, multiplications: &[u64]| {
        let is_large = multiplications.iter().fold(1, |product: u64, side| product.saturating_mul(*side)) >= SHARED;
        tiles.min(threads + u64::from(is_large))
    };
    let picture = bytes(&[batch, kernel.in_channels, kernel.in_px]);
    let padded = kernel.padded_px.map_or(0, |px| bytes(&[batch, kernel.in_channels, px]));
    let source = picture.max(padded);
    let output = bytes(&[batch, kernel.output()]);
    let (group_in, group_out) = (kernel.in_channels / kernel.groups, kernel.out_channels / kernel.groups);
    let turned = if kernel.channels_last { picture } else { 0 };
    let weights = bytes(&[kernel.weight()]) + if kernel.has_bias { bytes(&[kernel.out_channels]) } else { 0 };
    if !kernel.by_burn {
        // The weight is packed.
        let packed = bytes(&[kernel.weight()]);
        return Operation {
            workspace: sum(&[turned, packed]),
            gradient_workspace: packed,
            weights_workspace: packed,
            weights,
            ..Operation::new(operands, output)
        };
    }

    // A tile's columns, the multiplication's own copy of a block of them, and its result.
    let rows = group_in.saturating_mul(kernel.taps);
    let tile = bytes(&[TILE.min(kernel.out_px), sum(&[rows, rows.min(BLOCK), group_out])]);
    let tiles = batch.saturating_mul(kernel.out_px.div_ceil(TILE));
    let copies = match kernel.is_direct() {
        true => 0,
        false => sum(&[
            source,
            bytes(&[kernel.weight()]),
            tile.saturating_mul(tiles_at_once(tiles, &[TILE.min(kernel.out_px), rows, group_out])),
        ]),
    };

    // The gradient for the picture is a transposed convolution, whose columns are added up.
    let columns = bytes(&[group_in, kernel.taps, kernel.out_px]).min(MAX_COLUMNS);
    // That for the weight is a convolution of the picture by the output's gradient, where batch and channels are
    // exchanged: both are copied to that order, and then to that of the matrices; a group at a time.
    let few = batch <= FEW_IN && group_out <= FEW_OUT;
    let exchanged = sum(&[source, output]) / kernel.groups;
    let matrices = match few {
        true => 0,
        false => {
            let (columns, rows) = (TILE.min(kernel.taps), batch.saturating_mul(kernel.out_px));
            let tile = bytes(&[columns, sum(&[rows, group_out])]);
            sum(&[exchanged, tile.saturating_mul(tiles_at_once(group_in, &[columns, rows, group_out]))])
        }
    };
    let weight_gradient = sum(&[padded, exchanged, matrices, bytes(&[kernel.weight()])]);
    let bias_gradient = if kernel.has_bias { output } else { 0 };
    Operation {
        workspace: sum(&[turned, padded, copies]),
        gradient_excess: source - picture,
        gradient_workspace: columns.saturating_mul(threads.min(batch.saturating_mul(kernel.groups))),
        weights_workspace: weight_gradient.max(bias_gradient),
        weights,
        ..Operation::new(operands, output)
    }
}
