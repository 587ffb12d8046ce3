//! Which value says how good an epoch was.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::callbacks::EpochEnd;
use crate::{Evaluation, Split, TrainError};

/// A measured value and which way is better. As text a metric's name, `validation_` before it for that of the validation data
/// (or Keras's `val_`), as in `validation_loss`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Monitor {
    /// On which data it is measured: training or validation data.
    pub split: Split,
    /// The metric's name, or `loss`.
    pub metric: String,
}

impl Monitor {
    /// A value of the validation data.
    pub fn validation(metric: impl Into<String>) -> Self {
        Self { split: Split::Validation, metric: metric.into() }
    }

    /// A value of the training data.
    pub fn train(metric: impl Into<String>) -> Self {
        Self { split: Split::Train, metric: metric.into() }
    }

    /// The value of an epoch.
    ///
    /// # Errors
    /// If it wasn't measured: says what was.
    pub fn value(&self, end: &EpochEnd) -> Result<f64, TrainError> {
        let evaluation = match self.split {
            Split::Train => Some(&end.train),
            Split::Validation | Split::Test => end.validation.as_ref(),
        };
        evaluation.and_then(|evaluation| evaluation.get(&self.metric)).ok_or_else(|| {
            let names = |evaluation: &Evaluation, prefix: &str| {
                evaluation.values().map(|(name, _)| format!("{prefix}{name}")).collect::<Vec<_>>()
            };
            let mut known = names(&end.train, "");
            known.extend(end.validation.iter().flat_map(|evaluation| names(evaluation, VALIDATION)));
            TrainError::NotMeasured { name: self.to_string(), known: known.join(", ") }
        })
    }

    /// Whether more is better: not of losses and errors.
    pub fn higher_is_better(&self) -> bool {
        let name = self.metric.as_str();
        let errors = ["mse", "mae", "rmse", "mean_squared_error", "mean_absolute_error"];
        !(name.ends_with("loss") || errors.iter().any(|error| name.ends_with(error)))
    }

    /// How much better one value is than another: above 0 if it is.
    pub fn gain(&self, now: f64, before: f64) -> f64 {
        if self.higher_is_better() { now - before } else { before - now }
    }
}

const VALIDATION: &str = "validation_";

impl std::fmt::Display for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let prefix = if self.split == Split::Validation { VALIDATION } else { "" };
        write!(f, "{prefix}{}", self.metric)
    }
}

impl FromStr for Monitor {
    type Err = TrainError;

    fn from_str(text: &str) -> Result<Self, TrainError> {
        let validation = text.strip_prefix(VALIDATION).or_else(|| text.strip_prefix("val_"));
        let monitor = validation.map_or_else(|| Self::train(text), Self::validation);
        if monitor.metric.is_empty() {
            let rule = "it must be a metric's name, such as `validation_loss`";
            return Err(TrainError::Option { option: "monitor", value: text.into(), rule });
        }
        Ok(monitor)
    }
}

impl TryFrom<String> for Monitor {
    type Error = TrainError;

    fn try_from(text: String) -> Result<Self, TrainError> {
        text.parse()
    }
}

impl From<Monitor> for String {
    fn from(monitor: Monitor) -> Self {
        monitor.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_data_and_direction() {
        for (text, split, metric, higher) in [
            ("validation_loss", Split::Validation, "loss", false),
            ("val_accuracy", Split::Validation, "accuracy", true),
            ("box_mae", Split::Train, "box_mae", false),
            ("validation_mean_iou", Split::Validation, "mean_iou", true),
        ] {
            let monitor: Monitor = text.parse().unwrap();
            assert_eq!((monitor.split, monitor.metric.as_str(), monitor.higher_is_better()), (split, metric, higher));
            assert_eq!(monitor.to_string().parse::<Monitor>().unwrap(), monitor);
        }
        assert!("validation_".parse::<Monitor>().is_err());
    }

    #[test]
    fn value_that_was_not_measured_is_named_with_those_that_were() {
        let end = EpochEnd { epoch: 1, train: Evaluation { loss: 2.0, ..Evaluation::default() }, validation: None };
        assert_eq!(Monitor::train("loss").value(&end).unwrap(), 2.0);
        let message = Monitor::validation("loss").value(&end).unwrap_err().to_string();
        assert!(message.contains("`validation_loss`") && message.contains("loss"), "{message}");
    }
}
