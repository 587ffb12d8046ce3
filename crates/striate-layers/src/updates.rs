//! Values that a forward pass learns without a gradient, such as running statistics.

use std::collections::BTreeMap;

use burn::Tensor;
use burn::module::{Module, ModuleMapper, Param, ParamId};

use crate::Value;

/// New values of parameters, to be applied after the step that found them.
#[derive(Debug, Default)]
pub struct Updates(BTreeMap<ParamId, Value>);

impl Updates {
    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the parameters of a module to their new values.
    pub fn apply<M: Module>(&self, module: M) -> M {
        if self.is_empty() { module } else { module.map(&mut Apply(self)) }
    }

    pub(crate) fn insert<const D: usize>(&mut self, param: &Param<Tensor<D>>, value: Tensor<D>) {
        self.0.insert(param.id, value.detach().into());
    }

    pub(crate) fn get<const D: usize>(&self, param: &Param<Tensor<D>>) -> Option<Tensor<D>> {
        self.0.get(&param.id).cloned().map(Value::float)
    }
}

struct Apply<'a>(&'a Updates);

impl ModuleMapper for Apply<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.0.get(&param) {
            Some(value) => param.map(|old| value.set_require_grad(old.is_require_grad())),
            None => param,
        }
    }
}
