//! Pictures and masks in two folders.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rayon::prelude::*;
use striate_core::ClassNames;

use super::FormatError;
use super::listing::pictures_below;
use crate::decode::open_index_mask;
use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Decoding, Image, IndexMask, Picture, Sample};

/// What a mask's values are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum MaskKind {
    /// Numbers of classes, which become the sample's [`mask`](Sample::mask).
    #[default]
    Classes,
    /// 0 is class 0 and every other value class 1, as of masks that are black and white.
    Binary,
    /// Numbers of things, of 8 or 16 bits, which become the sample's [`instances`](Sample::instances); 0 is no thing.
    Instances,
}

impl MaskKind {
    /// Its name on the command line: `classes`, `binary` or `instances`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Binary => "binary",
            Self::Instances => "instances",
        }
    }
}

impl FromStr for MaskKind {
    type Err = DataError;

    /// Takes its [name](Self::name).
    ///
    /// # Errors
    /// [`DataError::UnknownMaskKind`] for another name.
    fn from_str(name: &str) -> Result<Self, DataError> {
        let found = [Self::Classes, Self::Binary, Self::Instances].into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| DataError::UnknownMaskKind { name: name.to_owned() })
    }
}

/// How pictures and masks belong together, and how they are read.
#[derive(Debug, Clone)]
pub struct PairsConfig {
    /// What the masks' values are.
    pub kind: MaskKind,
    /// What stands at the end of a mask's name, before its ending, and not of its picture's, such as `_mask`. With one, both may
    /// be in one folder.
    pub mask_suffix: String,
    /// The names of the classes, from 0, which is mostly the background; none if they aren't known, and then a mask may
    /// have any value.
    pub class_names: Option<ClassNames>,
    /// The value of pixels that belong to no class, such as 255, which is none of the class names.
    pub void: Option<u8>,
    /// How pictures are read, and how large masks may be. Masks are those of the stored pixels, so an EXIF orientation is
    /// left alone by default.
    pub decoding: Decoding,
}

impl Default for PairsConfig {
    fn default() -> Self {
        let decoding = Decoding { orientation: false, ..Decoding::default() };
        Self { kind: MaskKind::default(), mask_suffix: String::new(), class_names: None, void: None, decoding }
    }
}

/// Pictures in one folder, and for each a mask with the same name in another. The ending of the name may be another;
/// both folders may have folders in them, which then agree.
///
/// A mask is a PNG with a palette or gray of 1 to 16 bits, or a gray TIFF. Of a palette the places
/// count and not the colors, and of gray the stored values: a mask of 1 bit has 0 and 1.
///
/// The [fingerprint](Dataset::fingerprint) covers the class names and the paths and lengths in bytes of all files. It
/// does not read them.
#[derive(Debug, Clone)]
pub struct Pairs {
    files: Vec<(PathBuf, PathBuf)>,
    config: PairsConfig,
    class_names: ClassNames,
    fingerprint: String,
}

impl Pairs {
    /// Lists two folders.
    ///
    /// # Errors
    /// [`DataError::Read`] if a folder can't be read, [`DataError::NoPicture`] if there is nothing in it, and
    /// [`DataError::Format`] for a picture without mask, a mask without picture, or two files of one name.
    pub fn open(images: &Path, masks: &Path, config: PairsConfig) -> Result<Self, DataError> {
        let mut of_images = by_stem(images, "")?;
        if images == masks && !config.mask_suffix.is_empty() {
            let is_mask = |stem: &OsString| stem.to_str().is_some_and(|stem| stem.ends_with(&config.mask_suffix));
            of_images.retain(|stem, _| !is_mask(stem));
        }
        let mut of_masks = by_stem(masks, &config.mask_suffix)?;
        let class_names = config.class_names.clone().unwrap_or_else(|| ClassNames::numbered(0));
        let mut hash = Fingerprint::of("pairs").classes(&class_names).number(config.kind as usize);
        hash = hash.decoding(&config.decoding).number(config.void.map_or(256, usize::from));
        let mut files = Vec::with_capacity(of_images.len());
        for (stem, (image, image_len)) in of_images {
            let Some((mask, mask_len)) = of_masks.remove(&stem) else {
                return Err(FormatError::NoPartner { kind: "mask", folder: masks.to_owned() }.at(&image));
            };
            hash = hash.bytes(stem.as_encoded_bytes()).bytes(&image_len.to_le_bytes()).bytes(&mask_len.to_le_bytes());
            files.push((image, mask));
        }
        if let Some((mask, _)) = of_masks.into_values().next() {
            return Err(FormatError::NoPartner { kind: "picture", folder: images.to_owned() }.at(&mask));
        }
        Ok(Self { files, config, class_names, fingerprint: hash.finish() })
    }

