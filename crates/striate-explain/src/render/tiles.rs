//! Many pictures in one.

use image::{Rgb, RgbImage};

use super::text::{LINE, write};

/// A picture with a word above it.
#[derive(Debug, Clone)]
pub struct Tile {
    /// The word; empty for none.
    pub label: String,
    /// The picture.
    pub picture: RgbImage,
}

impl Tile {
    /// A picture with a word.
    pub fn new(label: impl ToString, picture: RgbImage) -> Self {
        Self { label: label.to_string(), picture }
    }
}

/// Px between tiles.
const GAP: u32 = 4;

/// Puts pictures into rows of `columns` tiles, all as large as the largest, each with its word above it as far as there is
/// room. Without a tile it is one black px.
///
/// # Panics
/// If `columns` is 0.
pub fn tiles(tiles: &[Tile], columns: usize) -> RgbImage {
    assert!(columns > 0, "tiles stand in columns");
    let largest = |side: fn(&RgbImage) -> u32| tiles.iter().map(|tile| side(&tile.picture)).max().unwrap_or(0);
    let [width, height] = [largest(RgbImage::width), largest(RgbImage::height)];
    if tiles.is_empty() {
        return RgbImage::new(1, 1);
    }
    let line = if tiles.iter().all(|tile| tile.label.is_empty()) { 0 } else { LINE };
    let (columns, rows) = (columns.min(tiles.len()) as u32, tiles.len().div_ceil(columns) as u32);
    let [across, down] = [width + GAP, height + line + GAP];
    let mut sheet = RgbImage::from_pixel(columns * across + GAP, rows * down + GAP, Rgb([32; 3]));
    for (number, tile) in tiles.iter().enumerate() {
        let [x, y] = [GAP + number as u32 % columns * across, GAP + number as u32 / columns * down];
        write(&mut sheet, [x, y], &tile.label, width, Rgb([230; 3]));
        image::imageops::replace(&mut sheet, &tile.picture, x.into(), (y + line).into());
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_stand_in_rows_below_their_words() {
        let tile = |label: &str, level: u8| Tile::new(label, RgbImage::from_pixel(20, 10, Rgb([level; 3])));
        let sheet = tiles(&[tile("ab", 200), tile("", 100), tile("cd", 50)], 2);
        assert_eq!(sheet.dimensions(), (2 * 24 + 4, 2 * 25 + 4));
        assert_eq!(
            [sheet.get_pixel(5, 16).0[0], sheet.get_pixel(29, 16).0[0], sheet.get_pixel(5, 41).0[0]],
            [200, 100, 50]
        );
        let lit = |x: u32| (x..x + 20).any(|x| (4..15).any(|y| sheet.get_pixel(x, y).0 == [230; 3]));
        assert!(lit(4) && !lit(28), "words");
        // Without words there is no line for them; a row isn't wider than its tiles.
        assert_eq!(tiles(&[tile("", 1)], 5).dimensions(), (28, 18));
        assert_eq!(tiles(&[], 3).dimensions(), (1, 1));
    }
}
