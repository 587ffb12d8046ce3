//! Training in less memory.

use burn::Tensor;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Bool, GradientCheckpointingStrategy, Int};

use crate::Network;

impl Network {
    /// For training in less memory: what is cheap, batch norms in training and activations, is made again in the backward pass
    /// instead of being kept (burn's balanced checkpointing). The results stay the same.
    pub fn with_activation_checkpointing(self) -> Self {
        self.train().map(&mut Balanced)
    }
}

/// Gives parameters with autodiff the balanced strategy.
struct Balanced;

const BALANCED: GradientCheckpointingStrategy = GradientCheckpointingStrategy::Balanced;

impl ModuleMapper for Balanced {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let learns = tensor.is_require_grad();
            tensor.with_gradient_checkpointing_strategy(BALANCED).set_require_grad(learns)
        })
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        param.map(|tensor| tensor.with_gradient_checkpointing_strategy(BALANCED))
    }

    fn map_bool<const D: usize>(&mut self, param: Param<Tensor<D, Bool>>) -> Param<Tensor<D, Bool>> {
        param.map(|tensor| tensor.with_gradient_checkpointing_strategy(BALANCED))
    }
}