    /// The files of a sample: its picture's and its mask's.
    pub fn paths(&self, index: usize) -> Option<(&Path, &Path)> {
        self.files.get(index).map(|(image, mask)| (image.as_path(), mask.as_path()))
    }

    /// The highest value of all masks that isn't void, for which each of them is read.
    ///
    /// # Errors
    /// Those of reading a mask; [`DataError::Format`] for a value over 255 where values are classes, and for masks that are
    /// black and white but should have classes.
    pub fn highest_class(&self) -> Result<u8, DataError> {
        let look = |(_, path): &(PathBuf, PathBuf)| {
            let mask = self.class_mask(&open_index_mask(path, self.config.decoding.limits)?, path)?;
            let is_void = |class: &u8| Some(*class) == self.config.void;
            let highest = mask.pixels().iter().copied().filter(|class| !is_void(class)).max().unwrap_or(0);
            Ok((highest, mask.pixels().iter().any(is_void)))
        };
        let seen = self.files.par_iter().map(look).collect::<Vec<Result<_, DataError>>>();
        let seen = seen.into_iter().collect::<Result<Vec<_>, _>>()?;
        let highest = seen.iter().map(|(highest, _)| *highest).max().unwrap_or(0);
        match seen.iter().zip(&self.files).find(|((_, has_void), _)| *has_void) {
            Some((_, (_, path))) if highest == 0 => Err(FormatError::BlackAndWhite.at(path)),
            _ => Ok(highest),
        }
    }

    fn class_mask(&self, mask: &IndexMask, path: &Path) -> Result<Picture, DataError> {
        if self.config.kind == MaskKind::Binary {
            let pixels = mask.numbers().iter().map(|&number| u8::from(number > 0)).collect();
            return Ok(Picture::from_parts(mask.size()[0], mask.size()[1], 1, pixels));
        }
        let num_classes = self.config.class_names.as_ref().map_or(usize::MAX, ClassNames::len);
        classes(mask, path, num_classes, self.config.void)
    }
}

/// The pictures below a folder by their paths in it, without endings and suffix.
fn by_stem(folder: &Path, suffix: &str) -> Result<BTreeMap<OsString, (PathBuf, u64)>, DataError> {
    let mut files = BTreeMap::new();
    for (path, len) in pictures_below(folder)? {
        let stem = path.strip_prefix(folder).unwrap_or(&path).with_extension("");
        let stem = match (stem.to_str().map(|stem| stem.strip_suffix(suffix)), suffix) {
            (_, "") => stem.into_os_string(),
            (Some(Some(stem)), _) => OsString::from(stem),
            // In a folder of pictures and masks the others are pictures.
            _ => continue,
        };
        if let Some((other, _)) = files.insert(stem, (path.clone(), len)) {
            return Err(FormatError::SameStem { other }.at(&path));
        }
    }
    if files.is_empty() { Err(DataError::NoPicture { path: folder.to_owned() }) } else { Ok(files) }
}

impl Dataset for Pairs {
    fn len(&self) -> usize {
        self.files.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let (image, path) = self.files.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        let sample = Sample::new(Image::open(image, self.config.decoding)?);
        let mask = open_index_mask(path, self.config.decoding.limits)?;
        check_size(&mask, &sample, path)?;
        match self.config.kind {
            MaskKind::Instances => Ok(sample.with_instances(mask)),
            MaskKind::Binary | MaskKind::Classes => Ok(sample.with_mask(self.class_mask(&mask, path)?)),
        }
    }

    fn label(&self, _: usize) -> Option<usize> {
        None
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.files.get(index).map(|(image, _)| image.as_path())
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}

/// Refuses a mask that isn't as large as its picture.
pub(super) fn check_size(mask: &IndexMask, sample: &Sample, path: &Path) -> Result<(), DataError> {
    let [mask, image] = [mask.size(), sample.image.size()];
    if mask == image { Ok(()) } else { Err(FormatError::MaskSize { mask, image }.at(path)) }
}

/// A mask of classes, of which there are so many and void.
pub(super) fn classes(
    mask: &IndexMask,
    path: &Path,
    num_classes: usize,
    void: Option<u8>,
) -> Result<Picture, DataError> {
    let wrong = mask.numbers().iter().position(|&number| {
        let is_void = void.is_some_and(|void| number == u16::from(void));
        !is_void && (usize::from(number) >= num_classes || number > 255)
    });
    match (wrong, mask.to_classes()) {
        (None, Some(classes)) => Ok(classes),
        (place, _) => {
            let place = place.unwrap_or_default();
            let width = mask.size()[1];
            let (row, column, class) = (place / width, place % width, mask.numbers()[place]);
            Err(FormatError::MaskClass { class, row, column, num_classes: num_classes.min(256) }.at(path))
        }
    }
}
