//! Layers that run together with what comes after them.

use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Gradients;
use striate_backend::{Device, device};
use striate_core::Streams;
use striate_layers::{Activation, Add, BatchNorm, Context, Conv2d, Dense, DepthwiseConv2d, Flatten, Value};
use striate_network::{NetworkSpec, Node};

use crate::graph::{Numbers, assert_close, inputs, numbers, trained};

/// Sums and activations after convolutions, batch norms and a dense layer; the last node comes out, and with `all` each
/// other as well, so that no layer can run with the next.
fn residual(all: bool) -> NetworkSpec {
    let mut net = NetworkSpec::builder("residual");
    let images = net.input("images", [3, 9, 7]);
    let mut nodes: Vec<Node> = Vec::new();
    let stem = net.add("stem", Conv2d::new(5, 3).same(), images);
    let stem_norm = net.add("stem_norm", BatchNorm::new(), stem);
    let x = net.add("stem_relu", Activation::Relu, stem_norm);
    let conv = net.add("conv", Conv2d::new(5, 3).same().no_bias(), x);
    let norm = net.add("norm", BatchNorm::new(), conv);
    let sum = net.add("sum", Add::new(), [norm, x]);
    let y = net.add("relu6", Activation::Relu6, sum);
    nodes.extend([stem, stem_norm, x, conv, norm, sum, y]);
    // The other one is later, and nothing comes after the sum.
    let conv2 = net.add("conv2", Conv2d::new(5, 1), y);
    let norm2 = net.add("norm2", BatchNorm::new(), conv2);
    let sum2 = net.add("sum2", Add::new(), [y, norm2]);
    let depthwise = net.add("depthwise", DepthwiseConv2d::new(3).same(), sum2);
    let sum3 = net.add("sum3", Add::new().activation(Activation::Swish), [depthwise, sum2]);
    // One px for each channel is stretched.
    let small = net.add("small", Conv2d::new(5, [9, 7]), sum3);
    let gate = net.add("gate", Activation::HardSigmoid, small);
    let sum4 = net.add("sum4", Add::new(), [sum3, gate]);
    let flat = net.add("flatten", Flatten::new(), sum4);
    let fc = net.add("fc", Dense::new(4), flat);
    let tanh = net.add("tanh", Activation::Tanh, fc);
    nodes.extend([conv2, norm2, sum2, depthwise, sum3, small, gate, sum4, flat, fc]);
    net.output(tanh);
    if all {
        nodes.into_iter().for_each(|node| _ = net.output(node));
    }
    net.build().unwrap()
}

struct Found<'a>(&'a Gradients, Vec<Numbers>);

impl ModuleVisitor for Found<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.1.extend(param.val().grad(self.0).map(|grad| numbers(Value::from(grad))));
    }
}

/// The first output in evaluation, in training, and all gradients then.
fn results(spec: &NetworkSpec, device: &Device) -> [Vec<Numbers>; 4] {
    let network = trained(spec.init(3, device), &mut Streams::new(4).open("weights"));
    let taken = inputs(spec, &mut Streams::new(5).open("inputs"), device);
    let mut context = Context::training(Streams::new(6));
    let first = |context: &mut Context| network.run(taken.clone(), context).unwrap().swap_remove(0);
    let output = first(&mut context).float::<2>();
    let updated = context.take_updates().apply(network.clone());
    let gradients = (output.clone() * output.clone() * 0.5 + output.clone()).sum().backward();
    let mut found = Found(&gradients, Vec::new());
    network.visit(&mut found);
    let state = updated.state().into_iter().filter(|(name, _)| name.contains("running"));
    let state = state.map(|(_, data)| (data.shape().to_vec(), data.iter::<f32>().collect())).collect();
    [vec![numbers(first(&mut Context::evaluation()))], vec![numbers(output.into())], found.1, state]
}

#[test]
fn layers_that_run_together_give_what_they_give_one_after_the_other() {
    let device = device("flex").unwrap().autodiff();
    let (together, apart) = (results(&residual(false), &device), results(&residual(true), &device));
    assert!(together[2].len() > 12 && together[3].len() == 6);
    for (together, apart) in together.iter().zip(&apart) {
        assert_close(together, apart, 1e-4);
    }
}

#[test]
fn network_for_inference_gives_the_same_without_autodiff() {
    let device = device("flex").unwrap();
    let [together, apart] = [false, true].map(|all| {
        let spec = residual(all);
        let network = trained(spec.init(3, &device), &mut Streams::new(4).open("weights"));
        let taken = inputs(&spec, &mut Streams::new(5).open("inputs"), &device);
        let network = if all { network } else { network.for_inference() };
        vec![numbers(network.run(taken, &mut Context::evaluation()).unwrap().swap_remove(0))]
    });
    assert_close(&together, &apart, 1e-4);
}
