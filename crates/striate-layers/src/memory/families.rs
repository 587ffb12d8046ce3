//! The families of layers.

use super::convolution::Kernel;
use super::{Chain, FLOAT, Operation, Place};
use crate::window::windows;
use crate::{Conv, ConvTranspose, Dense, DepthwiseConv, LayerConfig, SeparableConv, Signature};

/// Adds the operations of a layer.
pub(super) fn add(chain: &mut Chain, layer: &LayerConfig, inputs: &[Signature]) {
    let size = inputs.first().map_or(0, |input| chain.size(input));
    let output = layer.output(inputs).map_or(0, |output| chain.size(&output));
    let weights = chain.bytes(layer.cost(inputs).parameters) / chain.batch.max(1);
    let last = chain.last();
    match layer {
        LayerConfig::Conv1d(conv) => convolution(chain, conv, &inputs[0]),
        LayerConfig::Conv2d(conv) => convolution(chain, conv, &inputs[0]),
        LayerConfig::Conv3d(conv) => convolution(chain, conv, &inputs[0]),
        LayerConfig::WeightNormConv1d(conv) => convolution(chain, &conv.layer, &inputs[0]),
        LayerConfig::WeightNormConv2d(conv) => convolution(chain, &conv.layer, &inputs[0]),
        LayerConfig::WeightNormConv3d(conv) => convolution(chain, &conv.layer, &inputs[0]),
        LayerConfig::DepthwiseConv1d(conv) => depthwise(chain, conv, &inputs[0]),
        LayerConfig::DepthwiseConv2d(conv) => depthwise(chain, conv, &inputs[0]),
        LayerConfig::DepthwiseConv3d(conv) => depthwise(chain, conv, &inputs[0]),
        LayerConfig::SeparableConv1d(conv) => separable(chain, conv, &inputs[0]),
        LayerConfig::SeparableConv2d(conv) => separable(chain, conv, &inputs[0]),
        LayerConfig::SeparableConv3d(conv) => separable(chain, conv, &inputs[0]),
        LayerConfig::ConvTranspose1d(conv) => transposed(chain, layer, conv, &inputs[0]),
        LayerConfig::ConvTranspose2d(conv) => transposed(chain, layer, conv, &inputs[0]),
        LayerConfig::ConvTranspose3d(conv) => transposed(chain, layer, conv, &inputs[0]),
        LayerConfig::Dense(dense) => fully_connected(chain, dense, output, weights),
        LayerConfig::WeightNormDense(dense) => fully_connected(chain, &dense.layer, output, weights),
        LayerConfig::Activation(layer) => match layer.function {
            crate::Activation::Linear => chain.push(Operation::view(last, output)),
            function => chain.activate(function, output),
        },

        LayerConfig::Prelu(_) => chain.learned_slope(output, weights),

        LayerConfig::MaxPool1d(pool) => max_pool(chain, pool.padded(&inputs[0]), output),
        LayerConfig::MaxPool2d(pool) => max_pool(chain, pool.padded(&inputs[0]), output),
        LayerConfig::MaxPool3d(pool) => max_pool(chain, pool.padded(&inputs[0]), output),
        LayerConfig::AvgPool1d(pool) => avg_pool(chain, pool.padded(&inputs[0]), output),
        LayerConfig::AvgPool2d(pool) => avg_pool(chain, pool.padded(&inputs[0]), output),
        LayerConfig::AvgPool3d(pool) => avg_pool(chain, pool.padded(&inputs[0]), output),
        LayerConfig::GlobalAvgPool(_) | LayerConfig::GlobalMaxPool(_) => {
            chain.push(Operation::forgetful(last, output));
        }

        LayerConfig::BatchNorm(_) if chain.is_training() => {
            chain.push(Operation { weights, ..Operation::new(last, output) });
        }
        LayerConfig::BatchNorm(_) => chain.push(Operation::in_place(last, output)),
        LayerConfig::GroupNorm(norm) => normalization(chain, size, weights, norm.gamma.is_some()),
        LayerConfig::InstanceNorm(norm) => normalization(chain, size, weights, norm.gamma.is_some()),
        LayerConfig::LayerNorm(norm) => normalization(chain, size, weights, norm.gamma.is_some()),
        LayerConfig::LocalResponseNorm(_) => {
            let copies = output.saturating_mul(3);
            let (keeps, workspace) = if chain.is_training() { (copies, 0) } else { (0, output.saturating_mul(2)) };
            chain.push(Operation { keeps, workspace, gradient: Place::InPlace, ..Operation::new(last, output) });
        }

        LayerConfig::Dropout(_)
        | LayerConfig::SpatialDropout(_)
        | LayerConfig::GaussianDropout(_)
        | LayerConfig::GaussianNoise(_) => noise(chain, layer, output),

        LayerConfig::Add(_) | LayerConfig::Average(_) => {
            chain.push(Operation { gradient: Place::View, ..Operation::in_place(last, output) });
        }
        LayerConfig::Subtract(_) => {
            chain.push(Operation { gradient: Place::New, ..Operation::in_place(last, output) });
        }
        LayerConfig::Multiply(_) => {
            chain.push(Operation { keeps_operands: true, ..Operation::in_place(last, output) });
        }
        // A mask says whose value it is.
        LayerConfig::Maximum(_) | LayerConfig::Minimum(_) => {
            let keeps = output / FLOAT;
            chain.push(Operation { keeps, gradient: Place::New, ..Operation::in_place(last, output) });
        }
        LayerConfig::Concatenate(_) => {
            chain.push(Operation { gradient: Place::View, ..Operation::forgetful(last, output) });
        }
        LayerConfig::Flatten(_) | LayerConfig::Reshape(_) => chain.push(Operation::view(last, output)),
        LayerConfig::ZeroPadding1d(_)
        | LayerConfig::ZeroPadding2d(_)
        | LayerConfig::ZeroPadding3d(_)
        | LayerConfig::Cropping1d(_)
        | LayerConfig::Cropping2d(_)
        | LayerConfig::Cropping3d(_) => chain.push(Operation::forgetful(last, output)),
        LayerConfig::Upsample1d(_) | LayerConfig::Upsample2d(_) | LayerConfig::Upsample3d(_) => {
            // One direction after another.
            let workspace = (output / 2).saturating_sub(size);
            let gradient_workspace = output.saturating_sub(size);
            chain.push(Operation { workspace, gradient_workspace, ..Operation::forgetful(last, output) });
        }
        LayerConfig::Rescaling(_) => chain.push(Operation::in_place(last, output)),
        // A layer that isn't known closer keeps its input and needs as much as its output while it runs.
        _ => chain.push(Operation {
            weights,
            workspace: output,
            gradient_workspace: size,
            ..Operation::new(last, output)
        }),
    }
}

