//! t-SNE (van der Maaten & Hinton 2008, <https://www.jmlr.org/papers/v9/vandermaaten08a.html>), exact.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Pca, check_rows};
use crate::ExplainError;

/// A map on which rows of numbers that are near each other stay near each other.
///
/// Each pair of rows is looked at in each step, so time and memory grow with the square of the rows. Equal rows give equal
/// maps, bit for bit, whatever the number of threads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TSne {
    /// About how many neighbours each row has; at least 1, and at most a third of the rows less one.
    pub perplexity: f32,
    /// Steps of the optimization; at least 1. In the first 250 neighbours attract each other 12 times as strongly.
    pub epochs: usize,
    /// Components that rows are brought down to first; 0 takes them as they are.
    pub components: usize,
}

impl Default for TSne {
    /// 30 neighbours, 1000 steps from the first two of 30 principal components.
    fn default() -> Self {
        Self { perplexity: 30.0, epochs: 1000, components: 30 }
    }
}

/// Steps of early exaggeration, and its strength (the paper's section 3.4; scikit-learn's numbers).
const EARLY: usize = 250;
const EXAGGERATION: f32 = 12.0;

impl TSne {
    /// The most rows: a number is kept for each pair, 100 MB of them.
    pub const MOST_ROWS: usize = 5000;

    /// Where rows of `width` numbers each lie on the map. It begins with the first two principal components.
    ///
    /// The optimization is the paper's algorithm 1 with its early exaggeration and gains, with the numbers that
    /// scikit-learn has for them: a rate of the rows' number over 48, at least 50, and a momentum of 0.5, then 0.8.
    ///
    /// # Errors
    /// If there are fewer than 4 rows or more than [`MOST_ROWS`](Self::MOST_ROWS), a number isn't finite, or an option is
    /// out of its range.
    pub fn run(&self, rows: &[f32], width: usize) -> Result<Vec<[f32; 2]>, ExplainError> {
        let count = check_rows(rows, width)?;
        if !(4..=Self::MOST_ROWS).contains(&count) {
            return Err(ExplainError::option("rows", count, "t-SNE takes 4 to 5000 rows"));
        }
        if !(self.perplexity >= 1.0 && f64::from(self.perplexity) * 3.0 <= (count - 1) as f64) {
            let rule = "it must be from 1 to a third of the rows less one";
            return Err(ExplainError::option("perplexity", self.perplexity, rule));
        }
        if self.epochs == 0 || self.epochs > 1_000_000 {
            return Err(ExplainError::option("epochs", self.epochs, "it must be from 1 to 1000000"));
        }
        let kept = self.components.max(2).min(width);
        let pca = Pca::fit(rows, width, kept)?;
        let places = pca.project(rows);
        // A deviation of 1e-4 along the first axis, as scikit-learn begins.
        let scale = 1e-4 / (pca.variances[0].sqrt() as f32).max(f32::MIN_POSITIVE);
        let axis = |axis: usize| places.iter().map(|place| place.get(axis).map_or(0.0, |at| at * scale)).collect();
        let samples: Vec<&[f32]> = match self.components {
            0 => rows.chunks_exact(width).collect(),
            _ => places.iter().map(Vec::as_slice).collect(),
        };
        let affinities = affinities(&samples, f64::from(self.perplexity));
        let [across, down] = self.optimise(&affinities, [axis(0), axis(1)]);
        Ok(across.into_iter().zip(down).map(|(across, down)| [across, down]).collect())
    }

