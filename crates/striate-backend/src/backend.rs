//! The operations that striate adds to burn's backends.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::ops::ModuleOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, backend_extension};
use burn::tensor::ops::ConvOptions;

/// Vision operations over any burn backend.
///
/// Default bodies are burn's operations, so that every backend has every operation; a backend with a kernel of its
/// own overrides them. Gradients come from the implementation for [`Autodiff`], which calls the `_grad` operations,
/// so that a kernel can be given for each direction.
#[backend_extension(
    Cube: cfg(feature = "cube"),
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Fusion: cfg(feature = "fusion"),
    Autodiff
)]
pub trait VisionBackend: Backend {
    /// Two-dimensional cross-correlation without a bias.
    ///
    /// `images` `[batch, in_channels, height, width]`, `weight` `[out_channels, in_channels / groups, k_h, k_w]`;
    /// returns `[batch, out_channels, out_height, out_width]`.
    #[fusion(default)]
    fn conv2d_plain(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d(images, weight, None, options)
    }

    /// As [`conv2d_plain`](Self::conv2d_plain), with a bias `[out_channels]`.
    #[fusion(default)]
    fn conv2d_biased(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d(images, weight, Some(bias), options)
    }

    /// The gradient for the images, from the gradient of the output.
    #[fusion(default)]
    fn conv2d_images_grad(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_x_backward(images, weight, output_grad, options)
    }

    /// The gradient for the weight, from the gradient of the output.
    #[fusion(default)]
    fn conv2d_weight_grad(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_weight_backward(images, weight, output_grad, options)
    }

    /// The gradient for the bias `[out_channels]`, from the gradient of the output.
    #[fusion(default)]
    fn conv2d_bias_grad(
        images: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_bias_backward(images, bias, output_grad)
    }

    /// The hyperbolic tangent of each value, whatever the shape.
    #[fusion(default)]
    fn vision_tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
        plain_tanh::<Self>(x)
    }

    /// The gradient for the input of [`vision_tanh`](Self::vision_tanh), from its output and that one's gradient.
    #[fusion(default)]
    fn vision_tanh_grad(output: FloatTensor<Self>, output_grad: FloatTensor<Self>) -> FloatTensor<Self> {
        plain_tanh_grad::<Self>(output, output_grad)
    }
}

pub(crate) fn plain_tanh<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_tanh(x)
}

pub(crate) fn plain_tanh_grad<B: Backend>(output: FloatTensor<B>, output_grad: FloatTensor<B>) -> FloatTensor<B> {
    let square = B::float_mul(output.clone(), output);
    let derivative = B::float_add_scalar(B::float_neg(square), 1.0.into());
    B::float_mul(derivative, output_grad)
}

#[cfg(feature = "ndarray")]
impl VisionBackend for burn::backend::NdArray {}

#[cfg(feature = "cube")]
impl VisionBackend for burn::backend::Cube {}

/// The step back through a convolution with `N` differentiable inputs: images, weight and perhaps a bias.
#[derive(Debug)]
struct Conv2dBackward<const N: usize>;

impl<B: VisionBackend, const N: usize> Backward<B, N> for Conv2dBackward<N> {
    type State = ([NodeId; N], ConvOptions<2>);

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (states, options) = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        let mut inputs = states.map(|state| checkpointer.retrieve_node_output::<FloatTensor<B>>(state)).into_iter();
        let (images, weight) = (inputs.next().expect("images"), inputs.next().expect("weight"));
        if let Some(node) = &ops.parents[0] {
            let grad = B::conv2d_images_grad(images.clone(), weight.clone(), output_grad.clone(), options.clone());
            grads.register::<B>(node.id, grad);
        }
        if let Some(node) = &ops.parents[1] {
            let grad = B::conv2d_weight_grad(images.clone(), weight, output_grad.clone(), options);
            grads.register::<B>(node.id, grad);
        }
        if let (Some(Some(node)), Some(bias)) = (ops.parents.get(2), inputs.next()) {
            let grad = B::conv2d_bias_grad(images, bias, output_grad);
            grads.register::<B>(node.id, grad);
        }
    }
}

/// The step back through a hyperbolic tangent.
#[derive(Debug)]
struct TanhBackward;

impl<B: VisionBackend> Backward<B, 1> for TanhBackward {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let output = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| B::vision_tanh_grad(output, grad));
    }
}

impl<B: VisionBackend, C: CheckpointStrategy> VisionBackend for Autodiff<B, C> {
    fn vision_tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match TanhBackward.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::vision_tanh(x.into_primitive());
                prepared.finish(output.clone(), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::vision_tanh(x.into_primitive())),
        }
    }

    fn conv2d_plain(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        let prepared = Conv2dBackward::<2>.prepare::<C>([images.node(), weight.node()]).compute_bound().stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let states = [prepared.checkpoint(&images), prepared.checkpoint(&weight)];
                let output = B::conv2d_plain(images.into_primitive(), weight.into_primitive(), options.clone());
                prepared.finish((states, options), output)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::conv2d_plain(images.into_primitive(), weight.into_primitive(), options))
            }
        }
    }

    fn conv2d_biased(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        let prepared =
            Conv2dBackward::<3>.prepare::<C>([images.node(), weight.node(), bias.node()]).compute_bound().stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let states = [prepared.checkpoint(&images), prepared.checkpoint(&weight), prepared.checkpoint(&bias)];
                let output = B::conv2d_biased(
                    images.into_primitive(),
                    weight.into_primitive(),
                    bias.into_primitive(),
                    options.clone(),
                );
                prepared.finish((states, options), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::conv2d_biased(
                images.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                options,
            )),
        }
    }
}
