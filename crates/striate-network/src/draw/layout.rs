//! Where boxes and edges go: a layered drawing (Sugiyama, Tagawa and Toda 1981).
//!
//! Every node is in a row below its inputs. An edge over several rows gets a place of its own in each row between, so
//! that it goes around the boxes. The order within rows comes from the mean places of neighbours; the places are then the
//! nearest to those of the neighbours that keep the order and the distances.

/// The distance between two boxes of a row, and between a box and an edge, in px.
const GAP: f64 = 22.0;

/// The width that an edge takes in a row, in px.
const EDGE_WIDTH: f64 = 8.0;

/// The most places that edges take in rows; beyond it they go straight, so that no graph takes memory without bound.
const MAX_BENDS: usize = 50_000;

/// How often the order in rows is improved, down and up.
const ORDER_SWEEPS: usize = 12;

/// How often places are improved, down and up: first by one row's neighbours, which moves far, then by both rows'.
const PLACE_SWEEPS: usize = 80;
const ONE_SIDED: usize = 8;

/// A finished layout.
pub(super) struct Layout {
    /// For each node its centre in px and its row.
    pub(super) places: Vec<(f64, usize)>,
    /// For each edge, in the order of nodes and their inputs, the centre at every row from the input's to the node's.
    pub(super) edges: Vec<Vec<f64>>,
    pub(super) width: f64,
    pub(super) rows: usize,
}

/// A box, or an edge's way through a row.
struct Item {
    width: f64,
    row: usize,
    /// Above and below, with how much the two want to stand over each other.
    above: Vec<(usize, f64)>,
    below: Vec<(usize, f64)>,
    x: f64,
}

/// Lays nodes out, of which each has a width and the numbers of its inputs, all less than its own.
pub(super) fn layout(widths: &[f64], inputs: &[Vec<usize>]) -> Layout {
    let row_of = rows(inputs);
    let mut items: Vec<Item> = widths
        .iter()
        .zip(&row_of)
        .map(|(&width, &row)| Item { width, row, above: Vec::new(), below: Vec::new(), x: 0.0 })
        .collect();
    let mut readers = vec![0; inputs.len()];
    inputs.iter().flatten().for_each(|&input| readers[input] += 1);
    let mut paths = Vec::new();
    let mut bends = 0;
    for (node, inputs) in inputs.iter().enumerate() {
        for &input in inputs {
            let between = row_of[input] + 1..row_of[node];
            bends += between.len();
            let mut path = vec![input];
            if bends <= MAX_BENDS {
                for row in between {
                    path.push(items.len());
                    items.push(Item { width: EDGE_WIDTH, row, above: Vec::new(), below: Vec::new(), x: 0.0 });
                }
            }
            path.push(node);
            for pair in path.windows(2) {
                // Long edges are to be straight first of all, as in Graphviz, then chains of nodes.
                let is_chain = inputs.len() == 1 && readers[input] == 1;
                let pull = match pair.iter().filter(|item| **item >= widths.len()).count() {
                    0 if is_chain => 40.0,
                    0 => 1.0,
                    1 => 4.0,
                    _ => 60.0,
                };
                items[pair[0]].below.push((pair[1], pull));
                items[pair[1]].above.push((pair[0], pull));
            }
            paths.push(path);
        }
    }
    let mut rows = vec![Vec::new(); row_of.iter().max().map_or(0, |row| row + 1)];
    (0..items.len()).for_each(|item| rows[items[item].row].push(item));
    order(&mut items, &mut rows);
    place(&mut items, &rows);

    let left = items.iter().map(|item| item.x - item.width / 2.0).fold(f64::INFINITY, f64::min);
    let right = items.iter().map(|item| item.x + item.width / 2.0).fold(f64::NEG_INFINITY, f64::max);
    let x = |item: usize| items[item].x - left;
    Layout {
        places: (0..widths.len()).map(|node| (x(node), row_of[node])).collect(),
        edges: paths.into_iter().map(|path| path.into_iter().map(x).collect()).collect(),
        width: (right - left).max(0.0),
        rows: rows.len(),
    }
}

/// Each node right below the lowest of its inputs; one without inputs right above the highest that takes it.
fn rows(inputs: &[Vec<usize>]) -> Vec<usize> {
    let mut rows: Vec<usize> = Vec::with_capacity(inputs.len());
    for node in inputs {
        rows.push(node.iter().map(|&input| rows[input] + 1).max().unwrap_or(0));
    }
    let mut highest_reader = vec![usize::MAX; inputs.len()];
    for (node, inputs) in inputs.iter().enumerate() {
        inputs.iter().for_each(|&input| highest_reader[input] = highest_reader[input].min(rows[node]));
    }
    for (node, inputs) in inputs.iter().enumerate() {
        if inputs.is_empty() && highest_reader[node] != usize::MAX {
            rows[node] = highest_reader[node] - 1;
        }
    }
    rows
}

