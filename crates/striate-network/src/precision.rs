//! Computing in half precision with weights in single precision (Micikevicius et al. 2018,
//! <https://arxiv.org/abs/1710.03740>).

use burn::Tensor;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::FloatDType;
use striate_layers::{LayerConfig, Value};

use crate::Network;
use crate::spec::NodeKind;

impl Network {
    /// A copy that computes in this type, as Keras's policies `mixed_float16` and `mixed_bfloat16`: it takes and gives `f32`, and
    /// its norms, whose sums are long, compute in `f32` too.
    ///
    /// Its weights are cast from this network's, which a gradient reaches through the cast: it is for one pass.
    pub fn computing_in(&self, dtype: FloatDType) -> Self {
        if dtype == FloatDType::F32 {
            return self.clone();
        }
        let mut network = self.clone().map_nodes(|node, layer| match node.kind() {
            NodeKind::Layer(config) if !is_norm(config) => layer.map(&mut Cast(dtype)),
            _ => layer,
        });
        network.computes_in = Some(dtype);
        network
    }

    /// What a layer takes of others' values.
    pub(crate) fn taken(&self, number: usize, value: Value) -> Value {
        match self.computes_in {
            Some(_) if self.is_full(number) => value.cast(FloatDType::F32),
            _ => value,
        }
    }

    /// What others take of a layer's values.
    pub(crate) fn given(&self, value: Value) -> Value {
        match self.computes_in {
            Some(dtype) => value.cast(dtype),
            None => value,
        }
    }

    /// Whether a node computes in `f32` whatever the others do.
    fn is_full(&self, number: usize) -> bool {
        self.spec().layer(self.spec().owner(number)).is_some_and(is_norm)
    }
}

/// Layers whose weights stay in `f32`.
fn is_norm(config: &LayerConfig) -> bool {
    ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm"].contains(&config.kind())
}

struct Cast(FloatDType);

impl ModuleMapper for Cast {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|weight| weight.cast(self.0))
    }
}
