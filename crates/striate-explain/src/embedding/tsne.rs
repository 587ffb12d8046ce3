//! t-SNE (van der Maaten & Hinton 2008, <https://www.jmlr.org/papers/v9/vandermaaten08a.html>), by the crate `bhtsne`.

use bhtsne::tSNE;
use serde::{Deserialize, Serialize};

use super::{Pca, check_rows};
use crate::ExplainError;

/// A map on which rows of numbers that are near each other stay near each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TSne {
    /// About how many neighbours each row has; at least 1, and at most a third of the rows less one.
    pub perplexity: f32,
    /// Steps of the optimization; at least 1.
    pub epochs: usize,
    /// Components that rows are brought down to first; 0 takes them as they are.
    pub components: usize,
    /// What the approximation of Barnes and Hut may neglect (van der Maaten 2014), up to 1; 0 computes all.
    pub theta: f32,
}

impl Default for TSne {
    /// 30 neighbours, 1000 steps from the first two of 30 principal components.
    fn default() -> Self {
        Self { perplexity: 30.0, epochs: 1000, components: 30, theta: 0.5 }
    }
}

impl TSne {
    /// The most rows: the exact form keeps a number for each pair.
    const MOST_ROWS: usize = 20_000;

    /// Where rows of `width` numbers each lie on the map. It begins with the first two principal components, so that equal
    /// rows give equal maps on one machine.
    ///
    /// # Errors
    /// If there are fewer than 4 or more than 20,000 rows, a number isn't finite, or an option is out of its range.
    pub fn run(&self, rows: &[f32], width: usize) -> Result<Vec<[f32; 2]>, ExplainError> {
        let count = check_rows(rows, width)?;
        if !(4..=Self::MOST_ROWS).contains(&count) {
            return Err(ExplainError::option("rows", count, "t-SNE takes 4 to 20000 rows"));
        }
        if !(self.perplexity >= 1.0 && f64::from(self.perplexity) * 3.0 <= (count - 1) as f64) {
            let rule = "it must be from 1 to a third of the rows less one";
            return Err(ExplainError::option("perplexity", self.perplexity, rule));
        }
        if !(0.0..=1.0).contains(&self.theta) {
            return Err(ExplainError::option("theta", self.theta, "it must be from 0 to 1"));
        }
        if self.epochs == 0 || self.epochs > 1_000_000 {
            return Err(ExplainError::option("epochs", self.epochs, "it must be from 1 to 1000000"));
        }
        let kept = self.components.max(2).min(width);
        let pca = Pca::fit(rows, width, kept)?;
        let places = pca.project(rows);
        // A deviation of 1e-4 along the first axis, as scikit-learn begins.
        let scale = 1e-4 / (pca.variances[0].sqrt() as f32).max(f32::MIN_POSITIVE);
        let start: Vec<f32> = places
            .iter()
            .flat_map(|place| [place[0] * scale, place.get(1).map_or(0.0, |second| second * scale)])
            .collect();
        let samples: Vec<&[f32]> = match self.components {
            0 => rows.chunks_exact(width).collect(),
            _ => places.iter().map(Vec::as_slice).collect(),
        };
        let mut tsne = tSNE::<f32, &[f32], 2>::new(&samples);
        tsne.perplexity(self.perplexity).epochs(self.epochs).initial_embedding(start);
        if self.theta == 0.0 {
            tsne.exact(|a, b| distance(a, b));
        } else {
            tsne.barnes_hut(self.theta, |a, b| distance(a, b));
        }
        Ok(tsne.embedding().chunks_exact(2).map(|place| [place[0], place[1]]).collect())
    }
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}
