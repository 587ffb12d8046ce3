//! The memory of a pass: a walk over the operations of all layers that counts who holds which tensor.

use striate_layers::memory::{Operand, Operation, Place};
use striate_layers::{Kind, Mode, Signature};

use crate::spec::NetworkSpec;

/// The most bytes in use while each node runs: forward, and in training backward.
pub(super) fn peaks(spec: &NetworkSpec, batch: u64, mode: Mode) -> Vec<u64> {
    let program = Program::of(spec, batch, mode);
    let mut walk = Walk::new(&program, spec.nodes().len());
    walk.forward(mode == Mode::Training);
    if mode == Mode::Training {
        walk.backward();
    }
    walk.peaks
}

/// The bytes of a batch of such values.
pub(super) fn bytes(signature: &Signature, batch: u64) -> u64 {
    let each: u64 = match signature.kind {
        Kind::Float => 4,
        Kind::Int => 8,
    };
    each.saturating_mul(signature.shape.elements().unwrap_or(0) as u64).saturating_mul(batch)
}

/// The operations of a network in the order in which they run. Values are numbered: the network's inputs, then the
/// operations' results.
struct Program {
    /// Size and node.
    inputs: Vec<(u64, usize)>,
    steps: Vec<Step>,
    outputs: Vec<usize>,
    /// How often each value is read; outputs once more.
    readers: Vec<usize>,
}

struct Step {
    node: usize,
    operation: Operation,
    /// The values that it reads.
    reads: Vec<usize>,
}

impl Program {
    fn of(spec: &NetworkSpec, batch: u64, mode: Mode) -> Self {
        let inputs: Vec<_> = spec.inputs().map(|number| (bytes(spec.signature(number), batch), number)).collect();
        // The value that each node gives.
        let mut values = vec![0; spec.nodes().len()];
        inputs.iter().enumerate().for_each(|(value, (_, node))| values[*node] = value);
        let mut steps: Vec<Step> = Vec::new();
        for (number, node) in spec.nodes().iter().enumerate() {
            let Some(layer) = spec.layer(number) else { continue };
            let first = inputs.len() + steps.len();
            values[number] = node.inputs().first().map_or(0, |&input| values[input]);
            for operation in layer.operations(&spec.inputs_of(number), batch, mode, spec.is_frozen(number)) {
                let value = |operand: &Operand| match *operand {
                    Operand::Input(position) => values[node.inputs()[position]],
                    Operand::Result(position) => first + position,
                };
                let reads = operation.operands.iter().map(value).collect();
                values[number] = inputs.len() + steps.len();
                steps.push(Step { node: number, operation, reads });
            }
        }
        let outputs: Vec<usize> = spec.outputs().iter().map(|&output| values[output]).collect();
        let mut readers = vec![0; inputs.len() + steps.len()];
        steps.iter().flat_map(|step| &step.reads).chain(&outputs).for_each(|&value| readers[value] += 1);
        Self { inputs, steps, outputs, readers }
    }
}

/// Memory that tensors share.
struct Buffer {
    size: u64,
    holders: usize,
}

struct Walk<'a> {
    program: &'a Program,
    buffers: Vec<Buffer>,
    /// The bytes of all buffers that somebody holds.
    live: u64,
    peaks: Vec<u64>,
    /// The buffer of each value, while it is held.
    values: Vec<Option<usize>>,
    readers: Vec<usize>,
    /// What each step keeps for its gradient.
    kept: Vec<Vec<usize>>,
    /// Whether each value has a gradient: the network's inputs have none, nor what is made of them without weights.
    tracked: Vec<bool>,
    gradients: Vec<Option<usize>>,
    node: usize,
}

impl<'a> Walk<'a> {
    fn new(program: &'a Program, nodes: usize) -> Self {
        let values = program.readers.len();
        Self {
            program,
            buffers: Vec::new(),
            live: 0,
            peaks: vec![0; nodes],
            values: vec![None; values],
            readers: program.readers.clone(),
            kept: Vec::new(),
            tracked: vec![false; values],
            gradients: vec![None; values],
            node: 0,
        }
    }

    /// Notes that so much is in use beside the buffers.
    fn reach(&mut self, workspace: u64) {
        let peak = &mut self.peaks[self.node];
        *peak = (*peak).max(self.live.saturating_add(workspace));
    }

    fn allocate(&mut self, size: u64) -> usize {
        self.buffers.push(Buffer { size, holders: 1 });
        self.live = self.live.saturating_add(size);
        self.reach(0);
        self.buffers.len() - 1
    }

    fn hold(&mut self, buffer: usize) -> usize {
        self.buffers[buffer].holders += 1;
        buffer
    }

    fn release(&mut self, buffer: usize) {
        let buffer = &mut self.buffers[buffer];
        buffer.holders -= 1;
        if buffer.holders == 0 {
            self.live = self.live.saturating_sub(buffer.size);
        }
    }

