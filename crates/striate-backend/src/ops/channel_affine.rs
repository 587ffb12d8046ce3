//! A factor and a summand for each channel.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::VisionBackend;

/// Multiplies each channel of `x` `[batch, channels, inner]` by its factor `scale` and adds its summand `shift`, both
/// `[channels]`: what a batch normalization with fixed statistics comes down to.
///
/// # Panics
/// If there is not one factor and one summand for each channel.
pub fn channel_affine(x: Tensor<3>, scale: Tensor<1>, shift: Tensor<1>) -> Tensor<3> {
    let channels = x.dims()[1];
    assert_eq!([scale.dims(), shift.dims()], [[channels]; 2], "one factor and one summand for each channel");
    let [scale, shift] = [scale, shift].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::vision_channel_affine(x.into_dispatch(), scale, shift))
}
