//! Single things from a predicted inside and border.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::super::TaskError;
use super::Maps;
use super::outline::{Outline, around};

/// Things by watershed: seeds are what is surely inside, and grow over the foreground, the most likely inside first (priority
/// flood; Meyer 1994, <https://doi.org/10.1016/0165-1684(94)90060-4>).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Watershed {
    /// From which probability of being inside a px belongs to a seed, in `[0, 1]`.
    pub seed: f32,
    /// Up to which probability of being background a px belongs to a thing, in `[0, 1]`.
    pub background: f32,
    /// Seeds with fewer px are none.
    pub min_seed_px: usize,
    /// Things with fewer px are dropped.
    pub min_px: usize,
}

impl Default for Watershed {
    fn default() -> Self {
        Self { seed: 0.5, background: 0.5, min_seed_px: 1, min_px: 1 }
    }
}

/// The things in a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Things {
    /// The number of the thing that each px shows, from 1, or 0, `[height, width]`. Numbers follow the things' first px, row by
    /// row.
    pub numbers: Vec<u16>,
    /// How many there are.
    pub count: usize,
}

impl Watershed {
    /// The things in probabilities `[3, height, width]` of background, inside and border, as [`Outline`] numbers them. Px that
    /// touch at a corner belong together.
    ///
    /// # Errors
    /// [`TaskError::Setting`] for a probability out of its range, maps of another number of classes, or over 65,535 things.
    pub fn things(&self, maps: &Maps) -> Result<Things, TaskError> {
        for (option, value) in [("seed", self.seed), ("background", self.background)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(TaskError::setting(option, value, "it must be from 0 to 1"));
            }
        }
        let [classes, height, width] = maps.sides();
        if classes != Outline::CLASSES {
            return Err(TaskError::setting("classes", classes, "watershed needs 3: background, inside and border"));
        }
        let (background, inside) = (maps.class(0), maps.class(1));
        let size = [height, width];
        let is_seed: Vec<_> =
            (0..inside.len()).map(|place| inside[place] >= self.seed && background[place] <= self.background).collect();
        let mut numbers = vec![0; inside.len()];
        let mut count = 0;
        for start in 0..inside.len() {
            if is_seed[start] && numbers[start] == 0 {
                count += 1;
                let part = spread(start, count, size, &is_seed, &mut numbers);
                if part.len() < self.min_seed_px {
                    part.into_iter().for_each(|place| numbers[place] = DROPPED);
                }
            }
        }
        numbers.iter_mut().filter(|number| **number == DROPPED).for_each(|number| *number = 0);
        let is_free = |place: usize| background[place] <= self.background;
        flood(size, inside, is_free, &mut numbers);
        self.numbered(&numbers)
    }

    /// Numbers things in the order of their first px, without small ones.
    fn numbered(&self, numbers: &[u32]) -> Result<Things, TaskError> {
        let highest = numbers.iter().copied().max().unwrap_or(0) as usize;
        let mut px = vec![0_usize; highest + 1];
        numbers.iter().for_each(|&number| px[number as usize] += 1);
        let mut new = vec![None; highest + 1];
        let mut count = 0_usize;
        let mut numbered = Vec::with_capacity(numbers.len());
        for &number in numbers {
            let at = number as usize;
            if at == 0 || px[at] < self.min_px {
                numbered.push(0);
                continue;
            }
            let number = *new[at].get_or_insert_with(|| {
                count += 1;
                count
            });
            let too_many =
                |_| TaskError::setting("min_px", self.min_px, "there are over 65,535 things; drop smaller ones");
            numbered.push(u16::try_from(number).map_err(too_many)?);
        }
        Ok(Things { numbers: numbered, count })
    }
}

/// Stands for a seed that is too small while others are looked for.
const DROPPED: u32 = u32::MAX;

/// Gives a number to all seeds that hang together with one; they are returned.
fn spread(start: usize, number: u32, size: [usize; 2], is_seed: &[bool], numbers: &mut [u32]) -> Vec<usize> {
    numbers[start] = number;
    let (mut part, mut done) = (vec![start], 0);
    while let Some(&place) = part.get(done) {
        done += 1;
        for other in around(place, size) {
            if is_seed[other] && numbers[other] == 0 {
                numbers[other] = number;
                part.push(other);
            }
        }
    }
    part
}

/// A px that a thing may grow to; the most likely inside first, of equals the one that was reached first.
struct Next {
    inside: f32,
    order: Reverse<u64>,
    place: usize,
    number: u32,
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        self.inside.total_cmp(&other.inside).then(self.order.cmp(&other.order))
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Next {}

/// Lets numbered px grow over the free ones.
fn flood(size: [usize; 2], inside: &[f32], is_free: impl Fn(usize) -> bool, numbers: &mut [u32]) {
    let mut order = 0;
    let mut next = BinaryHeap::new();
    let mut reach = |place: usize, numbers: &[u32], next: &mut BinaryHeap<Next>| {
        for other in around(place, size) {
            if numbers[other] == 0 && is_free(other) {
                order += 1;
                next.push(Next { inside: inside[other], order: Reverse(order), place: other, number: numbers[place] });
            }
        }
    };
    for place in (0..numbers.len()).filter(|&place| numbers[place] != 0) {
        reach(place, numbers, &mut next);
    }
    while let Some(Next { place, number, .. }) = next.pop() {
        if numbers[place] == 0 {
            numbers[place] = number;
            reach(place, numbers, &mut next);
        }
    }
}
