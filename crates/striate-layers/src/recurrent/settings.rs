//! What all recurrent layers have, and the rules that follow from it.

use crate::check::check_rate;
use crate::cost::elements;
use crate::layer::only_float_input;
use crate::{Activation, Cost, LayerError, NamedWeight, Regularizer, Shape, Signature, Weight};

/// The most units; more is a mistake, and their weights would be allocated.
const MAX_UNITS: usize = 1 << 16;

/// What a config says that all recurrent layers have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) kind: &'static str,
    /// Blocks of units in a weight.
    pub(crate) gates: usize,
    pub(crate) units: usize,
    /// Products of two numbers for each unit and step, beside those of the matrices.
    pub(crate) products: u64,
    pub(crate) activations: [&'a Activation; 2],
    pub(crate) return_sequences: bool,
    pub(crate) go_backwards: bool,
    pub(crate) dropout: f64,
    pub(crate) recurrent_dropout: f64,
    pub(crate) seed: Option<u64>,
    pub(crate) kernel: &'a Weight,
    pub(crate) recurrent: &'a Weight,
    pub(crate) bias: Option<&'a Weight>,
    /// Whether the state has a bias of its own, if there are biases.
    pub(crate) recurrent_bias: bool,
    pub(crate) activity_regularizer: Option<&'a Regularizer>,
}

impl<'a> Settings<'a> {
    pub(crate) fn validate(&self) -> Result<(), LayerError> {
        if !(1..=MAX_UNITS).contains(&self.units) {
            return Err(LayerError::value(self.kind, "units", self.units, "it must be from 1 to 65,536"));
        }
        check_rate(self.kind, "dropout", self.dropout)?;
        check_rate(self.kind, "recurrent_dropout", self.recurrent_dropout)?;
        self.activations.iter().try_for_each(|activation| activation.check(self.kind))?;
        Regularizer::validate(self.activity_regularizer, self.kind, "activity_regularizer")?;
        self.weights().iter().try_for_each(|(name, weight)| weight.validate(self.kind, name))
    }

    pub(crate) fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = "one sequence [time, features] whose features are known";
        let input = only_float_input(self.kind, expected, inputs)?;
        // A step's values are `[batch, units]`.
        let step = Shape::from([self.units]);
        self.activations.iter().try_for_each(|activation| activation.fits(self.kind, &step, inputs))?;
        match *input.shape.sides() {
            [Some(0), _] => Err(LayerError::input(self.kind, "a sequence of at least one step", inputs)),
            [time, Some(_)] if self.return_sequences => Ok(Signature::float([time, Some(self.units)])),
            [_, Some(_)] => Ok(Signature::float([self.units])),
            [_, None] => Err(LayerError::input(self.kind, expected, inputs)),
            _ => {
                let fix = match input.shape.rank() {
                    0 | 1 => "add a time axis, or return sequences from the recurrent layer before it",
                    _ => "wrap what comes before in a layer for each time step, or flatten each step",
                };
                Err(LayerError::input(self.kind, expected, inputs).with_fix(fix))
            }
        }
    }

    pub(crate) fn cost(&self, inputs: &[Signature]) -> Cost {
        let time = inputs[0].shape.sides()[0].unwrap_or(0) as u64;
        let features = super::features(inputs) as u64;
        let (units, blocks) = (self.units as u64, (self.gates as u64).saturating_mul(self.units as u64));
        let matrices = blocks.saturating_mul(features.saturating_add(units));
        let step = matrices.saturating_add(self.products.saturating_mul(units));
        let activations = elements(self.output(inputs));
        Cost {
            parameters: matrices.saturating_add(blocks.saturating_mul(self.biases() as u64)),
            multiplications: time.saturating_mul(step),
            activations,
            ..Cost::default()
        }
    }

    pub(crate) fn weights(&self) -> Vec<NamedWeight<'a>> {
        let weights = [("weight_ih", self.kernel), ("weight_hh", self.recurrent)];
        let biases = self.bias.into_iter().flat_map(|bias| [("bias_ih", bias), ("bias_hh", bias)]).take(self.biases());
        weights.into_iter().chain(biases).map(|(name, weight)| (name.to_string(), weight)).collect()
    }

    fn biases(&self) -> usize {
        match self.bias {
            Some(_) => 1 + usize::from(self.recurrent_bias),
            None => 0,
        }
    }
}
