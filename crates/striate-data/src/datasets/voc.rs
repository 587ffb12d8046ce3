//! Pascal VOC (Everingham et al. 2010, <http://host.robots.ox.ac.uk/pascal/VOC/>).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use striate_core::ClassNames;

use super::listing::{entries, has_picture_extension};
use super::pairs::{check_size, classes};
use super::voc_xml::{Annotation, annotation};
use super::{ClassNumbers, FormatError};
use crate::decode::open_index_mask;
use crate::fingerprint::Fingerprint;
use crate::read::read;
use crate::{BoundingBox, Boxes, DataError, Dataset, Decoding, Image, IndexMask, Sample};

/// The value of mask pixels that belong to no class: the border of things, and what is too hard.
const VOID: u8 = 255;

/// What of Pascal VOC is read, and how.
#[derive(Debug, Clone)]
pub struct VocConfig {
    /// The list of pictures to read, such as `train`: `ImageSets/Main/train.txt`, or `ImageSets/Segmentation/train.txt`
    /// with [masks](Self::masks). None reads every picture that has an annotation, or with masks every one that has a
    /// mask.
    pub set: Option<String>,
    /// Whether the pictures have masks, in `SegmentationClass`, and in `SegmentationObject` if that is there. If so,
    /// `Annotations` may be missing.
    pub masks: bool,
    /// Whether there are annotations at all; not for a set to test on.
    pub annotated: bool,
    /// Whether the first pixel's number is 1, as VOC has it, or else 0 and boxes' right and lower edges are not part of
    /// them, as some tools write it.
    pub one_based: bool,
    /// The classes, if they are known; otherwise VOC's 20, or if there is another those in the annotations in byte order.
    pub class_names: Option<ClassNames>,
    /// How pictures are read, and how large masks may be. Boxes and masks are those of the stored pixels, so an EXIF
    /// orientation is left alone by default.
    pub decoding: Decoding,
}

impl Default for VocConfig {
    fn default() -> Self {
        let decoding = Decoding { orientation: false, ..Decoding::default() };
        Self { set: None, masks: false, annotated: true, one_based: true, class_names: None, decoding }
    }
}

/// Pictures with boxes, and with masks if wanted, in the folders of Pascal VOC: `JPEGImages`, `Annotations`,
/// `ImageSets`, `SegmentationClass` and `SegmentationObject`.
///
/// - Boxes are left, upper, right and lower edge in px. VOC's numbers count pixels from 1 and the last one is part of
///   the box, so `xmin = ymin = xmax = ymax = 1` is the first pixel, and becomes `[0, 0, 1, 1]`: 1 is taken from `xmin`
///   and `ymin`. Their [flags](crate::BoxFlags) say what is difficult, truncated and occluded. Parts of things are
///   passed over.
/// - [`labels`](Sample::labels) are the classes that have a box.
/// - A [mask](Sample::mask) has a palette's places for classes: 0 is the background, 255 void, and every other number is
///   one more than a class's, so that 1 is the first of the class names.
/// - [`instances`](Sample::instances) come from `SegmentationObject`: the thing with number n is that of the n-th box, and
///   void is 0.
/// - Meta data has the picture's `id`.
///
/// Annotations are read when the data set is opened, pictures and masks when they are asked for. The
/// [fingerprint](Dataset::fingerprint) covers the class names, ids and annotations.
#[derive(Debug, Clone)]
pub struct Voc {
    folder: PathBuf,
    entries: Vec<Entry>,
    class_names: ClassNames,
    config: VocConfig,
    fingerprint: String,
}

#[derive(Debug, Clone)]
struct Entry {
    id: String,
    image: PathBuf,
    /// The picture's rows and columns, if its annotation says them.
    size: Option<[usize; 2]>,
    /// None if it isn't annotated.
    boxes: Option<Vec<BoundingBox>>,
}

