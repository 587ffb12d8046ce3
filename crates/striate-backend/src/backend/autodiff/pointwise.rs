//! The gradients of functions of single values.

use std::marker::PhantomData;

use burn::backend::Autodiff;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::retro_forward::RetroForward;
use burn::backend::autodiff::checkpoint::state::BackwardStates;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;

use super::makes_again;
use crate::backend::{Pointwise, VisionBackend, VisionGradients};

/// What the gradient is made from.
#[derive(Debug, Clone)]
enum Kept<B: VisionBackend> {
    /// What the function [keeps](Pointwise::keeps_output).
    Values(FloatTensor<B>),
    /// The input, which another node has.
    Input(NodeId),
}

/// The step back.
#[derive(Debug)]
struct PointwiseBackward;

impl<B: VisionGradients> Backward<B, 1> for PointwiseBackward {
    type State = (Kept<B>, Pointwise);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (kept, function) = ops.state;
        let kept = match kept {
            Kept::Values(values) => values,
            Kept::Input(input) => {
                let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(input);
                if function.keeps_output() { B::vision_pointwise(x, function) } else { x }
            }
        };
        unary::<B, _>(ops.parents, ops.node, grads, |grad| B::vision_pointwise_grad(kept, grad, function));
    }
}

/// The step forward once more.
#[derive(Debug)]
struct Again<B> {
    input: NodeId,
    function: Pointwise,
    backend: PhantomData<B>,
}

impl<B: VisionBackend> RetroForward for Again<B> {
    fn forward(&self, states: &mut BackwardStates, out_node: NodeId) {
        let x = states.get_state::<FloatTensor<B>>(&self.input);
        states.save(out_node, B::vision_pointwise(x, self.function));
    }
}

/// A function of each value, as a node.
pub(super) fn node<B: VisionGradients, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    function: Pointwise,
) -> FloatTensor<Autodiff<B, C>> {
    let node = x.node();
    let again = Again::<B> { input: node.id(), function, backend: PhantomData };
    let prepared = PointwiseBackward.prepare::<C>([node]).memory_bound().retro_forward(again).parents([&x]);
    match prepared.stateful() {
        OpsKind::Tracked(mut prepared) if makes_again::<C>() => {
            let input = prepared.checkpoint(&x);
            prepared.finish((Kept::Input(input), function), B::vision_pointwise(x.into_primitive(), function))
        }
        OpsKind::Tracked(prepared) => {
            let x = x.into_primitive();
            let input = (!function.keeps_output()).then(|| x.clone());
            let output = B::vision_pointwise(x, function);
            prepared.finish((Kept::Values(input.unwrap_or_else(|| output.clone())), function), output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(B::vision_pointwise(x.into_primitive(), function)),
    }
}
