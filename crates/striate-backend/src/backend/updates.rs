//! The operations of optimizers.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

use super::{AdagradStep, AdamStep, RmsPropStep, SgdStep, plain};

/// Steps of update rules over any burn backend, on tensors without autodiff.
///
/// Default bodies are burn's operations; a backend with a kernel of its own overrides them.
#[backend_extension(
    Cube: cfg(feature = "cube"),
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Fusion: cfg(feature = "fusion")
)]
pub trait UpdateRules: Backend {
    /// A step of gradient descent with momentum: parameter and velocity after it, from flat tensors of one length.
    #[fusion(default)]
    fn vision_sgd(
        parameter: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: SgdStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        plain::sgd::<Self>(parameter, velocity, gradient, step)
    }

    /// A step of Adam: the parameter, and the means of its gradient and of that one's square after it, from flat tensors of
    /// one length.
    #[fusion(default)]
    fn vision_adam(
        parameter: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        mean_square: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        plain::adam::<Self>(parameter, mean, mean_square, gradient, step)
    }

    /// As [`vision_adam`](Self::vision_adam), by the largest mean square so far instead (AMSGrad), which comes last.
    #[fusion(default)]
    fn vision_amsgrad(
        parameter: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        mean_square: FloatTensor<Self>,
        largest: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        plain::amsgrad::<Self>(parameter, mean, mean_square, largest, gradient, step)
    }

    /// A step of RMSprop: the parameter, the means of the gradient's square and of it, and the velocity after it, from flat
    /// tensors of one length. The mean is any tensor unless the step is centered, the velocity unless there is momentum.
    #[fusion(default)]
    fn vision_rmsprop(
        parameter: FloatTensor<Self>,
        mean_square: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: RmsPropStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        plain::rmsprop::<Self>(parameter, [mean_square, mean, velocity], gradient, step)
    }

    /// A step of Adagrad: the parameter and the sum of the gradient's squares after it, from flat tensors of one length.
    #[fusion(default)]
    fn vision_adagrad(
        parameter: FloatTensor<Self>,
        square_sum: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: AdagradStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        plain::adagrad::<Self>(parameter, square_sum, gradient, step)
    }

    /// `from`, moved towards `to` by a fraction of what lies between; both are flat and of one length.
    #[fusion(default)]
    fn vision_lerp(from: FloatTensor<Self>, to: FloatTensor<Self>, fraction: f64) -> FloatTensor<Self> {
        plain::lerp::<Self>(from, to, fraction)
    }
}

#[cfg(feature = "ndarray")]
impl UpdateRules for burn::backend::NdArray {}

#[cfg(feature = "cube")]
impl UpdateRules for burn::backend::Cube {}
