//! Whole numbers to their places in a vocabulary: Keras's `IntegerLookup` with a known vocabulary.

use burn::Tensor;
use burn::tensor::{DType, Int, TensorData};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;
use striate_core::features::MAX_DEPTH;

use super::OutputMode;
use super::encoding::{encode, encoded, int_row};
use crate::layer::{LayerModule, LayerSpec, weightless};
use crate::{Context, Cost, Kind, LayerError, Signature, Value};

/// Looks whole numbers up in a vocabulary.
///
/// Places are counted so: first the mask, if there is one and places come out as whole numbers; then the places of
/// numbers that aren't in the vocabulary; then the vocabulary in its order. The result depends on the [`OutputMode`],
/// whose depth is the number of places. Encodings are real numbers; masked values count nowhere in them.
///
/// A number that isn't in the vocabulary gets place -1, and counts nowhere in encodings, if `num_oov_indices` is 0;
/// Keras fails then. With several such indices it gets the one with its value modulo their number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegerLookup {
    /// The numbers with a place, each once. It may begin with the mask and the tokens of unknown numbers, as Keras's
    /// `get_vocabulary` gives it.
    pub vocabulary: Vec<i64>,
    /// How many places numbers share that aren't in the vocabulary.
    #[serde(default = "one_index")]
    pub num_oov_indices: usize,
    /// The number that stands for nothing.
    #[serde(default)]
    pub mask_token: Option<i64>,
    /// What an inverse lookup gives for the places of unknown numbers, and for places that there aren't.
    #[serde(default = "minus_one")]
    pub oov_token: i64,
    /// Whether it looks up numbers by their places instead; whole numbers come out.
    #[serde(default)]
    pub invert: bool,
    /// What becomes of the places.
    #[serde(default)]
    pub output_mode: OutputMode,
    /// Inverse document frequencies, one for each of the vocabulary, for `tf_idf`. Places of unknown numbers get their
    /// mean, unless the vocabulary begins with them.
    #[serde(default)]
    pub idf_weights: Option<Vec<f64>>,
}

fn one_index() -> usize {
    1
}

fn minus_one() -> i64 {
    -1
}

impl IntegerLookup {
    /// This vocabulary and one place for all other numbers.
    pub fn new(vocabulary: impl Into<Vec<i64>>) -> Self {
        Self {
            vocabulary: vocabulary.into(),
            num_oov_indices: 1,
            mask_token: None,
            oov_token: -1,
            invert: false,
            output_mode: OutputMode::Int,
            idf_weights: None,
        }
    }

    /// This many places for numbers that aren't in the vocabulary.
    pub fn num_oov_indices(self, num_oov_indices: usize) -> Self {
        Self { num_oov_indices, ..self }
    }

    /// This number stands for nothing.
    pub fn mask_token(self, mask_token: i64) -> Self {
        Self { mask_token: Some(mask_token), ..self }
    }

    /// An inverse lookup gives this for unknown numbers.
    pub fn oov_token(self, oov_token: i64) -> Self {
        Self { oov_token, ..self }
    }

    /// Looks up numbers by their places.
    pub fn inverse(self) -> Self {
        Self { invert: true, ..self }
    }

    /// Gives this.
    pub fn output_mode(self, output_mode: OutputMode) -> Self {
        Self { output_mode, ..self }
    }

    /// Gives counts times these inverse document frequencies.
    pub fn tf_idf(self, idf_weights: impl Into<Vec<f64>>) -> Self {
        Self { output_mode: OutputMode::TfIdf, idf_weights: Some(idf_weights.into()), ..self }
    }

    /// The place of the first unknown number: 1 if the mask has place 0.
    fn oov_start(&self) -> usize {
        (self.mask_token.is_some() && self.output_mode == OutputMode::Int).into()
    }

    /// The place of the vocabulary's first number; saturates.
    fn start(&self) -> usize {
        self.oov_start().saturating_add(self.num_oov_indices)
    }

