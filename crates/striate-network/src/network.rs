//! A network with its weights.

use std::sync::{Arc, Mutex, PoisonError};

use burn::Tensor;
use burn::module::{Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor};
use burn::tensor::FloatDType;
use striate_backend::Device;
use striate_core::Streams;
use striate_layers::{
    Activation, Context, Ending, Layer, LayerConfig, LayerModule, Signature, Value, constrain, weight_penalty,
};

use crate::NetworkError;
use crate::plan::{Plan, Step, Take};
use crate::spec::{NetworkSpec, NodeKind, NodeSpec};

/// A network with its weights: the spec's graph, run node by node.
///
/// It is a burn `Module`: it can be a field of a hand-written one. Its parameters are named by node, as
/// `conv1.weight`.
#[derive(Debug, Clone)]
pub struct Network {
    spec: Arc<NetworkSpec>,
    plan: Arc<Plan>,
    /// One for each of the plan's owners.
    layers: Vec<Layer>,
    /// Where a network without weights is.
    device: Device,
    /// The inputs that a network with sides that vary was last found to take.
    checked: Arc<Mutex<Vec<Signature>>>,
    /// The type that values between layers have, if it is another than that of the inputs.
    pub(crate) computes_in: Option<FloatDType>,
}

/// A layer with what its node says of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owned<'a> {
    pub(crate) config: &'a LayerConfig,
    pub(crate) layer: &'a Layer,
    pub(crate) frozen: bool,
}

impl NetworkSpec {
    /// Gives the network its first weights, drawn from streams that the seed and the nodes' names say.
    ///
    /// Weights are made when they are first used, so a network that is about to be loaded costs nothing.
    pub fn init(&self, seed: u64, device: &Device) -> Network {
        let streams = Streams::new(seed);
        Network::of(self.clone(), device, |spec, number, config| {
            let scope = streams.scope("init").within(spec.nodes()[number].name());
            config.build(&spec.inputs_of(number), &scope, device)
        })
    }
}

impl Network {
    /// The network whose layers are these, by the numbers of the nodes that own them.
    pub(crate) fn of(
        spec: NetworkSpec,
        device: &Device,
        mut layer: impl FnMut(&NetworkSpec, usize, &LayerConfig) -> Layer,
    ) -> Self {
        let plan = Plan::of(&spec);
        let owned = plan.owners.iter().map(|&number| {
            let layer = layer(&spec, number, spec.layer(number).expect("an owner has a layer"));
            if spec.nodes()[number].is_frozen() { layer.no_grad() } else { layer }
        });
        Self {
            layers: owned.collect(),
            plan: Arc::new(plan),
            spec: Arc::new(spec),
            device: device.clone(),
            checked: Arc::default(),
            computes_in: None,
        }
    }

    /// The network as data.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// The order in which the layers run.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where the network is.
    pub fn device(&self) -> Device {
        self.devices().into_iter().next().unwrap_or_else(|| self.device.clone())
    }

