//! Matrices of counts.

use image::{Rgb, RgbImage};

use super::ColorMap;
use super::text::{LETTER, LINE, write};

/// The most classes whose names and counts are written.
const WRITTEN: usize = 30;

/// Draws a matrix of counts, a row after the other, of which each is spread over its own sum: a confusion matrix with the
/// true classes in rows and the answers in columns. Up to 30 classes have names beside them and their counts written out.
///
/// # Panics
/// If there are not names times names counts.
pub fn matrix(counts: &[u64], names: &[String]) -> RgbImage {
    let classes = names.len();
    assert_eq!(counts.len(), classes * classes, "a count for each pair of {classes} classes");
    let written = classes <= WRITTEN;
    let longest = names.iter().map(|name| name.chars().count().min(20)).max().unwrap_or(0) as u32;
    let digits = counts.iter().max().map_or(1, |count| count.to_string().len()) as u32;
    let cell = if written { (LETTER * digits + 6).max(LINE + 6) } else { (640 / classes.max(1) as u32).max(1) };
    let (left, top) = if written { (LETTER * longest + 8, LINE + 4) } else { (0, 0) };
    let side = cell * classes as u32;
    let mut picture = RgbImage::from_pixel(left + side.max(1), top + side.max(1), Rgb([255; 3]));
    for (row, counts) in counts.chunks_exact(classes.max(1)).enumerate() {
        let sum: u64 = counts.iter().sum();
        let y = top + row as u32 * cell;
        for (column, &count) in counts.iter().enumerate() {
            let part = if sum > 0 { count as f32 / sum as f32 } else { 0.0 };
            let x = left + column as u32 * cell;
            let color = ColorMap::Viridis.color(part);
            (y..y + cell).for_each(|y| (x..x + cell).for_each(|x| picture.put_pixel(x, y, color)));
            if written && count > 0 {
                let ink = if part > 0.6 { Rgb([0; 3]) } else { Rgb([255; 3]) };
                let text = count.to_string();
                let from = x + (cell - LETTER * text.len() as u32) / 2;
                write(&mut picture, [from, y + (cell - LINE) / 2], &text, cell, ink);
            }
        }
        if written {
            write(&mut picture, [2, y + (cell - LINE) / 2], &names[row], LETTER * longest, Rgb([0; 3]));
            write(&mut picture, [left + row as u32 * cell + 2, 2], &names[row], cell - 2, Rgb([0; 3]));
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_the_color_of_their_part_of_the_row() {
        let names = ["cat", "dog"].map(String::from);
        let picture = matrix(&[3, 1, 0, 0], &names);
        // Names are three letters wide, cells 17 px.
        let corner = |row: u32, column: u32| *picture.get_pixel(26 + column * 17, 15 + row * 17);
        assert_eq!(corner(0, 0), ColorMap::Viridis.color(0.75));
        assert_eq!(corner(0, 1), ColorMap::Viridis.color(0.25));
        assert_eq!(corner(1, 1), ColorMap::Viridis.color(0.0));
        let many = vec![String::from("x"); 40];
        assert_eq!(matrix(&vec![1; 1600], &many).dimensions(), (640, 640));
        matrix(&[], &[]);
    }
}
