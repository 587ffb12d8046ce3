//! Gradients by the names of their parameters.

use std::collections::BTreeMap;

use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Gradients;
use striate_backend::ops::sum;
use striate_network::Network;

/// The gradients of a network's parameters by name, each flat.
#[derive(Debug, Clone, Default)]
pub struct NamedGradients {
    pub(super) of: BTreeMap<String, Tensor<1>>,
}

impl NamedGradients {
    /// Takes the gradients of a network's parameters out of those of a backward pass.
    pub fn take(network: &Network, gradients: &mut Gradients) -> Self {
        let mut take = Take { gradients, path: Vec::new(), of: BTreeMap::new() };
        network.visit(&mut take);
        Self { of: take.of }
    }

    /// The names of the parameters that have a gradient, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.of.keys().map(String::as_str)
    }

    /// A parameter's gradient, flat.
    pub fn get(&self, name: &str) -> Option<&Tensor<1>> {
        self.of.get(name)
    }

    /// The Euclidean norm of all gradients together; infinite or NaN if one of them is, or if a square is beyond `f32`.
    ///
    /// Sums go in an order that is always the same: on the CPU the norm has the same bits whatever the number of threads.
    pub fn global_norm(&self) -> f64 {
        self.square_sums().into_iter().sum::<f64>().sqrt()
    }

    /// The norm of each gradient, in the order of the names.
    pub fn norms(&self) -> Vec<f64> {
        self.square_sums().into_iter().map(f64::sqrt).collect()
    }

    /// Whether all values are finite numbers.
    pub fn is_finite(&self) -> bool {
        // 0 times anything else isn't 0.
        numbers(self.of.values().map(|gradient| sum(gradient.clone() * 0.0))).into_iter().all(|sum| sum == 0.0)
    }

    /// All gradients times a factor, such as one over the scale of the loss.
    pub fn scaled(self, factor: f64) -> Self {
        if factor == 1.0 { self } else { self.map(|_, gradient| scaled(gradient, factor)) }
    }

    pub(super) fn map(self, mut change: impl FnMut(usize, Tensor<1>) -> Tensor<1>) -> Self {
        let changed = |(number, (name, gradient))| (name, change(number, gradient));
        Self { of: self.of.into_iter().enumerate().map(changed).collect() }
    }

    fn square_sums(&self) -> Vec<f64> {
        numbers(self.of.values().map(|gradient| sum(gradient.clone() * gradient.clone())))
    }
}

impl FromIterator<(String, Tensor<1>)> for NamedGradients {
    fn from_iter<I: IntoIterator<Item = (String, Tensor<1>)>>(gradients: I) -> Self {
        Self { of: gradients.into_iter().collect() }
    }
}

/// A gradient times a factor.
pub(super) fn scaled(gradient: Tensor<1>, factor: f64) -> Tensor<1> {
    if factor == 1.0 { gradient } else { gradient * factor }
}

/// Single numbers, read from their device at once.
fn numbers(sums: impl Iterator<Item = Tensor<1>>) -> Vec<f64> {
    let sums: Vec<_> = sums.collect();
    if sums.is_empty() {
        return Vec::new();
    }
    Tensor::cat(sums, 0).into_data().iter::<f32>().map(f64::from).collect()
}

struct Take<'a> {
    gradients: &'a mut Gradients,
    path: Vec<String>,
    of: BTreeMap<String, Tensor<1>>,
}

impl ModuleVisitor for Take<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = param.val().grad_remove(self.gradients) {
            let length = gradient.shape().num_elements();
            self.of.insert(self.path.join("."), gradient.reshape([length]));
        }
    }
}
