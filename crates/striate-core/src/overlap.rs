//! How much two boxes overlap.
//!
//! All take left, upper, right and lower edge in any one unit, and give what torchvision's functions of these names give.
//! Where torchvision divides 0 by 0, for boxes without an area, the overlap is 0.

/// What distances are divided by is at least this; torchvision's `eps`.
const EPSILON: f32 = 1e-7;

/// The area of a box; 0 if it is turned inside out.
pub fn area([left, top, right, bottom]: [f32; 4]) -> f32 {
    (right - left).max(0.0) * (bottom - top).max(0.0)
}

/// The area that two boxes share over the area that they cover together, in `[0, 1]`.
///
/// ```
/// use striate_core::overlap::iou;
///
/// assert_eq!(iou([0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0]), 1.0 / 3.0);
/// ```
pub fn iou(a: [f32; 4], b: [f32; 4]) -> f32 {
    parts(a, b).0
}

/// IoU minus the part of the box around both that neither covers, in `(-1, 1]` (Rezatofighi et al. 2019).
pub fn generalized_iou(a: [f32; 4], b: [f32; 4]) -> f32 {
    let (iou, union) = parts(a, b);
    let around = area(enclosing(a, b));
    if around > 0.0 { iou - (around - union) / around } else { iou }
}

/// IoU minus the squared distance of the middles over the squared diagonal of the box around both, in `(-1, 1]` (Zheng et
/// al. 2020).
pub fn distance_iou(a: [f32; 4], b: [f32; 4]) -> f32 {
    let [left, top, right, bottom] = enclosing(a, b);
    let diagonal = (right - left).powi(2) + (bottom - top).powi(2) + EPSILON;
    let between = |low: usize, high: usize| ((a[low] + a[high]) / 2.0 - (b[low] + b[high]) / 2.0).powi(2);
    iou(a, b) - (between(0, 2) + between(1, 3)) / diagonal
}

/// Distance IoU minus what the boxes' proportions differ by (Zheng et al. 2020).
pub fn complete_iou(a: [f32; 4], b: [f32; 4]) -> f32 {
    let angle = |[left, top, right, bottom]: [f32; 4]| (right - left).atan2(bottom - top);
    let v = (angle(a) - angle(b)).powi(2) * 4.0 / std::f32::consts::PI.powi(2);
    let alpha = v / (1.0 - iou(a, b) + v + EPSILON);
    distance_iou(a, b) - alpha * v
}

/// IoU, and the area that both cover.
fn parts(a: [f32; 4], b: [f32; 4]) -> (f32, f32) {
    let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    let union = area(a) + area(b) - shared;
    (if union > 0.0 { shared / union } else { 0.0 }, union)
}

/// The smallest box around both.
fn enclosing(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_that_touch_or_lack_an_area_share_nothing() {
        let square = [0.0, 0.0, 2.0, 2.0];
        assert_eq!(iou(square, [2.0, 0.0, 4.0, 2.0]), 0.0);
        assert_eq!(iou([1.0; 4], [1.0; 4]), 0.0);
        assert_eq!(iou(square, [2.0, 2.0, 0.0, 0.0]), 0.0);
        assert_eq!(iou(square, square), 1.0);
        assert_eq!(generalized_iou([1.0; 4], [1.0; 4]), 0.0);
    }

    /// By hand: shared 2, together 6, around 6 (GIoU equals IoU); middles 1 apart, diagonal² 9 + 4.
    #[test]
    fn kinds_of_iou_follow_their_formulas() {
        let (a, b) = ([0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0]);
        assert_eq!(generalized_iou(a, b), 1.0 / 3.0);
        assert!((distance_iou(a, b) - (1.0 / 3.0 - 1.0 / 13.0)).abs() < 1e-6);
        assert_eq!(complete_iou(a, b), distance_iou(a, b));
        // Far apart: around 100, together 2.
        let (c, d) = ([0.0, 0.0, 1.0, 1.0], [9.0, 9.0, 10.0, 10.0]);
        assert_eq!(generalized_iou(c, d), -0.98);
        assert!(
            complete_iou([0.0, 0.0, 4.0, 1.0], [0.0, 0.0, 1.0, 4.0])
                < distance_iou([0.0, 0.0, 4.0, 1.0], [0.0, 0.0, 1.0, 4.0])
        );
    }
}
