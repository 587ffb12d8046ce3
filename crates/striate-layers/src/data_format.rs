//! Where a picture's channels stand.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::Shape;

/// Whether a layer's pictures have their channels before or after height and width, as Keras's `data_format`. Of samples
/// with other axes they are the first or the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataFormat {
    /// `[batch, channels, height, width]`, as PyTorch.
    #[default]
    ChannelsFirst,
    /// `[batch, height, width, channels]`, as TensorFlow; the layer turns its input and its output.
    ChannelsLast,
}

impl DataFormat {
    /// This layout into channels first.
    pub(crate) fn channels_first<const R: usize>(self, x: Tensor<R>) -> Tensor<R> {
        match self {
            Self::ChannelsFirst => x,
            Self::ChannelsLast => x.movedim(R - 1, 1),
        }
    }

    /// Channels first into this layout.
    pub(crate) fn restore<const R: usize>(self, x: Tensor<R>) -> Tensor<R> {
        match self {
            Self::ChannelsFirst => x,
            Self::ChannelsLast => x.movedim(1, R - 1),
        }
    }

    /// A sample's sides as channels and all others; none if there are no sides.
    pub(crate) fn parts(self, sides: &[Option<usize>]) -> Option<(Option<usize>, &[Option<usize>])> {
        let (channels, others) = match self {
            Self::ChannelsFirst => sides.split_first()?,
            Self::ChannelsLast => sides.split_last()?,
        };
        Some((*channels, others))
    }

    /// The channels of a sample, if they are known.
    pub(crate) fn channels(self, sample: &Shape) -> Option<usize> {
        self.parts(sample.sides())?.0
    }

    /// A sample's sides as channels and spatial sides, if there are as many as a picture of `D` directions has.
    pub(crate) fn split<const D: usize>(self, sides: &[Option<usize>]) -> Option<(Option<usize>, [Option<usize>; D])> {
        let (channels, spatial) = self.parts(sides)?;
        Some((channels, spatial.try_into().ok()?))
    }

    /// A batch's sides with all px of a sample along one axis: `[batch, channels, px]`, or `[batch, px, channels]`.
    ///
    /// # Panics
    /// If there is no axis beside the batch.
    pub(crate) fn flat(self, sides: &[usize]) -> [usize; 3] {
        match (self, sides) {
            (Self::ChannelsFirst, [batch, channels, px @ ..]) => [*batch, *channels, px.iter().product()],
            (Self::ChannelsLast, [batch, px @ .., channels]) => [*batch, px.iter().product(), *channels],
            _ => panic!("a batch of samples {} is expected, this one has the sides {sides:?}", self.any_axes()),
        }
    }

    /// The axis of the px of a [`flat`](Self::flat) batch.
    pub(crate) fn px_axis(self) -> usize {
        match self {
            Self::ChannelsFirst => 2,
            Self::ChannelsLast => 1,
        }
    }

    /// The sides of a number for each channel, beside a batch of this rank; all are 1 if it has no channels.
    pub(crate) fn beside<const D: usize>(self, channels: usize) -> [usize; D] {
        let mut sides = [1; D];
        if D > 1 {
            sides[self.channel_axis(D)] = channels;
        }
        sides
    }

    /// Channels and spatial sides in this layout's order.
    pub(crate) fn join(self, channels: Option<usize>, spatial: &[Option<usize>]) -> Vec<Option<usize>> {
        match self {
            Self::ChannelsFirst => [&[channels], spatial].concat(),
            Self::ChannelsLast => [spatial, &[channels]].concat(),
        }
    }

    /// The axis of the channels of a tensor of this rank, the batch axis being 0.
    pub(crate) fn channel_axis(self, rank: usize) -> usize {
        match self {
            Self::ChannelsFirst => 1,
            Self::ChannelsLast => rank - 1,
        }
    }

    /// The first axis of a picture's sides, the batch axis being 0.
    pub(crate) fn first_side(self) -> usize {
        match self {
            Self::ChannelsFirst => 2,
            Self::ChannelsLast => 1,
        }
    }

    /// The axes of a sample of any rank in words.
    pub(crate) fn any_axes(self) -> &'static str {
        match self {
            Self::ChannelsFirst => "[channels, …]",
            Self::ChannelsLast => "[…, channels]",
        }
    }

    /// The axes of a picture of `D` directions in words.
    pub(crate) fn axes(self, directions: usize) -> &'static str {
        match (self, directions) {
            (Self::ChannelsFirst, 1) => "[channels, length]",
            (Self::ChannelsFirst, 2) => "[channels, height, width]",
            (Self::ChannelsFirst, _) => "[channels, depth, height, width]",
            (Self::ChannelsLast, 1) => "[length, channels]",
            (Self::ChannelsLast, 2) => "[height, width, channels]",
            (Self::ChannelsLast, _) => "[depth, height, width, channels]",
        }
    }
}
