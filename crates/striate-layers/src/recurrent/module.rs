//! A recurrent layer with its weights.

use burn::Tensor;
use burn::module::{Module, Param};
use burn::tensor::module::linear;
use striate_backend::Device;
use striate_core::Scope;

use super::{Recurrent, Settings};
use crate::layer::LayerModule;
use crate::noise::mask;
use crate::value::cast;
use crate::{Context, Fans, Value, Weight};

/// What a recurrent layer knows after a step.
#[derive(Debug, Clone)]
pub struct State {
    /// The output of the step, `[batch, units]`.
    pub hidden: Tensor<2>,
    /// An LSTM's memory, `[batch, units]`; none: all 0.
    pub cell: Option<Tensor<2>>,
}

/// From the input's part of the gates, `[batch, gates * units]`, and a state to the next state.
pub(super) type Step<'a> = Box<dyn Fn(Tensor<2>, State) -> State + 'a>;

/// A state's part of the gates.
pub(super) struct StatePart {
    /// `[units, gates * units]`.
    pub(super) weight: Tensor<2>,
    /// `[gates * units]`.
    pub(super) bias: Option<Tensor<1>>,
    /// What is kept of a state, `[batch, units]`.
    pub(super) mask: Option<Tensor<2>>,
}

impl StatePart {
    /// What the gates see of a state.
    pub(super) fn seen(&self, hidden: &Tensor<2>) -> Tensor<2> {
        match &self.mask {
            Some(mask) => hidden.clone() * mask.clone(),
            None => hidden.clone(),
        }
    }

    /// A state's part of the gates, `[batch, gates * units]`.
    pub(super) fn project(&self, hidden: &Tensor<2>) -> Tensor<2> {
        linear(self.seen(hidden), self.weight.clone(), self.bias.clone())
    }
}

/// The blocks of units of `[batch, gates * units]`.
pub(super) fn blocks<const GATES: usize>(x: Tensor<2>) -> [Tensor<2>; GATES] {
    let units = x.dims()[1] / GATES;
    std::array::from_fn(|gate| x.clone().narrow(1, gate * units, units))
}

/// A recurrent layer with its weights.
#[derive(Module, Debug)]
pub struct RecurrentLayer {
    /// `[gates * units, features]`.
    pub weight_ih: Param<Tensor<2>>,
    /// `[gates * units, units]`.
    pub weight_hh: Param<Tensor<2>>,
    /// `[gates * units]`.
    pub bias_ih: Option<Param<Tensor<1>>>,
    /// `[gates * units]`.
    pub bias_hh: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: Recurrent,
}

impl RecurrentLayer {
    pub(super) fn new(config: Recurrent, features: usize, scope: &Scope, device: &Device) -> Self {
        let settings = config.settings();
        let rows = settings.gates * settings.units;
        let (input, state) = ([rows, features], [rows, settings.units]);
        let forget = match &config {
            Recurrent::Lstm(lstm) => lstm.forget_block(),
            _ => 0..0,
        };
        let bias_ih = |bias: &Weight| {
            bias.initializer.param_then([rows], Fans::of(&input), "bias_ih", scope, device, |values| {
                values[forget].fill(1.0);
            })
        };
        let bias_hh = |bias: &Weight| bias.initializer.param([rows], Fans::of(&state), "bias_hh", scope, device);
        Self {
            weight_ih: settings.kernel.initializer.param(input, Fans::of(&input), "weight_ih", scope, device),
            weight_hh: settings.recurrent.initializer.param(state, Fans::of(&state), "weight_hh", scope, device),
            bias_ih: settings.bias.map(bias_ih),
            bias_hh: settings.bias.filter(|_| settings.recurrent_bias).map(bias_hh),
            config,
        }
    }

