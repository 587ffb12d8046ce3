//! One step.

use std::panic::resume_unwind;
use std::sync::Arc;

use burn::Tensor;
use burn::module::Module;
use burn::tensor::Gradients;
use striate_backend::Device;
use striate_core::Streams;
use striate_data::Batch;
use striate_layers::{Context, Updates, Value};
use striate_network::Network;

use super::{Precision, Trainer, trained};
use crate::TrainError;
use crate::heads::{Wired, inputs_of};
use crate::optimizers::NamedGradients;
use crate::replicas::{LeftAlone, Member, members};
use crate::totals::{Scored, scores_of};

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

/// What one pass forward and back gives.
struct Pass {
    loss: f64,
    /// Each head's own, not weighted; of a single head the loss.
    losses: Vec<f64>,
    scores: Vec<Scored>,
    gradients: Gradients,
    found: Updates,
}

/// What a pass needs of the trainer.
#[derive(Clone, Copy)]
struct Passing<'a> {
    network: &'a Network,
    heads: &'a [Wired],
    device: &'a Device,
    penalized: bool,
    precision: Precision,
    /// What the loss is multiplied by on the way back.
    scale: f64,
    /// Seed, epoch and number of the batch.
    streams: (u64, u64, u64),
}

impl Passing<'_> {
    /// Runs the network on a batch, forward and back.
    fn run(self, batch: &Batch, replica: u64, together: Option<Arc<Member>>) -> Result<Pass, TrainError> {
        let Self { network, heads, device, penalized, precision, scale, streams: (seed, epoch, batches) } = self;
        let inputs = inputs_of(network.spec(), batch, device)?;
        // A seed of its own, so that replicas don't drop the same.
        let streams = Streams::new(seed.wrapping_add(replica << 32)).at(epoch, batches);
        let mut context = Context::training(streams);
        if let Some(member) = together {
            context = context.synchronized(member);
        }
        let outputs = match precision {
            Precision::F32 => network.run(inputs, &mut context)?,
            _ => network.computing_in(precision.dtype()).run(inputs, &mut context)?,
        };
        let scores = scores_of(heads, &outputs);
        let outputs = heads.iter().zip(outputs).map(|(wired, output)| wired.loss(output, batch, device));
        let own = outputs.collect::<Result<Vec<_>, _>>()?;
        let weighted = heads.iter().zip(&own).map(|(wired, loss)| match wired.head.weight {
            1.0 => loss.clone(),
            weight => loss.clone() * weight,
        });
        let penalty = if penalized { network.weight_penalty() } else { None };
        let penalties = [penalty, context.take_penalty()];
        let sum = weighted.chain(penalties.into_iter().flatten()).reduce(|sum, more| sum + more);
        let sum = sum.expect("a network has an output");
        let loss = number(&sum);
        // A single output's is told as the sum, which is read already.
        let losses = if own.len() == 1 { vec![loss] } else { own.iter().map(number).collect() };
        let scaled = if scale == 1.0 { sum } else { sum * scale };
        Ok(Pass { loss, losses, scores, gradients: scaled.backward(), found: context.take_updates() })
    }
}

/// The number of a tensor that has one.
fn number(tensor: &Tensor<1>) -> f64 {
    Value::from(tensor.clone()).into_floats()[0].into()
}

impl Trainer {
    /// Takes one step on a batch at this learning rate; or, where several batches make a step, gathers its gradients. What
    /// the heads measure of it is added to [`running`](Self::running).
    ///
    /// # Errors
    /// If the batch doesn't fit the network or its heads, or the loss is no number; the weights are as before then.
    pub fn step(&mut self, batch: &Batch, rate: f64) -> Result<StepReport, TrainError> {
        let samples = batch.indices.len();
        let replicas = self.config.replicas.clamp(1, samples.max(1));
        let (loss, found) = if replicas == 1 {
            let Pass { loss, losses, scores, mut gradients, found } = self.passing().run(batch, 0, None)?;
            // Before the step: weights that are no numbers are never kept.
            self.finite(loss)?;
            let gradients = NamedGradients::take(&self.network, &mut gradients).scaled(1.0 / self.scale());
            if self.config.accumulation == 1 {
                self.update(gradients, rate);
            } else {
                self.accumulator.add(gradients, samples);
                self.progress.gathered += 1;
            }
            self.progress.totals.add(&self.heads, batch, &scores, loss, &losses, &self.device)?;
            (loss, found)
        } else {
            self.step_together(batch, replicas)?
        };
        if self.progress.gathered == self.config.accumulation {
            self.update_from_gathered(rate);
        }
        if !found.is_empty() {
            self.network = found.apply(self.network.clone());
        }
        // Nothing is left to be gathered after a step.
        if self.progress.gathered == 0 {
            self.after_update();
        }
        self.progress.batches += 1;
        Ok(StepReport { loss, rate, samples })
    }

