//! Points near each other, without looking at each pair: a vantage-point tree (Yianilos 1993, "Data structures and
//! algorithms for nearest neighbor search in general metric spaces").

/// Numbers of a point.
pub(super) const LENGTH: usize = 256;

/// A point; its distance from another is the sum of the differences of their numbers.
pub(super) type Point = [u8; LENGTH];

/// The most points that are looked at one by one.
const LEAF: usize = 8;

/// The fewest points that are worth a thread.
const PARALLEL: usize = 1 << 12;

/// Points in an order in which those near each other mostly stand together.
///
/// A range of the order is a tree: the first point, from which all distances are measured, then the half of the others
/// that is nearer to it, then the other half.
pub(super) struct VantageTree {
    nodes: Vec<Node>,
    points: Vec<Point>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// The point's number among those that were given.
    number: usize,
    /// Only while the tree is made.
    distance: u32,
    /// How far the nearer half reaches from the point, and where the other half begins.
    within: u32,
    beyond: u32,
}

impl VantageTree {
    /// Puts points in order; it is the same for any number of threads.
    pub(super) fn new(points: &[Point]) -> Self {
        let mut nodes: Vec<_> = (0..points.len()).map(|number| Node { number, ..Node::default() }).collect();
        arrange(&mut nodes, points);
        let points = nodes.iter().map(|node| points[node.number]).collect();
        Self { nodes, points }
    }

    /// The number that the point at a place of the order was given with.
    pub(super) fn number(&self, place: usize) -> usize {
        self.nodes[place].number
    }

    /// Goes through the points before a place that are at most `reach` from the one there, with their places and distances.
    pub(super) fn before(&self, place: usize, reach: u32, mut visit: impl FnMut(usize, u32)) {
        let point = &self.points[place];
        let mut ranges = vec![(0, self.nodes.len())];
        while let Some((start, end)) = ranges.pop() {
            if end - start <= LEAF {
                for other in start..end.min(place) {
                    let distance = apart(point, &self.points[other]);
                    if distance <= reach {
                        visit(other, distance);
                    }
                }
                continue;
            }
            let (node, distance) = (&self.nodes[start], apart(point, &self.points[start]));
            if distance <= reach && start < place {
                visit(start, distance);
            }
            let middle = start + 1 + half(end - start - 1);
            // Were a point there in reach, then this one would be nearer to it than the two distances allow.
            if middle < place && distance.saturating_add(reach) >= node.beyond {
                ranges.push((middle, end));
            }
            if start + 1 < place && distance <= node.within.saturating_add(reach) {
                ranges.push((start + 1, middle));
            }
        }
    }
}

/// How many of the points beside the first are the nearer half.
fn half(points: usize) -> usize {
    points.div_ceil(2)
}

fn arrange(nodes: &mut [Node], points: &[Point]) {
    if nodes.len() <= LEAF {
        return;
    }
    // A point at the edge tells the others apart best.
    measure(nodes[0].number, nodes, points);
    let farthest = (0..nodes.len()).max_by_key(|place| (nodes[*place].distance, nodes[*place].number));
    nodes.swap(0, farthest.unwrap_or(0));
    measure(nodes[0].number, nodes, points);
    let Some((first, rest)) = nodes.split_first_mut() else { return };
    let middle = half(rest.len());
    rest.select_nth_unstable_by_key(middle, |node| (node.distance, node.number));
    let (near, far) = rest.split_at_mut(middle);
    first.within = near.iter().map(|node| node.distance).max().unwrap_or(0);
    first.beyond = far.iter().map(|node| node.distance).min().unwrap_or(0);
    if far.len() < PARALLEL {
        arrange(near, points);
        arrange(far, points);
    } else {
        rayon::join(|| arrange(near, points), || arrange(far, points));
    }
}

fn measure(from: usize, nodes: &mut [Node], points: &[Point]) {
    nodes.iter_mut().for_each(|node| node.distance = apart(&points[from], &points[node.number]));
}

fn apart(one: &Point, other: &Point) -> u32 {
    // No sum wraps; looking for one that does takes several times as long.
    one.iter().zip(other).fold(0, |sum: u32, (a, b)| sum.wrapping_add(u32::from(a.abs_diff(*b))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn each_pair_in_reach_is_found_once_and_no_other(
            // Few different levels at few places make equal distances and equal points.
            levels in proptest::collection::vec(proptest::array::uniform4(0..6u8), 0..200),
            reach in 0..900u32,
        ) {
            let point = |levels: &[u8; 4]| std::array::from_fn(|place| levels[place / 64]);
            let points = levels.iter().map(point).collect::<Vec<Point>>();
            let tree = VantageTree::new(&points);
            let mut found = Vec::new();
            for place in 0..points.len() {
                tree.before(place, reach, |other, distance| {
                    let [a, b] = [tree.number(place), tree.number(other)];
                    found.push((a.min(b), a.max(b), distance));
                });
            }
            found.sort_unstable();
            let pairs = (0..points.len()).flat_map(|a| (a + 1..points.len()).map(move |b| (a, b)));
            let all = pairs.map(|(a, b)| (a, b, apart(&points[a], &points[b])));
            prop_assert_eq!(found, all.filter(|(.., distance)| *distance <= reach).collect::<Vec<_>>());
        }
    }
}
