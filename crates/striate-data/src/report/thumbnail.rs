//! Pictures that look alike, by small gray ones.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use striate_core::Interpolation;

use super::vantage::{LENGTH, Point, VantageTree};
use crate::ops::{grayscale, resize};
use crate::value::Value;
use crate::{Image, Picture};

/// Px of a thumbnail's side.
const SIDE: usize = 16;

/// A picture in gray, [`SIDE`] px wide and high, and the picture's shape.
pub(super) struct Thumbnail {
    px: Point,
    /// The standard deviation of the px, which are up to 255.
    contrast: f64,
    /// The picture's height over its width.
    aspect: f64,
}

impl Thumbnail {
    /// Numbers, as of pictures with more than 8 bits, are spread from their least and greatest.
    pub(super) fn of(image: &Image) -> Self {
        let small = match image {
            Image::U8(picture) => small(picture),
            Image::F32(picture) => small(picture).spread(),
        };
        let mut px = [0; LENGTH];
        px.copy_from_slice(small.pixels());
        let [height, width] = image.size().map(|side| side as f64);
        Self { contrast: contrast(&px), aspect: height / width, px }
    }

    /// Whether there is anything to see.
    fn is_plain(&self) -> bool {
        self.contrast < 1.0
    }

    /// Beyond which sum of their px' differences others aren't like it, whatever they are.
    fn reach(&self, near: f64) -> u32 {
        // One more for what is lost in rounding.
        ((near * self.contrast * LENGTH as f64) as u32).saturating_add(1)
    }

    /// The mean of the px' differences, whose sum is given, over the smaller of the standard deviations; none if that is more
    /// than `near` or the pictures' shapes differ by more than a twentieth.
    fn distance(&self, other: &Self, apart: u32, near: f64) -> Option<f64> {
        let distance = f64::from(apart) / LENGTH as f64 / self.contrast.min(other.contrast);
        let same_shape = (0.95..1.0 / 0.95).contains(&(self.aspect / other.aspect));
        (same_shape && distance <= near).then_some(distance)
    }
}

fn small<T: Value>(picture: &Picture<T>) -> Picture<T> {
    let gray = if picture.channels() == 1 { Cow::Borrowed(picture) } else { Cow::Owned(grayscale(picture, 1)) };
    resize(&gray, [SIDE; 2], Interpolation::Bilinear, true)
}

