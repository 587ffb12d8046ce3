//! Which detections find which things: pycocotools' `evaluateImg`.

use serde::{Deserialize, Serialize};

use super::{Detection, Truth};

/// A detection, and what it is at each IoU threshold (a bit each) among all, small, medium and large things.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) score: f32,
    /// How many of its class and picture are surer.
    pub(super) rank: u32,
    /// Whether it finds something.
    pub(super) matched: [u32; 4],
    /// Whether it counts neither as right nor as wrong.
    pub(super) ignored: [u32; 4],
}

/// What is in a picture, and was found in it, of one class.
pub(super) struct Picture<'a> {
    pub(super) class: usize,
    found: Vec<&'a Detection>,
    truths: Vec<&'a Truth>,
}

impl<'a> Picture<'a> {
    /// A picture's things, class by class, with the `most` surest detections, surest first. A score that is NaN is left out.
    pub(super) fn by_class(found: &'a [Detection], truths: &'a [Truth], most: usize) -> Vec<Self> {
        let mut found: Vec<_> = found.iter().filter(|found| !found.score.is_nan()).collect();
        found.sort_by(|a, b| a.class.cmp(&b.class).then((b.score + 0.0).total_cmp(&(a.score + 0.0))));
        let mut truths: Vec<_> = truths.iter().collect();
        truths.sort_by_key(|truth| truth.class);
        let mut classes: Vec<_> =
            found.iter().map(|found| found.class).chain(truths.iter().map(|truth| truth.class)).collect();
        classes.sort_unstable();
        classes.dedup();
        let of = |class| {
            let mut found = run(&found, class, |found| found.class).to_vec();
            found.truncate(most);
            Self { class, found, truths: run(&truths, class, |truth| truth.class).to_vec() }
        };
        classes.into_iter().map(of).collect()
    }
}

/// The part of a class in a list that is sorted by class.
fn run<T>(sorted: &[T], class: usize, of: impl Fn(&T) -> usize) -> &[T] {
    let first = sorted.partition_point(|item| of(item) < class);
    &sorted[first..sorted.partition_point(|item| of(item) <= class)]
}

/// What the detections of a picture's class find, and adds to the numbers of things.
pub(super) fn record(picture: &Picture<'_>, thresholds: &[f64], sides: [f64; 2], truths: &mut [u64; 4]) -> Vec<Found> {
    let [small, medium] = sides.map(|side| side * side);
    // The limits belong to both sides, as in pycocotools.
    let ranges = [(0.0, 1e10), (0.0, small), (small, medium), (medium, 1e10)];
    let mut records: Vec<_> = (0u32..)
        .zip(&picture.found)
        .map(|(rank, found)| Found { score: found.score + 0.0, rank, matched: [0; 4], ignored: [0; 4] })
        .collect();
    let overlaps: Vec<f64> =
        picture.found.iter().flat_map(|found| picture.truths.iter().map(|truth| overlap(found, truth))).collect();
    for (area, range) in ranges.into_iter().enumerate() {
        let outside = |area: f64| area < range.0 || area > range.1;
        let ignored = |truth: &Truth| truth.crowd || outside(truth.area.map_or(size(truth.xyxy), f64::from));
        // Those that count first.
        let mut order: Vec<_> = (0..picture.truths.len()).map(|at| (ignored(picture.truths[at]), at)).collect();
        order.sort_by_key(|(ignored, _)| *ignored);
        truths[area] += order.iter().filter(|(ignored, _)| !ignored).count() as u64;
        for (bit, &threshold) in thresholds.iter().enumerate() {
            let mut taken = vec![false; picture.truths.len()];
            for (at, found) in records.iter_mut().enumerate() {
                let overlaps = &overlaps[at * picture.truths.len()..][..picture.truths.len()];
                let best = best(&order, overlaps, &taken, &picture.truths, threshold);
                let passed_over = match best {
                    Some((ignored, truth)) => {
                        taken[truth] = true;
                        found.matched[area] |= 1 << bit;
                        ignored
                    }
                    None => outside(size(picture.found[at].xyxy)),
                };
                found.ignored[area] |= u32::from(passed_over) << bit;
            }
        }
    }
    records
}

/// The thing that a detection finds: that with the highest overlap, the last of equals; one that counts before any other.
fn best(
    order: &[(bool, usize)],
    overlaps: &[f64],
    taken: &[bool],
    truths: &[&Truth],
    threshold: f64,
) -> Option<(bool, usize)> {
    let mut least = threshold.min(1.0 - 1e-10);
    let mut best = None;
    for &(ignored, truth) in order {
        if taken[truth] && !truths[truth].crowd {
            continue;
        }
        if ignored && matches!(best, Some((false, _))) {
            break;
        }
        if overlaps[truth] >= least {
            least = overlaps[truth];
            best = Some((ignored, truth));
        }
    }
    best
}

/// IoU; with a crowd the part of the detection that lies in it.
fn overlap(found: &Detection, truth: &Truth) -> f64 {
    let [a, b] = [found.xyxy, truth.xyxy].map(|edges| edges.map(f64::from));
    let width = a[2].min(b[2]) - a[0].max(b[0]);
    let height = a[3].min(b[3]) - a[1].max(b[1]);
    // NaN too.
    if !(width > 0.0 && height > 0.0) {
        return 0.0;
    }
    let shared = width * height;
    let union = if truth.crowd { size(found.xyxy) } else { size(found.xyxy) + size(truth.xyxy) - shared };
    if union > 0.0 { shared / union } else { 0.0 }
}

fn size(edges: [f32; 4]) -> f64 {
    let [left, top, right, bottom] = edges.map(f64::from);
    (right - left) * (bottom - top)
}
