//! A small network for the tests.

use striate_layers::{Activation, AvgPool2d, Conv2d, Dense, Flatten};
use striate_network::NetworkSpec;

pub(crate) fn small() -> NetworkSpec {
    let mut net = NetworkSpec::builder("small");
    let images = net.input("images", [2, 9, 8]);
    let x = net.add("conv1", Conv2d::new(4, 3).same().stride(2).activation(Activation::Tanh), images);
    let x = net.add("pool1", AvgPool2d::new(2), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc", Dense::new(3), x);
    net.output(x).build().unwrap()
}