    /// How many of the vocabulary stand for the mask and unknown numbers: none, or all of those.
    fn special(&self) -> usize {
        let mask = self.mask_token.into_iter().take(self.oov_start());
        let special = mask.chain(std::iter::repeat_n(self.oov_token, self.num_oov_indices));
        let start = self.start();
        match start <= self.vocabulary.len() && special.eq(self.vocabulary[..start].iter().copied()) {
            true => start,
            false => 0,
        }
    }

    /// The numbers with a place of their own.
    fn tokens(&self) -> &[i64] {
        &self.vocabulary[self.special()..]
    }

    fn depth(&self) -> usize {
        self.start().saturating_add(self.tokens().len())
    }
}

impl LayerSpec for IntegerLookup {
    type Module = IntegerLookupLayer;
    const KIND: &'static str = "integer_lookup";

    fn validate(&self) -> Result<(), LayerError> {
        let bad = |field, value: &dyn std::fmt::Debug, rule| Err(LayerError::value(Self::KIND, field, value, rule));
        if self.num_oov_indices > MAX_DEPTH {
            return bad("num_oov_indices", &self.num_oov_indices, "it must be at most 2^24");
        }
        let mut tokens = self.tokens().to_vec();
        tokens.sort_unstable();
        if tokens.is_empty() {
            return bad("vocabulary", &self.vocabulary, "it must have at least one number");
        }
        if let Some(pair) = tokens.windows(2).find(|pair| pair[0] == pair[1]) {
            return bad("vocabulary", &pair[0], "each number must be there once");
        }
        if let Some(mask) = self.mask_token
            && tokens.binary_search(&mask).is_ok()
        {
            return bad("mask_token", &mask, "it must not be in the vocabulary, or stand first with the unknown ones");
        }
        if self.invert && tokens.binary_search(&self.oov_token).is_ok() {
            return bad("oov_token", &self.oov_token, "an inverse lookup's must not be in the vocabulary");
        }
        if self.invert && self.output_mode != OutputMode::Int {
            return bad("output_mode", &self.output_mode, "an inverse lookup gives whole numbers");
        }
        match &self.idf_weights {
            None if self.output_mode == OutputMode::TfIdf => {
                bad("idf_weights", &self.idf_weights, "`tf_idf` needs one for each of the vocabulary")
            }
            None => Ok(()),
            Some(weights) if self.output_mode != OutputMode::TfIdf => {
                bad("idf_weights", weights, "they go with the output mode `tf_idf`")
            }
            Some(weights) if weights.len() != self.vocabulary.len() => {
                bad("idf_weights", &weights.len(), "there must be one for each of the vocabulary")
            }
            Some(weights) if !weights.iter().all(|weight| weight.is_finite()) => {
                bad("idf_weights", weights, "all must be finite")
            }
            Some(_) => Ok(()),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        match inputs {
            [input] if input.kind == Kind::Int => encoded(self.output_mode, Self::KIND, self.depth(), inputs),
            _ => Err(LayerError::input(Self::KIND, "one input of whole numbers", inputs)),
        }
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        Cost::of_output(self.output(inputs))
    }

    fn build(&self, _inputs: &[Signature], _scope: &Scope, _device: &Device) -> IntegerLookupLayer {
        let mut places: Vec<_> =
            (self.start() as i64..).zip(self.tokens()).map(|(place, token)| (*token, place)).collect();
        places.sort_unstable();
        IntegerLookupLayer { config: self.clone(), places }
    }
}

/// A lookup with its vocabulary in order.
#[derive(Debug, Clone)]
pub struct IntegerLookupLayer {
    config: IntegerLookup,
    /// Each number and its place, by number.
    places: Vec<(i64, i64)>,
}

/// A row of whole numbers on the device and with the type of another; numbers beyond the type are its ends.
fn constants(values: impl Iterator<Item = i64>, like: &Tensor<1, Int>) -> Tensor<1, Int> {
    let values: Vec<i64> = match like.dtype() {
        DType::I64 => values.collect(),
        _ => values.map(|value| value.clamp(i32::MIN.into(), i32::MAX.into())).collect(),
    };
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), (&like.device(), like.dtype()))
}