    /// Moves the places, `[axis][row]`, by the paper's algorithm 1.
    fn optimise(&self, affinities: &[f32], mut places: [Vec<f32>; 2]) -> [Vec<f32>; 2] {
        let count = places[0].len();
        let rate = (count as f32 / EXAGGERATION / 4.0).max(50.0);
        let mut speeds = [vec![0.0_f32; count], vec![0.0_f32; count]];
        let mut gains = [vec![1.0_f32; count], vec![1.0_f32; count]];
        for epoch in 0..self.epochs {
            let (exaggeration, momentum) = if epoch < EARLY { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
            let pulls: Vec<Pull> = affinities
                .par_chunks_exact(count)
                .enumerate()
                .map(|(row, affinities)| Pull::of(row, affinities, &places))
                .collect();
            // The row itself has counted as a neighbour at distance 0.
            let total: f64 = pulls.iter().map(|pull| f64::from(pull.closeness) - 1.0).sum();
            let apart = (1.0 / total.max(f64::MIN_POSITIVE)) as f32;
            for axis in 0..2 {
                for (row, pull) in pulls.iter().enumerate() {
                    let gradient = 4.0 * (exaggeration * pull.together[axis] - apart * pull.apart[axis]);
                    let (speed, gain) = (&mut speeds[axis][row], &mut gains[axis][row]);
                    *gain = if gradient * *speed < 0.0 { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
                    *speed = momentum * *speed - rate * *gain * gradient;
                    places[axis][row] += *speed;
                }
                let mean = places[axis].iter().map(|&place| f64::from(place)).sum::<f64>() / count as f64;
                places[axis].iter_mut().for_each(|place| *place -= mean as f32);
            }
        }
        places
    }
}

/// Numbers that are added up beside each other, in an order that never changes.
const LANES: usize = 8;

/// What all rows do to one: equation 5, with the sum over all pairs still to be divided by.
struct Pull {
    closeness: f32,
    together: [f32; 2],
    apart: [f32; 2],
}

impl Pull {
    fn of(row: usize, affinities: &[f32], [across, down]: &[Vec<f32>; 2]) -> Self {
        let here = [across[row], down[row]];
        let mut sums = [[0.0_f32; LANES]; 5];
        let mut add = |lane: usize, affinity: f32, across: f32, down: f32| {
            let (across, down) = (here[0] - across, here[1] - down);
            let closeness = 1.0 / (1.0 + across * across + down * down);
            let (together, apart) = (affinity * closeness, closeness * closeness);
            sums[0][lane] += closeness;
            sums[1][lane] += together * across;
            sums[2][lane] += together * down;
            sums[3][lane] += apart * across;
            sums[4][lane] += apart * down;
        };
        let whole = affinities.len() / LANES * LANES;
        let chunks = affinities.chunks_exact(LANES).zip(across.chunks_exact(LANES)).zip(down.chunks_exact(LANES));
        for ((affinities, across), down) in chunks {
            for lane in 0..LANES {
                add(lane, affinities[lane], across[lane], down[lane]);
            }
        }
        for other in whole..affinities.len() {
            add(other - whole, affinities[other], across[other], down[other]);
        }
        let [closeness, together_across, together_down, apart_across, apart_down] =
            sums.map(|lanes| lanes.iter().sum());
        Self { closeness, together: [together_across, together_down], apart: [apart_across, apart_down] }
    }
}

/// How near each row is to each other one, `[row][row]`, with the sum 1: the paper's equation 1 with a width for each row
/// that gives it the perplexity, then the mean of both directions (section 3.1).
fn affinities(rows: &[&[f32]], perplexity: f64) -> Vec<f32> {
    let count = rows.len();
    let one_way: Vec<Vec<f32>> = (0..count).into_par_iter().map(|row| neighbours(rows, row, perplexity)).collect();
    let mut both = vec![0.0_f32; count * count];
    both.par_chunks_exact_mut(count).enumerate().for_each(|(row, both)| {
        for (other, both) in both.iter_mut().enumerate() {
            *both = (one_way[row][other] + one_way[other][row]) / (2 * count) as f32;
        }
    });
    both
}

/// How near all rows are to one, with the sum 1 and itself 0. The width is found by halving.
fn neighbours(rows: &[&[f32]], row: usize, perplexity: f64) -> Vec<f32> {
    let others = || (0..rows.len()).filter(|other| *other != row);
    let mut squares: Vec<f64> = others().map(|other| distance_squared(rows[row], rows[other])).collect();
    // From the nearest on and in units of the mean, so that nothing overflows or vanishes.
    let nearest = squares.iter().copied().fold(f64::INFINITY, f64::min);
    squares.iter_mut().for_each(|square| *square -= nearest);
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    if mean > 0.0 {
        squares.iter_mut().for_each(|square| *square /= mean);
    }
    let (mut least, mut most, mut precision) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..MOST_HALVINGS {
        let (mut sum, mut weighted) = (0.0, 0.0);
        for square in &squares {
            let nearness = (-precision * square).exp();
            sum += nearness;
            weighted += nearness * square;
        }
        let entropy = sum.ln() + precision * weighted / sum;
        let off = entropy - perplexity.ln();
        if off.abs() < 1e-6 {
            break;
        }
        if off > 0.0 {
            least = precision;
            precision = if most.is_finite() { (least + most) / 2.0 } else { precision * 2.0 };
        } else {
            most = precision;
            precision = (least + most) / 2.0;
        }
    }
    let near = || squares.iter().map(|square| (-precision * square).exp());
    let sum: f64 = near().sum();
    let mut all = vec![0.0; rows.len()];
    others().zip(near()).for_each(|(other, near)| all[other] = (near / sum) as f32);
    all
}

/// Halvings after which a width is taken as it is: more equal rows than the perplexity asks for.
const MOST_HALVINGS: usize = 200;

fn distance_squared(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use striate_core::Streams;

    use super::*;

    fn rows(count: usize, width: usize) -> Vec<f32> {
        let mut stream = Streams::new(1).open("rows");
        (0..count * width).map(|_| 3.0 * stream.normal()).collect()
    }

    #[test]
    fn each_row_has_the_neighbours_that_the_perplexity_says() {
        let rows = rows(40, 5);
        let rows: Vec<_> = rows.chunks_exact(5).collect();
        for perplexity in [1.5, 6.0, 13.0] {
            for row in [0, 17, 39] {
                let near = neighbours(&rows, row, perplexity);
                let entropy: f64 =
                    near.iter().filter(|near| **near > 0.0).map(|&n| -f64::from(n) * f64::from(n).ln()).sum();
                assert!((entropy.exp() - perplexity).abs() < 1e-4 * perplexity, "{} neighbours", entropy.exp());
                assert!((near.iter().sum::<f32>() - 1.0).abs() < 1e-6 && near[row] == 0.0);
                // The nearer, the more.
                let mut order: Vec<_> = (0..40).filter(|other| *other != row).collect();
                order.sort_by(|a, b| {
                    distance_squared(rows[row], rows[*a]).total_cmp(&distance_squared(rows[row], rows[*b]))
                });
                assert!(order.windows(2).all(|pair| near[pair[0]] >= near[pair[1]]));
            }
        }
    }

    #[test]
    fn pull_is_the_divergences_gradient() {
        let count = 13;
        let rows = rows(count, 4);
        let affinities = affinities(&rows.chunks_exact(4).collect::<Vec<_>>(), 3.0);
        assert!((affinities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let mut stream = Streams::new(2).open("places");
        let places = [0, 1].map(|_| (0..count).map(|_| stream.normal()).collect::<Vec<f32>>());
        // The paper's equations 2 and 4, in f64.
        let divergence = |places: &[Vec<f64>; 2]| {
            let pairs = || (0..count).flat_map(|a| (0..count).map(move |b| (a, b))).filter(|(a, b)| a != b);
            let close = |a: usize, b: usize| {
                1.0 / (1.0 + (places[0][a] - places[0][b]).powi(2) + (places[1][a] - places[1][b]).powi(2))
            };
            let total: f64 = pairs().map(|(a, b)| close(a, b)).sum();
            let part = |(a, b): (usize, usize)| {
                let affinity = f64::from(affinities[a * count + b]);
                if affinity > 0.0 { affinity * (affinity / (close(a, b) / total)).ln() } else { 0.0 }
            };
            pairs().map(part).sum::<f64>()
        };
        let exact = places.clone().map(|axis| axis.into_iter().map(f64::from).collect::<Vec<_>>());
        let pulls: Vec<_> =
            affinities.chunks_exact(count).enumerate().map(|(row, near)| Pull::of(row, near, &places)).collect();
        let total: f32 = pulls.iter().map(|pull| pull.closeness - 1.0).sum();
        for axis in 0..2 {
            for (row, pull) in pulls.iter().enumerate() {
                let moved = |by: f64| {
                    let mut places = exact.clone();
                    places[axis][row] += by;
                    divergence(&places)
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let got = f64::from(4.0 * (pull.together[axis] - pull.apart[axis] / total));
                assert!((got - expected).abs() < 1e-5, "{got}, not {expected}");
            }
        }
    }
}
