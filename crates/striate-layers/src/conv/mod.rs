//! Convolutions, and layers that look at a picture as they do.

mod convolution;
mod depthwise;
mod locally_connected;
mod run;
mod separable;
mod subsampling;
mod transpose;
mod weight_norm;

use burn::Tensor;
use burn::module::{Param, ParamId};
use burn::tensor::Shape;
use striate_backend::Device;

pub use self::convolution::{Conv, Conv1d, Conv1dLayer, Conv2d, Conv2dLayer, Conv3d, Conv3dLayer, ConvLayer};
pub use self::depthwise::{
    DepthwiseConv, DepthwiseConv1d, DepthwiseConv1dLayer, DepthwiseConv2d, DepthwiseConv2dLayer, DepthwiseConv3d,
    DepthwiseConv3dLayer, DepthwiseConvLayer,
};
pub use self::locally_connected::{LocallyConnected2d, LocallyConnected2dLayer};
pub use self::separable::{
    SeparableConv, SeparableConv1d, SeparableConv1dLayer, SeparableConv2d, SeparableConv2dLayer, SeparableConv3d,
    SeparableConv3dLayer, SeparableConvLayer,
};
pub use self::subsampling::{Subsampling2d, Subsampling2dLayer};
pub use self::transpose::{
    ConvTranspose, ConvTranspose1d, ConvTranspose1dLayer, ConvTranspose2d, ConvTranspose2dLayer, ConvTranspose3d,
    ConvTranspose3dLayer, ConvTransposeLayer,
};
pub use self::weight_norm::{
    WeightNorm, WeightNormConv1d, WeightNormConv1dLayer, WeightNormConv2d, WeightNormConv2dLayer, WeightNormConv3d,
    WeightNormConv3dLayer, WeightNormDense, WeightNormDenseLayer, WeightNormLayer, WeightNormalizable,
};

use crate::layer::only_float_input;
use crate::window::{Padding, Window, output_sides};
use crate::{DataFormat, LayerError, Signature};

/// The px of a kernel.
fn taps(kernel_size: &[usize]) -> usize {
    kernel_size.iter().fold(1, |product, side| product.saturating_mul(*side))
}

/// The product of what a layer counts.
fn product(numbers: &[usize]) -> u64 {
    numbers.iter().fold(1, |product, number| product.saturating_mul(*number as u64))
}

/// The channels of the picture that flows in; 0 if they aren't known.
fn channels<const D: usize>(data_format: DataFormat, inputs: &[Signature]) -> usize {
    data_format.split::<D>(inputs[0].shape.sides()).and_then(|(channels, _)| channels).unwrap_or(0)
}

/// The number of px of a picture; 0 if a side isn't known.
fn px<const D: usize>(data_format: DataFormat, picture: &Signature) -> u64 {
    let sides = data_format.split::<D>(picture.shape.sides()).map_or([None; D], |(_, sides)| sides);
    product(&sides.map(Option::unwrap_or_default))
}

/// Channels and sides of the only picture that flows in.
///
/// # Errors
/// If it is none, its channels aren't known, or it is empty.
fn picture<const D: usize>(
    kind: &'static str,
    data_format: DataFormat,
    inputs: &[Signature],
) -> Result<(usize, [Option<usize>; D]), LayerError> {
    let expected = || format!("one picture {}", data_format.axes(D));
    let input = only_float_input(kind, &expected(), inputs)?;
    let Some((Some(channels), sides)) = data_format.split::<D>(input.shape.sides()) else {
        let fix = match input.shape.rank() {
            1 => "put a reshape before it",
            rank if rank == D => "add a channel axis of 1",
            rank if rank == D + 1 => "its channels must be known",
            _ => "use the layer of as many directions as the picture has",
        };
        return Err(LayerError::input(kind, expected(), inputs).with_fix(fix));
    };
    if channels == 0 || sides.contains(&Some(0)) {
        return Err(LayerError::input(kind, "a picture with at least one channel and px", inputs));
    }
    Ok((channels, sides))
}

/// The output's sides.
///
/// # Errors
/// If the kernel doesn't fit in.
fn kernel_fits<const D: usize>(
    kind: &'static str,
    padding: Padding<D>,
    sides: [Option<usize>; D],
    windows: [Window; D],
    inputs: &[Signature],
) -> Result<[Option<usize>; D], LayerError> {
    output_sides(padding, sides, windows).ok_or_else(|| {
        let kernel = windows.map(|window| window.size.to_string()).join("x");
        LayerError::input(kind, format!("a picture that a {kernel} kernel fits in"), inputs)
            .with_fix("use padding `same`, a smaller kernel, or a larger picture")
    })
}

/// The most numbers of one weight; more is a mistake, and would be allocated.
const MAX_WEIGHT: u64 = 1 << 32;

/// Checks the size of a weight.
///
/// # Errors
/// If it has more than 2^32 numbers.
fn weight_fits(kind: &'static str, shape: &[usize], inputs: &[Signature]) -> Result<(), LayerError> {
    if product(shape) <= MAX_WEIGHT {
        return Ok(());
    }
    let expected = format!("a picture for which the weight {shape:?} has at most 2^32 numbers");
    Err(LayerError::input(kind, expected, inputs).with_fix("use fewer filters, a smaller kernel, or fewer channels"))
}

/// A parameter whose first values are computed when they are first asked for.
fn computed<const R: usize>(
    shape: [usize; R],
    device: &Device,
    compute: impl FnOnce(&Device) -> Tensor<R> + Send + Sync + 'static,
) -> Param<Tensor<R>> {
    let init = move |device: &Device, require_grad: bool| compute(device).detach().set_require_grad(require_grad);
    Param::uninitialized(ParamId::new(), init, device.clone(), true, Shape::from(shape))
}

/// The builder methods of a layer with `padding`, `stride` and `data_format`, and with `dilation` if it is `dilated`.
macro_rules! window_builders {
    ($directions:expr) => {
        /// Padding `same`: the output's sides are `ceil(side / stride)`, `side * stride` if transposed, as TensorFlow.
        pub fn same(self) -> Self {
            self.padding($crate::Padding::Same)
        }

        /// Pads so; a number or one a direction is PyTorch's `padding=`.
        pub fn padding(self, padding: impl Into<$crate::Padding<{ $directions }>>) -> Self {
            Self { padding: padding.into(), ..self }
        }

        /// Steps by this many px.
        pub fn stride(self, stride: impl Into<$crate::Size<{ $directions }>>) -> Self {
            Self { stride: stride.into(), ..self }
        }

        $crate::builders::data_format_builder!();
    };
    ($directions:expr, dilated) => {
        $crate::conv::window_builders!($directions);

        /// Spreads the kernel's px by this step.
        pub fn dilation(self, dilation: impl Into<$crate::Size<{ $directions }>>) -> Self {
            Self { dilation: dilation.into(), ..self }
        }
    };
}
use window_builders;

/// The builder method `preset` of a layer with `kernel: Weight` and `bias: Option<Weight>`.
macro_rules! preset_builder {
    () => {
        /// Draws first values as this library does: Keras Glorot uniform and a bias of 0, PyTorch both uniformly from
        /// ±1 / sqrt(fan_in).
        pub fn preset(self, preset: $crate::Preset) -> Self {
            let (kernel, bias) = preset.kernel_and_bias();
            self.kernel_initializer(kernel).bias_initializer(bias)
        }
    };
}
use preset_builder;