    pub(crate) fn settings(&self) -> Settings<'_> {
        self.config.settings()
    }

    /// `[batch, time, features]` to the states of all steps, `[batch, time, units]`, if the layer returns sequences, or to
    /// the last one, `[batch, units]`. The first state is 0.
    ///
    /// # Panics
    /// If `R` isn't the rank of what the layer returns, the features are others than those it was initialised for, or there
    /// is no step.
    pub fn forward<const R: usize>(&self, x: Tensor<3>, context: &mut Context) -> Tensor<R> {
        let settings = self.settings();
        let (steps, last) = self.run(x, None, context);
        let output = match settings.return_sequences {
            true => cast(Tensor::stack::<3>(steps, 1)),
            false => cast(last.hidden),
        };
        context.regularize(settings.activity_regularizer, &output);
        output
    }

    /// As [`forward`](Self::forward) of a layer that returns sequences, from a state to the state after the last step that
    /// it reads.
    ///
    /// # Panics
    /// If the features or the state's sides are others than those it was initialised for, or there is no step.
    pub fn forward_with_state(&self, x: Tensor<3>, state: Option<State>, context: &mut Context) -> (Tensor<3>, State) {
        let (steps, last) = self.run(x, state, context);
        let output = Tensor::stack::<3>(steps, 1);
        context.regularize(self.settings().activity_regularizer, &output);
        (output, last)
    }

    /// The outputs of all steps in the order of reading, and the last state.
    fn run(&self, x: Tensor<3>, state: Option<State>, context: &Context) -> (Vec<Tensor<2>>, State) {
        let settings = self.settings();
        let [batch, time, features] = x.dims();
        assert!(time > 0, "a sequence has at least one step");
        let options = (&x.device(), x.dtype());

        let mask = |sides: [usize; 2], rate: f64, purpose: &str| {
            mask(&x, sides, rate, context.stream_seeded(settings.seed, purpose))
        };
        let input_mask = mask([batch, features], settings.dropout, "dropout");
        let state_mask = mask([batch, settings.units], settings.recurrent_dropout, "recurrent_dropout");

        // A reset gate may come between the state's bias and the sum; otherwise both biases are added at once.
        let (bias_ih, bias_hh) = (self.bias_ih.as_ref().map(Param::val), self.bias_hh.as_ref().map(Param::val));
        let (input_bias, state_bias) = match (&self.config, bias_ih, bias_hh) {
            (Recurrent::SimpleRnn(_) | Recurrent::Lstm(_), Some(one), Some(other)) => (Some(one + other), None),
            (_, one, other) => (one, other),
        };
        // In rows, as every step reads it.
        let (rows, columns) = (settings.units, settings.gates * settings.units);
        let weight = self.weight_hh.val().transpose().reshape([rows * columns]).reshape([rows, columns]);
        let part = StatePart { weight, bias: state_bias, mask: state_mask };
        let step = match &self.config {
            Recurrent::SimpleRnn(config) => config.step(part),
            Recurrent::Lstm(config) => config.step(part),
            Recurrent::Gru(config) => config.step(part),
        };

        // The input's part of all steps in one product.
        let x = x.swap_dims(0, 1);
        let x = match input_mask {
            Some(mask) => x * mask.unsqueeze_dim::<3>(0),
            None => x,
        };
        let x = linear(x.reshape([time * batch, features]), self.weight_ih.val().transpose(), input_bias);
        let mut inputs = steps(x.reshape([time, batch, settings.gates * settings.units]));
        if settings.go_backwards {
            inputs.reverse();
        }

        let zeros = || Tensor::zeros([batch, settings.units], options);
        let mut state = state.unwrap_or_else(|| State { hidden: zeros(), cell: None });
        let mut outputs = Vec::with_capacity(time);
        for input in inputs {
            state = step(input, state);
            outputs.push(state.hidden.clone());
        }
        (outputs, state)
    }
}

/// The steps of `[time, batch, ..]`. By halves: the gradient of a slice is as large as what it was cut from, so cutting each
/// step from the whole sequence would cost the square of its length.
fn steps(x: Tensor<3>) -> Vec<Tensor<2>> {
    match x.dims()[0] {
        1 => vec![x.squeeze_dim(0)],
        time => {
            let mut before = steps(x.clone().narrow(0, 0, time / 2));
            before.extend(steps(x.narrow(0, time / 2, time - time / 2)));
            before
        }
    }
}

impl LayerModule for RecurrentLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        let x = inputs.remove(0).float();
        match self.settings().return_sequences {
            true => self.forward::<3>(x, context).into(),
            false => self.forward::<2>(x, context).into(),
        }
    }
}