impl Voc {
    /// Reads lists and annotations from a folder that holds `JPEGImages`.
    ///
    /// # Errors
    /// [`DataError::Read`] or [`DataError::FileTooLarge`] for a file, and [`DataError::Format`] for one that isn't XML,
    /// lacks an element, has a box that isn't one, a class that isn't known or an id that is no file's name, and for a
    /// picture that isn't there.
    pub fn open(folder: &Path, config: VocConfig) -> Result<Self, DataError> {
        let images = by_stem(&folder.join("JPEGImages"))?;
        let of_annotations = folder.join("Annotations");
        let of_masks = folder.join("SegmentationClass");
        let ids = match (&config.set, config.masks) {
            (Some(set), masks) => {
                let kind = if masks { "Segmentation" } else { "Main" };
                ids(&folder.join("ImageSets").join(kind).join(format!("{set}.txt")))?
            }
            (None, true) => stems(&of_masks, has_picture_extension)?,
            (None, false) if config.annotated => {
                stems(&of_annotations, |path| path.extension().is_some_and(|it| it == "xml"))?
            }
            (None, false) => images.keys().cloned().collect(),
        };
        if ids.is_empty() {
            return Err(DataError::NoPicture { path: folder.to_owned() });
        }
        let annotated = config.annotated && (!config.masks || of_annotations.is_dir());
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let image = images
                .get(&id)
                .ok_or_else(|| FormatError::NoPicture { name: id.clone() }.at(&folder.join("JPEGImages")))?;
            let path = of_annotations.join(format!("{id}.xml"));
            let annotation = annotated.then(|| annotation(&path, config.one_based)).transpose()?;
            found.push((id, image.clone(), annotation));
        }
        let class_names = match &config.class_names {
            Some(names) => names.clone(),
            None => class_names(found.iter().filter_map(|(.., annotation)| annotation.as_ref())),
        };
        let numbers = ClassNumbers::new(&class_names);
        let mut hash = Fingerprint::of("voc").classes(&class_names).number(found.len()).decoding(&config.decoding);
        hash = hash.bytes(&[config.masks, annotated, config.one_based].map(u8::from));
        let mut entries = Vec::with_capacity(found.len());
        for (id, image, annotation) in found {
            hash = hash.bytes(id.as_bytes());
            let size = annotation.as_ref().and_then(|annotation| annotation.size);
            let boxes = match annotation {
                None => None,
                Some(annotation) => {
                    let mut boxes = Vec::with_capacity(annotation.objects.len());
                    for object in &annotation.objects {
                        let label = numbers
                            .number(&object.name)
                            .map_err(|error| error.at_line(&of_annotations.join(format!("{id}.xml")), object.line))?;
                        let mut bounding_box = BoundingBox::new(object.edges, Some(label));
                        bounding_box.flags = object.flags;
                        hash = hash.boxes(&[bounding_box]);
                        boxes.push(bounding_box);
                    }
                    Some(boxes)
                }
            };
            entries.push(Entry { id, image, size, boxes });
        }
        Ok(Self { folder: folder.to_owned(), entries, class_names, config, fingerprint: hash.finish() })
    }

    /// The name of a sample's files, without ending.
    pub fn id(&self, index: usize) -> Option<&str> {
        self.entries.get(index).map(|entry| entry.id.as_str())
    }

    /// The boxes of a sample, without decoding it; none if it isn't annotated.
    pub fn boxes(&self, index: usize) -> Option<Boxes> {
        let items = self.entries.get(index)?.boxes.as_ref()?;
        Some(Boxes { items: items.clone(), ..Boxes::default() })
    }

    fn mask(&self, kind: &str, id: &str, sample: &Sample) -> Result<(IndexMask, PathBuf), DataError> {
        let path = self.folder.join(kind).join(format!("{id}.png"));
        let mask = open_index_mask(&path, self.config.decoding.limits)?;
        check_size(&mask, sample, &path)?;
        Ok((mask, path))
    }
}

impl Dataset for Voc {
    fn len(&self) -> usize {
        self.entries.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let entry = self.entries.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        let image = Image::open(&entry.image, self.config.decoding)?;
        let mut sample = Sample::new(image).with_meta("id", &entry.id);
        if let Some(items) = &entry.boxes {
            if let Some(annotated) = entry.size.filter(|&size| size != sample.image.size()) {
                let found = sample.image.size();
                return Err(FormatError::PictureSize { annotated, found }.at(&entry.image));
            }
            sample.labels =
                Some(items.iter().filter_map(|item| item.label).collect::<BTreeSet<_>>().into_iter().collect());
            sample.boxes = Some(Boxes { items: items.clone(), ..Boxes::default() });
        }
        if self.config.masks {
            let (mask, path) = self.mask("SegmentationClass", &entry.id, &sample)?;
            sample.mask = Some(classes(&mask, &path, self.class_names.len() + 1, Some(VOID))?);
            if self.folder.join("SegmentationObject").is_dir() {
                let (mask, _) = self.mask("SegmentationObject", &entry.id, &sample)?;
                let things = mask.numbers().iter().map(|&number| if number == u16::from(VOID) { 0 } else { number });
                sample.instances = Some(IndexMask::from_parts(mask.size(), things.collect()));
                for (place, item) in sample.boxes.iter_mut().flat_map(|boxes| &mut boxes.items).enumerate() {
                    item.instance = u16::try_from(place + 1).ok();
                }
            }
        }
        Ok(sample)
    }

    fn label(&self, _: usize) -> Option<usize> {
        None
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.entries.get(index).map(|entry| entry.image.as_path())
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}

/// VOC's classes if there is no other, or else those that there are.
fn class_names<'a>(annotations: impl Iterator<Item = &'a Annotation>) -> ClassNames {
    let found = annotations.flat_map(|of| &of.objects).map(|object| object.name.as_str()).collect::<BTreeSet<_>>();
    let voc = ClassNames::voc();
    if found.iter().all(|name| voc.iter().any(|known| known == *name)) { voc } else { ClassNames::new(found) }
}

/// The pictures in a folder by their names without endings.
fn by_stem(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let mut images = BTreeMap::new();
    for (path, _) in entries(folder, has_picture_extension)? {
        if let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned) {
            images.insert(stem, path);
        }
    }
    Ok(images)
}

fn stems(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<String>, DataError> {
    let stem = |(path, _): (PathBuf, _)| match path.file_stem().and_then(|stem| stem.to_str()) {
        Some(stem) => Ok(stem.to_owned()),
        None => Err(FormatError::NotUnicodeName.at(&path)),
    };
    entries(folder, wanted)?.into_iter().map(stem).collect()
}

/// The ids in a list, one a line; what stands after a space, as in the lists of a class, is passed over.
fn ids(path: &Path) -> Result<Vec<String>, DataError> {
    let text = super::text(path, read(path, 1 << 30)?)?;
    let mut ids = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let Some(id) = content.split_whitespace().next() else { continue };
        let mut parts = Path::new(id).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
            return Err(FormatError::Outside { name: super::short(id) }.at_line(path, line));
        }
        ids.push(id.to_owned());
    }
    Ok(ids)
}
