//! What a network costs before it runs: multiplications and memory.

mod walk;

use std::fmt;

use serde::{Deserialize, Serialize};
use striate_core::text::thousands;
use striate_layers::{Mode, Shape};

use crate::spec::NetworkSpec;
use crate::text::{batch_shape, memory, table};
use crate::{NetworkError, Summary};

/// Bytes of a parameter.
const FLOAT: u64 = 4;

/// What a network costs for one batch. Its text is a table.
///
/// Memory is what is allocated on the CPU by burn-flex 0.22.1 beyond the weights, within about 10 % where activations are
/// most of it; on other devices it is an estimate. The batch of inputs is part of it, the loss is not. Kernels take some
/// memory for each thread, so that it depends a little on the machine's number of threads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkCost {
    /// The network's name.
    pub name: String,
    /// Samples in the batch.
    pub batch: usize,
    /// All numbers that the layers keep, running statistics too.
    pub parameters: u64,
    /// These in bytes, as f32.
    pub parameter_bytes: u64,
    /// Those that training changes, in bytes; an optimizer keeps none (plain descent), one (momentum) or two (Adam)
    /// states of this size.
    pub trainable_bytes: u64,
    /// Multiplications of the forward pass, each with the addition that follows it counted once.
    pub multiplications: u64,
    /// The most memory in bytes that answering needs at once, beyond the weights.
    pub inference_bytes: u64,
    /// The most memory in bytes that a training step needs at once, beyond the weights: activations that are kept for the
    /// gradients, and the gradients.
    pub training_bytes: u64,
    /// Every node in order.
    pub layers: Vec<LayerCost>,
}

/// One layer of a [`NetworkCost`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerCost {
    /// The node's name.
    pub name: String,
    /// The kind of layer, `input` for an input.
    pub kind: String,
    /// The output's shape for one sample.
    pub output: Shape,
    /// Its parameters.
    pub parameters: u64,
    /// Multiplications for the batch.
    pub multiplications: u64,
    /// The output in bytes.
    pub output_bytes: u64,
    /// The most that is in use while it runs, in bytes: the network's is the largest of these.
    pub inference_bytes: u64,
    /// The most that is in use while it runs in training, forward or backward, in bytes.
    pub training_bytes: u64,
}

impl NetworkCost {
    /// The memory in bytes of one batch with the weights; in training, with their gradients and this many states of an
    /// optimizer for each weight.
    pub fn memory(&self, mode: Mode, optimizer_states: u64) -> u64 {
        let more = match mode {
            Mode::Evaluation => self.inference_bytes,
            Mode::Training => self.training_bytes.saturating_add(self.trainable_bytes.saturating_mul(optimizer_states)),
        };
        self.parameter_bytes.saturating_add(more)
    }
}

impl NetworkSpec {
    /// What the network costs for a batch of so many samples.
    ///
    /// # Errors
    /// If a side isn't known before running; [`for_inputs`](Self::for_inputs) sets it.
    pub fn cost(&self, batch: usize) -> Result<NetworkCost, NetworkError> {
        self.all_sides_known()?;
        let inference = walk::peaks(self, batch as u64, Mode::Evaluation);
        let training = walk::peaks(self, batch as u64, Mode::Training);
        let samples = batch as u64;
        let layers: Vec<_> = (0..self.nodes().len())
            .map(|number| {
                let cost = self.node_cost(number);
                let output = self.signature(number).shape.clone();
                LayerCost {
                    name: self.nodes()[number].name().into(),
                    kind: self.kind_of(number).into(),
                    parameters: cost.parameters.saturating_add(cost.non_trainable),
                    multiplications: cost.multiplications.saturating_mul(samples),
                    output_bytes: walk::bytes(self.signature(number), samples),
                    inference_bytes: inference[number],
                    training_bytes: training[number],
                    output,
                }
            })
            .collect();
        let summary = self.summary();
        let parameters = summary.trainable.saturating_add(summary.non_trainable);
        Ok(NetworkCost {
            name: self.name().into(),
            batch,
            parameters,
            parameter_bytes: parameters.saturating_mul(FLOAT),
            trainable_bytes: summary.trainable.saturating_mul(FLOAT),
            multiplications: layers.iter().map(|layer| layer.multiplications).fold(0, u64::saturating_add),
            inference_bytes: inference.into_iter().max().unwrap_or(0),
            training_bytes: training.into_iter().max().unwrap_or(0),
            layers,
        })
    }

    /// The largest batch that fits in so many bytes with the weights; none if one sample doesn't.
    ///
    /// A tenth of the batch's own memory is held in reserve, since that is how far the figures may be off. An optimizer's
    /// states aren't counted: take them off the memory first.
    ///
    /// # Errors
    /// As [`cost`](Self::cost).
    pub fn largest_batch(&self, memory: u64, mode: Mode) -> Result<Option<usize>, NetworkError> {
        /// More samples than any machine has memory for.
        const MOST: u64 = 1 << 40;
        /// The part of a batch's memory that is held in reserve.
        const RESERVE: u64 = 10;
        self.all_sides_known()?;
        let Summary { trainable, non_trainable, .. } = self.summary();
        let weights = trainable.saturating_add(non_trainable).saturating_mul(FLOAT);
        let fits = |batch: u64| {
            let peak = walk::peaks(self, batch, mode).into_iter().max().unwrap_or(0);
            weights.saturating_add(peak).saturating_add(peak / RESERVE) <= memory
        };
        let mut too_many = 1;
        while too_many < MOST && fits(too_many) {
            too_many *= 2;
        }
        let mut most = too_many / 2;
        while most + 1 < too_many {
            let middle = most.midpoint(too_many);
            if fits(middle) {
                most = middle;
            } else {
                too_many = middle;
            }
        }
        Ok((most > 0).then_some(most as usize))
    }

    fn all_sides_known(&self) -> Result<(), NetworkError> {
        let unknown = (0..self.nodes().len()).find(|number| self.signature(*number).shape.elements().is_none());
        let unknown = unknown.map(|number| NetworkError::UnknownSides {
            node: self.nodes()[number].name().into(),
            output: self.signature(number).clone(),
        });
        unknown.map_or(Ok(()), Err)
    }
}

impl fmt::Display for NetworkCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["Layer (type)", "Output Shape", "Param #", "Multiplications", "Output", "Inference", "Training"];
        let rows = self.layers.iter().map(|layer| {
            [
                format!("{} ({})", layer.name, layer.kind),
                batch_shape(&layer.output),
                thousands(layer.parameters),
                thousands(layer.multiplications),
                memory(layer.output_bytes),
                memory(layer.inference_bytes),
                memory(layer.training_bytes),
            ]
        });
        writeln!(f, "Model: {:?}, batch of {}", self.name, self.batch)?;
        writeln!(f, "{}", table(header, &[2, 3, 4, 5, 6], rows))?;
        writeln!(f, " Parameters: {} ({})", thousands(self.parameters), memory(self.parameter_bytes))?;
        writeln!(f, " Multiplications: {}", thousands(self.multiplications))?;
        writeln!(f, " Memory for inference, beyond the weights: {}", memory(self.inference_bytes))?;
        write!(f, " Memory for training, beyond the weights: {}", memory(self.training_bytes))
    }
}
