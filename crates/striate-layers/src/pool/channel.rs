//! The maximum over neighbouring channels: depth-wise max pooling, `tf.nn.max_pool` with `ksize=[1, 1, 1, k]`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::pooling::Way;
use super::run::{Of, pool2d};
use crate::builders::data_format_builder;
use crate::check::check_count;
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::window::Window;
use crate::{Context, DataFormat, LayerError, Shape, Signature, Value};

/// The maximum of each group of neighbouring channels, px by px. Channels after the last whole group are left out.
///
/// `[batch, channels, height, width]` to `[batch, out_channels, height, width]` with
/// `out_channels = (channels - pool_size) / stride + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelMaxPool2d {
    /// Channels in a group, at least 1.
    pub pool_size: usize,
    /// Step between groups in channels, at least 1; none: the pool size.
    #[serde(default)]
    pub stride: Option<usize>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

impl ChannelMaxPool2d {
    /// Groups of this many channels that don't overlap.
    pub fn new(pool_size: usize) -> Self {
        Self { pool_size, stride: None, data_format: DataFormat::ChannelsFirst }
    }

    /// Steps by this many channels.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride: Some(stride), ..self }
    }

    data_format_builder!();

    /// The groups that this many channels make.
    fn groups(&self, channels: usize) -> Option<usize> {
        Some(channels.checked_sub(self.pool_size)? / self.stride.unwrap_or(self.pool_size) + 1)
    }

    /// Pools a batch of pictures.
    ///
    /// # Panics
    /// If there are fewer channels than a group has.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let images = self.data_format.channels_first(images);
        let [n, channels, height, width] = images.dims();
        let groups = self.groups(channels).expect("a group fits in the channels");
        let window = Window { size: self.pool_size, stride: self.stride.unwrap_or(self.pool_size), dilation: 1 };
        let way = Way { window, side: channels, padding: (0, 0), count: groups };
        let columns = images.reshape([n, 1, channels, height * width]);
        let columns = pool2d(columns, [way, Way::of_each_px(height * width)], Of::Maximum);
        self.data_format.restore(columns.reshape([n, groups, height, width]))
    }
}

impl LayerSpec for ChannelMaxPool2d {
    const KIND: &'static str = "channel_max_pool2d";

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "pool_size", self.pool_size)?;
        check_count(Self::KIND, "stride", self.stride.unwrap_or(self.pool_size))
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = format!("one picture {} of at least {} channels", self.data_format.axes(2), self.pool_size);
        let input = only_float_input(Self::KIND, &expected, inputs)?;
        let wrong = || LayerError::input(Self::KIND, expected.as_str(), inputs);
        let (channels, sides) = self.data_format.split::<2>(input.shape.sides()).ok_or_else(wrong)?;
        let groups = match channels {
            Some(channels) => Some(self.groups(channels).ok_or_else(wrong)?),
            None => None,
        };
        Ok(Signature::float(Shape::new(self.data_format.join(groups, &sides))))
    }

    own_module!();
}

impl LayerModule for ChannelMaxPool2d {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(ChannelMaxPool2d);
