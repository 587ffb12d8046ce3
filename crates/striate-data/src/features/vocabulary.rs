//! Learning a vocabulary.

use std::cmp::Reverse;
use std::collections::HashMap;

use striate_core::features::{FeatureError, Lookup, OutputMode, Token};

use super::Adapter;

/// How much of a vocabulary may be counted, since it is all kept until the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VocabularyLimits {
    /// Distinct tokens.
    pub tokens: usize,
    /// Bytes of the distinct tokens' text.
    pub bytes: usize,
}

impl Default for VocabularyLimits {
    /// 2^23 tokens and 2^28 bytes, which take about a gigabyte.
    fn default() -> Self {
        Self { tokens: 1 << 23, bytes: 1 << 28 }
    }
}

/// Learns a vocabulary and inverse document frequencies; an item is a row of tokens, which is a document.
///
/// It keeps each distinct token with its counts: memory is bounded by [`VocabularyLimits`]. Parts merge to the same as one
/// pass. Frequencies are `ln(1 + documents / (1 + documents with the token))`, as Keras's. The mask and the token for
/// unknown values are passed over, but a document counts also without a token.
#[derive(Debug, Clone)]
pub struct AdaptLookup<T: Token> {
    settings: Lookup<T>,
    limits: VocabularyLimits,
    counts: HashMap<T, Counts>,
    bytes: usize,
    documents: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    tokens: u64,
    documents: u64,
    /// The number of the last document that has it, from 1.
    last: u64,
}

impl<T: Token> AdaptLookup<T> {
    /// From settings; a vocabulary that they have is learned anew.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn new(settings: Lookup<T>) -> Result<Self, FeatureError> {
        Self::with_limits(settings, VocabularyLimits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn with_limits(settings: Lookup<T>, limits: VocabularyLimits) -> Result<Self, FeatureError> {
        let settings = Lookup { vocabulary: None, idf_weights: None, ..settings };
        settings.validate()?;
        Ok(Self { settings, limits, counts: HashMap::new(), bytes: 0, documents: 0 })
    }

    /// The tokens that come are those of another document.
    pub(super) fn begin_document(&mut self) {
        self.documents += 1;
    }

    /// Counts a token of the document that was begun last.
    pub(super) fn count(&mut self, token: &T::Borrowed) -> Result<(), FeatureError> {
        let document = self.documents;
        let counts = self.entry(token)?;
        counts.tokens += 1;
        counts.documents += u64::from(counts.last != document);
        counts.last = document;
        Ok(())
    }

    /// The counts of a token, if there is room for it.
    fn entry(&mut self, token: &T::Borrowed) -> Result<&mut Counts, FeatureError> {
        let is_new = !self.counts.contains_key(token);
        if is_new {
            let bytes = self.bytes.saturating_add(T::bytes(token));
            let limits = [
                (self.counts.len() + 1, self.limits.tokens, "distinct tokens"),
                (bytes, self.limits.bytes, "bytes of distinct tokens"),
            ];
            if let Some(&(_, limit, unit)) = limits.iter().find(|(have, most, _)| have > most) {
                return Err(FeatureError::TooManyTokens { kind: T::KIND, limit, unit });
            }
            self.bytes = bytes;
            self.counts.insert(token.to_owned(), Counts::default());
        }
        Ok(self.counts.get_mut(token).expect("it was there, or has just been put in"))
    }
}

impl<T: Token> Adapter for AdaptLookup<T> {
    type Item = [T];
    type Learned = Lookup<T>;

    /// # Errors
    /// [`FeatureError::TooManyTokens`].
    fn update(&mut self, document: &[T]) -> Result<(), FeatureError> {
        self.begin_document();
        document.iter().try_for_each(|token| self.count(token.borrow()))
    }

    fn merge(&mut self, other: Self) -> Result<(), FeatureError> {
        if self.settings != other.settings {
            return Err(FeatureError::Merge { kind: T::KIND });
        }
        self.documents += other.documents;
        other.counts.into_iter().try_for_each(|(token, theirs)| {
            let ours = self.entry(token.borrow())?;
            ours.tokens += theirs.tokens;
            ours.documents += theirs.documents;
            Ok(())
        })
    }

    fn finish(mut self) -> Result<Lookup<T>, FeatureError> {
        self.counts.remove(self.settings.oov_token.borrow());
        if let Some(mask) = &self.settings.mask_token {
            self.counts.remove(mask.borrow());
        }
        let mut counted = self.counts.into_iter().collect::<Vec<_>>();
        counted.sort_unstable_by(|(a, of_a), (b, of_b)| (Reverse(of_a.tokens), b).cmp(&(Reverse(of_b.tokens), a)));
        counted.truncate(self.settings.most_learned());
        if counted.is_empty() {
            return Err(FeatureError::NoData { kind: T::KIND });
        }
        let documents = self.documents as f64;
        let frequency = |(_, counts): &(T, Counts)| (1.0 + documents / (1.0 + counts.documents as f64)).ln() as f32;
        let weights = (self.settings.output_mode == OutputMode::TfIdf).then(|| counted.iter().map(frequency).collect());
        let vocabulary = counted.into_iter().map(|(token, _)| token).collect();
        let learned = Lookup { vocabulary: Some(vocabulary), idf_weights: weights, ..self.settings };
        learned.validate()?;
        Ok(learned)
    }
}
