//! Gradients of our operations on any backend.
//!
//! With burn's balanced checkpointing, functions of single values and batch norms in training are made again in the backward
//! pass instead of being kept: they read what a convolution keeps, and cost little beside it.

mod batch_norm;
mod channel_affine;
mod pointwise;

use std::any::TypeId;
use std::sync::Arc;

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::{BalancedCheckpointing, CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, TensorMetadata};
use burn::tensor::Shape;
use burn::tensor::ops::ConvOptions;

use crate::Collective;
use crate::backend::{Pointwise, PoolOptions, VisionBackend, VisionGradients, plain};

/// Whether what is cheap is made again in the backward pass.
fn makes_again<C: CheckpointStrategy>() -> bool {
    TypeId::of::<C>() == TypeId::of::<BalancedCheckpointing>()
}

/// The step back through a convolution with `N` differentiable inputs: images, weight and perhaps a bias.
#[derive(Debug)]
struct Conv2dBackward<const N: usize>;

impl<B: VisionGradients, const N: usize> Backward<B, N> for Conv2dBackward<N> {
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

/// The step back through a transposed convolution: its input, weight and bias.
#[derive(Debug)]
struct ConvTranspose2dBackward;

impl<B: VisionGradients> Backward<B, 3> for ConvTranspose2dBackward {
    type State = ([NodeId; 3], ConvOptions<2>);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (states, options) = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        let [x, weight, bias] = states.map(|state| checkpointer.retrieve_node_output::<FloatTensor<B>>(state));
        let [of_x, of_weight, of_bias] = ops.parents;
        // It is the gradient of a convolution, which is its gradient in turn.
        if let Some(node) = of_x {
            grads.register::<B>(node.id, B::conv2d_plain(output_grad.clone(), weight.clone(), options.clone()));
        }
        if let Some(node) = of_weight {
            let grad = B::conv2d_weight_grad(output_grad.clone(), weight, x.clone(), options);
            grads.register::<B>(node.id, grad);
        }
        if let Some(node) = of_bias {
            grads.register::<B>(node.id, B::conv2d_bias_grad(x, bias, output_grad));
        }
    }
}

/// The step back through a cross-entropy.
#[derive(Debug)]
struct CrossEntropyBackward;

impl<B: VisionGradients> Backward<B, 1> for CrossEntropyBackward {
    type State = (NodeId, IntTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (state, labels, smoothing) = ops.state;
        let logits = checkpointer.retrieve_node_output::<FloatTensor<B>>(state);
        let step = |grad| B::vision_cross_entropy_grad(logits, labels, grad, smoothing);
        unary::<B, _>(ops.parents, ops.node, grads, step);
    }
}

/// The step back through a sum of all values.
#[derive(Debug)]
struct SumBackward;

impl<B: VisionGradients> Backward<B, 1> for SumBackward {
    type State = Shape;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let shape = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| B::vision_sum_grad(grad, shape));
    }
}

/// The step back through a sum over replicas. A value is part of every replica's sum, and so of every replica's loss; each
/// loss counts by its replica's weight, which is divided out again where the replicas' gradients are averaged by weight.
#[derive(Debug)]
struct SharedSumBackward;

impl<B: VisionGradients> Backward<B, 1> for SharedSumBackward {
    type State = Arc<dyn Collective>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let replicas = ops.state;
        let weight = replicas.weight();
        let sum = |mut numbers: Vec<f64>| {
            numbers.iter_mut().for_each(|number| *number *= weight);
            let mut sums = replicas.sum(numbers);
            sums.iter_mut().for_each(|sum| *sum /= weight);
            sums
        };
        unary::<B, _>(ops.parents, ops.node, grads, |grad| plain::shared_sum::<B>(grad, sum));
    }
}

/// The step back through the maxima of windows.
#[derive(Debug)]
struct MaxPoolBackward;

impl<B: VisionGradients> Backward<B, 1> for MaxPoolBackward {
    type State = (NodeId, IntTensor<B>, PoolOptions);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (state, places, options) = ops.state;
        let images = checkpointer.retrieve_node_output::<FloatTensor<B>>(state);
        let step = |grad| B::vision_max_pool2d_grad(images, places, grad, options);
        unary::<B, _>(ops.parents, ops.node, grads, step);
    }
}

