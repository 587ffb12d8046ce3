//! Points of classes.

use image::{Rgb, RgbImage};

use super::text::{LETTER, LINE, write};

/// Px of the square that points lie in.
const SIDE: u32 = 640;
/// Px about it.
const MARGIN: u32 = 12;
/// The most names that are listed.
const NAMES: usize = 40;

/// Draws points `[x, y]`, y upwards, each in the color of its class, with the classes' names beside them. The axes are
/// spread so that all points are seen. Points of no class are gray, those that are no numbers are left out.
pub fn scatter(points: &[[f32; 2]], classes: &[Option<usize>], names: &[String]) -> RgbImage {
    let names = &names[..names.len().min(NAMES)];
    let longest = names.iter().map(|name| name.chars().count().min(30)).max().unwrap_or(0) as u32;
    let legend = if names.is_empty() { 0 } else { 12 + LETTER * longest + MARGIN };
    let height = (SIDE + 2 * MARGIN).max(names.len() as u32 * LINE + 2 * MARGIN);
    let mut picture = RgbImage::from_pixel(SIDE + 2 * MARGIN + legend, height, Rgb([255; 3]));
    let finite = || points.iter().filter(|point| point.iter().all(|value| value.is_finite()));
    let range = |axis: usize| {
        let low = finite().fold(f32::INFINITY, |low, point| low.min(point[axis]));
        let high = finite().fold(f32::NEG_INFINITY, |high, point| high.max(point[axis]));
        if high > low { (low, high) } else { (low - 0.5, low + 0.5) }
    };
    let ranges = [range(0), range(1)];
    for (number, point) in points.iter().enumerate().filter(|(_, point)| point.iter().all(|value| value.is_finite())) {
        let part = |axis: usize| (point[axis] - ranges[axis].0) / (ranges[axis].1 - ranges[axis].0);
        let x = MARGIN + (part(0) * (SIDE - 1) as f32).round() as u32;
        let y = MARGIN + ((1.0 - part(1)) * (SIDE - 1) as f32).round() as u32;
        let color = classes.get(number).copied().flatten().map_or(Rgb([150; 3]), color);
        for (across, down) in DOT.into_iter().flat_map(|down| DOT.map(|across| (across, down))) {
            // A circle of 2 px about the middle.
            if across * across + down * down <= 5
                && let Some(px) =
                    picture.get_pixel_mut_checked(x.wrapping_add_signed(across), y.wrapping_add_signed(down))
            {
                *px = color;
            }
        }
    }
    for (class, name) in names.iter().enumerate() {
        let (x, y) = (SIDE + 2 * MARGIN, MARGIN + class as u32 * LINE);
        (0..8).flat_map(|down| (0..8).map(move |across| (x + across, y + down))).for_each(|(x, y)| {
            picture.put_pixel(x, y, color(class));
        });
        write(&mut picture, [x + 12, y], name, LETTER * longest, Rgb([0; 3]));
    }
    picture
}

const DOT: [i32; 5] = [-2, -1, 0, 1, 2];

/// The color of a class: Tableau's ten, then as far from each other as a turn by the golden ratio brings.
fn color(class: usize) -> Rgb<u8> {
    let color = match colorous::TABLEAU10.get(class) {
        Some(&color) => color,
        None => colorous::RAINBOW.eval_continuous((class as f64 * 0.618_033_988_749_895).fract()),
    };
    Rgb([color.r, color.g, color.b])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_where_their_numbers_say_in_their_classes_colors() {
        let names = ["a", "b"].map(String::from);
        let points = [[0.0, 0.0], [2.0, 1.0], [1.0, 0.5], [f32::NAN, 0.0]];
        let picture = scatter(&points, &[Some(0), Some(1), None, Some(0)], &names);
        assert_eq!(picture.get_pixel(12, 651).0, color(0).0);
        assert_eq!(picture.get_pixel(651, 12).0, color(1).0);
        assert_eq!(picture.get_pixel(332, 331).0, [150; 3]);
        assert_eq!(picture.get_pixel(100, 100).0, [255; 3]);
        assert_eq!(picture.get_pixel(666, 14).0, color(0).0);
        assert_ne!(color(0), color(11));
        // No point, one point, points that are all the same.
        scatter(&[], &[], &[]);
        assert_eq!(scatter(&[[3.0, 3.0]; 2], &[], &[]).get_pixel(332, 331).0, [150; 3]);
    }
}
