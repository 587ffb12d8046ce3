//! How many numbers go into an output and come out of an input.

use serde::{Deserialize, Serialize};

/// How many numbers go into an output and come out of an input; they set the spread of initial weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fans {
    /// Inputs of one output.
    pub fan_in: usize,
    /// Outputs of one input.
    pub fan_out: usize,
}

impl Fans {
    /// Those of a weight in torch's layout `[out, in, …kernel_size]`, as Keras and PyTorch count them: the kernel's px
    /// times `in`, and times `out`. A weight of one axis has its length for both.
    pub fn of(shape: &[usize]) -> Self {
        match *shape {
            [] => Self { fan_in: 1, fan_out: 1 },
            [length] => Self { fan_in: length, fan_out: length },
            [outputs, inputs, ref kernel_size @ ..] => {
                let times_taps = |channels| kernel_size.iter().copied().fold(channels, usize::saturating_mul);
                Self { fan_in: times_taps(inputs), fan_out: times_taps(outputs) }
            }
        }
    }

    /// Those of a depthwise weight `[channels * multiplier, 1, …kernel_size]` as Keras counts them: the kernel's px times
    /// all channels, and times the multiplier. PyTorch's are [`of`](Self::of) the shape.
    pub fn keras_depthwise(shape: &[usize], multiplier: usize) -> Self {
        let Some((filters, rest)) = shape.split_first() else { return Self::of(shape) };
        let taps = rest.iter().copied().fold(1, usize::saturating_mul);
        let channels = filters / multiplier.max(1);
        Self { fan_in: channels.saturating_mul(taps), fan_out: multiplier.saturating_mul(taps) }
    }
}

/// Which of the fans sets the spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FanMode {
    /// Inputs of one output: keeps the size of activations.
    #[default]
    FanIn,
    /// Outputs of one input: keeps the size of gradients.
    FanOut,
    /// Their mean.
    FanAvg,
}

impl FanMode {
    /// The fan, at least 1.
    pub(crate) fn of(self, fans: Fans) -> f64 {
        let (fan_in, fan_out) = (fans.fan_in.max(1) as f64, fans.fan_out.max(1) as f64);
        match self {
            Self::FanIn => fan_in,
            Self::FanOut => fan_out,
            Self::FanAvg => (fan_in + fan_out) / 2.0,
        }
    }
}
