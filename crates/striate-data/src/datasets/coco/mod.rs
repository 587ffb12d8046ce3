//! COCO (Lin et al. 2014, <https://arxiv.org/abs/1405.0312>).

mod annotations;
mod polygon;
mod rle;
mod things;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use striate_core::ClassNames;

use self::annotations::{Category, Document};
pub use self::rle::Rle;
use self::things::Thing;
pub use self::write::{WrittenCoco, write_coco};
use super::{ClassNumbers, FormatError};
use crate::fingerprint::Fingerprint;
use crate::read::read;
use crate::{BoundingBox, Boxes, DataError, Dataset, Decoding, Image, Sample};

/// What of COCO is read, and how.
#[derive(Debug, Clone)]
pub struct CocoConfig {
    /// Whether samples get [masks](Sample::mask) and [numbers of things](Sample::instances).
    pub masks: bool,
    /// Whether samples get [key points](Sample::key_points).
    pub key_points: bool,
    /// Whether there are boxes around crowds, which are [flagged](crate::BoxFlags::crowd). In masks they are void either
    /// way.
    pub crowds: bool,
    /// The classes, if they are known: categories are found among them by name. Otherwise they are the file's categories
    /// in the order of their ids.
    pub class_names: Option<ClassNames>,
    /// The most bytes of the annotation file, 2 GiB by default.
    pub max_file_bytes: u64,
    /// How pictures are read, and how large they and their masks may be. Annotations were made on the stored pixels more
    /// often than not, so an EXIF orientation is left alone by default.
    pub decoding: Decoding,
}

impl Default for CocoConfig {
    fn default() -> Self {
        let decoding = Decoding { orientation: false, ..Decoding::default() };
        Self { masks: false, key_points: false, crowds: true, class_names: None, max_file_bytes: 2 << 30, decoding }
    }
}

/// Pictures with boxes, masks and key points, as COCO has them: a folder and a JSON file.
///
/// - Boxes are left, upper, right and lower edge in px, `x`, `y`, `x + width` and `y + height` of the file's. Annotations
///   without box are passed over, unless they have a mask.
/// - Category ids, which may have gaps, become numbers from 0.
/// - [`labels`](Sample::labels) are the classes that have an annotation.
/// - A [mask](Sample::mask) has 0 for the background, 255 for crowds, and else one more than the class, so that 1 is the
///   first of the class names. Where things overlap, the smaller one is in front. Polygons and runs are filled as
///   pycocotools does.
/// - [`instances`](Sample::instances) have the number that the thing's [box](BoundingBox::instance) says; crowds are 0.
/// - Key points are those of all boxes that have some, in order, each set as long as its category says. The file counts
///   pixels, so half a pixel is added to reach their middle.
/// - Meta data has the picture's `id` and `file`.
///
/// The annotation file is read when the data set is opened, pictures when they are asked for. The
/// [fingerprint](Dataset::fingerprint) covers the annotation file.
#[derive(Debug, Clone)]
pub struct Coco {
    folder: PathBuf,
    annotations: PathBuf,
    pictures: Vec<PictureEntry>,
    class_names: ClassNames,
    key_point_names: Vec<Vec<String>>,
    config: CocoConfig,
    fingerprint: String,
}

#[derive(Debug, Clone)]
struct PictureEntry {
    id: i64,
    file: String,
    size: [u32; 2],
    /// None in a file to test on.
    things: Option<Vec<Thing>>,
}

impl Coco {
    /// Reads an annotation file; its pictures are in a folder.
    ///
    /// # Errors
    /// [`DataError::Read`] or [`DataError::FileTooLarge`] for the file, and [`DataError::Format`] if it isn't JSON of this
    /// kind, has an id twice or one that leads nowhere, a picture of no pixel or more than the limit, a path that leaves
    /// the folder, a box or key point that isn't one, or a category that isn't known. Masks are looked at when their
    /// sample is read.
    pub fn open(folder: &Path, annotations: &Path, config: CocoConfig) -> Result<Self, DataError> {
        let bytes = read(annotations, config.max_file_bytes)?;
        let CocoConfig { masks, key_points, crowds, .. } = config;
        let fingerprint = Fingerprint::of("coco").bytes(&bytes).decoding(&config.decoding);
        let fingerprint = fingerprint.bytes(&[masks, key_points, crowds].map(u8::from));
        let document = serde_json::from_slice::<Document>(&bytes).map_err(|source| {
            let line = source.line() as u64;
            FormatError::Json { source }.at_line(annotations, line)
        })?;
        drop(bytes);
        let failed = |error: FormatError| error.at(annotations);

        let mut ids = BTreeSet::new();
        if let Some(twice) = document.categories.iter().find(|category| !ids.insert(category.id)) {
            return Err(failed(FormatError::IdTwice { kind: "category", id: twice.id }));
        }
        let class_names = match &config.class_names {
            Some(names) => names.clone(),
            None => in_order_of_ids(&document.categories),
        };
        let mut categories = HashMap::with_capacity(document.categories.len());
        let mut key_point_names = vec![Vec::new(); class_names.len()];
        let numbers = ClassNumbers::new(&class_names);
        for category in document.categories {
            let class = numbers.number(&category.name).map_err(failed)?;
            categories.insert(category.id, class);
            key_point_names[class] = category.keypoints;
        }

        if document.images.is_empty() {
            return Err(failed(FormatError::NoRow));
        }
        let annotated = document.annotations.is_some();
        let mut pictures = Vec::with_capacity(document.images.len());
        let mut places = HashMap::with_capacity(document.images.len());
        for picture in document.images {
            if places.insert(picture.id, pictures.len()).is_some() {
                return Err(failed(FormatError::IdTwice { kind: "image", id: picture.id }));
            }
            let size = size([picture.height, picture.width], config.decoding.limits.max_pixels);
            let size = size.ok_or_else(|| {
                failed(FormatError::Size { kind: "image", id: picture.id, size: [picture.height, picture.width] })
            })?;
            if !stays_inside(&picture.file_name) {
                return Err(failed(FormatError::Outside { name: super::short(&picture.file_name) }));
            }
            let things = annotated.then(Vec::new);
            pictures.push(PictureEntry { id: picture.id, file: picture.file_name, size, things });
        }
        let mut ids = BTreeSet::new();
        for (place, annotation) in document.annotations.into_iter().flatten().enumerate() {
            let id = annotation.id.unwrap_or(place as i64);
            if annotation.id.is_some() && !ids.insert(id) {
                return Err(failed(FormatError::IdTwice { kind: "annotation", id }));
            }
            let Some(&picture) = places.get(&annotation.image_id) else {
                return Err(failed(FormatError::UnknownId { annotation: id, kind: "image", id: annotation.image_id }));
            };
            let Some(&class) = categories.get(&annotation.category_id) else {
                let (kind, of) = ("category", annotation.category_id);
                return Err(failed(FormatError::UnknownId { annotation: id, kind, id: of }));
            };
            let thing = Thing::new(id, class, annotation, &config, key_point_names[class].len()).map_err(failed)?;
            if let (Some(thing), Some(things)) = (thing, &mut pictures[picture].things) {
                things.push(thing);
            }
        }
        // Masks number classes from 1, and 255 is void.
        if config.masks && class_names.len() > 254 {
            return Err(failed(FormatError::TooManyClasses { num_classes: class_names.len() }));
        }
        let fingerprint = fingerprint.classes(&class_names).finish();
        let (folder, annotations) = (folder.to_owned(), annotations.to_owned());
        Ok(Self { folder, annotations, pictures, class_names, key_point_names, config, fingerprint })
    }

