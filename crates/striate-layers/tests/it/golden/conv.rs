//! Convolutions.

use striate_layers::{
    Conv, Conv1d, Conv2d, Conv3d, ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, DepthwiseConv,
    DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d, LayerConfig, LocallyConnected2d, Padding, SeparableConv,
    SeparableConv1d, SeparableConv2d, SeparableConv3d, Size, WeightNorm, WeightNormConv1d, WeightNormConv2d,
    WeightNormConv3d, WeightNormalizable,
};
use striate_testkit::Case;

use super::{find, read};

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    Some(match case.kind.as_str() {
        "conv1d" => Conv1d::into(conv(case)),
        "conv2d" => Conv2d::into(conv(case)),
        "conv3d" => Conv3d::into(conv(case)),
        "separable_conv1d" => SeparableConv1d::into(separable(case)),
        "separable_conv2d" => SeparableConv2d::into(separable(case)),
        "separable_conv3d" => SeparableConv3d::into(separable(case)),
        "depthwise_conv1d" => DepthwiseConv1d::into(depthwise(case)),
        "depthwise_conv2d" => DepthwiseConv2d::into(depthwise(case)),
        "depthwise_conv3d" => DepthwiseConv3d::into(depthwise(case)),
        "conv_transpose1d" => ConvTranspose1d::into(transpose(case)),
        "conv_transpose2d" => ConvTranspose2d::into(transpose(case)),
        "conv_transpose3d" => ConvTranspose3d::into(transpose(case)),
        "locally_connected2d" => locally_connected(case).into(),
        "weight_norm_conv1d" => WeightNormConv1d::into(weight_norm(case)),
        "weight_norm_conv2d" => WeightNormConv2d::into(weight_norm(case)),
        "weight_norm_conv3d" => WeightNormConv3d::into(weight_norm(case)),
        _ => return None,
    })
}

/// What a case may leave out: a step of 1.
fn one<const D: usize>(case: &Case, key: &str) -> Size<D> {
    find(case, key).unwrap_or(Size([1; D]))
}

fn use_bias(case: &Case) -> bool {
    find(case, "use_bias").unwrap_or(case.tensors.contains_key("bias"))
}

fn conv<const D: usize, const R: usize>(case: &Case) -> Conv<D, R> {
    let conv = Conv::new(read(case, "out_channels"), read::<Size<D>>(case, "kernel_size"))
        .stride(read::<Size<D>>(case, "strides"))
        .padding(read::<Padding<D>>(case, "padding"))
        .dilation(one::<D>(case, "dilation"))
        .groups(find(case, "groups").unwrap_or(1));
    if use_bias(case) { conv } else { conv.no_bias() }
}

fn separable<const D: usize, const R: usize>(case: &Case) -> SeparableConv<D, R> {
    let conv = SeparableConv::new(read(case, "out_channels"), read::<Size<D>>(case, "kernel_size"))
        .stride(read::<Size<D>>(case, "strides"))
        .padding(read::<Padding<D>>(case, "padding"))
        .dilation(one::<D>(case, "dilation"))
        .depth_multiplier(find(case, "depth_multiplier").unwrap_or(1));
    if use_bias(case) { conv } else { conv.no_bias() }
}

fn depthwise<const D: usize, const R: usize>(case: &Case) -> DepthwiseConv<D, R> {
    let conv = DepthwiseConv::new(read::<Size<D>>(case, "kernel_size"))
        .stride(read::<Size<D>>(case, "strides"))
        .padding(read::<Padding<D>>(case, "padding"))
        .dilation(one::<D>(case, "dilation"))
        .depth_multiplier(find(case, "depth_multiplier").unwrap_or(1));
    if use_bias(case) { conv } else { conv.no_bias() }
}

fn transpose<const D: usize, const R: usize>(case: &Case) -> ConvTranspose<D, R> {
    let conv = ConvTranspose {
        output_padding: find(case, "output_padding"),
        ..ConvTranspose::new(read(case, "out_channels"), read::<Size<D>>(case, "kernel_size"))
    };
    let conv = conv
        .stride(read::<Size<D>>(case, "strides"))
        .padding(read::<Padding<D>>(case, "padding"))
        .dilation(one::<D>(case, "dilation"))
        .groups(find(case, "groups").unwrap_or(1));
    if use_bias(case) { conv } else { conv.no_bias() }
}

fn locally_connected(case: &Case) -> LocallyConnected2d {
    let layer = LocallyConnected2d::new(read(case, "out_channels"), read::<Size<2>>(case, "kernel_size"))
        .stride(read::<Size<2>>(case, "strides"))
        .padding(read::<Padding<2>>(case, "padding"));
    if use_bias(case) { layer } else { layer.no_bias() }
}

fn weight_norm<const D: usize, const R: usize>(case: &Case) -> WeightNorm<Conv<D, R>, R>
where
    Conv<D, R>: WeightNormalizable<R>,
{
    let norm_dim = match case.config.get("norm_dim") {
        Some(_) => find(case, "norm_dim"),
        None => Some(0),
    };
    WeightNorm::new(conv(case)).norm_dim(norm_dim)
}
