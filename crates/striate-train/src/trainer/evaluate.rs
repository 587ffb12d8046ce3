//! Measuring a network, and its answers.

use burn::module::Module;
use striate_data::{Batch, Loader};
use striate_layers::{Context, Value};
use striate_network::Network;

use super::{Trainer, device_of};
use crate::heads::{Head, Wired, inputs_of, wire};
use crate::metrics::{Confusion, ConfusionMatrix, MetricSpec};
use crate::totals::{Totals, scores_of};
use crate::{Evaluation, TrainError};

impl Trainer {
    /// Measures the network, with the running averages of its weights if there are some.
    ///
    /// # Errors
    /// If data can't be loaded or doesn't fit the network and its heads.
    pub fn evaluate(&self, loader: &Loader) -> Result<Evaluation, TrainError> {
        measure(&self.averaged_network(), &self.heads, loader)
    }
}

/// Measures a classifier on a loader's batches.
///
/// # Errors
/// If the network is no classifier, data can't be loaded, has no labels, or one that the network hasn't; if the network doesn't
/// take such pictures.
pub fn evaluate(network: &Network, loader: &Loader) -> Result<Evaluation, TrainError> {
    evaluate_heads(network, Head::classifiers(network.spec())?, loader)
}

/// Measures a network with a head for each of its outputs on a loader's batches.
///
/// # Errors
/// If a loss or metric doesn't fit its output, or as [`evaluate`].
pub fn evaluate_heads(network: &Network, heads: Vec<Head>, loader: &Loader) -> Result<Evaluation, TrainError> {
    measure(&network.valid(), &wire(network.spec(), heads)?, loader)
}

/// As [`evaluate`], and which class was taken for which.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_confusion(network: &Network, loader: &Loader) -> Result<(Evaluation, ConfusionMatrix), TrainError> {
    let mut heads = Head::classifiers(network.spec())?;
    heads[0].metrics.push(Confusion::default().into());
    let heads = wire(network.spec(), heads)?;
    let totals = totals(&network.valid(), &heads, loader)?;
    let mut evaluation = totals.evaluation(&heads);
    evaluation.metrics.retain(|(name, _)| name != Confusion::NAME);
    let matrix = totals.confusion().cloned().unwrap_or_default();
    Ok((evaluation, matrix))
}

pub(super) fn measure(network: &Network, heads: &[Wired], loader: &Loader) -> Result<Evaluation, TrainError> {
    Ok(totals(network, heads, loader)?.evaluation(heads))
}

fn totals(network: &Network, heads: &[Wired], loader: &Loader) -> Result<Totals, TrainError> {
    let device = device_of(network)?;
    let mut totals = Totals::default();
    for batch in loader.epoch(0, 0) {
        let batch = batch?;
        let outputs = network.run(inputs_of(network.spec(), &batch, &device)?, &mut Context::evaluation())?;
        let mut losses = Vec::with_capacity(outputs.len());
        for (wired, output) in heads.iter().zip(&outputs) {
            let loss = wired.loss(output.clone(), &batch, &device)?;
            losses.push(f64::from(Value::from(loss).into_floats()[0]));
        }
        let sum = heads.iter().zip(&losses).map(|(wired, loss)| wired.head.weight * loss).sum();
        totals.add(heads, &batch, &scores_of(heads, &outputs), sum, &losses, &device)?;
        loader.recycle(batch);
    }
    Ok(totals)
}

/// A network's answers to a loader's batches, one after the other: each batch with the network's outputs in order.
///
/// # Errors
/// If the network has no weights. Each batch may be an error of its own.
pub fn predict<'a>(
    network: &'a Network,
    loader: &'a Loader,
) -> Result<impl Iterator<Item = Result<(Batch, Vec<Value>), TrainError>> + 'a, TrainError> {
    let device = device_of(network)?;
    let network = network.valid();
    Ok(loader.epoch(0, 0).map(move |batch| {
        let batch = batch?;
        let inputs = inputs_of(network.spec(), &batch, &device)?;
        let outputs = network.run(inputs, &mut Context::evaluation())?;
        Ok((batch, outputs))
    }))
}