fn fully_connected(chain: &mut Chain, dense: &Dense, output: u64, weights: u64) {
    chain.push(Operation { weights, weights_workspace: weights, ..Operation::new(chain.last(), output) });
    chain.activate(dense.activation, output);
}

fn convolution<const D: usize, const R: usize>(chain: &mut Chain, conv: &Conv<D, R>, input: &Signature) {
    let windows = windows(conv.kernel_size, conv.stride, conv.dilation);
    let kernel =
        Kernel::new(input, conv.filters, conv.groups, windows, conv.padding, conv.data_format, conv.bias.is_some());
    if let Some(kernel) = kernel {
        chain.convolve(&kernel);
        let size = chain.bytes(kernel.output());
        chain.activate(conv.activation, size);
    }
}

fn transposed<const D: usize, const R: usize>(
    chain: &mut Chain,
    layer: &LayerConfig,
    conv: &ConvTranspose<D, R>,
    input: &Signature,
) {
    let has_bias = conv.bias.is_some();
    let output = layer.output(std::slice::from_ref(input)).ok();
    let kernel = output.and_then(|output| {
        Kernel::transposed(input, &output, &conv.kernel_size.0, conv.groups, conv.data_format, has_bias)
    });
    if let Some(kernel) = kernel {
        chain.convolve_transposed(&kernel);
        let size = chain.operations.last().map_or(0, |operation| operation.output);
        chain.activate(conv.activation, size);
    }
}

