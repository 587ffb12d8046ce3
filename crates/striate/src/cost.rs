//! What a model costs.

use std::fmt;

use serde::Serialize;
use striate_layers::{Mode, Shape, Signature};
use striate_network::{NetworkCost, NetworkSpec};

use crate::{Error, model_spec};

/// What is asked about a model's cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CostRequest {
    /// Samples in a batch, at least 1.
    pub batch: usize,
    /// Asks for the largest batch in this many GB (2^30 bytes).
    pub memory_gb: Option<f64>,
    /// The sides of the network's only input, such as `3x224x224`, if they vary.
    pub input: Option<String>,
}

/// A model's cost; its text is a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostReport {
    /// The cost of a batch.
    #[serde(flatten)]
    pub cost: NetworkCost,
    /// The largest batches, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_batch: Option<LargestBatch>,
}

/// The largest batches that fit in a memory with the weights, without an optimizer's states; none: not even one sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LargestBatch {
    /// The memory in GB.
    pub memory_gb: f64,
    /// For answering.
    pub inference: Option<usize>,
    /// For training.
    pub training: Option<usize>,
}

/// What a model costs: a name that `striate models` lists, with its paper's classes, or a model file.
///
/// # Errors
/// If there is no such model, the file can't be read, a number is out of its range, or the input's sides vary and aren't
/// given.
pub fn model_cost(model: &str, request: &CostRequest) -> Result<CostReport, Error> {
    if request.batch == 0 {
        return Err(option("batch", &request.batch, "it must be at least 1"));
    }
    let mut spec = model_spec(model)?;
    if let Some(sides) = &request.input {
        spec = with_input(&spec, sides)?;
    }
    let largest_batch = request.memory_gb.map(|memory_gb| largest_batch(&spec, memory_gb)).transpose()?;
    Ok(CostReport { cost: spec.cost(request.batch)?, largest_batch })
}

fn largest_batch(spec: &NetworkSpec, memory_gb: f64) -> Result<LargestBatch, Error> {
    if !(memory_gb > 0.0 && memory_gb.is_finite()) {
        return Err(option("memory", &memory_gb, "it must be more than 0 and finite"));
    }
    // What is too large for the type is as good as its limit.
    let bytes = (memory_gb * (1u64 << 30) as f64) as u64;
    Ok(LargestBatch {
        memory_gb,
        inference: spec.largest_batch(bytes, Mode::Evaluation)?,
        training: spec.largest_batch(bytes, Mode::Training)?,
    })
}

fn with_input(spec: &NetworkSpec, sides: &str) -> Result<NetworkSpec, Error> {
    let parsed: Result<Vec<_>, _> = sides.split('x').map(|side| side.trim().parse::<usize>().map(Some)).collect();
    let parsed = parsed.map_err(|_| option("input", &sides, "it must be sides in px such as 3x224x224"))?;
    match spec.input_signatures().as_slice() {
        [input] => Ok(spec.for_inputs(&[Signature { shape: Shape::new(parsed), kind: input.kind }])?),
        _ => Err(option("input", &sides, "the network has several inputs")),
    }
}

fn option(option: &'static str, value: &dyn fmt::Display, rule: &'static str) -> Error {
    Error::Option { option, value: value.to_string(), rule }
}

impl fmt::Display for CostReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cost.fmt(f)?;
        let Some(LargestBatch { memory_gb, inference, training }) = self.largest_batch else { return Ok(()) };
        let count = |batch: Option<usize>| batch.map_or("none".to_string(), |batch| batch.to_string());
        let (inference, training) = (count(inference), count(training));
        write!(f, "\n Largest batch in {memory_gb} GB: {inference} for inference, {training} for training")
    }
}
