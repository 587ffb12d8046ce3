//! The gradients of factors and summands of channels.

use burn::backend::Autodiff;
use burn::backend::TensorMetadata;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use crate::backend::VisionGradients;

/// The step back to `[x, scale, shift]`.
#[derive(Debug)]
struct ChannelAffineBackward;

impl<B: VisionGradients> Backward<B, 3> for ChannelAffineBackward {
    /// The scale, and the input if the scale has a gradient: a frozen layer keeps no input.
    type State = (NodeId, Option<NodeId>);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (scale, x) = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        let scale = checkpointer.retrieve_node_output::<FloatTensor<B>>(scale);
        let channels = scale.shape();
        let of_channels = |grad| B::float_reshape(B::float_sum_dim(B::float_sum_dim(grad, 2), 0), channels.clone());
        let [x_node, scale_node, shift_node] = ops.parents;
        if let (Some(node), Some(x)) = (scale_node, x) {
            let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
            grads.register::<B>(node.id, of_channels(B::float_mul(output_grad.clone(), x)));
        }
        if let Some(node) = shift_node {
            grads.register::<B>(node.id, of_channels(output_grad.clone()));
        }
        if let Some(node) = x_node {
            let nothing = B::float_zeros(channels.clone(), &scale.device(), scale.dtype().into());
            grads.register::<B>(node.id, B::vision_channel_affine(output_grad, scale, nothing));
        }
    }
}

/// Channels times their factors, plus their summands, as a node.
pub(super) fn node<B: VisionGradients, C: CheckpointStrategy>(
    inputs: [FloatTensor<Autodiff<B, C>>; 3],
) -> FloatTensor<Autodiff<B, C>> {
    let nodes = inputs.each_ref().map(|input| input.node());
    let run = |inputs: [FloatTensor<Autodiff<B, C>>; 3]| {
        let [x, scale, shift] = inputs.map(|input| input.into_primitive());
        B::vision_channel_affine(x, scale, shift)
    };
    match ChannelAffineBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(mut prepared) => {
            let [x, scale, _] = &inputs;
            let x = scale.is_tracked().then(|| prepared.checkpoint(x));
            let scale = prepared.checkpoint(scale);
            prepared.finish((scale, x), run(inputs))
        }
        OpsKind::UnTracked(prepared) => prepared.finish(run(inputs)),
    }
}
