//! Named random streams.
//!
//! A stream is named by (run seed, purpose, epoch, index) and gives the same numbers wherever and whenever it is
//! asked for: on any thread, in any order, on any machine. So results depend neither on the number of workers nor on
//! where a run was interrupted. The numbers are those of ChaCha with 8 rounds, keyed by the name.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Numbers in a part of [`Stream::fill`].
const PART: usize = 1 << 15;

/// The family of streams of one moment: a run's seed, an epoch and an index (of a step or of a sample).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Streams {
    /// The seed of the run.
    pub seed: u64,
    /// The epoch, from 0.
    pub epoch: u64,
    /// The step within the epoch, or the sample's index within its data set.
    pub index: u64,
}

impl Streams {
    /// The streams of a run before its first epoch, for initial weights and splits.
    pub fn new(seed: u64) -> Self {
        Self { seed, epoch: 0, index: 0 }
    }

    /// The same family at another epoch and index.
    pub fn at(self, epoch: u64, index: u64) -> Self {
        Self { epoch, index, ..self }
    }

    /// The streams whose purposes begin with `name`.
    pub fn scope(&self, name: &str) -> Scope {
        Scope { streams: *self, name: name.into() }
    }

    /// Opens the stream with this purpose, at its first number.
    pub fn open(&self, purpose: &str) -> Stream {
        let mut key = [0; 32];
        let parts = [self.seed, fnv1a_64(purpose.as_bytes()), self.epoch, self.index];
        for (bytes, part) in key.chunks_exact_mut(8).zip(parts) {
            bytes.copy_from_slice(&part.to_le_bytes());
        }
        Stream { rng: ChaCha8Rng::from_seed(key) }
    }
}

/// Streams whose purposes begin with one name, such as those of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    streams: Streams,
    name: String,
}

impl Scope {
    /// Opens the stream of `what` within this scope.
    pub fn open(&self, what: &str) -> Stream {
        self.streams.open(&format!("{}/{what}", self.name))
    }

    /// The scope of a part.
    pub fn within(&self, part: &str) -> Self {
        Self { streams: self.streams, name: format!("{}/{part}", self.name) }
    }
}

/// A sequence of random numbers. Cloning repeats it from the same position.
#[derive(Debug, Clone)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        self.rng.next_u32()
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A number in `[0, 1)`, one of 2^24 equally spaced ones.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// A number in `[range.start, range.end)`.
    pub fn uniform_in(&mut self, range: Range<f32>) -> f32 {
        range.start + (range.end - range.start) * self.uniform()
    }

    /// A number from the standard normal distribution (the ziggurat of Doornik 2005,
    /// <https://www.doornik.com/research/ziggurat.pdf>), computed in `f64`.
    pub fn normal(&mut self) -> f32 {
        StandardNormal.sample(&mut self.rng)
    }

    /// Draws many values, on all threads; equal streams give equal values, however many threads there are. It takes 64 bits
    /// of this stream: the values come from streams that those name, one for each part of fixed size.
    pub fn fill(&mut self, values: &mut [f32], draw: impl Fn(&mut Self) -> f32 + Sync) {
        let first = self.next_u64();
        let key = self.rng.get_seed();
        values.par_chunks_mut(PART).enumerate().for_each(|(part, values)| {
            let mut rng = ChaCha8Rng::from_seed(key);
            rng.set_stream(first.wrapping_add(part as u64));
            let mut stream = Self { rng };
            values.fill_with(|| draw(&mut stream));
        });
    }

    /// A whole number below `bound`, each equally likely (Lemire 2019, <https://arxiv.org/abs/1805.10941>).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "there is no number below 0");
        let bound = bound as u64;
        let reject_under = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= reject_under {
                return (product >> 64) as usize;
            }
        }
    }

    /// A whole number from `range`, both ends included.
    pub fn integer(&mut self, range: std::ops::RangeInclusive<i64>) -> i64 {
        let span = range.end().wrapping_sub(*range.start()) as usize;
        range.start().wrapping_add(self.below(span + 1) as i64)
    }

    /// True with this probability, in `[0, 1]`.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.uniform() < probability
    }

    /// Puts the items in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// FNV-1a with 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
