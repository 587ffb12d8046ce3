//! What annotations say of one thing.

use std::cmp::Reverse;

use super::super::FormatError;
use super::annotations::{Annotation, Counts, Segmentation};
use super::{CocoConfig, Rle};
use crate::{IndexMask, KeyPoint, Picture, Visibility};

#[derive(Debug, Clone)]
pub(super) struct Thing {
    id: i64,
    pub(super) class: usize,
    /// Left, upper, right and lower edge, in px.
    pub(super) edges: Option<[f32; 4]>,
    pub(super) crowd: bool,
    shape: Shape,
    pub(super) key_points: Vec<KeyPoint>,
}

#[derive(Debug, Clone)]
enum Shape {
    None,
    Polygons(Vec<Vec<f64>>),
    Counts([u64; 2], Vec<u32>),
    Text([u64; 2], String),
}

impl Thing {
    /// Checks and keeps what is wanted of an annotation; none if nothing is left.
    pub(super) fn new(
        id: i64,
        class: usize,
        annotation: Annotation,
        config: &CocoConfig,
        key_points: usize,
    ) -> Result<Option<Self>, FormatError> {
        let crowd = annotation.iscrowd.is_set().ok_or(FormatError::Crowd { annotation: id })?;
        let edges = annotation.bbox.map(|numbers| edges(id, &numbers)).transpose()?;
        let shape = match annotation.segmentation {
            Some(Segmentation::Polygons(polygons)) if !polygons.is_empty() => Shape::Polygons(polygons),
            Some(Segmentation::Rle { size, counts: Counts::Numbers(counts) }) => Shape::Counts(size, counts),
            Some(Segmentation::Rle { size, counts: Counts::Text(text) }) => Shape::Text(size, text),
            _ => Shape::None,
        };
        let key_points = match annotation.keypoints.filter(|_| config.key_points) {
            Some(numbers) => points(id, &numbers, key_points)?,
            None => Vec::new(),
        };
        if edges.is_none() && matches!(shape, Shape::None) {
            return Ok(None);
        }
        Ok(Some(Self { id, class, edges, crowd, shape, key_points }))
    }

    /// Its mask in a picture of `[height, width]` px; none if it has none.
    pub(super) fn mask(&self, size: [u32; 2]) -> Result<Option<Rle>, FormatError> {
        let failed = |source: FormatError| FormatError::Mask { annotation: self.id, source: Box::new(source) };
        let same = |of: [u64; 2]| match of == size.map(u64::from) {
            true => Ok(size),
            false => Err(FormatError::Size { kind: "annotation", id: self.id, size: of }),
        };
        match &self.shape {
            Shape::None => Ok(None),
            Shape::Counts(of, counts) => Rle::from_counts(same(*of)?, counts.clone()).map(Some).map_err(failed),
            Shape::Text(of, text) => Rle::from_text(same(*of)?, text).map(Some).map_err(failed),
            Shape::Polygons(polygons) => {
                let mut filled = polygons.iter().map(|polygon| Rle::from_polygon(size, polygon));
                let all = filled.try_fold(None::<Rle>, |all, next| {
                    let next = next?;
                    Ok(Some(all.map_or_else(|| next.clone(), |all| all.union(&next))))
                });
                all.map_err(failed)
            }
        }
    }
}

fn edges(annotation: i64, numbers: &[f64]) -> Result<[f32; 4], FormatError> {
    let wrong = || FormatError::CocoBox { annotation, numbers: numbers.iter().copied().take(8).collect() };
    let &[x, y, width, height] = numbers else { return Err(wrong()) };
    let edges = [x, y, x + width, y + height].map(|edge| edge as f32);
    if width < 0.0 || height < 0.0 || !edges.iter().all(|edge| edge.is_finite()) { Err(wrong()) } else { Ok(edges) }
}

fn points(annotation: i64, numbers: &[f64], expected: usize) -> Result<Vec<KeyPoint>, FormatError> {
    let wrong = || FormatError::KeyPoints { annotation, numbers: numbers.len(), expected };
    let (points, rest) = numbers.as_chunks::<3>();
    if !rest.is_empty() || (expected > 0 && points.len() != expected) {
        return Err(wrong());
    }
    let point = |&[x, y, visibility]: &[f64; 3]| {
        let visibility = match visibility {
            0.0 => Visibility::Unlabelled,
            1.0 => Visibility::Hidden,
            2.0 => Visibility::Visible,
            _ => return Err(wrong()),
        };
        let [x, y] = [x, y].map(|at| (at + 0.5) as f32);
        if x.is_finite() && y.is_finite() { Ok(KeyPoint { x, y, visibility }) } else { Err(wrong()) }
    };
    points.iter().map(point).collect()
}

/// What things look like together.
pub(super) struct Drawn {
    /// The class of each pixel.
    pub(super) mask: Picture<u8>,
    /// The number of the thing that each pixel shows.
    pub(super) instances: IndexMask,
    /// Each thing's number.
    pub(super) numbers: Vec<Option<u16>>,
}

/// Draws things in a picture of `[height, width]` px.
pub(super) fn draw(things: &[Thing], size: [u32; 2]) -> Result<Drawn, FormatError> {
    const VOID: u8 = 255;
    let [height, width] = size.map(|side| side as usize);
    let mut mask = vec![0; height * width];
    let mut instances = vec![0; height * width];
    let mut numbers = vec![None; things.len()];
    let mut shapes = Vec::new();
    let mut count = 0_usize;
    for (place, thing) in things.iter().enumerate() {
        let Some(shape) = thing.mask(size)? else { continue };
        if !thing.crowd {
            count += 1;
            numbers[place] = Some(u16::try_from(count).map_err(|_| FormatError::TooManyThings)?);
        }
        shapes.push((place, shape.area()));
    }
    // Crowds first, then the larger things before the smaller ones; of equal ones the later is in front.
    shapes.sort_by_key(|&(place, area)| (!things[place].crowd, Reverse(area)));
    for (place, _) in shapes {
        let (class, number) = match numbers[place] {
            // No more than 254 classes are opened with masks.
            Some(number) => (things[place].class as u8 + 1, number),
            None => (VOID, 0),
        };
        // Drawn again rather than kept: one shape may be small, all of them large.
        if let Some(shape) = things[place].mask(size)? {
            shape.each(|at| (mask[at], instances[at]) = (class, number));
        }
    }
    let mask = Picture::from_parts(height, width, 1, mask);
    Ok(Drawn { mask, instances: IndexMask::from_parts([height, width], instances), numbers })
}
