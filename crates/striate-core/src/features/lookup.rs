//! Places in a vocabulary.

use std::borrow::{Borrow, Cow};
use std::fmt::Debug;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{FeatureError, MAX_DEPTH, OutputMode, Salt};

/// What a vocabulary holds: `String` or `i64`.
pub trait Token:
    Clone + Ord + Hash + Debug + Borrow<Self::Borrowed> + Serialize + DeserializeOwned + Send + Sync
{
    /// How it is looked at: `str` or `i64`.
    type Borrowed: ?Sized + Hash + Eq + Debug + ToOwned<Owned = Self>;
    /// The lookup's kind, for errors.
    const KIND: &str;
    /// Whether values without a place are told apart by their remainder, and not by a hash.
    const IS_NUMBER: bool;

    /// What stands for values without a place unless said otherwise: `[UNK]` or -1.
    fn unknown() -> Self;
    /// What is hashed.
    fn digits(token: &Self::Borrowed) -> Cow<'_, str>;
    /// The remainder of a number, which is at least 0.
    fn remainder(token: &Self::Borrowed, count: usize) -> usize;
    /// The bytes that it takes beside its own size.
    fn bytes(token: &Self::Borrowed) -> usize;
}

impl Token for String {
    type Borrowed = str;
    const KIND: &str = "string lookup";
    const IS_NUMBER: bool = false;

    fn unknown() -> Self {
        "[UNK]".into()
    }

    fn digits(token: &str) -> Cow<'_, str> {
        Cow::Borrowed(token)
    }

    fn remainder(_: &str, _: usize) -> usize {
        0
    }

    fn bytes(token: &str) -> usize {
        token.len()
    }
}

impl Token for i64 {
    type Borrowed = i64;
    const KIND: &str = "integer lookup";
    const IS_NUMBER: bool = true;

    fn unknown() -> Self {
        -1
    }

    fn digits(token: &i64) -> Cow<'_, str> {
        Cow::Owned(token.to_string())
    }

    fn remainder(token: &i64, count: usize) -> usize {
        token.rem_euclid(count as i64) as usize
    }

    fn bytes(_: &i64) -> usize {
        0
    }
}

/// How values without a place are told apart where there are several places for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OovMethod {
    /// Whole numbers by their remainder; text by its hash.
    #[default]
    Floormod,
    /// Both by their hash; whole numbers by that of their decimal digits.
    Farmhash,
}

/// Places in a vocabulary: Keras's `StringLookup` and `IntegerLookup`.
///
/// Places are counted so: first the mask, if there is one and places come out as whole numbers; then the places of
/// values that aren't in the vocabulary; then the vocabulary in its order, which is that of falling frequency if it was
/// learned, and for equal ones the falling order of bytes or numbers. Where places are encoded, the mask counts nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "T: Token")]
pub struct Lookup<T: Token> {
    /// The most places, with those of the mask and of unknown values; none for any number. It cuts off what is learned.
    #[serde(default = "none")]
    pub max_tokens: Option<usize>,
    /// How many places values share that aren't in the vocabulary. With 0, such a value is an error.
    #[serde(default = "one")]
    pub num_oov_indices: usize,
    /// What stands for nothing.
    #[serde(default = "none")]
    pub mask_token: Option<T>,
    /// What an inverse lookup gives for places of unknown values, and for places that there aren't. It is never learned.
    #[serde(default = "T::unknown")]
    pub oov_token: T,
    /// The tokens with a place of their own, each once: given, or learned. It may begin with the mask and the tokens of
    /// unknown values, as Keras's `get_vocabulary` gives it.
    #[serde(default = "none")]
    pub vocabulary: Option<Vec<T>>,
    /// Inverse document frequencies, one for each of `vocabulary`, for `tf_idf`: given, or learned. Unless the vocabulary
    /// begins with them, unknown values have the mean.
    #[serde(default = "none")]
    pub idf_weights: Option<Vec<f32>>,
    /// Whether it looks up tokens by their places instead.
    #[serde(default)]
    pub invert: bool,
    /// What becomes of the places.
    #[serde(default)]
    pub output_mode: OutputMode,
    /// Whether encodings have `max_tokens` places, however few tokens there are.
    #[serde(default)]
    pub pad_to_max_tokens: bool,
    /// How unknown values are told apart.
    #[serde(default)]
    pub oov_method: OovMethod,
    /// The key of the hash that tells unknown values apart; the hash is SipHash-2-4 then, and otherwise FarmHash's.
    #[serde(default = "none")]
    pub salt: Option<Salt>,
}

/// Places of text.
pub type StringLookup = Lookup<String>;
/// Places of whole numbers.
pub type IntegerLookup = Lookup<i64>;

fn none<T>() -> Option<T> {
    None
}

fn one() -> usize {
    1
}

impl<T: Token> Default for Lookup<T> {
    /// To be learned: one place for all unknown values, no mask, whole numbers.
    fn default() -> Self {
        Self {
            max_tokens: None,
            num_oov_indices: 1,
            mask_token: None,
            oov_token: T::unknown(),
            vocabulary: None,
            idf_weights: None,
            invert: false,
            output_mode: OutputMode::Int,
            pad_to_max_tokens: false,
            oov_method: OovMethod::Floormod,
            salt: None,
        }
    }
}

