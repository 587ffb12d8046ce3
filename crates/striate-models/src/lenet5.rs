//! LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998, <https://doi.org/10.1109/5.726791>, figure 2), as it is used today.
//!
//! Departures from the paper: pictures of 28x28 padded to 32x32 by the first convolution, plain average pooling without
//! trainable coefficients, every map of the second convolution sees all six before it, and a dense layer instead of
//! distances at the end. 61,706 parameters for ten classes.

use striate_core::Preprocessing;
use striate_layers::{Activation, AvgPool2d, Conv2d, Dense, Flatten};
use striate_network::{Builder, NetworkError, NetworkSpec, Node};

/// Config of LeNet-5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeNet5 {
    /// Outputs; 0 leaves the last layer out.
    pub classes: usize,
    /// Channels of the pictures.
    pub in_channels: usize,
    /// Height and width of the pictures in px, at least 12.
    pub size: [usize; 2],
}

impl LeNet5 {
    /// For gray pictures of 28x28 px.
    pub fn new(classes: usize) -> Self {
        Self { classes, in_channels: 1, size: [28, 28] }
    }

    /// Takes pictures with this many channels.
    pub fn in_channels(self, in_channels: usize) -> Self {
        Self { in_channels, ..self }
    }

    /// Takes pictures of this `[height, width]` in px.
    pub fn size(self, size: [usize; 2]) -> Self {
        Self { size, ..self }
    }

    /// Gray pictures of 28x28 px, light on dark, with the mean and standard deviation of MNIST's training set taken out.
    pub fn preprocessing() -> Preprocessing {
        Preprocessing { mean: vec![0.1307], std: vec![0.3081], ..Preprocessing::gray([28, 28]) }
    }

    /// The network; its output is logits `[batch, classes]`.
    ///
    /// # Errors
    /// If the pictures are too small.
    pub fn spec(&self) -> Result<NetworkSpec, NetworkError> {
        let mut net = NetworkSpec::builder("lenet5");
        let images = net.input("images", [self.in_channels, self.size[0], self.size[1]]);
        let x = net.add("conv1", Conv2d::new(6, 5).same().activation(Activation::Tanh), images);
        let x = net.add("pool1", AvgPool2d::new(2), x);
        let x = net.add("conv2", Conv2d::new(16, 5).activation(Activation::Tanh), x);
        let x = net.add("pool2", AvgPool2d::new(2), x);
        let x = net.add("flatten", Flatten::new(), x);
        let x = net.add("fc1", Dense::new(120).activation(Activation::Tanh), x);
        let x = net.add("fc2", Dense::new(84).activation(Activation::Tanh), x);
        let x = self.head(&mut net, x);
        net.output(x).build()
    }

    fn head(&self, net: &mut Builder, x: Node) -> Node {
        match self.classes {
            0 => x,
            classes => net.add("fc3", Dense::new(classes), x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_those_of_the_paper_with_dense_output() {
        assert_eq!(LeNet5::new(10).spec().unwrap().summary().parameters, 61_706);
        // 84 * 10 + 10 less.
        assert_eq!(LeNet5::new(0).spec().unwrap().summary().parameters, 60_856);
    }

    #[test]
    fn other_classes_channels_and_sizes_are_built() {
        let spec = LeNet5::new(7).in_channels(3).size([33, 40]).spec().unwrap();
        assert_eq!(spec.output_signatures()[0].shape, [7].into());
    }

    #[test]
    fn pictures_that_are_too_small_are_rejected_with_the_layer() {
        let error = LeNet5::new(10).size([8, 8]).spec().unwrap_err();
        assert!(error.to_string().contains("conv2"), "{error}");
    }
}
