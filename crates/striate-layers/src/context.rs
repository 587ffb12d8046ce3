//! What a forward pass is for.

use std::sync::Arc;

use burn::Tensor;
use burn::module::Param;
use striate_backend::Collective;
use striate_core::{Stream, Streams};

use crate::{Activation, Regularizer, Updates};

/// Whether a forward pass learns or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Dropout drops, batch norm uses the batch's statistics.
    Training,
    /// Dropout does nothing, batch norm uses its running statistics.
    Evaluation,
}

/// The mode of a forward pass and its random numbers. Nothing else decides how a layer behaves.
///
/// What a pass finds beside its result is kept here: new running statistics ([`take_updates`](Self::take_updates)) and
/// penalties of activations ([`take_penalty`](Self::take_penalty)). The loop applies them.
#[derive(Debug)]
pub struct Context {
    streams: Option<Streams>,
    node: String,
    frozen: bool,
    updates: Updates,
    penalty: Option<Tensor<1>>,
    replicas: Option<Arc<dyn Collective>>,
}

impl Context {
    /// A pass that answers: no randomness.
    pub fn evaluation() -> Self {
        Self::new(None)
    }

    /// A pass that learns, with the streams of this step.
    pub fn training(streams: Streams) -> Self {
        Self::new(Some(streams))
    }

    fn new(streams: Option<Streams>) -> Self {
        let updates = Updates::default();
        Self { streams, node: String::new(), frozen: false, updates, penalty: None, replicas: None }
    }

    /// Lets batch norms have the statistics of all replicas that run this pass, each on its part of the batch.
    pub fn synchronized(self, replicas: Arc<dyn Collective>) -> Self {
        Self { replicas: Some(replicas), ..self }
    }

    /// The replicas that have statistics together, if they do.
    pub fn replicas(&self) -> Option<&Arc<dyn Collective>> {
        self.replicas.as_ref()
    }

    /// What the pass is for.
    pub fn mode(&self) -> Mode {
        match self.streams {
            Some(_) => Mode::Training,
            None => Mode::Evaluation,
        }
    }

    /// Whether the pass is one that learns.
    pub fn is_training(&self) -> bool {
        self.mode() == Mode::Training
    }

    /// Whether the layer that runs now learns statistics of its batch: in training, unless it is frozen.
    pub fn learns_statistics(&self) -> bool {
        self.is_training() && !self.frozen
    }

    /// Names the node that runs next, so that its random numbers are its own.
    pub fn enter(&mut self, node: &str) {
        self.node.clear();
        self.node.push_str(node);
        self.frozen = false;
    }

    /// Says whether the layers that run next are frozen. A frozen batch norm uses its running statistics, as in Keras;
    /// a frozen dropout still drops.
    pub fn freeze(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    /// The stream of the running node for one purpose; none in evaluation.
    pub fn stream(&self, purpose: &str) -> Option<Stream> {
        self.stream_seeded(None, purpose)
    }

    /// As [`stream`](Self::stream); a seed of the layer's own replaces the run's.
    pub fn stream_seeded(&self, seed: Option<u64>, purpose: &str) -> Option<Stream> {
        let streams = self.streams.map(|streams| Streams { seed: seed.unwrap_or(streams.seed), ..streams });
        streams.map(|streams| streams.open(&format!("{}/{purpose}", self.node)))
    }

    /// Runs a part of the node under a name of its own, so that its random numbers are its own.
    pub fn within<T>(&mut self, part: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.node.len();
        self.node.push('/');
        self.node.push_str(part);
        let result = run(self);
        self.node.truncate(length);
        result
    }

    /// The value of a parameter that passes update: what this pass has found so far, or what it began with.
    pub fn current<const D: usize>(&self, param: &Param<Tensor<D>>) -> Tensor<D> {
        self.updates.get(param).unwrap_or_else(|| param.val())
    }

    /// Notes the value that a parameter is to have after this step.
    pub fn update<const D: usize>(&mut self, param: &Param<Tensor<D>>, value: Tensor<D>) {
        self.updates.insert(param, value);
    }

    /// The new values that this pass has found; [`Updates::apply`] sets them.
    pub fn take_updates(&mut self) -> Updates {
        std::mem::take(&mut self.updates)
    }

    /// Notes the penalty of a layer's output, divided by the batch size as Keras does; nothing in evaluation.
    pub fn regularize<const D: usize>(&mut self, regularizer: Option<&Regularizer>, output: &Tensor<D>) {
        if let Some(regularizer) = regularizer
            && self.is_training()
        {
            let penalty = regularizer.penalty(output.clone()) / output.dims()[0] as f64;
            self.penalty = Some(match self.penalty.take() {
                Some(sum) => sum + penalty,
                None => penalty,
            });
        }
    }

    /// Ends a layer: the activation, and the penalty of what comes out.
    pub(crate) fn finish<const D: usize>(
        &mut self,
        x: Tensor<D>,
        activation: Activation,
        regularizer: Option<&Regularizer>,
    ) -> Tensor<D> {
        let output = activation.forward(x);
        self.regularize(regularizer, &output);
        output
    }

    /// The sum of the penalties of this pass's activations, to be added to the loss.
    pub fn take_penalty(&mut self) -> Option<Tensor<1>> {
        self.penalty.take()
    }
}