impl<T: Token> Lookup<T> {
    /// These tokens, and one place for all other values.
    pub fn new(vocabulary: impl Into<Vec<T>>) -> Self {
        Self { vocabulary: Some(vocabulary.into()), ..Self::default() }
    }

    /// The place of the first unknown value: 1 if the mask has place 0.
    pub fn oov_start(&self) -> usize {
        (self.mask_token.is_some() && self.output_mode == OutputMode::Int).into()
    }

    /// The place of the vocabulary's first token; saturates.
    pub fn token_start(&self) -> usize {
        self.oov_start().saturating_add(self.num_oov_indices)
    }

    /// What stands at the first places: the mask, if it has one, and the tokens of unknown values.
    fn special(&self) -> impl Iterator<Item = &T> {
        self.mask_token.iter().take(self.oov_start()).chain(std::iter::repeat_n(&self.oov_token, self.num_oov_indices))
    }

    /// Whether the vocabulary begins with the mask and the tokens of unknown values.
    pub fn begins_with_special(&self) -> bool {
        let start = self.token_start();
        let vocabulary = self.vocabulary.as_deref().unwrap_or_default();
        vocabulary.get(..start).is_some_and(|first| self.special().eq(first))
    }

    /// The tokens with a place of their own, in the order of their places, from [`token_start`](Self::token_start) on;
    /// none if nothing is given or learned.
    pub fn tokens(&self) -> &[T] {
        let start = if self.begins_with_special() { self.token_start() } else { 0 };
        &self.vocabulary.as_deref().unwrap_or_default()[start..]
    }

    /// The tokens of all places, Keras's `get_vocabulary`.
    pub fn all_tokens(&self) -> Vec<T> {
        self.special().chain(self.tokens()).cloned().collect()
    }

    /// How many places there are; with `pad_to_max_tokens` at least `max_tokens`.
    pub fn depth(&self) -> usize {
        let depth = self.token_start().saturating_add(self.tokens().len());
        match self.max_tokens {
            Some(max) if self.pad_to_max_tokens => depth.max(max),
            _ => depth,
        }
    }

    /// The most tokens that may be learned.
    pub fn most_learned(&self) -> usize {
        self.max_tokens.map_or(usize::MAX, |max| max.saturating_sub(self.token_start()))
    }

    /// Says whether its settings, and what it learned if it did, can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        let bad = |field, value: &dyn Debug, rule| Err(FeatureError::setting(T::KIND, field, value, rule));
        if self.num_oov_indices > MAX_DEPTH {
            return bad("num_oov_indices", &self.num_oov_indices, "it must be at most 2^24");
        }
        match self.max_tokens {
            Some(max) if max > MAX_DEPTH => return bad("max_tokens", &max, "it must be at most 2^24"),
            Some(max) if max <= self.token_start() => {
                return bad("max_tokens", &max, "it must leave a place for a token beside the mask and unknown values");
            }
            None if self.pad_to_max_tokens => return bad("max_tokens", &None::<usize>, "padding needs it"),
            _ => {}
        }
        if self.salt.is_some() && T::IS_NUMBER && self.oov_method != OovMethod::Farmhash {
            return bad("salt", &self.salt, "whole numbers need the method `farmhash` for it");
        }
        if self.invert && self.output_mode != OutputMode::Int {
            return bad("output_mode", &self.output_mode, "an inverse lookup gives tokens");
        }
        self.validate_vocabulary()
    }

    fn validate_vocabulary(&self) -> Result<(), FeatureError> {
        let bad = |field, value: &dyn Debug, rule| Err(FeatureError::setting(T::KIND, field, value, rule));
        if self.idf_weights.is_some() && self.output_mode != OutputMode::TfIdf {
            return bad("idf_weights", &"given", "they go with the output mode `tf_idf`");
        }
        let Some(vocabulary) = &self.vocabulary else {
            return match &self.idf_weights {
                Some(_) => bad("idf_weights", &"given", "they need a vocabulary"),
                None => Ok(()),
            };
        };
        let tokens = self.tokens();
        if tokens.is_empty() || self.token_start().saturating_add(tokens.len()) > self.max_tokens.unwrap_or(MAX_DEPTH) {
            return bad(
                "vocabulary",
                &vocabulary.len(),
                "it must have a token, and at most `max_tokens` or 2^24 places",
            );
        }
        let mut sorted = tokens.iter().collect::<Vec<_>>();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return bad("vocabulary", &pair[0], "each token must be there once");
        }
        let has = |token: &T| sorted.binary_search(&token).is_ok();
        if let Some(mask) = self.mask_token.as_ref().filter(|mask| has(mask)) {
            return bad("mask_token", mask, "it must not be in the vocabulary, or stand first with the unknown ones");
        }
        if self.invert && has(&self.oov_token) {
            return bad("oov_token", &self.oov_token, "an inverse lookup's must not be in the vocabulary");
        }
        match &self.idf_weights {
            None if self.output_mode == OutputMode::TfIdf => {
                bad("idf_weights", &None::<f32>, "a vocabulary needs them for `tf_idf`")
            }
            Some(weights) if weights.len() != vocabulary.len() => {
                bad("idf_weights", &weights.len(), "there must be one for each of the vocabulary")
            }
            Some(weights) => match weights.iter().find(|weight| !weight.is_finite()) {
                Some(weight) => bad("idf_weights", weight, "all must be finite"),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }
}
