//! Text into places in a vocabulary.

use std::borrow::Cow;

use striate_core::features::{FeatureError, Ngrams, OutputMode, Split, Standardize, StringLookup, TextVectorization};

use super::encode::{MAX_VALUES, check_size};
use super::{AdaptLookup, Adapter, Array, Encoded, LookupTable, VocabularyLimits};

const KIND: &str = "text vectorization";

/// What is done to text before it is looked up.
#[derive(Debug, Clone, PartialEq)]
struct Tokenizer {
    standardize: Option<Standardize>,
    split: Option<Split>,
    /// Empty for single tokens alone.
    widths: Vec<usize>,
}

impl Tokenizer {
    fn new(settings: &TextVectorization) -> Self {
        let widths = settings.ngrams.as_ref().map(Ngrams::widths).unwrap_or_default();
        Self { standardize: settings.standardize, split: settings.split, widths }
    }

    /// Hands on the tokens of a row of texts, which is one text unless nothing is split: first all of the first width.
    fn each<E>(&self, texts: &[impl AsRef<str>], mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let texts = texts.iter().map(|text| self.standardized(text.as_ref())).collect::<Vec<_>>();
        let mut single = texts.iter().flat_map(|text| -> Box<dyn Iterator<Item = &str>> {
            match self.split {
                Some(Split::Whitespace) => Box::new(text.split(is_space).filter(|token| !token.is_empty())),
                Some(Split::Character) => Box::new(text.split("").filter(|token| !token.is_empty())),
                None => Box::new(std::iter::once(&**text)),
            }
        });
        if self.widths.is_empty() {
            return single.try_for_each(take);
        }
        let single = single.collect::<Vec<_>>();
        // One after the other, because all runs together are many times as long as the text.
        let mut joined = String::new();
        for run in self.widths.iter().flat_map(|&width| single.windows(width)) {
            joined.clear();
            for (at, token) in run.iter().enumerate() {
                joined.push_str(if at > 0 { " " } else { "" });
                joined.push_str(token);
            }
            take(&joined)?;
        }
        Ok(())
    }

    fn standardized<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.standardize {
            None => Cow::Borrowed(text),
            Some(Standardize::Lower) => Cow::Owned(text.to_ascii_lowercase()),
            Some(Standardize::StripPunctuation) => Cow::Owned(text.replace(is_punctuation, "")),
            Some(Standardize::LowerAndStripPunctuation) => {
                Cow::Owned(text.chars().filter(|&c| !is_punctuation(c)).map(|c| c.to_ascii_lowercase()).collect())
            }
        }
    }

    /// The number of texts in a row, and that of rows.
    fn rows(&self, texts: &Array<String>) -> Result<(usize, usize), FeatureError> {
        match (self.split, texts.shape()) {
            (None, _) => Ok(texts.rows()),
            (Some(_), [] | [_] | [.., 1]) => Ok((texts.values().len(), 1)),
            (Some(_), shape) => {
                let rule = "where text is split, the last of several sides must be 1";
                Err(FeatureError::Shape { kind: KIND, shape: shape.to_vec(), rule })
            }
        }
    }
}

/// White space as C's `isspace` and TensorFlow have it.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// All ASCII punctuation, as Keras's expression lists it.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
}

/// Turns text into places in a vocabulary as a [`TextVectorization`] says.
#[derive(Debug, Clone)]
pub struct TextVectorizer {
    tokenizer: Tokenizer,
    table: LookupTable<String>,
    /// To this length places are cut, or filled up.
    length: Option<usize>,
}

impl TextVectorizer {
    /// From settings with their vocabulary.
    ///
    /// # Errors
    /// [`FeatureError::Setting`]; [`FeatureError::NotAdapted`] if there is no vocabulary.
    pub fn new(settings: &TextVectorization) -> Result<Self, FeatureError> {
        settings.validate()?;
        if settings.vocabulary.is_none() {
            return Err(FeatureError::NotAdapted { kind: KIND, field: "vocabulary" });
        }
        let table = LookupTable::new(&settings.lookup())?;
        Ok(Self { tokenizer: Tokenizer::new(settings), table, length: settings.output_sequence_length })
    }

    /// How tokens are looked up.
    pub fn lookup(&self) -> &StringLookup {
        self.table.settings()
    }