    /// The file of a sample.
    pub fn path(&self, index: usize) -> Option<PathBuf> {
        Some(self.folder.join(&self.pictures.get(index)?.file))
    }

    /// The names of the key points of a class's things; none if they have no key points.
    pub fn key_point_names(&self, class: usize) -> Option<&[String]> {
        self.key_point_names.get(class).map(Vec::as_slice).filter(|names| !names.is_empty())
    }

    /// The mask of each thing of a sample that has one, with its class, in the order of its boxes and without crowds.
    /// Pixels are 1 inside and 0 outside; things may overlap.
    ///
    /// # Errors
    /// [`DataError::IndexOutOfRange`], and [`DataError::Format`] for a mask that isn't one.
    pub fn masks(&self, index: usize) -> Result<Vec<(usize, Rle)>, DataError> {
        let entry = self.entry(index)?;
        let failed = |error: FormatError| error.at(&self.annotations);
        let mut masks = Vec::new();
        for thing in entry.things.iter().flatten().filter(|thing| !thing.crowd) {
            masks.extend(thing.mask(entry.size).map_err(failed)?.map(|mask| (thing.class, mask)));
        }
        Ok(masks)
    }

    fn entry(&self, index: usize) -> Result<&PictureEntry, DataError> {
        self.pictures.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.pictures.len() })
    }
}

impl Dataset for Coco {
    fn len(&self) -> usize {
        self.pictures.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let entry = self.entry(index)?;
        let path = self.folder.join(&entry.file);
        let sample = Sample::new(Image::open(&path, self.config.decoding)?);
        let annotated = entry.size.map(|side| side as usize);
        if sample.image.size() != annotated {
            return Err(FormatError::PictureSize { annotated, found: sample.image.size() }.at(&path));
        }
        let mut sample = sample.with_meta("id", entry.id.to_string()).with_meta("file", &entry.file);
        let Some(things) = &entry.things else { return Ok(sample) };
        sample.labels = Some(things.iter().map(|thing| thing.class).collect::<BTreeSet<_>>().into_iter().collect());
        let mut numbers = vec![None; things.len()];
        if self.config.masks {
            let failed = |error: FormatError| error.at(&self.annotations);
            let drawn = things::draw(things, entry.size).map_err(failed)?;
            (sample.mask, sample.instances, numbers) = (Some(drawn.mask), Some(drawn.instances), drawn.numbers);
        }
        let mut boxes = Boxes::default();
        for (thing, number) in things.iter().zip(numbers) {
            let Some(edges) = thing.edges.filter(|_| self.config.crowds || !thing.crowd) else { continue };
            let mut item = BoundingBox::new(edges, Some(thing.class));
            item.flags.crowd = thing.crowd;
            item.instance = number;
            boxes.items.push(item);
            sample.key_points.extend_from_slice(&thing.key_points);
        }
        sample.boxes = Some(boxes);
        Ok(sample)
    }

    fn label(&self, _: usize) -> Option<usize> {
        None
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}

fn in_order_of_ids(categories: &[Category]) -> ClassNames {
    let by_id = categories.iter().map(|category| (category.id, category.name.as_str())).collect::<BTreeMap<_, _>>();
    ClassNames::new(by_id.into_values())
}

/// Sides in px of a picture with at least one pixel and no more than there may be.
fn size(size: [u64; 2], max_pixels: u64) -> Option<[u32; 2]> {
    let area = size[0].checked_mul(size[1])?;
    // Places in masks are counted with 32 bits.
    if area == 0 || area > max_pixels.min(i32::MAX as u64) {
        return None;
    }
    Some([u32::try_from(size[0]).ok()?, u32::try_from(size[1]).ok()?])
}

/// Whether a path goes down from a folder and nowhere else.
fn stays_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}
