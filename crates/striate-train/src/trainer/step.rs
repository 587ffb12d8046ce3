//! One step.

use striate_core::Streams;
use striate_data::Batch;
use striate_layers::{Context, Value};

use super::Trainer;
use crate::TrainError;
use crate::heads::inputs_of;
use crate::totals::floats;

/// One step's result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// The mean loss of the batch, before the step.
    pub loss: f64,
    /// The learning rate of the step.
    pub rate: f64,
    /// Samples of the batch.
    pub samples: usize,
}

impl Trainer {
    /// Takes one step on a batch at this learning rate. What the heads measure of it is added to [`running`](Self::running).
    ///
    /// # Errors
    /// If the batch doesn't fit the network or its heads, or the loss is no number; the weights are as before then.
    pub fn step(&mut self, batch: &Batch, rate: f64) -> Result<StepReport, TrainError> {
        let inputs = inputs_of(self.network.spec(), batch, &self.device)?;
        let mut context = self.context();
        let outputs = self.network.run(inputs, &mut context)?;
        let scores: Vec<Value> = outputs.iter().map(|output| output.clone().without_autodiff()).collect();
        let mut parts = Vec::with_capacity(outputs.len());
        for (wired, output) in self.heads.iter().zip(outputs) {
            let (loss, target) = wired.target(batch, &self.device)?;
            wired.check(loss, &output, &target)?;
            let part = loss.forward(output, target, None);
            parts.push(if wired.head.weight == 1.0 { part } else { part * wired.head.weight });
        }
        // A single loss is the sum, and is read once.
        let losses: Vec<f64> = match parts.len() {
            1 => Vec::new(),
            _ => parts.iter().map(|part| f64::from(floats(part.clone().into())[0])).collect(),
        };
        let penalty = if self.penalized { self.network.weight_penalty() } else { None };
        let penalties = [penalty, context.take_penalty()];
        let sum = parts.into_iter().chain(penalties.into_iter().flatten()).reduce(|sum, more| sum + more);
        let loss = sum.expect("a network has an output");
        // Before the step: weights that are no numbers are never kept.
        let mean = f64::from(floats(loss.clone().into())[0]);
        self.finite(mean)?;
        let mut gradients = loss.backward();
        self.updates.apply(&mut self.network, &mut gradients, rate);
        self.finish_step(context);
        let losses = if losses.is_empty() { vec![mean] } else { losses };
        self.progress.totals.add(&self.heads, batch, &scores, mean, &losses)?;
        Ok(StepReport { loss: mean, rate, samples: batch.indices.len() })
    }

    /// The context of the next step.
    fn context(&self) -> Context {
        Context::training(Streams::new(self.config.seed).at(self.progress.epoch as u64, self.updates.step()))
    }

    /// Keeps what the forward pass found, and the layers' constraints.
    fn finish_step(&mut self, mut context: Context) {
        if self.constrained {
            self.network = self.network.clone().constrained();
        }
        let found = context.take_updates();
        if !found.is_empty() {
            self.network = found.apply(self.network.clone());
        }
    }

    pub(super) fn finite(&self, loss: f64) -> Result<(), TrainError> {
        let (epoch, step) = (self.progress.epoch + 1, self.progress.batch + 1);
        if loss.is_finite() { Ok(()) } else { Err(TrainError::Diverged { loss, epoch, step }) }
    }
}
