//! Parts of a run that train different layers.

use serde::{Deserialize, Serialize};
use striate_network::{NetworkError, NetworkSpec, Nodes};

use super::TrainerConfig;
use crate::{Optimizer, Schedule, TrainError};

/// A part of a run with layers, rule and rate of its own, as in transfer learning: first a new head on a frozen base, then all
/// at a smaller rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Epochs, at least 1.
    pub epochs: usize,
    /// What doesn't learn in it, beside what is frozen in the network that the trainer gets.
    #[serde(default)]
    pub freeze: Freeze,
    /// The update rule, which remembers nothing of the phase before.
    pub optimizer: Optimizer,
    /// The learning rate of each of the phase's steps.
    #[serde(default)]
    pub schedule: Schedule,
}

/// Layers that don't learn. In recipes `"nothing"`, `"base"`, `{ up_to = "block4" }` or `{ matching = "conv*" }`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Freeze {
    /// None.
    #[default]
    Nothing,
    /// All but the head: the layers whose names begin with `head`, or where there are none each output's last layer with
    /// weights.
    Base,
    /// This layer and all that it depends on.
    UpTo(String),
    /// Those whose names fit: `*` stands for any characters.
    Matching(String),
}

impl Freeze {
    /// The network with these layers frozen too.
    ///
    /// # Errors
    /// If there are no such layers.
    pub fn apply(&self, spec: &NetworkSpec) -> Result<NetworkSpec, NetworkError> {
        match self {
            Self::Nothing => Ok(spec.clone()),
            Self::Base => base_frozen(spec),
            Self::UpTo(name) => spec.frozen(Nodes::up_to(name)),
            Self::Matching(pattern) => spec.frozen(pattern.as_str()),
        }
    }
}

fn base_frozen(spec: &NetworkSpec) -> Result<NetworkSpec, NetworkError> {
    let was_free = |name: &str| spec.number(name).is_ok_and(|number| !spec.nodes()[number].is_frozen());
    let heads: Vec<String> = match spec.select(&HEAD.into()) {
        Ok(numbers) => numbers.into_iter().map(|number| spec.nodes()[number].name().to_owned()).collect(),
        Err(_) => spec.outputs().iter().filter_map(|&output| last_with_weights(spec, output)).collect(),
    };
    let frozen = spec.frozen("*")?;
    heads.into_iter().filter(|name| was_free(name)).try_fold(frozen, |spec, name| spec.unfrozen(name))
}

/// What the names of a new head's layers begin with.
const HEAD: &str = "head";

/// The nearest layer with weights on the way back from a node.
fn last_with_weights(spec: &NetworkSpec, number: usize) -> Option<String> {
    let has_weights = |number| spec.layer(spec.owner(number)).is_some_and(|layer| !layer.weights().is_empty());
    let found = spec.nearest_before(number, has_weights)?;
    Some(spec.nodes()[spec.owner(found)].name().to_owned())
}

impl TrainerConfig {
    /// Which phase an epoch, counted from 0, is in, and how many epochs the phase has; epochs after all are of the last.
    pub(crate) fn phase_at(&self, epoch: usize) -> (usize, usize) {
        let mut end = 0;
        for (number, phase) in self.phases.iter().enumerate() {
            let begin = end;
            end += phase.epochs;
            let is_last = number + 1 == self.phases.len();
            if epoch < end || is_last {
                return (number, if is_last { self.epochs.saturating_sub(begin) } else { phase.epochs });
            }
        }
        (0, self.epochs)
    }

    /// The update rule and the schedule of a phase.
    pub(crate) fn rule_of(&self, phase: usize) -> (&Optimizer, &Schedule) {
        match self.phases.get(phase) {
            Some(phase) => (&phase.optimizer, &phase.schedule),
            None => (&self.optimizer, &self.schedule),
        }
    }

    /// Checks the phases against the epochs.
    pub(super) fn validate_phases(&self) -> Result<(), TrainError> {
        for phase in &self.phases {
            if phase.epochs == 0 {
                let rule = "each phase must have at least 1";
                return Err(TrainError::Option { option: "epochs", value: "0".into(), rule });
            }
            phase.optimizer.validate()?;
            phase.schedule.validate()?;
        }
        let planned: usize = self.phases.iter().map(|phase| phase.epochs).sum();
        if planned > self.epochs {
            let rule = "it must be at least the sum of the phases'";
            return Err(TrainError::Option { option: "epochs", value: self.epochs.to_string(), rule });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(epochs: usize) -> Phase {
        Phase { epochs, freeze: Freeze::Base, optimizer: Optimizer::default(), schedule: Schedule::default() }
    }

    #[test]
    fn epochs_are_in_phases_and_later_ones_in_the_last() {
        let config = TrainerConfig { epochs: 7, phases: vec![phase(2), phase(3)], ..TrainerConfig::default() };
        let phases: Vec<_> = (0..8).map(|epoch| config.phase_at(epoch)).collect();
        assert_eq!(phases, [(0, 2), (0, 2), (1, 5), (1, 5), (1, 5), (1, 5), (1, 5), (1, 5)]);
        assert_eq!(TrainerConfig { epochs: 4, ..TrainerConfig::default() }.phase_at(3), (0, 4));
        assert!(TrainerConfig { epochs: 4, ..config.clone() }.validate().is_err());
        assert!(TrainerConfig { phases: vec![phase(0)], ..config }.validate().is_err());
    }

    #[test]
    fn freezing_is_read_from_recipes() {
        let read = |text: &str| serde_json::from_str::<Freeze>(text).unwrap();
        assert_eq!(read(r#""base""#), Freeze::Base);
        assert_eq!(read(r#"{"up_to": "conv1"}"#), Freeze::UpTo("conv1".into()));
        assert_eq!(read(r#"{"matching": "conv*"}"#), Freeze::Matching("conv*".into()));
        assert!(serde_json::from_str::<Freeze>(r#""bass""#).is_err());
    }
}
