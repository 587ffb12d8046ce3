//! Text into places in a vocabulary.

use serde::{Deserialize, Serialize};

use super::encoding::check_depth;
use super::{FeatureError, MAX_DEPTH, OutputMode, StringLookup};

/// What is done to text before it is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standardize {
    /// Both of the others.
    LowerAndStripPunctuation,
    /// The capital letters A to Z become small ones; others stay, as TensorFlow has it.
    Lower,
    /// The ASCII characters that are neither letters, digits nor spaces go.
    StripPunctuation,
}

/// Where text is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// At runs of ASCII white space.
    Whitespace,
    /// After each Unicode character (code point).
    Character,
}

/// Runs of neighbouring tokens, joined by a space, that are tokens too. In JSON a number or a list of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a whole number or a list of them")]
pub enum Ngrams {
    /// Runs of one token, then those of two, up to this many.
    UpTo(usize),
    /// Runs of these lengths, in this order.
    Widths(Vec<usize>),
}

impl Ngrams {
    /// The most tokens in a run.
    const LONGEST: usize = 64;

    /// The lengths, in order.
    pub fn widths(&self) -> Vec<usize> {
        match self {
            Self::UpTo(most) => (1..=*most).collect(),
            Self::Widths(widths) => widths.clone(),
        }
    }
}

/// Text into places in a vocabulary: Keras's `TextVectorization`.
///
/// Text is standardised, split and joined to n-grams; then each token is looked up as a [`StringLookup`] does, with the
/// mask `""` and one place for unknown tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextVectorization {
    /// The most places, with those of padding (for whole numbers) and unknown tokens; none for any number.
    #[serde(default)]
    pub max_tokens: Option<usize>,
    /// What is done first; none leaves the text as it is.
    #[serde(default = "lower_and_strip")]
    pub standardize: Option<Standardize>,
    /// Where it is split; none takes a text, or each text of a row, as one token.
    #[serde(default = "whitespace")]
    pub split: Option<Split>,
    /// Runs of tokens that are tokens; none for single ones alone.
    #[serde(default)]
    pub ngrams: Option<Ngrams>,
    /// What becomes of the places; `one_hot` only where nothing is split.
    #[serde(default)]
    pub output_mode: OutputMode,
    /// The length to which whole numbers are cut, or filled up with 0. Without one, the longest of a batch is the length.
    #[serde(default)]
    pub output_sequence_length: Option<usize>,
    /// Whether encodings have `max_tokens` places, however few tokens there are.
    #[serde(default)]
    pub pad_to_max_tokens: bool,
    /// The tokens: given, or learned.
    #[serde(default)]
    pub vocabulary: Option<Vec<String>>,
    /// Inverse document frequencies, one for each of `vocabulary`, for `tf_idf`: given, or learned.
    #[serde(default)]
    pub idf_weights: Option<Vec<f32>>,
}

fn lower_and_strip() -> Option<Standardize> {
    Some(Standardize::LowerAndStripPunctuation)
}

fn whitespace() -> Option<Split> {
    Some(Split::Whitespace)
}

impl Default for TextVectorization {
    /// To be learned: small letters without punctuation, split at white space, whole numbers.
    fn default() -> Self {
        Self {
            max_tokens: None,
            standardize: lower_and_strip(),
            split: whitespace(),
            ngrams: None,
            output_mode: OutputMode::Int,
            output_sequence_length: None,
            pad_to_max_tokens: false,
            vocabulary: None,
            idf_weights: None,
        }
    }
}

impl TextVectorization {
    pub(super) const KIND: &str = "text vectorization";

    /// How its tokens are looked up.
    pub fn lookup(&self) -> StringLookup {
        StringLookup {
            max_tokens: self.max_tokens,
            mask_token: Some(String::new()),
            vocabulary: self.vocabulary.clone(),
            idf_weights: self.idf_weights.clone(),
            output_mode: self.output_mode,
            pad_to_max_tokens: self.pad_to_max_tokens,
            ..StringLookup::default()
        }
    }

    /// Says whether its settings, and what it learned if it did, can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        if let Some(length) = self.output_sequence_length {
            if self.output_mode != OutputMode::Int {
                let rule = "it goes with the output mode `int`";
                return Err(FeatureError::setting(Self::KIND, "output_sequence_length", length, rule));
            }
            check_depth(Self::KIND, "output_sequence_length", length, 1, "it must be from 1 to 2^24")?;
        }
        if self.output_mode == OutputMode::OneHot && self.split.is_some() {
            let rule = "one_hot needs `split` none; take multi_hot for the tokens of a text";
            return Err(FeatureError::setting(Self::KIND, "output_mode", self.output_mode, rule));
        }
        let rule = "there must be at least one, each from 1 to 64";
        match &self.ngrams {
            Some(Ngrams::UpTo(most)) if !(1..=Ngrams::LONGEST).contains(most) => {
                return Err(FeatureError::setting(Self::KIND, "ngrams", most, rule));
            }
            Some(Ngrams::Widths(widths))
                if !(1..=Ngrams::LONGEST).contains(&widths.len())
                    || !widths.iter().all(|width| (1..=Ngrams::LONGEST).contains(width)) =>
            {
                return Err(FeatureError::setting(Self::KIND, "ngrams", widths, rule));
            }
            _ => {}
        }
        if self.max_tokens.is_some_and(|max| max > MAX_DEPTH) {
            return Err(FeatureError::setting(Self::KIND, "max_tokens", self.max_tokens, "it must be at most 2^24"));
        }
        self.lookup().validate()
    }
}
