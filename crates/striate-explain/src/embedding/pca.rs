//! Principal components (Pearson 1901), found by the power method with deflation.

use serde::{Deserialize, Serialize};
use striate_core::Streams;

use super::check_rows;
use crate::ExplainError;

/// The directions in which rows of numbers differ most, one after the other at right angles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pca {
    /// The mean of the rows.
    pub mean: Vec<f64>,
    /// The directions, each of length 1, that with the largest variance first. Their largest number is positive.
    pub axes: Vec<Vec<f64>>,
    /// The variance along each, by the number of rows less one.
    pub variances: Vec<f64>,
    /// The variance in all directions together.
    pub total_variance: f64,
}

/// Steps after which an axis is taken as it is: two directions of nearly the same variance, either of which would do.
const MOST_STEPS: usize = 2000;

impl Pca {
    /// The first `components` directions of rows of `width` numbers each.
    ///
    /// # Errors
    /// If there is no row, a number isn't finite, or there are fewer numbers in a row than components.
    pub fn fit(rows: &[f32], width: usize, components: usize) -> Result<Self, ExplainError> {
        let count = check_rows(rows, width)?;
        if components == 0 || components > width {
            return Err(ExplainError::option("components", components, "it must be from 1 to the rows' width"));
        }
        let each = 1.0 / count as f64;
        let mut mean = vec![0.0; width];
        rows.chunks_exact(width).for_each(|row| add(&mut mean, row.iter().map(|&value| f64::from(value)), each));
        let centred: Vec<f64> = rows
            .chunks_exact(width)
            .flat_map(|row| row.iter().zip(&mean).map(|(&value, mean)| f64::from(value) - mean))
            .collect();
        let freedom = (count.max(2) - 1) as f64;
        let total_variance = dot(&centred, &centred) / freedom;
        let (mut axes, mut variances): (Vec<Vec<f64>>, Vec<f64>) = (Vec::new(), Vec::new());
        for component in 0..components {
            let mut stream = Streams::new(component as u64).open("pca");
            let mut axis: Vec<f64> = (0..width).map(|_| f64::from(stream.normal())).collect();
            upright(&mut axis, &axes);
            let mut variance = 0.0;
            for _ in 0..MOST_STEPS {
                // The covariance times the axis, without the covariance.
                let mut next = vec![0.0; width];
                for row in centred.chunks_exact(width) {
                    add(&mut next, row.iter().copied(), dot(row, &axis) / freedom);
                }
                variance = upright(&mut next, &axes);
                if variance <= total_variance * 1e-12 {
                    variance = 0.0;
                    break;
                }
                let turned = 1.0 - dot(&next, &axis).abs();
                axis = next;
                if turned < 1e-14 {
                    break;
                }
            }
            let largest = axis
                .iter()
                .copied()
                .fold(0.0, |largest: f64, value| if value.abs() > largest.abs() { value } else { largest });
            if largest < 0.0 {
                axis.iter_mut().for_each(|value| *value = -*value);
            }
            axes.push(axis);
            variances.push(variance);
        }
        Ok(Self { mean, axes, variances, total_variance })
    }

    /// Where rows lie along the directions, `[row][component]`.
    ///
    /// # Panics
    /// If the rows are of another width.
    pub fn project(&self, rows: &[f32]) -> Vec<Vec<f32>> {
        let width = self.mean.len();
        assert!(rows.len().is_multiple_of(width), "rows of {width} numbers each");
        let place = |row: &[f32], axis: &Vec<f64>| {
            let centred = row.iter().zip(&self.mean).map(|(&value, mean)| f64::from(value) - mean);
            centred.zip(axis).map(|(value, axis)| value * axis).sum::<f64>() as f32
        };
        rows.chunks_exact(width).map(|row| self.axes.iter().map(|axis| place(row, axis)).collect()).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f64], values: impl Iterator<Item = f64>, times: f64) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value * times);
}

/// Takes away what lies along the axes, gives the rest the length 1, and returns the length that it had.
fn upright(vector: &mut [f64], axes: &[Vec<f64>]) -> f64 {
    // Twice, since once leaves what rounding makes of large parts.
    for axis in axes.iter().chain(axes) {
        let along = dot(vector, axis);
        add(vector, axis.iter().copied(), -along);
    }
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn axes_and_variances_are_those_of_the_covariance() {
        // Points on two axes turned by 30 degrees, with variances 2 * 9 / 3 and 2 * 1 / 3 about [5, -1].
        let (sin, cos) = std::f64::consts::FRAC_PI_6.sin_cos();
        let places = [(3.0, 0.0), (-3.0, 0.0), (0.0, 1.0), (0.0, -1.0)];
        let rows: Vec<f32> = places
            .iter()
            .flat_map(|(along, across)| [5.0 + along * cos - across * sin, -1.0 + along * sin + across * cos])
            .map(|value| value as f32)
            .collect();
        let pca = Pca::fit(&rows, 2, 2).unwrap();
        assert!(near(pca.mean[0], 5.0) && near(pca.mean[1], -1.0), "{pca:?}");
        assert!(near(pca.axes[0][0], cos) && near(pca.axes[0][1], sin), "{pca:?}");
        assert!(near(pca.variances[0], 6.0) && near(pca.variances[1], 2.0 / 3.0), "{pca:?}");
        assert!(near(pca.total_variance, 20.0 / 3.0));
        let places = pca.project(&rows);
        assert!(near(places[1][0].into(), -3.0) && near(places[1][1].into(), 0.0), "{places:?}");
    }

    #[test]
    fn directions_without_variance_are_upright_and_have_none() {
        let pca = Pca::fit(&[1.0, 2.0, 3.0, 2.0, 4.0, 6.0, 3.0, 6.0, 9.0], 3, 3).unwrap();
        assert!(near(pca.variances[0], 14.0) && pca.variances[1..] == [0.0, 0.0], "{pca:?}");
        assert!(near(dot(&pca.axes[0], &pca.axes[1]), 0.0) && near(dot(&pca.axes[1], &pca.axes[2]), 0.0), "{pca:?}");
        let one = Pca::fit(&[1.0, 2.0], 2, 1).unwrap();
        assert_eq!((one.project(&[1.0, 2.0]), one.variances), (vec![vec![0.0]], vec![0.0]));
    }

    #[test]
    fn rows_that_cannot_be_used_are_errors() {
        for (rows, width, components, part) in [
            (&[][..], 2, 1, "0 numbers"),
            (&[1.0, 2.0, 3.0], 2, 1, "3 numbers for a width of 2"),
            (&[1.0], 0, 1, "width of 0"),
            (&[1.0, 2.0, f32::NAN, 1.0], 2, 1, "NaN in row 1"),
            (&[1.0, 2.0], 2, 3, "`components` is 3"),
            (&[1.0, 2.0], 2, 0, "`components` is 0"),
        ] {
            let error = Pca::fit(rows, width, components).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
