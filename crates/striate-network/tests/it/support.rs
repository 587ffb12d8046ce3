//! What several tests share.

use std::error::Error;

use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Gradients;
use striate_layers::{Activation, AvgPool2d, Conv2d, Dense, Flatten};
use striate_network::{Network, NetworkSpec};

/// A small network.
pub(crate) fn small() -> NetworkSpec {
    let mut net = NetworkSpec::builder("small");
    let images = net.input("images", [2, 9, 8]);
    let x = net.add("conv1", Conv2d::new(4, 3).same().stride(2).activation(Activation::Tanh), images);
    let x = net.add("pool1", AvgPool2d::new(2), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc", Dense::new(3), x);
    net.output(x).build().unwrap()
}

/// An error's message with those of its causes.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The names of the parameters that have a gradient.
pub(crate) fn with_gradient(network: &Network, gradients: &Gradients) -> Vec<String> {
    let mut found = Found { gradients, path: Vec::new(), names: Vec::new() };
    network.visit(&mut found);
    found.names
}

struct Found<'a> {
    gradients: &'a Gradients,
    path: Vec<String>,
    names: Vec<String>,
}

impl ModuleVisitor for Found<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.val().grad(self.gradients).is_some() {
            self.names.push(self.path.join("."));
        }
    }

    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
}
