//! Pooling.

use proptest::prelude::*;
use striate_layers::{
    AdaptiveAvgPool2d, AvgPool, ChannelMaxPool2d, DataFormat, GlobalAvgPool, GlobalMaxPool, LayerConfig, MaxPool,
};

use super::{Fed, data_format, padding, picture, size};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    prop_oneof![
        max::<1, 3>(),
        max::<2, 4>(),
        max::<3, 5>(),
        avg::<1, 3>(),
        avg::<2, 4>(),
        avg::<3, 5>(),
        global(),
        of_pictures(),
    ]
    .boxed()
}

fn max<const D: usize, const R: usize>() -> BoxedStrategy<Fed>
where
    MaxPool<D, R>: Into<LayerConfig>,
{
    let options =
        (size::<D>(4), proptest::option::of(size::<D>(3)), padding::<D>(), size::<D>(3), any::<bool>(), data_format());
    let layer = options.prop_map(|(pool_size, stride, padding, dilation, ceil_mode, data_format)| {
        let pool = MaxPool::new(pool_size).padding(padding).dilation(dilation).data_format(data_format);
        MaxPool { stride, ceil_mode, ..pool }
    });
    (layer, picture::<D>()).prop_map(|(layer, input)| (layer.into(), vec![input])).boxed()
}

fn avg<const D: usize, const R: usize>() -> BoxedStrategy<Fed>
where
    AvgPool<D, R>: Into<LayerConfig>,
{
    let options = (size::<D>(4), proptest::option::of(size::<D>(3)), padding::<D>(), any::<[bool; 2]>(), data_format());
    let layer = options.prop_map(|(pool_size, stride, padding, [ceil_mode, count_include_pad], data_format)| {
        let pool = AvgPool::new(pool_size).padding(padding).data_format(data_format);
        AvgPool { stride, ceil_mode, ..pool.count_include_pad(count_include_pad) }
    });
    (layer, picture::<D>()).prop_map(|(layer, input)| (layer.into(), vec![input])).boxed()
}

fn global() -> BoxedStrategy<Fed> {
    let layer = (any::<bool>(), any::<bool>(), data_format()).prop_map(|(max, keep_dims, data_format)| match max {
        true => LayerConfig::from(GlobalMaxPool { keep_dims, data_format }),
        false => GlobalAvgPool { keep_dims, data_format }.into(),
    });
    let input = prop_oneof![picture::<1>().boxed(), picture::<2>().boxed(), picture::<3>().boxed()];
    (layer, input).prop_map(|(layer, input)| (layer, vec![input])).boxed()
}

fn of_pictures() -> BoxedStrategy<Fed> {
    let channel = (1usize..4, proptest::option::of(1usize..4), data_format())
        .prop_map(|(pool_size, stride, data_format)| ChannelMaxPool2d { pool_size, stride, data_format }.into());
    let adaptive = (size(5), data_format())
        .prop_map(|(size, data_format): (_, DataFormat)| AdaptiveAvgPool2d::new(size).data_format(data_format).into());
    let layer = prop_oneof![channel, adaptive];
    (layer, picture::<2>()).prop_map(|(layer, input): (LayerConfig, _)| (layer, vec![input])).boxed()
}
