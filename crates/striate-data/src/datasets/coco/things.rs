//! What annotations say of one thing.

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
                let filled = polygons.iter().map(|polygon| Rle::from_polygon(size, polygon));
                let filled = filled.collect::<Result<Vec<_>, _>>().map_err(failed)?;
                Ok(filled.into_iter().reduce(|one, other| one.union(&other)))
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

/// The mask of classes, the mask of things, and each thing's number in it, in a picture of `[height, width]` px.
#[expect(clippy::type_complexity, reason = "three things that are drawn together")]
pub(super) fn draw(
    things: &[Thing],
    size: [u32; 2],
) -> Result<(Picture<u8>, IndexMask, Vec<Option<u16>>), FormatError> {
    const VOID: u8 = 255;
    let [height, width] = size.map(|side| side as usize);
    let mut classes = vec![0; height * width];
    let mut numbers = vec![0; height * width];
    let mut given = vec![None; things.len()];
    let mut shapes = Vec::new();
    let mut next = 1_u16;
    for (place, thing) in things.iter().enumerate() {
        let Some(mask) = thing.mask(size)? else { continue };
        if !thing.crowd {
            given[place] = Some(next);
            next = next.checked_add(1).ok_or(FormatError::TooManyThings)?;
        }
        shapes.push((place, mask.area()));
    }
    // Crowds first, then the larger things before the smaller ones; of equal ones the later is in front.
    shapes.sort_by_key(|&(place, area)| (!things[place].crowd, std::cmp::Reverse(area)));
    for (place, _) in shapes {
        let (class, number) = match given[place] {
            // No more than 254 classes are opened with masks.
            Some(number) => (things[place].class as u8 + 1, number),
            None => (VOID, 0),
        };
        if let Some(mask) = things[place].mask(size)? {
            mask.each(|at| (classes[at], numbers[at]) = (class, number));
        }
    }
    Ok((Picture::from_parts(height, width, 1, classes), IndexMask::from_parts([height, width], numbers), given))
}
