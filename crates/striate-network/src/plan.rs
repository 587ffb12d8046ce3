//! The order in which a network's layers run.

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

/// One layer to run.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) node: usize,
    /// Which of the layers.
    pub(crate) layer: usize,
    pub(crate) frozen: bool,
    pub(crate) inputs: Vec<Take>,
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
        for (number, node) in nodes.iter().enumerate().filter(|(_, node)| !matches!(node.kind(), NodeKind::Input(_))) {
            let owner = spec.owner(number);
            let take = |&node: &usize| Take { node, is_last: false, stretch: varies[number] && !varies[node] };
            steps.push(Step {
                node: number,
                layer: place(owner),
                frozen: nodes[owner].is_frozen(),
                inputs: node.inputs().iter().map(take).collect(),
            });
        }
        let mut outputs: Vec<Take> =
            spec.outputs().iter().map(|&node| Take { node, is_last: false, stretch: !varies[node] }).collect();
        // From the end: the first to be met is the last to read.
        let mut read = vec![false; nodes.len()];
        let takes = steps.iter_mut().flat_map(|step| &mut step.inputs).chain(&mut outputs);
        takes.rev().for_each(|take| take.is_last = !std::mem::replace(&mut read[take.node], true));
        Self { steps, outputs, owners }
    }
}

/// Which nodes depend on an input; the others are the same for every sample.
pub(crate) fn varies(spec: &NetworkSpec) -> Vec<bool> {
    reached(spec.nodes(), spec.inputs())
}
