//! What stands where a picture has no pixel.

use serde::{Deserialize, Serialize};

/// A value for pixels that come from outside of a picture: one for all channels, or one each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fill {
    /// The same in all channels.
    Gray(f32),
    /// Red, green and blue; a gray picture takes the first.
    Rgb([f32; 3]),
}

impl Fill {
    /// The value of a channel.
    pub fn channel(self, channel: usize) -> f32 {
        match self {
            Self::Gray(value) => value,
            Self::Rgb(values) => values[channel.min(2)],
        }
    }

    /// The fill with each value divided by `divisor`.
    pub fn divided_by(self, divisor: f32) -> Self {
        match self {
            Self::Gray(value) => Self::Gray(value / divisor),
            Self::Rgb(values) => Self::Rgb(values.map(|value| value / divisor)),
        }
    }

    /// Whether every value is in `[0, 255]`.
    pub(crate) fn is_valid(self) -> bool {
        (0..3).all(|channel| (0.0..=255.0).contains(&self.channel(channel)))
    }
}

impl From<f32> for Fill {
    fn from(value: f32) -> Self {
        Self::Gray(value)
    }
}

impl From<[f32; 3]> for Fill {
    fn from(values: [f32; 3]) -> Self {
        Self::Rgb(values)
    }
}
