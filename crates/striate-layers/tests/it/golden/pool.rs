//! Pooling.

use striate_layers::{
    AvgPool, AvgPool1d, AvgPool2d, AvgPool3d, ChannelMaxPool2d, GlobalAvgPool, GlobalMaxPool, LayerConfig, MaxPool,
    MaxPool1d, MaxPool2d, MaxPool3d, Padding, Size,
};
use striate_testkit::Case;

use super::{find, read};

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    Some(match case.kind.as_str() {
        "max_pool1d" => MaxPool1d::into(max(case)),
        "max_pool2d" => MaxPool2d::into(max(case)),
        "max_pool3d" => MaxPool3d::into(max(case)),
        "avg_pool1d" => AvgPool1d::into(avg(case)),
        "avg_pool2d" => AvgPool2d::into(avg(case)),
        "avg_pool3d" => AvgPool3d::into(avg(case)),
        "channel_max_pool2d" => ChannelMaxPool2d::new(read(case, "pool_size")).stride(read(case, "strides")).into(),
        "global_avg_pool" => {
            if keep_dims(case) { GlobalAvgPool::new().keep_dims() } else { GlobalAvgPool::new() }.into()
        }
        "global_max_pool" => {
            if keep_dims(case) { GlobalMaxPool::new().keep_dims() } else { GlobalMaxPool::new() }.into()
        }
        _ => return None,
    })
}

/// None is the pool's size.
fn stride<const D: usize>(case: &Case) -> Size<D> {
    find(case, "strides").unwrap_or_else(|| read(case, "pool_size"))
}

fn keep_dims(case: &Case) -> bool {
    find(case, "keep_dims").unwrap_or(false)
}

fn max<const D: usize, const R: usize>(case: &Case) -> MaxPool<D, R> {
    let pool = MaxPool::new(read::<Size<D>>(case, "pool_size"))
        .stride(stride(case))
        .padding(read::<Padding<D>>(case, "padding"));
    let pool = pool.dilation(find(case, "dilation").unwrap_or(Size([1; D])));
    if find(case, "ceil_mode").unwrap_or(false) { pool.ceil_mode() } else { pool }
}

fn avg<const D: usize, const R: usize>(case: &Case) -> AvgPool<D, R> {
    let pool = AvgPool::new(read::<Size<D>>(case, "pool_size"))
        .stride(stride(case))
        .padding(read::<Padding<D>>(case, "padding"))
        .count_include_pad(find(case, "count_include_pad").unwrap_or(case.reference == "torch"));
    if find(case, "ceil_mode").unwrap_or(false) { pool.ceil_mode() } else { pool }
}