fn contrast(px: &[u8]) -> f64 {
    let count = px.len() as f64;
    let mean = px.iter().map(|px| f64::from(*px)).sum::<f64>() / count;
    (px.iter().map(|px| (f64::from(*px) - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Thumbnails that look alike, with the largest distance of two that made them one group.
pub(super) struct Alike {
    /// Their numbers, from the smallest on.
    pub(super) numbers: Vec<usize>,
    pub(super) distance: f64,
}

/// Thumbnails whose likes are looked for on all threads, before what was found is put together.
const AT_ONCE: usize = 1 << 10;

/// Groups of thumbnails of which each is at most `near` standard deviations from another. Plain ones are like none.
pub(super) fn alike(thumbnails: &[Option<Thumbnail>], near: f64) -> Vec<Alike> {
    let worth = |(number, thumbnail): (usize, &Option<Thumbnail>)| {
        thumbnail.as_ref().filter(|thumbnail| !thumbnail.is_plain()).map(|_| number)
    };
    let numbers: Vec<usize> = thumbnails.iter().enumerate().filter_map(worth).collect();
    let looks: Vec<&Thumbnail> = thumbnails.iter().flatten().filter(|thumbnail| !thumbnail.is_plain()).collect();
    let tree = VantageTree::new(&looks.iter().map(|thumbnail| thumbnail.px).collect::<Vec<_>>());
    let mut groups = Groups { parents: (0..looks.len()).collect(), distances: HashMap::new() };
    for start in (0..looks.len()).step_by(AT_ONCE) {
        let places = start..looks.len().min(start + AT_ONCE);
        let found: Vec<_> = places.into_par_iter().map(|place| likes(&tree, &looks, &groups, place, near)).collect();
        for (number, likes) in found {
            likes.into_values().for_each(|(distance, other)| groups.join(number, other, distance));
        }
    }
    let named = |group: Alike| Alike { numbers: group.numbers.into_iter().map(|at| numbers[at]).collect(), ..group };
    groups.finish().into_iter().map(named).collect()
}

/// The thumbnail at a place of the tree, and of each other group those before it that are most like it.
fn likes(
    tree: &VantageTree,
    looks: &[&Thumbnail],
    groups: &Groups,
    place: usize,
    near: f64,
) -> (usize, BTreeMap<usize, (f64, usize)>) {
    let number = tree.number(place);
    let (own, look) = (groups.root(number), looks[number]);
    let mut likes = BTreeMap::new();
    tree.before(place, look.reach(near), |other, apart| {
        let other = tree.number(other);
        let root = groups.root(other);
        if root == own {
            return;
        }
        if let Some(distance) = looks[other].distance(look, apart, near) {
            let best = likes.entry(root).or_insert((distance, other));
            if (distance, other) < *best {
                *best = (distance, other);
            }
        }
    });
    (number, likes)
}

/// Which numbers belong together.
struct Groups {
    parents: Vec<usize>,
    /// Of groups of several, by their root.
    distances: HashMap<usize, f64>,
}

impl Groups {
    fn root(&self, mut number: usize) -> usize {
        while self.parents[number] != number {
            number = self.parents[number];
        }
        number
    }

    fn join(&mut self, one: usize, other: usize, distance: f64) {
        let roots = [self.root(one), self.root(other)];
        let (first, second) = (roots[0].min(roots[1]), roots[0].max(roots[1]));
        if first == second {
            return;
        }
        let before = [first, second].map(|root| self.distances.remove(&root).unwrap_or(0.0));
        self.distances.insert(first, before.into_iter().fold(distance, f64::max));
        self.parents[second] = first;
        // So that ways stay short.
        for mut number in [one, other] {
            while number != first {
                number = std::mem::replace(&mut self.parents[number], first);
            }
        }
    }

    fn finish(self) -> Vec<Alike> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in 0..self.parents.len() {
            let root = self.root(number);
            if self.distances.contains_key(&root) {
                groups.entry(root).or_default().push(number);
            }
        }
        let distances = &self.distances;
        groups.into_iter().map(|(root, numbers)| Alike { numbers, distance: distances[&root] }).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn groups_are_those_of_looking_at_each_pair(
            pictures in proptest::collection::vec((0..3u8, 0..40u8, any::<bool>()), 1..60),
            near in 0.01..0.3f64,
        ) {
            // Stripes of several widths, more or less bright in a corner, wide or square.
            let picture = |&(stripes, more, wide): &(u8, u8, bool)| {
                let width = if wide { 24 } else { 16 };
                let value = |place: usize| match (place % width, place / width) {
                    (0..=3, 0..=3) => 100 + more,
                    (x, _) => 60 * (x >> stripes & 1) as u8,
                };
                Image::from(Picture::from_parts(16, width, 1, (0..16 * width).map(value).collect()))
            };
            let looks = pictures.iter().map(|of| Some(Thumbnail::of(&picture(of)))).collect::<Vec<_>>();
            let mut groups = Groups { parents: (0..looks.len()).collect(), distances: HashMap::new() };
            for (a, one) in looks.iter().flatten().enumerate() {
                for (b, other) in looks.iter().flatten().enumerate().take(a) {
                    let apart = one.px.iter().zip(&other.px).map(|(x, y)| u32::from(x.abs_diff(*y))).sum();
                    if let Some(distance) = one.distance(other, apart, near) {
                        groups.join(a, b, distance);
                    }
                }
            }
            let numbers = |groups: Vec<Alike>| groups.into_iter().map(|group| group.numbers).collect::<Vec<_>>();
            prop_assert_eq!(numbers(alike(&looks, near)), numbers(groups.finish()));
        }
    }
}
