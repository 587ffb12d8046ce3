//! How many single things were found.

use std::collections::BTreeMap;

use super::super::TaskError;
use super::super::error::check_values;

/// Single things of a picture, or of several, beside those that were found. One is right where it and a true one have an IoU
/// over a half, so that no other can (as in panoptic quality, Kirillov et al. 2019, and StarDist's measure).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ThingCounts {
    /// Things that there are.
    pub there: usize,
    /// Things that were found.
    pub found: usize,
    /// Things that were found rightly.
    pub right: usize,
}

impl ThingCounts {
    /// Counts one picture's: the number of the thing at each px, 0 for none; any numbers serve.
    ///
    /// # Errors
    /// [`TaskError::Values`] if the two haven't equally many px.
    pub fn of(found: &[u16], truth: &[u16]) -> Result<Self, TaskError> {
        check_values("the mask of things", found.len(), &[truth.len()])?;
        let mut together: BTreeMap<(u16, u16), usize> = BTreeMap::new();
        let (mut of_found, mut of_truth) = (BTreeMap::new(), BTreeMap::new());
        for (&found, &truth) in found.iter().zip(truth) {
            for (px, number) in [(&mut of_found, found), (&mut of_truth, truth)] {
                if number > 0 {
                    *px.entry(number).or_insert(0_usize) += 1;
                }
            }
            if found > 0 && truth > 0 {
                *together.entry((found, truth)).or_default() += 1;
            }
        }
        let is_right = |((found, truth), both): (&(u16, u16), &usize)| {
            let either = of_found[found] + of_truth[truth] - both;
            2 * both > either
        };
        let right = together.iter().filter(|pair| is_right(*pair)).count();
        Ok(Self { there: of_truth.len(), found: of_found.len(), right })
    }

    /// With those of another picture.
    pub fn and(self, other: Self) -> Self {
        Self { there: self.there + other.there, found: self.found + other.found, right: self.right + other.right }
    }

    /// Twice the right ones over those that were found and those that there are, in `[0, 1]`; 1 if there are none.
    pub fn f1(&self) -> f64 {
        let sum = self.there + self.found;
        if sum == 0 { 1.0 } else { 2.0 * self.right as f64 / sum as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thing_is_right_where_more_than_half_of_both_is_common() {
        // Three of four px are common to 7 and 1; 9 has two of four of 2; 5 is beside all.
        let truth = [1, 1, 1, 1, 0, 2, 2, 2, 2, 0, 0];
        let found = [7, 7, 7, 0, 0, 9, 9, 0, 0, 0, 5];
        let counts = ThingCounts::of(&found, &truth).unwrap();
        assert_eq!(counts, ThingCounts { there: 2, found: 3, right: 1 });
        assert_eq!(counts.f1(), 0.4);
        let same = ThingCounts::of(&truth, &truth).unwrap();
        assert_eq!(counts.and(same), ThingCounts { there: 4, found: 5, right: 3 });
        assert_eq!(ThingCounts::of(&[0], &[0]).unwrap().f1(), 1.0);
        assert!(ThingCounts::of(&[0], &truth).is_err());
    }
}
