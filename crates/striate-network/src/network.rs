//! A network with its weights.

use std::sync::Arc;

use burn::Tensor;
use burn::module::{Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor};
use striate_backend::Device;
use striate_core::Streams;
use striate_layers::{Context, Layer, LayerConfig, LayerModule, Value, constrain, weight_penalty};

use crate::NetworkError;
use crate::spec::{NetworkSpec, NodeKind, NodeSpec};

/// A network with its weights: the spec's graph, run node by node.
///
/// It is a burn `Module`: it can be a field of a hand-written one. Its parameters are named by node, as
/// `conv1.weight`.
#[derive(Debug, Clone)]
pub struct Network {
    spec: Arc<NetworkSpec>,
    plan: Arc<[Step]>,
    /// One for each step of the plan.
    layers: Vec<Layer>,
}

/// One layer to run.
#[derive(Debug)]
struct Step {
    node: usize,
    /// Each input's node, and whether this step is the last to read it.
    inputs: Vec<(usize, bool)>,
}

fn plan(spec: &NetworkSpec) -> Arc<[Step]> {
    let mut last_reader = vec![0; spec.nodes().len()];
    for (number, node) in spec.nodes().iter().enumerate() {
        node.inputs().iter().for_each(|&input| last_reader[input] = number);
    }
    spec.outputs().iter().for_each(|&output| last_reader[output] = usize::MAX);
    let layers = spec.nodes().iter().enumerate().filter(|(_, node)| matches!(node.kind(), NodeKind::Layer(_)));
    layers
        .map(|(node, spec)| {
            let inputs = spec.inputs();
            // A node that is read twice by one step is free after the second time.
            let is_last = |(position, &input): (usize, &usize)| {
                (input, last_reader[input] == node && !inputs[position + 1..].contains(&input))
            };
            Step { node, inputs: inputs.iter().enumerate().map(is_last).collect() }
        })
        .collect()
}

impl NetworkSpec {
    /// Gives the network its first weights, drawn from streams that the seed and the nodes' names say.
    ///
    /// Weights are made when they are first used, so a network that is about to be loaded costs nothing.
    pub fn init(&self, seed: u64, device: &Device) -> Network {
        let streams = Streams::new(seed);
        let layers = self.nodes().iter().enumerate().filter_map(|(number, node)| match node.kind() {
            NodeKind::Input(_) => None,
            NodeKind::Layer(layer) => {
                let scope = streams.scope("init").within(node.name());
                Some(layer.build(&self.inputs_of(number), &scope, device))
            }
        });
        Network { layers: layers.collect(), plan: plan(self), spec: Arc::new(self.clone()) }
    }
}

impl Network {
    /// The network as data.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// Runs a network of one input and one output in evaluation.
    ///
    /// # Panics
    /// If the network has several inputs or outputs, or the input doesn't fit; [`run`](Self::run) tells it as an error.
    pub fn forward<const I: usize, const O: usize>(&self, input: Tensor<I>) -> Tensor<O> {
        self.forward_in(input, &mut Context::evaluation())
    }

