//! Convolutions.

use striate_layers::{Conv, Conv1d, Conv2d, Conv3d, LayerConfig, Padding, Size};
use striate_testkit::Case;

use super::read;

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    Some(match case.kind.as_str() {
        "conv1d" => Conv1d::into(conv(case)),
        "conv2d" => Conv2d::into(conv(case)),
        "conv3d" => Conv3d::into(conv(case)),
        _ => return None,
    })
}

fn conv<const D: usize, const R: usize>(case: &Case) -> Conv<D, R> {
    let conv = Conv::new(read(case, "out_channels"), read::<Size<D>>(case, "kernel_size"))
        .stride(read::<Size<D>>(case, "strides"))
        .padding(read::<Padding<D>>(case, "padding"))
        .dilation(read::<Size<D>>(case, "dilation"))
        .groups(read(case, "groups"));
    if read(case, "use_bias") { conv } else { conv.no_bias() }
}
