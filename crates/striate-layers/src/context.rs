//! What a forward pass is for.

use striate_core::{Stream, Streams};

/// Whether a forward pass learns or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Dropout drops, batch norm uses the batch's statistics.
    Training,
    /// Dropout does nothing, batch norm uses its running statistics.
    Evaluation,
}

/// The mode of a forward pass and its random numbers. Nothing else decides how a layer behaves.
#[derive(Debug)]
pub struct Context {
    streams: Option<Streams>,
    node: String,
}

impl Context {
    /// A pass that answers: no randomness.
    pub fn evaluation() -> Self {
        Self { streams: None, node: String::new() }
    }

    /// A pass that learns, with the streams of this step.
    pub fn training(streams: Streams) -> Self {
        Self { streams: Some(streams), node: String::new() }
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

    /// Names the node that runs next, so that its random numbers are its own.
    pub fn enter(&mut self, node: &str) {
        self.node.clear();
        self.node.push_str(node);
    }

    /// The stream of the running node for one purpose; none in evaluation.
    pub fn stream(&self, purpose: &str) -> Option<Stream> {
        self.streams.map(|streams| streams.open(&format!("{}/{purpose}", self.node)))
    }
}
