//! Maps of numbers at other sizes.

/// A map of `[height, width]` numbers in rows with other sides, linear between the middles of px, as PyTorch's `interpolate`
/// with `bilinear` and without `align_corners`.
///
/// ```
/// assert_eq!(striate_core::bilinear::resized(&[0.0, 1.0], [1, 2], [1, 4]), [0.0, 0.25, 0.75, 1.0]);
/// ```
///
/// # Panics
/// If a side of the map is 0 or it has fewer numbers.
pub fn resized(map: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let [rows, columns] = [0, 1].map(|axis| places(from[axis], to[axis]));
    let mut values = Vec::with_capacity(to[0] * to[1]);
    for (top, bottom, down) in rows {
        let row = |row: usize, &(left, right, part): &(usize, usize, f32)| {
            let row = &map[row * from[1]..][..from[1]];
            row[left] + (row[right] - row[left]) * part
        };
        values.extend(columns.iter().map(|column| {
            let (above, below) = (row(top, column), row(bottom, column));
            above + (below - above) * down
        }));
    }
    values
}

/// For each px of a side the two of the other side that it lies between, and how much the second counts.
fn places(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let place = |at: usize| {
        let source = ((at as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0);
        let first = (source as usize).min(from - 1);
        (first, (first + 1).min(from - 1), (source - first as f64) as f32)
    };
    (0..to).map(place).collect()
}