/// The step back through the means of windows.
#[derive(Debug)]
struct AvgPoolBackward;

impl<B: VisionGradients> Backward<B, 1> for AvgPoolBackward {
    type State = (NodeId, PoolOptions, bool);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (state, options, with_padding) = ops.state;
        let images = checkpointer.retrieve_node_output::<FloatTensor<B>>(state);
        let step = |grad| B::vision_avg_pool2d_grad(images, grad, options, with_padding);
        unary::<B, _>(ops.parents, ops.node, grads, step);
    }
}

impl<B: VisionGradients, C: CheckpointStrategy> VisionBackend for Autodiff<B, C> {
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

    fn conv_transpose2d_biased(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        side: [usize; 2],
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let run = |[x, weight, bias]: [FloatTensor<B>; 3], options| {
            B::conv_transpose2d_biased(x, weight, bias, side, options)
        };
        match ConvTranspose2dBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prepared) => {
                let states = [&x, &weight, &bias].map(|input| prepared.checkpoint(input));
                let inputs = [x, weight, bias].map(|input| input.into_primitive());
                prepared.finish((states, options.clone()), run(inputs, options))
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(run([x, weight, bias].map(|input| input.into_primitive()), options))
            }
        }
    }

    fn vision_pointwise(x: FloatTensor<Self>, function: Pointwise) -> FloatTensor<Self> {
        pointwise::node::<B, C>(x, function)
    }

    fn vision_cross_entropy(logits: FloatTensor<Self>, labels: IntTensor<Self>, smoothing: f64) -> FloatTensor<Self> {
        match CrossEntropyBackward.prepare::<C>([logits.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prepared) => {
                let state = prepared.checkpoint(&logits);
                let losses = B::vision_cross_entropy(logits.into_primitive(), labels.clone(), smoothing);
                prepared.finish((state, labels, smoothing), losses)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::vision_cross_entropy(logits.into_primitive(), labels, smoothing))
            }
        }
    }

    fn vision_sum(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let shape = x.shape();
        match SumBackward.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(shape, B::vision_sum(x.into_primitive())),
            OpsKind::UnTracked(prepared) => prepared.finish(B::vision_sum(x.into_primitive())),
        }
    }

    fn vision_shared_sum(x: FloatTensor<Self>, replicas: Arc<dyn Collective>) -> FloatTensor<Self> {
        // Never made again in the backward pass, where the replicas would wait for each other in another order.
        match SharedSumBackward.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let sum = B::vision_shared_sum(x.into_primitive(), replicas.clone());
                prepared.finish(replicas, sum)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::vision_shared_sum(x.into_primitive(), replicas)),
        }
    }

    fn vision_channel_affine(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        channel_affine::node::<B, C>([x, scale, shift])
    }

    fn vision_batch_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        batch_norm::node::<B, C, 3>([x, gamma, beta], None, eps)
    }

    fn vision_batch_norm_curved(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        function: Pointwise,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        batch_norm::node::<B, C, 3>([x, gamma, beta], Some(function), eps)
    }

    fn vision_batch_norm_added(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        more: FloatTensor<Self>,
        function: Option<Pointwise>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        batch_norm::node::<B, C, 4>([x, gamma, beta, more], function, eps)
    }

    fn vision_max_pool2d(images: FloatTensor<Self>, options: PoolOptions) -> FloatTensor<Self> {
        match MaxPoolBackward.prepare::<C>([images.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prepared) => {
                let state = prepared.checkpoint(&images);
                let (output, places) = B::vision_max_pool2d_places(images.into_primitive(), options);
                prepared.finish((state, places, options), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::vision_max_pool2d(images.into_primitive(), options)),
        }
    }

    fn vision_avg_pool2d(images: FloatTensor<Self>, options: PoolOptions, with_padding: bool) -> FloatTensor<Self> {
        match AvgPoolBackward.prepare::<C>([images.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prepared) => {
                let state = prepared.checkpoint(&images);
                let output = B::vision_avg_pool2d(images.into_primitive(), options, with_padding);
                prepared.finish((state, options, with_padding), output)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::vision_avg_pool2d(images.into_primitive(), options, with_padding))
            }
        }
    }
}
