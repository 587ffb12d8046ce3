//! Networks made from networks: what every walk that changes the graph is built on.

use std::collections::{BTreeMap, BTreeSet};

use burn::Tensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Int;
use striate_core::Streams;
use striate_layers::{Layer, Value};

use crate::NetworkError;
use crate::network::{Network, Owned};
use crate::path::{Path, follow_path};
use crate::spec::{NetworkSpec, NodeKind, NodeSpec, needed};
use crate::state::slots;

/// A network's nodes while they are changed. Numbers stay those of the network that it began with.
pub(crate) struct Draft {
    name: String,
    style: crate::NameStyle,
    pub(crate) nodes: Vec<NodeSpec>,
    pub(crate) outputs: Vec<usize>,
    /// The nodes whose layers are new ones.
    pub(crate) fresh: BTreeSet<usize>,
}

/// What goes where no output depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unneeded {
    /// Layers; inputs stay.
    Layers,
    /// Layers and inputs.
    LayersAndInputs,
}

/// A network made from another.
pub(crate) struct Rewrite {
    pub(crate) spec: NetworkSpec,
    /// For each node the number of the one in the other network whose layer it has; none if the layer is new.
    origins: Vec<Option<usize>>,
}

/// A layer's parameters by name.
pub(crate) type Values = BTreeMap<String, Value>;

impl Draft {
    pub(crate) fn of(spec: &NetworkSpec) -> Self {
        let NetworkSpec { name, style, nodes, outputs, .. } = spec.clone();
        Self { name, style, nodes, outputs, fresh: BTreeSet::new() }
    }

    /// Makes a node something else. If others share its layer, the first of them becomes its owner.
    pub(crate) fn set(&mut self, number: usize, kind: NodeKind) {
        let heirs: Vec<_> = (0..self.nodes.len())
            .filter(|&other| matches!(self.nodes[other].kind, NodeKind::Shares(owner) if owner == number))
            .collect();
        let old = std::mem::replace(&mut self.nodes[number].kind, kind);
        if let Some((&first, rest)) = heirs.split_first() {
            self.nodes[first].kind = old;
            self.nodes[first].frozen = self.nodes[number].frozen;
            rest.iter().for_each(|&heir| self.nodes[heir].kind = NodeKind::Shares(first));
        }
    }

    /// Lets all that take a node take its only input instead.
    pub(crate) fn bypass(&mut self, number: usize) {
        let input = self.nodes[number].inputs.remove(0);
        let taken = self.nodes.iter_mut().flat_map(|node| &mut node.inputs).chain(&mut self.outputs);
        taken.filter(|taken| **taken == number).for_each(|taken| *taken = input);
    }

    /// The nodes that read a node, as often as they do; none for an output of the network.
    pub(crate) fn readers(&self, number: usize) -> Vec<Option<usize>> {
        let nodes = self.nodes.iter().enumerate();
        let reads = nodes.flat_map(|(reader, node)| node.inputs.iter().map(move |&input| (input, Some(reader))));
        let outputs = self.outputs.iter().map(|&output| (output, None));
        reads.chain(outputs).filter(|(input, _)| *input == number).map(|(_, reader)| reader).collect()
    }

    /// Whether a node's weights are another's as well.
    pub(crate) fn is_shared(&self, number: usize) -> bool {
        let mut kinds = self.nodes.iter().map(|node| &node.kind);
        !matches!(self.nodes[number].kind, NodeKind::Layer(_))
            || kinds.any(|kind| matches!(kind, NodeKind::Shares(owner) if *owner == number))
    }

    /// Checks the network, without what no output depends on.
    pub(crate) fn finish(self, unneeded: Unneeded) -> Result<Rewrite, NetworkError> {
        let Self { name, style, nodes, outputs, fresh } = self;
        let is_input = |number: &usize| matches!(nodes[*number].kind, NodeKind::Input(_));
        let stays = (0..nodes.len()).filter(|number| unneeded == Unneeded::Layers && is_input(number));
        let kept = needed(&nodes, outputs.iter().copied().chain(stays));
        let mut numbers = vec![usize::MAX; nodes.len()];
        // The first of those that are left of the nodes with one layer becomes its owner.
        let mut owners: BTreeMap<usize, usize> = BTreeMap::new();
        let (mut left, mut origins) = (Vec::new(), Vec::new());
        for (number, node) in nodes.iter().enumerate().filter(|(number, _)| kept[*number]) {
            let new = left.len();
            let owner = match node.kind {
                NodeKind::Shares(owner) => owner,
                _ => number,
            };
            let kind = match (owners.get(&owner), &nodes[owner].kind) {
                (Some(&first), _) => NodeKind::Shares(first),
                (None, kind) => kind.clone(),
            };
            owners.entry(owner).or_insert(new);
            numbers[number] = new;
            let inputs = node.inputs.iter().map(|&input| numbers[input]).collect();
            left.push(NodeSpec { name: node.name.clone(), kind, inputs, frozen: nodes[owner].frozen });
            origins.push((!fresh.contains(&owner)).then_some(owner));
        }
        let outputs = outputs.iter().map(|&output| numbers[output]).collect();
        Ok(Rewrite { spec: NetworkSpec::checked(name, style, left, outputs)?, origins })
    }
}

