//! The order in which a network's layers run.

use std::collections::BTreeMap;

use striate_layers::{Activation, ActivationLayer, BatchNorm, Conv2d, DataFormat, Dense, DepthwiseConv2d, LayerConfig};

use crate::spec::{NetworkSpec, NodeKind, reached};

/// The layers to run, one after the other, by numbers alone.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// The outputs to take when all has run.
    pub(crate) outputs: Vec<Take>,
    /// The nodes that have weights of their own; each layer is kept once.
    pub(crate) owners: Vec<usize>,
}

/// One layer to run, with what comes after it and is read by nobody before that.
#[derive(Debug)]
pub(crate) struct Step {
    /// The node whose value comes out.
    pub(crate) node: usize,
    /// The node of the layer.
    pub(crate) runs: usize,
    /// Which of the layers.
    pub(crate) layer: usize,
    pub(crate) frozen: bool,
    pub(crate) inputs: Vec<Take>,
    /// What is added to the layer's output.
    pub(crate) more: Option<Take>,
    /// What is applied to that.
    pub(crate) activation: Activation,
}

/// A value to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Take {
    pub(crate) node: usize,
    /// Whether nothing reads it afterwards, so that it can be freed.
    pub(crate) is_last: bool,
    /// Whether it is the same for every sample and is to be stretched to the batch.
    pub(crate) stretch: bool,
}

impl Plan {
    pub(crate) fn of(spec: &NetworkSpec) -> Self {
        let nodes = spec.nodes();
        let varies = varies(spec);
        let owners: Vec<usize> =
            (0..nodes.len()).filter(|&number| matches!(nodes[number].kind(), NodeKind::Layer(_))).collect();
        let place = |owner| owners.binary_search(&owner).expect("every layer has an owner");
        let mut steps: Vec<Step> = Vec::new();
        for (number, run) in runs(spec, &varies) {
            let owner = spec.owner(run.head);
            let take = |&node: &usize| Take { node, is_last: false, stretch: varies[number] && !varies[node] };
            steps.push(Step {
                node: number,
                runs: run.head,
                layer: place(owner),
                frozen: nodes[owner].is_frozen(),
                inputs: nodes[run.head].inputs().iter().map(take).collect(),
                more: run.more.as_ref().map(take),
                activation: run.activation,
            });
        }
        let mut outputs: Vec<Take> =
            spec.outputs().iter().map(|&node| Take { node, is_last: false, stretch: !varies[node] }).collect();
        // From the end: the first to be met is the last to read.
        let mut read = vec![false; nodes.len()];
        let takes = steps.iter_mut().flat_map(|step| step.inputs.iter_mut().chain(&mut step.more)).chain(&mut outputs);
        takes.rev().for_each(|take| take.is_last = !std::mem::replace(&mut read[take.node], true));
        Self { steps, outputs, owners }
    }
}

/// Which nodes depend on an input; the others are the same for every sample.
pub(crate) fn varies(spec: &NetworkSpec) -> Vec<bool> {
    reached(spec.nodes(), spec.inputs())
}

/// A layer and what runs with it.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// The layer's node.
    head: usize,
    more: Option<usize>,
    activation: Activation,
}

/// What runs, by the number of the node that it gives, in order: sums and activations together with the layer before
/// them, where that can end with them and nothing else reads what is between.
fn runs(spec: &NetworkSpec, varies: &[bool]) -> BTreeMap<usize, Run> {
    let nodes = spec.nodes();
    let mut readers = vec![0; nodes.len()];
    nodes.iter().flat_map(|node| node.inputs()).chain(spec.outputs()).for_each(|&node| readers[node] += 1);
    let mut runs: BTreeMap<usize, Run> = BTreeMap::new();
    for number in 0..nodes.len() {
        let Some(layer) = spec.layer(number) else { continue };
        let inputs = nodes[number].inputs();
        // The run before, if this node alone reads it and it can go on with that.
        let before = |input: usize, end: Ends| {
            let run = runs.get(&input).copied().filter(|run| run.activation == Activation::Linear)?;
            let alone = readers[input] == 1 && varies[input] == varies[number];
            (alone && Ends::of(spec.layer(run.head)?) >= end).then_some(run)
        };
        let joined = match (layer, inputs) {
            (LayerConfig::Activation(ActivationLayer { function }), &[input]) => {
                before(input, Ends::Activation).map(|run| (input, Run { activation: *function, ..run }))
            }
            // The later one, so that what it takes isn't kept for long.
            (LayerConfig::Add(add), &[a, b]) if a != b && spec.signature(a) == spec.signature(b) => {
                let (input, other) = (a.max(b), a.min(b));
                let run = before(input, Ends::SumAndActivation).filter(|run| run.more.is_none());
                run.map(|run| (input, Run { more: Some(other), activation: add.activation, ..run }))
            }
            _ => None,
        };
        let run = match joined {
            Some((input, run)) => {
                runs.remove(&input);
                run
            }
            None => Run { head: number, more: None, activation: Activation::Linear },
        };
        runs.insert(number, run);
    }
    runs
}

/// What a layer's kernels do beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ends {
    Nothing,
    Activation,
    SumAndActivation,
}

impl Ends {
    fn of(layer: &LayerConfig) -> Self {
        let plain = match layer {
            LayerConfig::Conv2d(Conv2d { data_format, activation, activity_regularizer, .. })
            | LayerConfig::DepthwiseConv2d(DepthwiseConv2d { data_format, activation, activity_regularizer, .. }) => {
                *data_format == DataFormat::ChannelsFirst
                    && *activation == Activation::Linear
                    && activity_regularizer.is_none()
            }
            LayerConfig::BatchNorm(BatchNorm { data_format, .. }) => *data_format == DataFormat::ChannelsFirst,
            LayerConfig::Dense(Dense { activation, activity_regularizer, .. })
                if *activation == Activation::Linear && activity_regularizer.is_none() =>
            {
                return Self::Activation;
            }
            _ => return Self::Nothing,
        };
        if plain { Self::SumAndActivation } else { Self::Nothing }
    }
}