impl IntegerLookupLayer {
    /// The place of each number; -1 for none.
    fn places(&self, x: Tensor<1, Int>) -> Tensor<1, Int> {
        let config = &self.config;
        let start = config.oov_start() as i64;
        let mut places = match config.num_oov_indices {
            0 => x.zeros_like() - 1,
            1 => x.zeros_like() + start,
            // Twice, because a remainder may have the sign of the number.
            count => {
                x.clone().remainder_scalar(count as i64).add_scalar(count as i64).remainder_scalar(count as i64) + start
            }
        };
        // Numbers that the device's type doesn't hold can't come in.
        let range = match x.dtype() {
            DType::I64 => i64::MIN..=i64::MAX,
            _ => i32::MIN.into()..=i32::MAX.into(),
        };
        let known: Vec<_> = self.places.iter().filter(|(token, _)| range.contains(token)).collect();
        if let Some(last) = known.last() {
            let count = known.len().next_power_of_two();
            let known = || known.iter().copied().chain(std::iter::repeat(*last)).take(count);
            let tokens = constants(known().map(|(token, _)| *token), &x);
            // A binary search for the last number that isn't above.
            let mut found = x.zeros_like();
            let mut step = count / 2;
            while step > 0 {
                let next = found.clone() + step as i64;
                let below = tokens.clone().select(0, next.clone()).lower_equal(x.clone());
                found = found.mask_where(below, next);
                step /= 2;
            }
            let equal = tokens.select(0, found.clone()).equal(x.clone());
            places = places.mask_where(equal, constants(known().map(|(_, place)| *place), &x).select(0, found));
        }
        match config.mask_token {
            Some(mask) if range.contains(&mask) => {
                let place = if config.output_mode == OutputMode::Int { 0 } else { -1 };
                places.mask_fill(x.equal_elem(mask), place)
            }
            _ => places,
        }
    }

    /// The number at each place.
    fn tokens(&self, places: Tensor<1, Int>) -> Tensor<1, Int> {
        let config = &self.config;
        let mask = config.mask_token.into_iter();
        let unknown = std::iter::repeat_n(config.oov_token, config.num_oov_indices);
        let all = mask.chain(unknown).chain(config.tokens().iter().copied()).chain([config.oov_token]);
        let table = constants(all, &places);
        let beyond = table.dims()[0] as i64 - 1;
        let outside = places.clone().lower_elem(0).bool_or(places.clone().greater_elem(beyond));
        table.select(0, places.mask_fill(outside, beyond))
    }

    /// Looks up every number, by the [`OutputMode`].
    fn lookup(&self, value: Value) -> Value {
        let (x, dims) = int_row(value);
        let config = &self.config;
        if config.invert {
            return Value::from(self.tokens(x)).reshape(&dims);
        }
        let places = self.places(x);
        let weights = config.idf_weights.as_ref().map(|weights| self.idf(weights, &places));
        encode(config.output_mode, places, &dims, config.depth(), weights, None)
    }

    /// The factor on each place's count.
    fn idf(&self, weights: &[f64], places: &Tensor<1, Int>) -> Tensor<1> {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let unknown = if self.config.special() > 0 { 0 } else { self.config.start() };
        let mut all = vec![mean; unknown];
        all.extend(weights);
        let last = all.len() as i64 - 1;
        let count = all.len();
        let all = Tensor::<1>::from_data(TensorData::new(all, [count]), &places.device());
        all.select(0, places.clone().clamp(0, last))
    }
}

impl LayerModule for IntegerLookupLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.lookup(inputs.remove(0))
    }
}

weightless!(IntegerLookupLayer);