    /// A batch that is shared between threads, each with a part of it; gradients are gathered in the parts' order.
    fn step_together(&mut self, batch: &Batch, replicas: usize) -> Result<(f64, Updates), TrainError> {
        let samples = batch.indices.len();
        let ends: Vec<_> = (0..=replicas).map(|part| part * samples / replicas).collect();
        let parts: Vec<Batch> = ends.windows(2).map(|ends| batch.part(ends[0]..ends[1])).collect();
        // Each has parameters of its own over the same memory: graphs that share some can't be run at the same time.
        let networks: Vec<_> = parts.iter().map(|_| trained(self.network.valid(), &self.config)).collect();
        let members = if self.config.sync_batch_norm {
            members(&parts.iter().map(|part| part.indices.len()).collect::<Vec<_>>())
        } else {
            Vec::new()
        };
        let passes = std::thread::scope(|scope| {
            let passing = self.passing();
            let begin = |(replica, (part, network))| {
                let member = members.get(replica).cloned();
                scope.spawn(move || {
                    let _leaving = member.as_ref().map(|member: &Arc<Member>| member.leaving());
                    Passing { network, ..passing }.run(part, replica as u64, member)
                })
            };
            let running: Vec<_> = parts.iter().zip(&networks).enumerate().map(begin).collect();
            let ended: Vec<_> = running.into_iter().map(|pass| pass.join()).collect();
            // One that was left alone waited for another, which has the reason.
            let (passes, left_alone): (Vec<_>, Vec<_>) =
                ended.into_iter().partition(|ended| !matches!(ended, Err(panic) if panic.is::<LeftAlone>()));
            let passes = passes.into_iter().map(|pass| pass.unwrap_or_else(|panic| resume_unwind(panic)));
            let passes = passes.collect::<Result<Vec<_>, _>>()?;
            assert!(left_alone.is_empty(), "a replica ended before the others without a reason");
            Ok::<_, TrainError>(passes)
        })?;
        let share = |part: &Batch| part.indices.len() as f64 / samples as f64;
        let loss = passes.iter().zip(&parts).map(|(pass, part)| pass.loss * share(part)).sum();
        self.finite(loss)?;
        let mut found = Vec::with_capacity(replicas);
        for ((mut pass, part), network) in passes.into_iter().zip(&parts).zip(&networks) {
            let gradients = NamedGradients::take(network, &mut pass.gradients).scaled(1.0 / self.scale());
            self.accumulator.add(gradients, part.indices.len());
            self.progress.totals.add(&self.heads, part, &pass.scores, pass.loss, &pass.losses, &self.device)?;
            found.push((pass.found, part.indices.len()));
        }
        self.progress.gathered += 1;
        Ok((loss, Updates::mean(found)))
    }

    fn passing(&self) -> Passing<'_> {
        let Self { network, heads, device, penalized, .. } = self;
        let streams = (self.config.seed, self.progress.epoch as u64, self.progress.batches);
        let (precision, scale) = (self.config.precision, self.scale());
        Passing { network, heads, device, penalized: *penalized, precision, scale, streams }
    }

    /// What the loss of the next batch is multiplied by.
    fn scale(&self) -> f64 {
        self.progress.loss_scale.map_or(1.0, |state| state.scale)
    }

    /// Takes a step, unless gradients that were scaled are beyond their type.
    fn update(&mut self, gradients: NamedGradients, rate: f64) {
        if let (Some(scaling), Some(state)) = (self.config.scaling(), &mut self.progress.loss_scale)
            && !state.observe(&scaling, gradients.is_finite())
        {
            return;
        }
        self.updates.apply_named(&mut self.network, gradients, rate);
    }

    /// Takes the step of the batches gathered so far, if there are some; the loop does at an epoch's end.
    pub fn apply_gathered(&mut self, rate: f64) {
        if self.progress.gathered > 0 {
            self.update_from_gathered(rate);
            self.after_update();
        }
    }

    fn update_from_gathered(&mut self, rate: f64) {
        let gradients = self.accumulator.take();
        self.update(gradients, rate);
        self.progress.gathered = 0;
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