    /// The layer of a node, by its number; none for an input.
    pub(crate) fn layer_of(&self, number: usize) -> Option<Owned<'_>> {
        let number = self.spec.owner(number);
        let place = self.plan.owners.iter().position(|&owner| owner == number)?;
        let frozen = self.spec.nodes()[number].is_frozen();
        Some(Owned { config: self.spec.layer(number)?, layer: &self.layers[place], frozen })
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
        let batch = self.check(&inputs)?;
        let mut values: Vec<Option<Value>> = vec![None; self.spec.nodes().len()];
        for (number, input) in self.spec.inputs().zip(inputs) {
            values[number] = Some(self.given(input));
        }
        let take = |values: &mut [Option<Value>], &Take { node, is_last, stretch }: &Take| {
            let slot = &mut values[node];
            let value = if is_last { slot.take() } else { slot.clone() };
            let value = value.expect("a node runs before it is read, and is freed after the last to read it");
            if stretch { value.stretched(batch) } else { value }
        };
        for step in &self.plan.steps {
            let inputs = step.inputs.iter().map(|input| take(&mut values, input)).collect();
            let more = step.more.as_ref().map(|more| take(&mut values, more));
            values[step.node] = Some(self.run_step(step, inputs, more, context));
        }
        let outputs = self.plan.outputs.iter().map(|output| take(&mut values, output));
        Ok(match self.computes_in {
            Some(_) => outputs.map(|output| output.cast(FloatDType::F32)).collect(),
            None => outputs.collect(),
        })
    }

    /// Runs one step of the plan.
    pub(crate) fn run_step(
        &self,
        step: &Step,
        inputs: Vec<Value>,
        more: Option<Value>,
        context: &mut Context,
    ) -> Value {
        context.enter(self.spec.nodes()[step.runs].name());
        context.freeze(step.frozen);
        let layer = &self.layers[step.layer];
        let inputs = inputs.into_iter().map(|input| self.taken(step.runs, input)).collect();
        let more = more.map(|more| self.taken(step.runs, more));
        self.given(match (more, step.activation) {
            (None, Activation::Linear) => layer.call(inputs, context),
            (more, activation) => layer.call_ended(inputs, Ending { more, activation }, context),
        })
    }

    /// The sum of the penalties that the layers' regularizers put on their weights, `[1]`; none if none has one. Frozen
    /// weights have none, as in Keras.
    pub fn weight_penalty(&self) -> Option<Tensor<1>> {
        let learned = self.layers().filter(|owned| !owned.frozen);
        let penalties = learned.filter_map(|owned| weight_penalty(owned.layer, &owned.config.weights()));
        penalties.reduce(|sum, penalty| sum + penalty)
    }

    /// The network with its weights brought back to the layers' constraints, as after each update.
    pub fn constrained(self) -> Self {
        self.map_nodes(|node, layer| match node.kind() {
            NodeKind::Layer(config) if !node.is_frozen() => constrain(layer, &config.weights()),
            _ => layer,
        })
    }

    /// Every layer with its config, once, in the order of the nodes.
    fn layers(&self) -> impl Iterator<Item = Owned<'_>> {
        self.plan.owners.iter().filter_map(|&number| self.layer_of(number))
    }

    /// The batch size of inputs that fit.
    fn check(&self, inputs: &[Value]) -> Result<usize, NetworkError> {
        let got: Vec<_> = inputs.iter().map(Value::signature).collect();
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        // Most batches are like the one before.
        if *checked != got {
            self.spec.for_inputs(&got)?;
            *checked = got;
        }
        let sizes: Vec<_> = inputs.iter().map(|input| input.dims()[0]).collect();
        match sizes.first() {
            Some(&batch) if batch > 0 && sizes.iter().all(|size| *size == batch) => Ok(batch),
            _ => Err(NetworkError::Batch { network: self.spec.name().into(), sizes }),
        }
    }

    fn map_layers(self, mut change: impl FnMut(Layer) -> Layer) -> Self {
        self.map_nodes(|_, layer| change(layer))
    }

    pub(crate) fn map_nodes(mut self, change: impl FnMut(&NodeSpec, Layer) -> Layer) -> Self {
        self.change_nodes(change);
        self
    }

    fn change_nodes(&mut self, mut change: impl FnMut(&NodeSpec, Layer) -> Layer) {
        let owned = self.plan.owners.iter().zip(std::mem::take(&mut self.layers));
        self.layers = owned.map(|(&number, layer)| change(&self.spec.nodes()[number], layer)).collect();
    }

    /// As [`map`](Module::map), where the network stands: a parameter that nobody else reads can change in its own memory.
    pub fn map_in_place(&mut self, mapper: &mut impl ModuleMapper) {
        self.change_nodes(|node, layer| {
            mapper.enter_module(node.name(), CONTAINER);
            let layer = layer.map(mapper);
            mapper.exit_module(node.name(), CONTAINER);
            layer
        });
    }
}

/// What burn calls the kind of container that a node's parameters are in.
const CONTAINER: &str = "Struct:Layer";

impl Module for Network {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        for (&number, layer) in self.plan.owners.iter().zip(&self.layers) {
            let name = self.spec.nodes()[number].name();
            visitor.enter_module(name, CONTAINER);
            layer.visit(visitor);
            visitor.exit_module(name, CONTAINER);
        }
    }

    fn map<M: ModuleMapper>(mut self, mapper: &mut M) -> Self {
        self.map_in_place(mapper);
        self
    }

    fn to_device(self, device: &Device) -> Self {
        Self { device: device.clone(), ..self }.map_layers(|layer| layer.to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        Self { device: device.clone(), ..self }.map_layers(|layer| layer.fork(device))
    }

    fn collect_devices(&self, devices: Devices) -> Devices {
        self.layers.iter().fold(devices, |devices, layer| layer.collect_devices(devices))
    }

    fn valid(&self) -> Self {
        Self { layers: self.layers.iter().map(Layer::valid).collect(), ..self.clone() }
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
        let named = self.plan.owners.iter().zip(&self.layers);
        let add =
            |content: Content, (&number, layer): (&usize, &Layer)| content.add(self.spec.nodes()[number].name(), layer);
        named.fold(content, add).optional()
    }

    fn num_params(&self) -> usize {
        Module::num_params(self)
    }
}

impl ModuleDisplay for Network {}
