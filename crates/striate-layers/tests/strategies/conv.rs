//! Convolutions.

use proptest::prelude::*;
use striate_layers::{Activation, Conv, DataFormat, LayerConfig};

use super::{Fed, padding, picture, size};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    prop_oneof![conv::<1, 3>(), conv::<2, 4>(), conv::<3, 5>()].boxed()
}

fn conv<const D: usize, const R: usize>() -> BoxedStrategy<Fed>
where
    Conv<D, R>: Into<LayerConfig>,
{
    let options = (1usize..5, size::<D>(3), size::<D>(3), padding::<D>(), size::<D>(2), 1usize..4, any::<[bool; 2]>());
    let layer = options.prop_map(|(filters, kernel, stride, padding, dilation, groups, [bias, last])| {
        let conv = Conv::new(filters, kernel).stride(stride).padding(padding).dilation(dilation).groups(groups);
        let conv = conv.activation(Activation::Tanh);
        let conv = if last { conv.data_format(DataFormat::ChannelsLast) } else { conv };
        if bias { conv } else { conv.no_bias() }
    });
    (layer, picture::<D>()).prop_map(|(layer, input)| (layer.into(), vec![input])).boxed()
}