    /// Whether a result of this size can be written over a buffer.
    fn is_free(&self, buffer: usize, size: u64) -> bool {
        self.buffers[buffer].holders == 1 && self.buffers[buffer].size >= size
    }

    fn forward(&mut self, training: bool) {
        for (value, &(size, node)) in self.program.inputs.iter().enumerate() {
            self.node = node;
            self.values[value] = Some(self.allocate(size));
        }
        for number in 0..self.program.steps.len() {
            self.step(number, training);
        }
    }

    fn step(&mut self, number: usize, training: bool) {
        let Step { node, operation, reads } = &self.program.steps[number];
        self.node = *node;
        let first = self.program.inputs.len();
        let has_gradient = training && (operation.weights > 0 || reads.iter().any(|&read| self.tracked[read]));
        let operands: Vec<usize> =
            reads.iter().map(|&read| self.values[read].expect("a value is held while it has readers")).collect();
        let mut kept = Vec::new();
        if has_gradient && operation.keeps_operands {
            kept.extend(operands.iter().map(|&buffer| self.hold(buffer)));
        }
        if has_gradient && operation.keeps > 0 {
            kept.push(self.allocate(operation.keeps));
        }
        // An operand that nobody reads after this is the operation's own.
        let mut own = Vec::new();
        for (&read, &buffer) in reads.iter().zip(&operands) {
            self.readers[read] -= 1;
            if self.readers[read] == 0 {
                self.values[read] = None;
                own.push(buffer);
            }
        }
        let reused = own.iter().copied().find(|&buffer| self.is_free(buffer, operation.output));
        let result = match (operation.place, reused) {
            (Place::View, _) => self.hold(operands[0]),
            (Place::InPlace, Some(buffer)) => self.hold(buffer),
            _ => self.allocate(operation.output),
        };
        self.reach(operation.workspace);
        own.into_iter().for_each(|buffer| self.release(buffer));
        if has_gradient && operation.keeps_output {
            kept.push(self.hold(result));
        }
        self.kept.push(kept);
        self.tracked[first + number] = has_gradient;
        self.values[first + number] = Some(result);
    }

    /// As burn's automatic differentiation goes: the deepest operations first.
    fn backward(&mut self) {
        let first = self.program.inputs.len();
        for &output in &self.program.outputs {
            // The gradient of the loss for the output; the output itself went into the loss.
            if let Some(buffer) = self.values[output].take() {
                let size = self.buffers[buffer].size;
                self.release(buffer);
                self.gradients[output] = Some(self.allocate(size));
            }
        }
        let mut depths = vec![0usize; self.program.readers.len()];
        for (number, step) in self.program.steps.iter().enumerate() {
            depths[first + number] = step.reads.iter().map(|&read| depths[read] + 1).max().unwrap_or(0);
        }
        let mut order: Vec<usize> = (0..self.program.steps.len()).collect();
        order.sort_by_key(|&number| std::cmp::Reverse((depths[first + number], number)));
        for number in order {
            self.step_back(number);
        }
    }

    fn step_back(&mut self, number: usize) {
        let Step { node, operation, reads } = &self.program.steps[number];
        self.node = *node;
        let first = self.program.inputs.len();
        let mut kept = std::mem::take(&mut self.kept[number]);
        let Some(gradient) = self.gradients[first + number].take() else {
            return kept.into_iter().for_each(|buffer| self.release(buffer));
        };
        for &read in reads {
            if !self.tracked[read] {
                continue;
            }
            let size = self.program.steps[read - first].operation.output;
            let reused = [gradient].into_iter().chain(kept.iter().copied()).find(|&buffer| self.is_free(buffer, size));
            let made = match (operation.gradient, reused) {
                (Place::View, _) => self.hold(gradient),
                (Place::InPlace, Some(buffer)) => self.hold(buffer),
                _ => self.allocate(size.saturating_add(operation.gradient_excess)),
            };
            self.reach(operation.gradient_workspace);
            self.gradients[read] = Some(match self.gradients[read].take() {
                Some(other) => self.add(made, other, size),
                None => made,
            });
        }
        self.reach(operation.weights_workspace);
        if operation.weights > 0 {
            self.allocate(operation.weights);
        }
        kept.push(gradient);
        kept.into_iter().for_each(|buffer| self.release(buffer));
    }

    /// The sum of two gradients, in one of them if it is nobody else's.
    fn add(&mut self, a: usize, b: usize, size: u64) -> usize {
        let sum = match [a, b].into_iter().find(|&buffer| self.is_free(buffer, size)) {
            Some(buffer) => self.hold(buffer),
            None => self.allocate(size),
        };
        self.release(a);
        self.release(b);
        sum
    }
}
