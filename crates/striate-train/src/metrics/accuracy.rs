//! Accuracy.

use serde::{Deserialize, Serialize};

/// The fraction of samples whose most likely class is their label: Keras's `SparseCategoricalAccuracy`.
///
/// A tie goes to the first class. Mergeable: counts only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Accuracy {
    /// Samples whose class was right.
    pub right: u64,
    /// Samples seen.
    pub seen: u64,
}

impl Accuracy {
    /// Counts a batch: `scores` `[batch, classes]` in rows, one label a row.
    ///
    /// # Panics
    /// If the scores aren't a whole number of rows for the labels.
    pub fn update(&mut self, scores: &[f32], labels: &[usize]) {
        if labels.is_empty() {
            return;
        }
        assert_eq!(scores.len() % labels.len(), 0, "one row of scores for each label");
        let classes = scores.len() / labels.len();
        let rows = scores.chunks_exact(classes.max(1));
        self.right += rows.zip(labels).filter(|(row, label)| argmax(row) == Some(**label)).count() as u64;
        self.seen += labels.len() as u64;
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: Self) {
        self.right += other.right;
        self.seen += other.seen;
    }

    /// The fraction in `[0, 1]`; 0 if nothing was seen.
    pub fn value(&self) -> f64 {
        if self.seen == 0 { 0.0 } else { self.right as f64 / self.seen as f64 }
    }
}

fn argmax(row: &[f32]) -> Option<usize> {
    let best = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter().position(|&score| score == best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_samples_are_counted_over_batches() {
        let mut accuracy = Accuracy::default();
        assert_eq!(accuracy.value(), 0.0);
        accuracy.update(&[0.1, 0.9, 0.8, 0.2], &[1, 1]);
        accuracy.update(&[0.5, 0.5], &[0]);
        assert_eq!(accuracy, Accuracy { right: 2, seen: 3 });
        let mut other = Accuracy::default();
        // NaN is no class's score.
        other.update(&[f32::NAN, f32::NAN], &[0]);
        accuracy.merge(other);
        assert_eq!(accuracy.value(), 0.5);
    }
}
