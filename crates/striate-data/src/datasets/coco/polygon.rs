//! Filling polygons as pycocotools 2.0 does (`rleFrPoly` in `common/maskApi.c`): along edges that are five times finer
//! than pixels, so that its masks come out equal.

use super::super::FormatError;

const FINER: f64 = 5.0;
/// How often the edges may be as long as the picture's longer side, in the mean, so that corners far away can't keep a
/// processor busy.
const MAX_SIDES: u64 = 4;

/// The lengths of the runs outside and inside of a polygon, column by column, in a picture of less than 2^31 px.
pub(super) fn runs([height, width]: [u32; 2], corners: &[f64]) -> Result<Vec<u32>, FormatError> {
    let wrong = || FormatError::Polygon { numbers: corners.len() };
    let (points, rest) = corners.as_chunks::<2>();
    let near = |value: &f64| value.abs() < f64::from(1 << 26);
    if points.len() < 3 || !rest.is_empty() || !corners.iter().all(near) {
        return Err(wrong());
    }
    let fine = |value: f64| (FINER * value + 0.5) as i32;
    let mut points = points.iter().map(|&[x, y]| [fine(x), fine(y)]).collect::<Vec<_>>();
    points.push(points[0]);
    let steps = |[from, to]: &[[i32; 2]; 2]| u64::from(from[0].abs_diff(to[0]).max(from[1].abs_diff(to[1])));
    let edges = || points.windows(2).map(|pair| [pair[0], pair[1]]);
    let most = MAX_SIDES * FINER as u64 * u64::from(height.max(width) + 1) * points.len() as u64;
    if edges().map(|edge| steps(&edge)).sum::<u64>() > most {
        return Err(wrong());
    }
    let mut crossings = Vec::new();
    let mut before = None;
    for edge in edges() {
        along(edge, |u, v| {
            if let Some((old_u, old_v)) = before.replace((u, v)).filter(|&(old_u, _)| old_u != u) {
                let x = (f64::from(if u < old_u { u } else { u - 1 }) + 0.5) / FINER - 0.5;
                if x.floor() == x && x >= 0.0 && x <= f64::from(width) - 1.0 {
                    let y = (f64::from(v.min(old_v)) + 0.5) / FINER - 0.5;
                    let y = y.clamp(0.0, height.into()).ceil();
                    crossings.push(x as u32 * height + y as u32);
                }
            }
        });
    }
    crossings.push(height * width);
    crossings.sort_unstable();
    Ok(merged(&crossings))
}

/// Visits the fine places on an edge, from its beginning to its end.
fn along([[from_x, from_y], [to_x, to_y]]: [[i32; 2]; 2], mut visit: impl FnMut(i32, i32)) {
    let (dx, dy) = (from_x.abs_diff(to_x) as i32, from_y.abs_diff(to_y) as i32);
    let flat = dx >= dy;
    let flip = if flat { from_x > to_x } else { from_y > to_y };
    let ([x, y], [end_x, end_y]) =
        if flip { ([to_x, to_y], [from_x, from_y]) } else { ([from_x, from_y], [to_x, to_y]) };
    // An edge from a point to itself is one place, and its slope of no account.
    let slope = if flat { f64::from(end_y - y) / f64::from(dx.max(1)) } else { f64::from(end_x - x) / f64::from(dy) };
    let len = dx.max(dy);
    for step in 0..=len {
        let step = if flip { len - step } else { step };
        let beside = |start: i32| (f64::from(start) + slope * f64::from(step) + 0.5) as i32;
        if flat { visit(step + x, beside(y)) } else { visit(beside(x), step + y) }
    }
}

/// Runs from the sorted places where inside and outside change; runs of no length join their neighbours.
fn merged(places: &[u32]) -> Vec<u32> {
    let mut differences = Vec::with_capacity(places.len());
    let mut before = 0;
    for &place in places {
        differences.push(place - before);
        before = place;
    }
    let mut differences = differences.into_iter();
    let mut runs = Vec::from_iter(differences.next());
    while let Some(difference) = differences.next() {
        match (difference, runs.last_mut()) {
            (0, Some(last)) => *last += differences.next().unwrap_or(0),
            _ => runs.push(difference),
        }
    }
    runs
}