/// Sorts every row by the mean position of the neighbours in the row before, down and up.
fn order(items: &mut [Item], rows: &mut [Vec<usize>]) {
    let number = |items: &mut [Item], row: &[usize]| {
        row.iter().enumerate().for_each(|(position, &item)| items[item].x = position as f64);
    };
    rows.iter().for_each(|row| number(items, row));
    for sweep in 0..ORDER_SWEEPS {
        let down = sweep % 2 == 0;
        for step in 0..rows.len() {
            let row = if down { step } else { rows.len() - 1 - step };
            let mut keyed: Vec<(f64, usize)> =
                rows[row].iter().map(|&item| (mean(items, item, down, !down).unwrap_or(items[item].x), item)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            rows[row] = keyed.into_iter().map(|(_, item)| item).collect();
            number(items, &rows[row]);
        }
    }
}

/// Where an item's neighbours stand, on average; none if it has none there.
fn mean(items: &[Item], item: usize, above: bool, below: bool) -> Option<f64> {
    let item = &items[item];
    let above = item.above.iter().filter(|_| above);
    let below = item.below.iter().filter(|_| below);
    let (sum, weight) = above
        .chain(below)
        .fold((0.0, 0.0), |(sum, weight), (other, pull)| (sum + items[*other].x * pull, weight + pull));
    (weight > 0.0).then(|| sum / weight)
}

/// Gives every item its x, in the rows' order.
fn place(items: &mut [Item], rows: &[Vec<usize>]) {
    for row in rows {
        let mut right = 0.0;
        for &item in row {
            items[item].x = right + items[item].width / 2.0;
            right += items[item].width + GAP;
        }
        // Rows begin centred.
        row.iter().for_each(|&item| items[item].x -= right / 2.0);
    }
    for sweep in 0..PLACE_SWEEPS {
        let down = sweep % 2 == 0;
        let both = sweep >= ONE_SIDED;
        for step in 0..rows.len() {
            let row = &rows[if down { step } else { rows.len() - 1 - step }];
            let wanted: Vec<(f64, f64)> = row
                .iter()
                .map(|&item| {
                    let pulls = items[item].above.iter().chain(&items[item].below).map(|(_, pull)| pull);
                    let weight = pulls.sum::<f64>().max(0.1);
                    (mean(items, item, down || both, !down || both).unwrap_or(items[item].x), weight)
                })
                .collect();
            let widths: Vec<f64> = row.iter().map(|&item| items[item].width).collect();
            for (&item, x) in row.iter().zip(nearest(&wanted, &widths)) {
                items[item].x = x;
            }
        }
    }
}

/// The places nearest to the wanted ones (least weighted squares) that keep the order and the gaps: isotonic regression
/// by pooling adjacent violators.
fn nearest(wanted: &[(f64, f64)], widths: &[f64]) -> Vec<f64> {
    // Without the widths the places only have to be in order.
    let mut offsets = Vec::with_capacity(widths.len());
    for (index, width) in widths.iter().enumerate() {
        let before = if index == 0 { 0.0 } else { offsets[index - 1] + widths[index - 1] / 2.0 + GAP + width / 2.0 };
        offsets.push(before);
    }
    // Weighted sum, weight, length.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for ((want, weight), offset) in wanted.iter().zip(&offsets) {
        let mut block = ((want - offset) * weight, *weight, 1);
        while let Some(last) = blocks.pop_if(|last| last.0 / last.1 > block.0 / block.1) {
            block = (block.0 + last.0, block.1 + last.1, block.2 + last.2);
        }
        blocks.push(block);
    }
    let places = blocks.into_iter().flat_map(|(sum, weight, length)| std::iter::repeat_n(sum / weight, length));
    places.zip(offsets).map(|(place, offset)| place + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Boxes of a row keep their distance, and no edge goes through a box.
    #[track_caller]
    fn check(widths: &[f64], inputs: &[Vec<usize>]) -> Layout {
        let layout = layout(widths, inputs);
        let boxes: Vec<_> = layout.places.iter().zip(widths).map(|(&(x, row), width)| (row, x, width / 2.0)).collect();
        for (number, (row, x, half)) in boxes.iter().enumerate() {
            assert!(x - half >= -1e-6 && x + half <= layout.width + 1e-6, "{number} is outside");
            for (other_row, other, other_half) in &boxes[number + 1..] {
                assert!(row != other_row || (x - other).abs() >= half + other_half + GAP - 1e-6, "{number} overlaps");
            }
        }
        let mut edges = layout.edges.iter();
        for (node, inputs) in inputs.iter().enumerate() {
            for &input in inputs {
                let way = edges.next().unwrap();
                let first = layout.places[input].1;
                assert_eq!(way.len(), layout.places[node].1 - first + 1);
                for (step, place) in way.iter().enumerate().take(way.len() - 1).skip(1) {
                    let hit = boxes.iter().find(|(row, x, half)| *row == first + step && (x - place).abs() < *half);
                    assert!(hit.is_none(), "{input} to {node} goes through a box");
                }
            }
        }
        layout
    }

    #[test]
    fn chain_is_a_straight_column() {
        let layout = check(&[80.0, 140.0, 60.0], &[vec![], vec![0], vec![1]]);
        assert!(layout.edges.iter().flatten().all(|x| (x - layout.places[0].0).abs() < 1e-6));
    }

    #[test]
    fn skip_connection_goes_around_the_boxes_that_it_skips() {
        let layout = check(&[100.0; 5], &[vec![], vec![0], vec![1], vec![2], vec![3, 0]]);
        assert!(layout.edges.iter().any(|way| way.len() == 5));
    }

    #[test]
    fn branches_stand_side_by_side() {
        let inputs = [vec![], vec![0], vec![0], vec![0], vec![1, 2, 3, 0], vec![0], vec![4, 5]];
        let layout = check(&[90.0, 120.0, 60.0, 120.0, 100.0, 300.0, 50.0], &inputs);
        assert_eq!([1, 2, 3, 5].map(|node| layout.places[node].1), [1; 4]);
    }

    #[test]
    fn nodes_without_edges_are_fine() {
        check(&[90.0, 120.0], &[vec![], vec![]]);
    }
}
