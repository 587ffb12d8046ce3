//! One step.

use burn::module::Module;
use striate_core::Streams;
use striate_data::Batch;
use striate_layers::{Context, Value};

use super::{Trainer, trained};
use crate::TrainError;
use crate::heads::inputs_of;
use crate::optimizers::NamedGradients;
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
    /// Takes one step on a batch at this learning rate; or, where several batches make a step, gathers its gradients. What the heads measure of it is added to [`running`](Self::running).
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
        if self.config.accumulation == 1 {
            self.updates.apply(&mut self.network, &mut gradients, rate);
        } else {
            self.accumulator.add(NamedGradients::take(&self.network, &mut gradients), batch.indices.len());
        }
        let found = context.take_updates();
        if !found.is_empty() {
            self.network = found.apply(self.network.clone());
        }
        let gathered = self.accumulator.counts().batches as usize;
        if gathered == 0 {
            self.after_update();
        } else if gathered == self.config.accumulation {
            self.apply_gathered(rate);
        }
        self.progress.batches += 1;
        let losses = if losses.is_empty() { vec![mean] } else { losses };
        self.progress.totals.add(&self.heads, batch, &scores, mean, &losses)?;
        Ok(StepReport { loss: mean, rate, samples: batch.indices.len() })
    }

    /// The context of the next batch.
    fn context(&self) -> Context {
        Context::training(Streams::new(self.config.seed).at(self.progress.epoch as u64, self.progress.batches))
    }

    /// Takes the step of the batches gathered so far, if there are some; the loop does at an epoch's end.
    pub fn apply_gathered(&mut self, rate: f64) {
        if self.accumulator.counts().batches > 0 {
            let gradients = self.accumulator.take();
            self.updates.apply_named(&mut self.network, gradients, rate);
            self.after_update();
        }
    }

    /// Keeps the layers' constraints, and the running averages of the weights.
    fn after_update(&mut self) {
        if self.constrained {
            self.network = self.network.clone().constrained();
        }
        if let Some(averages) = &mut self.averages
            && averages.update(&self.network)
        {
            let averaged = averages.apply_to(self.network.valid());
            self.network = trained(averaged, &self.config);
        }
    }

    pub(super) fn finite(&self, loss: f64) -> Result<(), TrainError> {
        let (epoch, step) = (self.progress.epoch + 1, self.progress.batch + 1);
        if loss.is_finite() { Ok(()) } else { Err(TrainError::Diverged { loss, epoch, step }) }
    }
}
