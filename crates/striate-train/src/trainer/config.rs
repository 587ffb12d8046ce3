//! How a network is trained.

use serde::{Deserialize, Serialize};

use crate::monitor::Monitor;
use crate::{Optimizer, Schedule, TrainError};

/// How a network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainerConfig {
    /// Times that the training data is gone through, at least 1.
    pub epochs: usize,
    /// The update rule.
    pub optimizer: Optimizer,
    /// The learning rate of each step.
    pub schedule: Schedule,
    /// The seed of dropout and the like.
    pub seed: u64,
    /// Which value chooses the best epoch. None: the first output's first metric on the validation data, of equals the lowest
    /// loss; without metrics the loss; without validation data the last epoch.
    pub monitor: Option<Monitor>,
    /// Whether what is cheap, batch norms and activations, is made again in the backward pass instead of being kept: less
    /// memory and more time for the same result.
    pub activation_checkpointing: bool,
}

impl Default for TrainerConfig {
    /// One epoch of Keras's Adam at a constant rate.
    fn default() -> Self {
        Self {
            epochs: 1,
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            seed: 0,
            monitor: None,
            activation_checkpointing: false,
        }
    }
}

impl TrainerConfig {
    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        if self.epochs == 0 {
            let rule = "it must be at least 1";
            return Err(TrainError::Option { option: "epochs", value: "0".into(), rule });
        }
        self.optimizer.validate()?;
        self.schedule.validate()
    }
}
