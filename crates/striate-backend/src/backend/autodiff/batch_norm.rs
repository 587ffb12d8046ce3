//! The gradients of batch normalizations, with what comes after them.

use std::marker::PhantomData;

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::retro_forward::RetroForward;
use burn::backend::autodiff::checkpoint::state::BackwardStates;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend};

use super::makes_again;
use crate::backend::{Pointwise, VisionBackend, VisionGradients};

/// Output, means and variances.
type Normalized<B> = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>);

/// Normalizes `[x, gamma, beta]`, then adds what is fourth and applies a function, if there is one.
fn normalized<B: VisionBackend, const N: usize>(
    inputs: [FloatTensor<B>; N],
    function: Option<Pointwise>,
    eps: f64,
) -> Normalized<B> {
    let mut inputs = inputs.into_iter();
    let mut next = || inputs.next();
    let (Some(x), Some(gamma), Some(beta)) = (next(), next(), next()) else { unreachable!("there are three or four") };
    match (next(), function) {
        (Some(more), function) => B::vision_batch_norm_added(x, gamma, beta, more, function, eps),
        (None, Some(function)) => B::vision_batch_norm_curved(x, gamma, beta, function, eps),
        (None, None) => B::vision_batch_norm(x, gamma, beta, eps),
    }
}

/// What the step back is made from.
#[derive(Debug, Clone)]
struct Kept<B: VisionBackend> {
    /// Input and gamma, which other nodes have; all inputs where the output is made again.
    inputs: Vec<NodeId>,
    mean: FloatTensor<B>,
    variance: FloatTensor<B>,
    /// The output, for the function's gradient.
    output: Option<FloatTensor<B>>,
    function: Option<Pointwise>,
    eps: f64,
}

/// The step back: to input, gamma and beta, and perhaps to what is added.
#[derive(Debug)]
struct BatchNormBackward<const N: usize>;

impl<B: VisionGradients, const N: usize> Backward<B, N> for BatchNormBackward<N> {
    type State = Kept<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let Kept { inputs, mean, variance, output, function, eps } = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        let inputs: Vec<_> =
            inputs.into_iter().map(|input| checkpointer.retrieve_node_output::<FloatTensor<B>>(input)).collect();
        let (x, gamma) = (inputs[0].clone(), inputs[1].clone());
        let curved = function.map(|function| {
            let again = || normalized::<B, N>(inputs.try_into().expect("all inputs"), Some(function), eps).0;
            (output.unwrap_or_else(again), function)
        });
        let adds = ops.parents.get(3).is_some_and(Option::is_some);
        let (x, gamma, beta, more) = match curved {
            None => {
                let more = adds.then(|| output_grad.clone());
                let (x, gamma, beta) = B::vision_batch_norm_grad(x, gamma, mean, variance, output_grad, eps);
                (x, gamma, beta, more)
            }
            Some((output, function)) if adds => {
                let (x, gamma, beta, more) =
                    B::vision_batch_norm_added_grad(x, gamma, mean, variance, output, output_grad, function, eps);
                (x, gamma, beta, Some(more))
            }
            Some((output, function)) => {
                let (x, gamma, beta) =
                    B::vision_batch_norm_curved_grad(x, gamma, mean, variance, output, output_grad, function, eps);
                (x, gamma, beta, None)
            }
        };
        for (node, grad) in ops.parents.into_iter().zip([Some(x), Some(gamma), Some(beta), more]) {
            if let (Some(node), Some(grad)) = (node, grad) {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

/// The step forward once more.
#[derive(Debug)]
struct Again<B, const N: usize> {
    inputs: [NodeId; N],
    function: Option<Pointwise>,
    eps: f64,
    backend: PhantomData<B>,
}

impl<B: VisionBackend, const N: usize> RetroForward for Again<B, N> {
    fn forward(&self, states: &mut BackwardStates, out_node: NodeId) {
        let inputs = self.inputs.map(|input| states.get_state::<FloatTensor<B>>(&input));
        states.save(out_node, normalized::<B, N>(inputs, self.function, self.eps).0);
    }
}

/// A batch normalization of `[x, gamma, beta]` and perhaps what is added, as a node.
pub(super) fn node<B: VisionGradients, C: CheckpointStrategy, const N: usize>(
    inputs: [FloatTensor<Autodiff<B, C>>; N],
    function: Option<Pointwise>,
    eps: f64,
) -> Normalized<Autodiff<B, C>> {
    let nodes = inputs.each_ref().map(|input| input.node());
    let again = Again::<B, N> { inputs: nodes.each_ref().map(|node| node.id()), function, eps, backend: PhantomData };
    let prepared = BatchNormBackward::<N>.prepare::<C>(nodes).memory_bound().retro_forward(again).parents(&inputs);
    let (output, mean, variance) = match prepared.stateful() {
        OpsKind::Tracked(mut prepared) => {
            let again = makes_again::<C>();
            let used = if again && function.is_some() { N } else { 2 };
            let kept: Vec<_> = inputs[..used].iter().map(|input| prepared.checkpoint(input)).collect();
            let (output, mean, variance) =
                normalized::<B, N>(inputs.map(|input| input.into_primitive()), function, eps);
            let kept = Kept {
                inputs: kept,
                mean: mean.clone(),
                variance: variance.clone(),
                output: (function.is_some() && !again).then(|| output.clone()),
                function,
                eps,
            };
            (prepared.finish(kept, output), mean, variance)
        }
        OpsKind::UnTracked(prepared) => {
            let (output, mean, variance) =
                normalized::<B, N>(inputs.map(|input| input.into_primitive()), function, eps);
            (prepared.finish(output), mean, variance)
        }
    };
    (output, Autodiff::<B, C>::from_inner(mean), Autodiff::<B, C>::from_inner(variance))
}
