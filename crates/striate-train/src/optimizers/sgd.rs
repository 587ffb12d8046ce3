//! Stochastic gradient descent, with momentum (Polyak 1964), Nesterov's form of it and weight decay.
//!
//! Keras's velocity holds steps, with the rate in them, and its weight decay is decoupled; PyTorch's holds gradients, with
//! dampening, and its decay is added to the gradient. The two differ as soon as the rate changes.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use striate_backend::ops::{SgdStep, sgd};

use super::options::{ABOVE_0, AT_LEAST_0, FRACTION, check_options, options_by_preset};
use super::{Preset, UpdateRule, formulas, take};
use crate::TrainError;

/// Options of gradient descent. From data, what is left out has the preset's default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Given")]
pub struct Sgd {
    /// Whose formulas.
    pub preset: Preset,
    /// Step size, above 0.
    pub learning_rate: f64,
    /// How much of the velocity stays each step, in `[0, 1)`; 0 for plain gradient descent.
    pub momentum: f64,
    /// Whether the step goes from where the momentum leads.
    pub nesterov: bool,
    /// How much of a gradient the velocity doesn't take, in `[0, 1]`; PyTorch's form alone. The first is taken whole.
    pub dampening: f64,
    /// Divides the rate by `1 + decay * steps before`, at least 0; that of Keras before version 3.
    pub decay: f64,
    /// Shrinks parameters by this fraction of the rate each step, at least 0.
    pub weight_decay: f64,
}

options_by_preset!(Sgd {
    learning_rate: f64,
    momentum: f64,
    nesterov: bool,
    dampening: f64,
    decay: f64,
    weight_decay: f64,
});

impl Default for Sgd {
    fn default() -> Self {
        Self::keras()
    }
}

impl Sgd {
    /// Keras 3's defaults.
    pub fn keras() -> Self {
        Self {
            preset: Preset::Keras,
            learning_rate: 1e-2,
            momentum: 0.0,
            nesterov: false,
            dampening: 0.0,
            decay: 0.0,
            weight_decay: 0.0,
        }
    }

    /// PyTorch's defaults of `torch.optim.SGD`.
    pub fn torch() -> Self {
        Self { preset: Preset::Torch, learning_rate: 1e-3, ..Self::keras() }
    }

    /// The preset's defaults.
    pub fn of(preset: Preset) -> Self {
        match preset {
            Preset::Keras => Self::keras(),
            Preset::Torch => Self::torch(),
        }
    }

    /// Steps of this size.
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// Keeps this much of the velocity.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// Checks that every option is in its range and used by the preset.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        let torch = self.preset == Preset::Torch;
        check_options(&[
            ("learning_rate", self.learning_rate, self.learning_rate > 0.0, ABOVE_0),
            ("momentum", self.momentum, (0.0..1.0).contains(&self.momentum), FRACTION),
            ("dampening", self.dampening, (0.0..=1.0).contains(&self.dampening), "it must be in [0, 1]"),
            ("dampening", self.dampening, torch || self.dampening == 0.0, "Keras's form has none"),
            ("dampening", self.dampening, !self.nesterov || self.dampening == 0.0, "Nesterov's form has none"),
            ("momentum", self.momentum, !self.nesterov || self.momentum > 0.0, "Nesterov's form needs it above 0"),
            ("decay", self.decay, self.decay >= 0.0, AT_LEAST_0),
            ("weight_decay", self.weight_decay, self.weight_decay >= 0.0, AT_LEAST_0),
        ])
    }
}

impl UpdateRule for Sgd {
    fn slots(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["velocity"] }
    }

    fn update(
        &self,
        parameter: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
        rate: f64,
        step: u64,
    ) -> Tensor<1> {
        let rate = rate / (1.0 + self.decay * (step - 1) as f64);
        // Without momentum the velocity is a step's own.
        let velocity = match slots {
            [velocity] => take(velocity),
            _ => Tensor::zeros_like(&parameter),
        };
        let (parameter, velocity) = sgd(
            parameter,
            velocity,
            gradient,
            SgdStep {
                formulas: formulas(self.preset),
                rate,
                momentum: self.momentum,
                dampening: self.dampening,
                nesterov: self.nesterov,
                weight_decay: self.weight_decay,
                number: step,
            },
        );
        if let [slot] = slots {
            *slot = velocity;
        }
        parameter
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn without_momentum_nothing_is_damped_as_in_pytorch() {
        let (_, device) = striate_backend::devices().remove(0);
        let tensor = |value: f32, device: &Device| Tensor::from_data(TensorData::new(vec![value], [1]), device);
        let rule = Sgd { dampening: 0.5, ..Sgd::torch() };
        for step in [1, 2] {
            let after = rule.update(tensor(3.0, &device), tensor(2.0, &device), &mut [], 0.25, step);
            assert_eq!(after.into_data().iter::<f32>().collect::<Vec<_>>(), [2.5]);
        }
    }
}