    /// Runs a network of one input and one output.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_in<const I: usize, const O: usize>(&self, input: Tensor<I>, context: &mut Context) -> Tensor<O> {
        let mut outputs = self.run(vec![input.into()], context).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(outputs.len(), 1, "network {:?} has several outputs; use `run`", self.spec.name());
        outputs.remove(0).float()
    }

    /// Runs the network: an input for each of the spec's, in order; returns its outputs in order.
    ///
    /// # Errors
    /// If an input has another kind or shape than the spec says.
    pub fn run(&self, inputs: Vec<Value>, context: &mut Context) -> Result<Vec<Value>, NetworkError> {
        self.check(&inputs)?;
        let mut values: Vec<Option<Value>> = vec![None; self.spec.nodes().len()];
        let input_nodes = self.spec.nodes().iter().enumerate();
        let input_nodes = input_nodes.filter(|(_, node)| matches!(node.kind(), NodeKind::Input(_)));
        for ((number, _), input) in input_nodes.zip(inputs) {
            values[number] = Some(input);
        }
        for (step, layer) in self.plan.iter().zip(&self.layers) {
            let take = |&(input, is_last): &(usize, bool)| {
                let slot = &mut values[input];
                let value = if is_last { slot.take() } else { slot.clone() };
                value.expect("a node runs after its inputs and before they are freed")
            };
            let inputs = step.inputs.iter().map(take).collect();
            context.enter(self.spec.nodes()[step.node].name());
            values[step.node] = Some(layer.call(inputs, context));
        }
        let outputs = self.spec.outputs().iter();
        Ok(outputs.map(|&output| values[output].clone().expect("outputs are never freed")).collect())
    }

    /// The sum of the penalties that the layers' regularizers put on their weights, `[1]`; none if none has one.
    pub fn weight_penalty(&self) -> Option<Tensor<1>> {
        let penalties = self.with_configs().filter_map(|(config, layer)| weight_penalty(layer, &config.weights()));
        penalties.reduce(|sum, penalty| sum + penalty)
    }

    /// The network with its weights brought back to the layers' constraints, as after each update.
    pub fn constrained(self) -> Self {
        self.map_nodes(|node, layer| match node.kind() {
            NodeKind::Layer(config) => constrain(layer, &config.weights()),
            NodeKind::Input(_) => layer,
        })
    }

    fn with_configs(&self) -> impl Iterator<Item = (&LayerConfig, &Layer)> {
        self.plan.iter().zip(&self.layers).filter_map(|(step, layer)| match self.spec.nodes()[step.node].kind() {
            NodeKind::Layer(config) => Some((config, layer)),
            NodeKind::Input(_) => None,
        })
    }

    fn check(&self, inputs: &[Value]) -> Result<(), NetworkError> {
        let expected = self.spec.input_signatures();
        let got: Vec<_> = inputs.iter().map(Value::signature).collect();
        let fits = expected.len() == got.len()
            && expected.iter().zip(&got).all(|(expected, got)| {
                let (want, have) = (expected.shape.sides(), got.shape.sides());
                expected.kind == got.kind
                    && want.len() == have.len()
                    && want.iter().zip(have).all(|(want, have)| want.is_none() || want == have)
            });
        if fits { Ok(()) } else { Err(NetworkError::Run { network: self.spec.name().into(), expected, got }) }
    }

    fn map_layers(self, mut change: impl FnMut(Layer) -> Layer) -> Self {
        self.map_nodes(|_, layer| change(layer))
    }

    fn map_nodes(self, mut change: impl FnMut(&NodeSpec, Layer) -> Layer) -> Self {
        let steps = self.plan.iter().zip(self.layers);
        let layers = steps.map(|(step, layer)| change(&self.spec.nodes()[step.node], layer)).collect();
        Self { layers, plan: self.plan, spec: self.spec }
    }
}

/// What burn calls the kind of container that a node's parameters are in.
const CONTAINER: &str = "Struct:Layer";

impl Module for Network {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        for (step, layer) in self.plan.iter().zip(&self.layers) {
            let name = self.spec.nodes()[step.node].name();
            visitor.enter_module(name, CONTAINER);
            layer.visit(visitor);
            visitor.exit_module(name, CONTAINER);
        }
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        self.map_nodes(|node, layer| {
            mapper.enter_module(node.name(), CONTAINER);
            let layer = layer.map(mapper);
            mapper.exit_module(node.name(), CONTAINER);
            layer
        })
    }

    fn to_device(self, device: &Device) -> Self {
        self.map_layers(|layer| layer.to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        self.map_layers(|layer| layer.fork(device))
    }

    fn collect_devices(&self, devices: Devices) -> Devices {
        self.layers.iter().fold(devices, |devices, layer| layer.collect_devices(devices))
    }

    fn valid(&self) -> Self {
        let layers = self.layers.iter().map(Layer::valid).collect();
        Self { layers, spec: self.spec.clone(), plan: self.plan.clone() }
    }

    fn train(self) -> Self {
        self.map_layers(Layer::train)
    }

    fn materialize(self) -> Self {
        self.map_layers(Layer::materialize)
    }
}

impl ModuleDisplayDefault for Network {
    fn content(&self, content: Content) -> Option<Content> {
        let content = content.set_top_level_type(self.spec.name());
        let named = self.plan.iter().zip(&self.layers);
        named.fold(content, |content, (step, layer)| content.add(self.spec.nodes()[step.node].name(), layer)).optional()
    }

    fn num_params(&self) -> usize {
        Module::num_params(self)
    }
}

impl ModuleDisplay for Network {}
