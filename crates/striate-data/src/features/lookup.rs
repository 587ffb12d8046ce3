//! Places in a vocabulary.

use std::collections::HashMap;

use striate_core::features::{FeatureError, Lookup, OovMethod, OutputMode, Token};

use super::encode::{count, encode};
use super::hash::bucket;
use super::{Array, Encoded};

/// Looks values up in a vocabulary as a [`Lookup`] says.
#[derive(Debug, Clone)]
pub struct LookupTable<T: Token> {
    settings: Lookup<T>,
    places: HashMap<T, i64>,
    /// What each place counts, for `tf_idf`.
    weights: Vec<f32>,
    depth: usize,
}

impl<T: Token> LookupTable<T> {
    /// From settings with their vocabulary.
    ///
    /// # Errors
    /// [`FeatureError::Setting`]; [`FeatureError::NotAdapted`] if there is no vocabulary.
    pub fn new(settings: &Lookup<T>) -> Result<Self, FeatureError> {
        settings.validate()?;
        if settings.vocabulary.is_none() {
            return Err(FeatureError::NotAdapted { kind: T::KIND, field: "vocabulary" });
        }
        let places = (settings.token_start() as i64..).zip(settings.tokens());
        let places = places.map(|(place, token)| (token.clone(), place)).collect();
        Ok(Self { places, weights: weights(settings), depth: settings.depth(), settings: settings.clone() })
    }

    /// The settings.
    pub fn settings(&self) -> &Lookup<T> {
        &self.settings
    }

    /// The places of `[batch, …]`, as the output mode says.
    ///
    /// # Errors
    /// [`FeatureError::OutOfVocabulary`] for the first value without a place, [`FeatureError::Setting`] for an inverse
    /// lookup, [`FeatureError::TooLarge`].
    pub fn apply(&self, values: &Array<T>) -> Result<Encoded, FeatureError> {
        if self.settings.invert {
            let rule = "an inverse lookup takes places; call `invert`";
            return Err(FeatureError::setting(T::KIND, "invert", true, rule));
        }
        self.encode(values.try_map(|value| self.place(value.borrow()))?)
    }

    /// The tokens at places `[batch, …]`; the token for unknown values where there is none.
    ///
    /// It works whether or not `invert` is set; that only says what a lookup is for.
    pub fn invert(&self, places: &Array<i64>) -> Array<T> {
        let tokens = self.settings.tokens();
        let start = self.settings.token_start();
        places.map(|&place| match (usize::try_from(place), &self.settings.mask_token) {
            (Ok(0), Some(mask)) if self.settings.oov_start() == 1 => mask.clone(),
            (Ok(place), _) => {
                place.checked_sub(start).and_then(|at| tokens.get(at)).unwrap_or(&self.settings.oov_token).clone()
            }
            (Err(_), _) => self.settings.oov_token.clone(),
        })
    }

    /// The place of a value; -1 for the mask where places are encoded, which then counts nowhere.
    pub(super) fn place(&self, value: &T::Borrowed) -> Result<i64, FeatureError> {
        let Lookup { num_oov_indices, mask_token, oov_method, salt, output_mode, .. } = &self.settings;
        if mask_token.as_ref().is_some_and(|mask| mask.borrow() == value) {
            return Ok(if *output_mode == OutputMode::Int { 0 } else { -1 });
        }
        if let Some(&place) = self.places.get(value) {
            return Ok(place);
        }
        let start = self.settings.oov_start() as i64;
        match *num_oov_indices {
            0 => Err(FeatureError::out_of_vocabulary(T::KIND, value)),
            1 => Ok(start),
            count if T::IS_NUMBER && *oov_method == OovMethod::Floormod => {
                Ok(start + T::remainder(value, count) as i64)
            }
            count => Ok(start + bucket(&T::digits(value), *salt, count)),
        }
    }

    /// How many places there are.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Counts a value at its place in a row of all places, as the output mode says.
    pub(super) fn count(&self, value: &T::Borrowed, row: &mut [f32]) -> Result<(), FeatureError> {
        let place = usize::try_from(self.place(value)?).ok();
        if let Some((place, counted)) = place.and_then(|place| Some((place, row.get_mut(place)?))) {
            count(self.settings.output_mode, counted, || self.weight(place));
        }
        Ok(())
    }

    fn weight(&self, place: usize) -> f32 {
        self.weights.get(place).copied().unwrap_or(1.0)
    }

    pub(super) fn encode(&self, places: Array<i64>) -> Result<Encoded, FeatureError> {
        encode(T::KIND, places, self.settings.output_mode, self.depth, |_, place| self.weight(place))
    }
}

/// What each place counts for `tf_idf`: unknown values the mean, unless the vocabulary begins with them; padding nothing.
fn weights<T: Token>(settings: &Lookup<T>) -> Vec<f32> {
    let Some(weights) = &settings.idf_weights else { return Vec::new() };
    let unknown = if settings.begins_with_special() { 0 } else { settings.token_start() };
    let mean = weights.iter().copied().map(f64::from).sum::<f64>() / weights.len() as f64;
    let mut all = vec![mean as f32; unknown];
    all.extend(weights);
    all.resize(settings.depth(), 0.0);
    all
}
