//! Values that a forward pass learns without a gradient, such as running statistics.

use std::collections::BTreeMap;

use burn::Tensor;
use burn::module::{Module, ModuleMapper, Param, ParamId};

use crate::Value;
use crate::value::with_rank;

/// New values of parameters, to be applied after the step that found them.
#[derive(Debug, Default)]
pub struct Updates(BTreeMap<ParamId, Value>);

impl Updates {
    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The means of what several passes found, each of so many samples, added up in their order.
    pub fn mean(parts: Vec<(Self, usize)>) -> Self {
        let all = parts.iter().map(|(_, samples)| samples).sum::<usize>().max(1) as f64;
        let mut sums: BTreeMap<ParamId, Value> = BTreeMap::new();
        for (found, samples) in parts {
            for (id, value) in found.0 {
                let part = with_rank!(value, x => x * (samples as f64 / all));
                let sum = match sums.remove(&id) {
                    Some(sum) => with_rank!(sum, sum => sum + part.float()),
                    None => part,
                };
                sums.insert(id, sum);
            }
        }
        Self(sums)
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
            // A pass in half precision finds them in half precision.
            Some(value) => param.map(|old| value.cast(old.dtype()).set_require_grad(old.is_require_grad())),
            None => param,
        }
    }
}