fn depthwise<const D: usize, const R: usize>(chain: &mut Chain, conv: &DepthwiseConv<D, R>, input: &Signature) {
    let windows = windows(conv.kernel_size, conv.stride, conv.dilation);
    let channels = conv.data_format.split::<D>(input.shape.sides()).and_then(|(channels, _)| channels).unwrap_or(0);
    let filters = channels.saturating_mul(conv.depth_multiplier);
    let kernel = Kernel::new(input, filters, channels, windows, conv.padding, conv.data_format, conv.bias.is_some());
    if let Some(kernel) = kernel {
        chain.convolve(&kernel);
        let size = chain.bytes(kernel.output());
        chain.activate(conv.activation, size);
    }
}

fn separable<const D: usize, const R: usize>(chain: &mut Chain, conv: &SeparableConv<D, R>, input: &Signature) {
    let windows = windows(conv.kernel_size, conv.stride, conv.dilation);
    let channels = conv.data_format.split::<D>(input.shape.sides()).and_then(|(channels, _)| channels).unwrap_or(0);
    let filters = channels.saturating_mul(conv.depth_multiplier);
    let depthwise = Kernel::new(input, filters, channels, windows, conv.padding, conv.data_format, false);
    if let Some(depthwise) = depthwise {
        chain.convolve(&depthwise);
        let pointwise = depthwise.then_pointwise(conv.filters, conv.bias.is_some());
        chain.convolve(&pointwise);
        let size = chain.bytes(pointwise.output());
        chain.activate(conv.activation, size);
    }
}

/// Pads first, if there is a padded size.
fn pad(chain: &mut Chain, padded: Option<usize>) {
    if let Some(elements) = padded {
        let operation = Operation::forgetful(chain.last(), chain.bytes(elements as u64));
        chain.push(Operation { gradient: Place::View, ..operation });
    }
}

/// The gradient needs the places of the maxima.
fn max_pool(chain: &mut Chain, padded: Option<usize>, output: u64) {
    pad(chain, padded);
    let keeps = if chain.is_training() { output } else { 0 };
    chain.push(Operation { keeps, ..Operation::new(chain.last(), output) });
}

fn avg_pool(chain: &mut Chain, padded: Option<usize>, output: u64) {
    pad(chain, padded);
    chain.push(Operation::new(chain.last(), output));
}

/// The input centred, in its own place; that times the scale; that times gamma, where it isn't part of the scale.
fn normalization(chain: &mut Chain, size: u64, weights: u64, has_gamma: bool) {
    let centred = Operation::in_place(chain.last(), size);
    chain.push(Operation { workspace: size, gradient_workspace: size, ..centred });
    let scaled = Operation { place: Place::InPlace, ..Operation::new(chain.last(), size) };
    let own_weights = if has_gamma { 0 } else { weights };
    chain.push(Operation { weights: own_weights, gradient_workspace: size, ..scaled });
    if has_gamma {
        let multiplied = Operation { place: Place::InPlace, ..Operation::new(chain.last(), size) };
        chain.push(Operation { weights, ..multiplied });
    }
}

/// A mask is drawn, kept, and multiplied by.
fn noise(chain: &mut Chain, layer: &LayerConfig, output: u64) {
    let last = chain.last();
    if !chain.is_training() {
        return chain.push(Operation::view(last, output));
    }
    let keeps = match layer {
        LayerConfig::GaussianNoise(_) | LayerConfig::SpatialDropout(_) => 0,
        _ => output,
    };
    chain.push(Operation { keeps, ..Operation::in_place(last, output) });
}
