//! Pictures in tiles.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::fingerprint::Fingerprint;
use crate::ops::Geometry;
use crate::transforms::{Operation, Targets};
use crate::{Batch, DataError, Dataset, Picture, Sample};

/// A part of a picture as large as a network's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its first row and column in the picture.
    pub at: [usize; 2],
    /// The rows and columns of the picture for which this tile answers: what lies around shows what is near.
    pub core: [Range<usize>; 2],
}

/// The tiles of `[height, width]` px that cover a picture of `[height, width]` px, row by row. They lap over each other by an
/// eighth of their sides at least, and their cores cover each px once. A picture that is smaller has one, which goes beyond it.
///
/// ```
/// use striate_data::tiles_of;
///
/// let tiles = tiles_of([64, 100], [64, 64]);
/// assert_eq!((tiles.len(), tiles[1].at), (2, [0, 36]));
/// assert_eq!(tiles[1].core, [0..64, 50..100]);
/// ```
///
/// # Panics
/// If a side of the tiles is 0.
pub fn tiles_of(size: [usize; 2], window: [usize; 2]) -> Vec<Tile> {
    let [rows, columns] = [0, 1].map(|axis| along(size[axis], window[axis]));
    let across = |row: &(usize, Range<usize>)| {
        let tile =
            |column: &(usize, Range<usize>)| Tile { at: [row.0, column.0], core: [row.1.clone(), column.1.clone()] };
        columns.iter().map(tile).collect::<Vec<_>>()
    };
    rows.iter().flat_map(across).collect()
}

/// Where tiles begin along an axis, and for what they answer.
fn along(length: usize, window: usize) -> Vec<(usize, Range<usize>)> {
    assert!(window > 0, "a tile has px");
    if length <= window {
        return vec![(0, 0..length)];
    }
    let step = window - (window / 8).min(window - 1);
    let count = (length - window).div_ceil(step) + 1;
    let start = |tile: usize| tile * (length - window) / (count - 1);
    // Halfway in what two of them show.
    let end = |tile: usize| if tile + 1 == count { length } else { (start(tile) + window).midpoint(start(tile + 1)) };
    (0..count).map(|tile| (start(tile), if tile == 0 { 0 } else { end(tile - 1) }..end(tile))).collect()
}

/// A data set whose pictures come in [tiles](tiles_of): of each px that isn't in a tile's core the mask is void, so that all
/// samples together have each px once.
///
/// Samples without a mask get one: 0 in the core. Where a tile goes beyond the picture, it is black. The
/// [fingerprint](Dataset::fingerprint) covers the other data set's and the tiles' size.
#[derive(Clone)]
pub struct Tiles {
    parent: Arc<dyn Dataset>,
    window: [usize; 2],
    /// The number in the other data set, and the tile.
    tiles: Vec<(usize, Tile)>,
}

impl Tiles {
    /// Cuts each picture into tiles of `[height, width]` px; all are read once for their sizes.
    ///
    /// # Errors
    /// [`DataError::ZeroSetting`] for a side of 0, and those of reading a sample.
    pub fn new(parent: Arc<dyn Dataset>, window: [usize; 2]) -> Result<Self, DataError> {
        if window.contains(&0) {
            return Err(DataError::ZeroSetting { field: "window" });
        }
        let mut tiles = Vec::new();
        for index in 0..parent.len() {
            let size = parent.get(index)?.image.size();
            tiles.extend(tiles_of(size, window).into_iter().map(|tile| (index, tile)));
        }
        Ok(Self { parent, window, tiles })
    }

    /// The number of a tile's picture in the other data set, and the tile.
    pub fn tile(&self, index: usize) -> Option<(usize, &Tile)> {
        self.tiles.get(index).map(|(picture, tile)| (*picture, tile))
    }
}

impl fmt::Debug for Tiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tiles").field("window", &self.window).field("tiles", &self.tiles.len()).finish_non_exhaustive()
    }
}

impl Dataset for Tiles {
    forward!(parent => class_names);

    fn len(&self) -> usize {
        self.tiles.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let (picture, tile) =
            self.tiles.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.tiles.len() })?;
        let mut sample = self.parent.get(*picture)?;
        let [height, width] = sample.image.size();
        sample.mask.get_or_insert_with(|| Picture::from_parts(height, width, 1, vec![0; height * width]));
        let [top, left] = tile.at.map(|at| at as i64);
        let geometry = Geometry::Crop { top, left, size: self.window };
        let mut sample =
            Operation::Geometry { geometry, targets: Targets::default().mask_fill(Batch::VOID) }.apply(sample)?;
        let columns = self.window[1];
        for (place, class) in sample.mask.iter_mut().flat_map(|mask| mask.pixels_mut()).enumerate() {
            let at = [tile.at[0] + place / columns, tile.at[1] + place % columns];
            if !(tile.core[0].contains(&at[0]) && tile.core[1].contains(&at[1])) {
                *class = Batch::VOID;
            }
        }
        Ok(sample)
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.parent.label(self.tiles.get(index)?.0)
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.parent.path(self.tiles.get(index)?.0)
    }

    fn fingerprint(&self) -> String {
        let [height, width] = self.window;
        let start = Fingerprint::of("tiles").bytes(self.parent.fingerprint().as_bytes());
        start.number(height).number(width).number(self.tiles.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use striate_core::ClassNames;

    use super::*;
    use crate::InMemory;

    #[test]
    fn cores_cover_each_px_once_and_lie_within_their_tiles() {
        for length in 1..70 {
            for window in 1..20 {
                let tiles = along(length, window);
                let px: Vec<usize> = tiles.iter().flat_map(|(_, core)| core.clone()).collect();
                assert_eq!(px, (0..length).collect::<Vec<_>>(), "{length} px by {window}");
                for (start, core) in tiles {
                    assert!(start <= core.start && core.end <= (start + window).min(length), "{length} px by {window}");
                }
            }
        }
    }

    #[test]
    fn samples_of_all_tiles_have_each_px_of_the_mask_once() {
        let picture = Picture::new(5, 9, 1, (0..45).collect()).unwrap();
        let mask = Picture::new(5, 9, 1, (0..45).map(|place| place / 9).collect()).unwrap();
        let samples = vec![Sample::new(picture).with_mask(mask)];
        let whole = Arc::new(InMemory::new(samples, ClassNames::numbered(5)).unwrap());
        let tiles = Tiles::new(whole.clone(), [8, 4]).unwrap();
        let mut counts = [0; 256];
        for index in 0..tiles.len() {
            let sample = tiles.get(index).unwrap();
            assert_eq!(sample.image.size(), [8, 4]);
            let (_, tile) = tiles.tile(index).unwrap();
            assert_eq!(sample.image.to_u8().pixels()[0] as usize, tile.at[1]);
            sample.mask.unwrap().pixels().iter().for_each(|&class| counts[usize::from(class)] += 1);
        }
        assert_eq!(counts[..5], [9; 5]);
        assert_eq!(counts[255], tiles.len() * 32 - 45);
        assert_ne!(tiles.fingerprint(), whole.fingerprint());
        assert!(Tiles::new(whole, [0, 4]).is_err());
    }
}