impl Network {
    /// The rewritten network. A layer has these values, if there are some by its node's name; else those that it had; a
    /// layer that is new draws from the seed's streams.
    pub(crate) fn rewritten(&self, rewrite: Rewrite, values: BTreeMap<String, Values>, seed: u64) -> Self {
        let old = |number: usize| self.layer_of(rewrite.origins[number]?);
        self.made(rewrite.spec.clone(), values, old, seed)
    }

    /// The weights of this network in another one: each layer of a node that is here too, with the same name, config and
    /// weights, keeps them; the others draw theirs from the seed's streams.
    ///
    /// To grow a new head, for example: [`NetworkSpec::to_builder`].
    pub fn rebuilt(&self, spec: NetworkSpec, seed: u64) -> Self {
        let numbers: BTreeMap<&str, usize> =
            self.spec().nodes().iter().enumerate().map(|(number, node)| (node.name(), number)).collect();
        let names: Vec<_> = spec.nodes().iter().map(|node| node.name().to_string()).collect();
        let old = |number: usize| self.layer_of(*numbers.get(names[number].as_str())?);
        self.made(spec, BTreeMap::new(), old, seed)
    }

    fn made<'a>(
        &'a self,
        spec: NetworkSpec,
        mut values: BTreeMap<String, Values>,
        old: impl Fn(usize) -> Option<Owned<'a>>,
        seed: u64,
    ) -> Self {
        let device = self.device();
        let streams = Streams::new(seed);
        Self::of(spec, &device, |spec, number, config| {
            let name = spec.nodes()[number].name();
            let fresh = || config.build(&spec.inputs_of(number), &streams.scope("init").within(name), &device);
            match (values.remove(name), old(number)) {
                (Some(values), _) => loaded(fresh(), values),
                (None, Some(old)) => {
                    let fresh = fresh();
                    let (same, fits) = (old.config == config, slots(&fresh) == slots(old.layer));
                    match fits {
                        // What is frozen no longer knows what training learned of it; a fresh layer does.
                        true if same && (!old.frozen || spec.nodes()[number].is_frozen()) => old.layer.clone(),
                        // Another activation, for example, leaves the weights as they are.
                        true if same || old.config.kind() == config.kind() => loaded(fresh, values_of(old.layer)),
                        _ => fresh,
                    }
                }
                (None, None) => fresh(),
            }
        })
    }
}

/// A layer's parameters.
pub(crate) fn values_of(layer: &Layer) -> Values {
    let mut read = Read::default();
    layer.visit(&mut read);
    read.values
}

/// The layer with these values where there are some; each takes the parameter's shape.
pub(crate) fn loaded(layer: Layer, values: Values) -> Layer {
    layer.map(&mut Load { path: Path::default(), values })
}

#[derive(Default)]
struct Read {
    path: Path,
    values: Values,
}

impl ModuleVisitor for Read {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.values.insert(self.path.name(), param.val().detach().into());
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.values.insert(self.path.name(), param.val().into());
    }
}

struct Load {
    path: Path,
    values: Values,
}

impl ModuleMapper for Load {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(value) = self.values.remove(&self.path.name()) else { return param };
        let (shape, id) = (param.lazy_shape(), param.id);
        // The fresh parameter knows whether training learns it.
        param.transform_for_load(reshaped(value, shape.as_slice()).float(), id)
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        let Some(value) = self.values.remove(&self.path.name()) else { return param };
        let (shape, id) = (param.lazy_shape(), param.id);
        param.transform_for_load(reshaped(value, shape.as_slice()).int(), id)
    }
}

fn reshaped(value: Value, sides: &[usize]) -> Value {
    if value.dims() == sides { value } else { value.reshape(sides) }
}
