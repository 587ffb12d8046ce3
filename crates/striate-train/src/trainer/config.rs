//! How a network is trained.

use serde::{Deserialize, Serialize};

use super::{Phase, Precision};
use crate::monitor::Monitor;
use crate::optimizers::{Clip, Ema, LossScale, ParameterGroups};
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
    /// Parts of the run with layers, rule and rate of their own, instead of `optimizer` and `schedule`; their epochs add up to
    /// at most `epochs`, and what is left is the last one's. None: the run is of one piece.
    pub phases: Vec<Phase>,
    /// The seed of dropout and the like.
    pub seed: u64,
    /// Batches whose gradients make one step together, at least 1: their mean by samples. At an epoch's end fewer do.
    pub accumulation: usize,
    /// Threads that share each batch, at least 1: each takes a part of it forward and back, and their gradients, running
    /// statistics and measures are averaged in the parts' order, the same in every run.
    pub replicas: usize,
    /// Whether batch norms have the statistics of the whole batch of all replicas, as if there were one. If not, each sees its
    /// part alone.
    pub sync_batch_norm: bool,
    /// Keeps gradients within bounds.
    pub clip: Option<Clip>,
    /// Rates and weight decay of parts of the network.
    pub groups: ParameterGroups,
    /// Running averages of the weights. They are what is evaluated, and what the best epoch keeps.
    pub ema: Option<Ema>,
    /// Which value chooses the best epoch. None: the first output's first metric on the validation data, of equals the lowest
    /// loss; without metrics the loss; without validation data the last epoch.
    pub monitor: Option<Monitor>,
    /// The type in which the network runs forward and back in training; it is evaluated in `f32`.
    pub precision: Precision,
    /// What the loss is multiplied by before the backward pass. None: for `f16` [`LossScale::dynamic`], else nothing.
    pub loss_scale: Option<LossScale>,
    /// Whether what is cheap, batch norms in training and activations, is made again in the backward pass instead of being kept: less
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
            phases: Vec::new(),
            seed: 0,
            accumulation: 1,
            replicas: 1,
            sync_batch_norm: false,
            clip: None,
            groups: ParameterGroups::default(),
            ema: None,
            monitor: None,
            precision: Precision::default(),
            loss_scale: None,
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
        for (option, value) in
            [("epochs", self.epochs), ("accumulation", self.accumulation), ("replicas", self.replicas)]
        {
            if value == 0 {
                return Err(TrainError::Option { option, value: "0".into(), rule: "it must be at least 1" });
            }
        }
        self.clip.iter().try_for_each(Clip::validate)?;
        self.groups.validate()?;
        self.ema.iter().try_for_each(Ema::validate)?;
        self.loss_scale.iter().try_for_each(LossScale::validate)?;
        self.validate_phases()?;
        self.optimizer.validate()?;
        self.schedule.validate()
    }
}