pub fn fnv1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_different_names_differ_and_of_one_name_agree() {
        let first = |streams: Streams, purpose| streams.open(purpose).next_u64();
        let streams = Streams::new(1);
        assert_eq!(first(streams, "shuffle"), first(streams, "shuffle"));
        let names = [
            first(streams, "shuffle"),
            first(streams, "dropout"),
            first(streams.at(1, 0), "shuffle"),
            first(streams.at(0, 1), "shuffle"),
            first(Streams::new(2), "shuffle"),
        ];
        for (i, a) in names.iter().enumerate() {
            assert!(names[..i].iter().all(|b| a != b));
        }
    }

    #[test]
    fn the_numbers_stay_the_same_between_releases() {
        // ChaCha8 as rand_chacha 0.10 computes it. A change here changes what every recorded seed means.
        let mut stream = Streams::new(7).at(3, 11).open("golden");
        assert_eq!([stream.next_u32(), stream.next_u32()], GOLDEN_WORDS);
    }

    const GOLDEN_WORDS: [u32; 2] = [3_100_729_668, 3_829_446_795];

    #[test]
    fn fnv_equals_its_published_test_vector() {
        assert_eq!(fnv1a_64(b"foobar"), 0x85944171f73967e8);
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut stream = Streams::new(5).open("moments");
        let n = 100_000;
        let moments = |values: Vec<f32>| {
            let mean = values.iter().sum::<f32>() / n as f32;
            (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n as f32)
        };
        // Five standard errors of each estimate.
        let (mean, variance) = moments((0..n).map(|_| stream.uniform()).collect());
        assert!((mean - 0.5).abs() < 0.005 && (variance - 1.0 / 12.0).abs() < 0.0015);
        let (mean, variance) = moments((0..n).map(|_| stream.normal()).collect());
        assert!(mean.abs() < 0.016 && (variance - 1.0).abs() < 0.023);
    }

    #[test]
    fn many_values_are_the_same_on_any_number_of_threads_and_no_part_repeats_another() {
        let draw = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut stream = Streams::new(5).open("fill");
            let mut values = [vec![0.0; 3 * PART + 7], vec![0.0; PART]];
            pool.install(|| values.iter_mut().for_each(|values| stream.fill(values, Stream::normal)));
            values
        };
        let [first, second] = draw(1);
        assert_eq!(draw(3), [first.clone(), second.clone()]);
        let mut starts: Vec<_> = first.chunks(PART).chain([&second[..]]).map(|part| part[0].to_bits()).collect();
        starts.sort_unstable();
        starts.dedup();
        assert_eq!(starts.len(), 5);
    }

    #[test]
    fn normal_numbers_are_as_often_beyond_each_bound_as_the_distribution_says() {
        let mut values = vec![0.0; 4_000_000];
        Streams::new(5).open("tails").fill(&mut values, Stream::normal);
        for (bound, probability) in [(1.0, 0.158_655), (2.0, 0.022_750), (3.0, 0.001_349_9), (4.0, 0.000_031_671)] {
            let expected = probability * values.len() as f64;
            for sign in [-1.0, 1.0] {
                let found = values.iter().filter(|&&value| sign * value > bound).count() as f64;
                assert!((found - expected).abs() < 5.0 * expected.sqrt(), "{found}, not {expected}, beyond {bound}");
            }
        }
    }

    #[test]
    fn below_reaches_every_number_about_equally_often() {
        let mut stream = Streams::new(5).open("below");
        let mut counts = [0; 7];
        (0..70_000).for_each(|_| counts[stream.below(7)] += 1);
        assert!(counts.iter().all(|&c: &i32| (c - 10_000).abs() < 500), "{counts:?}");
        assert!((0..1000).all(|_| (-2..=2).contains(&stream.integer(-2..=2))));
    }

    #[test]
    fn shuffle_is_a_permutation() {
        let mut items: Vec<_> = (0..100).collect();
        Streams::new(0).open("shuffle").shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