    /// `[batch]` or `[batch, 1]` texts to `[batch, token]` places, or to `[batch, depth]`, as the output mode says.
    ///
    /// Where nothing is split, `[batch, …, text]` stay so, but for the cut; encoded they become as a [`LookupTable`]
    /// does it.
    ///
    /// # Errors
    /// [`FeatureError::Shape`] for more than one text in a row that is to be split, [`FeatureError::TooLarge`].
    pub fn apply(&self, texts: &Array<String>) -> Result<Encoded, FeatureError> {
        let (rows, row) = self.tokenizer.rows(texts)?;
        let is_int = self.table.settings().output_mode == OutputMode::Int;
        if self.tokenizer.split.is_none() && self.tokenizer.widths.is_empty() && !is_int {
            return self.table.encode(texts.try_map(|text| self.table.place(&self.tokenizer.standardized(text)))?);
        }
        let each_row = || texts.values().chunks(row.max(1));
        match self.table.settings().output_mode {
            OutputMode::Int => {
                let most = self.length.unwrap_or(MAX_VALUES);
                let places = each_row().map(|texts| self.places(texts, most)).collect::<Vec<_>>();
                let longest = || places.iter().map(Vec::len).max().unwrap_or(0);
                let length = self.length.unwrap_or_else(longest);
                check_size(KIND, rows, length)?;
                let before = match (self.tokenizer.split, texts.shape()) {
                    (None, [before @ .., _]) => before,
                    (Some(_), [before @ .., 1]) if !before.is_empty() => before,
                    (_, shape) => shape,
                };
                Array::new([before, &[length]].concat(), padded(places, length, 0)).map(Encoded::Int)
            }
            // Runs of texts that aren't split.
            OutputMode::OneHot => {
                let places = each_row().map(|texts| self.places(texts, MAX_VALUES)).collect::<Vec<_>>();
                let longest = places.iter().map(Vec::len).max().unwrap_or(0);
                check_size(KIND, rows, longest)?;
                // What rows are filled up with counts nowhere.
                self.table.encode(Array::new([rows, longest], padded(places, longest, -1))?)
            }
            _ => {
                let depth = self.table.depth();
                check_size(KIND, rows, depth)?;
                let mut out = vec![0.0; rows * depth];
                for (texts, out) in each_row().zip(out.chunks_exact_mut(depth)) {
                    // Nothing is kept of tokens, whose runs are many times as long as the text.
                    self.tokenizer.each(texts, |token| self.table.count(token, out))?;
                }
                let shape = if texts.shape().is_empty() { vec![depth] } else { vec![rows, depth] };
                Array::new(shape, out).map(Encoded::Float)
            }
        }
    }

    /// The places of a row's first tokens.
    fn places(&self, texts: &[String], most: usize) -> Vec<i64> {
        let mut places = Vec::new();
        let taken = self.tokenizer.each(texts, |token| match places.len() < most {
            true => {
                // Every token has a place, if only that of unknown ones.
                places.push(self.table.place(token).unwrap_or(-1));
                Ok(())
            }
            false => Err(Enough),
        });
        // All or enough: either will do.
        let _: Result<(), Enough> = taken;
        places
    }
}

/// There are as many tokens as are asked for.
struct Enough;

/// Rows of one length, filled up.
fn padded(rows: Vec<Vec<i64>>, length: usize, with: i64) -> Vec<i64> {
    let mut out = Vec::with_capacity(rows.len() * length);
    for row in rows {
        out.extend(row.iter().copied().chain(std::iter::repeat(with)).take(length));
    }
    out
}

/// Learns a vocabulary from text; an item is a row of texts: one, or several where nothing is split.
///
/// Memory is bounded as that of [`AdaptLookup`], and parts merge to the same as one pass.
#[derive(Debug, Clone)]
pub struct AdaptText {
    settings: TextVectorization,
    tokenizer: Tokenizer,
    counts: AdaptLookup<String>,
}

impl AdaptText {
    /// From settings; a vocabulary that they have is learned anew.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn new(settings: TextVectorization) -> Result<Self, FeatureError> {
        Self::with_limits(settings, VocabularyLimits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn with_limits(settings: TextVectorization, limits: VocabularyLimits) -> Result<Self, FeatureError> {
        let settings = TextVectorization { vocabulary: None, idf_weights: None, ..settings };
        settings.validate()?;
        let counts = AdaptLookup::with_limits(settings.lookup(), limits)?;
        Ok(Self { tokenizer: Tokenizer::new(&settings), counts, settings })
    }
}

impl Adapter for AdaptText {
    type Item = [String];
    type Learned = TextVectorization;

    /// # Errors
    /// [`FeatureError::TooManyTokens`]; [`FeatureError::Shape`] for more than one text that is to be split.
    fn update(&mut self, texts: &[String]) -> Result<(), FeatureError> {
        if self.tokenizer.split.is_some() && texts.len() != 1 {
            let rule = "where text is split, a row is one text";
            return Err(FeatureError::Shape { kind: KIND, shape: vec![texts.len()], rule });
        }
        let Self { tokenizer, counts, .. } = self;
        counts.begin_document();
        tokenizer.each(texts, |token| counts.count(token))
    }

    fn merge(&mut self, other: Self) -> Result<(), FeatureError> {
        if self.settings != other.settings {
            return Err(FeatureError::Merge { kind: KIND });
        }
        self.counts.merge(other.counts)
    }

    fn finish(self) -> Result<TextVectorization, FeatureError> {
        let StringLookup { vocabulary, idf_weights, .. } = self.counts.finish()?;
        Ok(TextVectorization { vocabulary, idf_weights, ..self.settings })
    }
}
