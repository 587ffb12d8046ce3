//! Data by name, as in recipes and on the command line.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use striate_core::ClassNames;

use super::csv_rows::Rows;
use super::*;
use crate::{DataError, Dataset, Decoding, Depth};

/// Data by name.
///
/// ```
/// use striate_data::Source;
///
/// let source = "folder:photos".parse::<Source>()?;
/// assert_eq!((source.kind(), source.to_string().as_str()), ("folder", "folder:photos"));
/// assert!("folders:photos".parse::<Source>().unwrap_err().to_string().contains("did you mean \"folder\"?"));
/// # Ok::<(), striate_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// `digits`: the embedded handwritten digits (feature `digits`).
    Digits,
    /// `idx:DIR`: [MNIST's four files](Idx) in a folder.
    Idx(PathBuf),
    /// `cifar10:DIR`: [CIFAR-10](Cifar) in a folder.
    Cifar10(PathBuf),
    /// `cifar100:DIR`: [CIFAR-100](Cifar) with its fine labels in a folder.
    Cifar100(PathBuf),
    /// `folder:DIR`: a [folder for each class](Folder), below `train/`, `val/` and `test/` if those are there.
    Folder(PathBuf),
    /// `csv:FILE`: a [file of paths and labels](CsvFiles); a column `split` says which rows are `train`, `val` and `test`.
    Csv(PathBuf),
    /// `voc:DIR`: [Pascal VOC](Voc) in a folder, with its lists `train`, `val` and `test` if they are there.
    Voc(PathBuf),
    /// `coco:IMAGES,ANNOTATIONS`: a folder of pictures and [COCO's annotations](Coco) of them. `{split}` in either stands
    /// for `train`, `val` and `test`.
    Coco(PathBuf, PathBuf),
    /// `pairs:IMAGES,MASKS`: [pictures and masks](Pairs) in two folders, below `train/`, `val/` and `test/` if those are
    /// there. Masks are of classes, of which 255 is none; `pairs:IMAGES,MASKS,binary` and `pairs:IMAGES,MASKS,instances` read
    /// them as [other kinds](MaskKind).
    Pairs(PathBuf, PathBuf, MaskKind),
    /// `windows:DATA`: square [windows](Windows) about the things of data with boxes, and where there is nothing.
    Windows(Box<Self>),
}

const KINDS: [&str; 10] = ["digits", "idx", "cifar10", "cifar100", "folder", "csv", "voc", "coco", "pairs", "windows"];
const KNOWN: &str = "digits, idx:DIR, cifar10:DIR, cifar100:DIR, folder:DIR, csv:FILE, voc:DIR, \
                     coco:IMAGES,ANNOTATIONS, pairs:IMAGES,MASKS[,binary|instances], windows:DATA";
const SPLIT: &str = "{split}";

/// The file of class names beside masks.
const NAMES: &str = "classes.txt";

/// The value of mask pixels that are of no class.
const VOID: u8 = 255;

impl FromStr for Source {
    type Err = DataError;

    /// # Errors
    /// [`DataError::UnknownSource`] with what is known.
    fn from_str(data: &str) -> Result<Self, DataError> {
        let (kind, place) = data.split_once(':').map_or((data, None), |(kind, place)| (kind, Some(place)));
        let one = place.filter(|place| !place.is_empty()).map(PathBuf::from);
        let two = place.and_then(|place| place.split_once(',')).filter(|(one, two)| !one.is_empty() && !two.is_empty());
        let two = two.map(|(one, two)| (one.into(), two.into()));
        let source = match kind {
            "digits" if place.is_none() && cfg!(feature = "digits") => Some(Self::Digits),
            "idx" => one.map(Self::Idx),
            "cifar10" => one.map(Self::Cifar10),
            "cifar100" => one.map(Self::Cifar100),
            "folder" => one.map(Self::Folder),
            "csv" => one.map(Self::Csv),
            "voc" => one.map(Self::Voc),
            "coco" => two.map(|(images, annotations)| Self::Coco(images, annotations)),
            "pairs" => place.and_then(pairs),
            "windows" => match place.map(Self::from_str).transpose()? {
                Some(data @ (Self::Voc(_) | Self::Coco(..))) => Some(Self::Windows(Box::new(data))),
                _ => None,
            },
            _ => None,
        };
        source.ok_or_else(|| {
            let nearest = match KINDS.contains(&kind) {
                true => None,
                false => striate_core::nearest::nearest(kind, KINDS).map(str::to_owned),
            };
            DataError::UnknownSource { data: data.to_owned(), nearest, known: KNOWN }
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Digits => Ok(()),
            Self::Idx(place)
            | Self::Cifar10(place)
            | Self::Cifar100(place)
            | Self::Folder(place)
            | Self::Csv(place)
            | Self::Voc(place) => write!(f, ":{}", place.display()),
            Self::Coco(one, two) | Self::Pairs(one, two, MaskKind::Classes) => {
                write!(f, ":{},{}", one.display(), two.display())
            }
            Self::Pairs(one, two, kind) => write!(f, ":{},{},{}", one.display(), two.display(), kind.name()),
            Self::Windows(data) => write!(f, ":{data}"),
        }
    }
}

impl Source {
    /// The kind of data, without its place.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Idx(_) => "idx",
            Self::Cifar10(_) => "cifar10",
            Self::Cifar100(_) => "cifar100",
            Self::Folder(_) => "folder",
            Self::Csv(_) => "csv",
            Self::Voc(_) => "voc",
            Self::Coco(..) => "coco",
            Self::Pairs(..) => "pairs",
            Self::Windows(_) => "windows",
        }
    }

    /// The parts that the data has. What is not divided is all to train on.
    ///
    /// # Errors
    /// Those of reading a CSV file, for `csv:FILE`.
    pub fn modes(&self) -> Result<Vec<Mode>, DataError> {
        self.modes_for(Purpose::Any)
    }

    /// The parts that the data has for a purpose: Pascal VOC has other lists for segmentation.
    ///
    /// # Errors
    /// Those of reading a CSV file, for `csv:FILE`.
    pub fn modes_for(&self, purpose: Purpose) -> Result<Vec<Mode>, DataError> {
        let there = |is_there: &dyn Fn(Mode) -> bool| {
            let there = Mode::ALL.into_iter().filter(|&mode| is_there(mode)).collect::<Vec<_>>();
            if there.contains(&Mode::Train) { there } else { vec![Mode::Train] }
        };
        Ok(match self {
            Self::Digits | Self::Idx(_) | Self::Cifar10(_) | Self::Cifar100(_) => vec![Mode::Train, Mode::Test],
            Self::Folder(folder) | Self::Pairs(folder, ..) => there(&|mode| folder.join(mode.name()).is_dir()),
            Self::Voc(folder) => there(&|mode| voc_list(folder, mode, purpose).is_file()),
            Self::Coco(_, annotations) if has_split(annotations) => {
                there(&|mode| with_split(annotations, mode).is_file())
            }
            Self::Coco(..) => vec![Mode::Train],
            Self::Windows(data) => data.modes_for(Purpose::Detection)?,
            Self::Csv(file) => match csv_splits(file)? {
                Some(splits) => there(&|mode| splits.contains(&mode)),
                None => vec![Mode::Train],
            },
        })
    }

    /// Opens one part. Classes are numbered as they are in `classes`, if they are known from the part to train on.
    ///
    /// # Errors
    /// [`DataError::NoMode`] if the data hasn't this part, and those of its reader.
    pub fn open(&self, mode: Mode, classes: Option<&ClassNames>) -> Result<Arc<dyn Dataset>, DataError> {
        self.open_for(Purpose::Any, mode, classes)
    }

    /// Opens one part for a purpose.
    ///
    /// For segmentation, class names are those of the masks' values: VOC's and COCO's begin with the
    /// [background](WithBackground), as the classes of labels and boxes then do, and those of `pairs` are in a file
    /// `classes.txt`, one a line, in the folder of masks or beside it. Without one they are numbers, and all masks are read
    /// once to find the highest, unless `classes` are known. Black and white masks have `background` and `foreground`.
    ///
    /// # Errors
    /// [`DataError::NoTarget`] if data of this kind hasn't what the purpose needs, and those of [`open`](Self::open).
    pub fn open_for(
        &self,
        purpose: Purpose,
        mode: Mode,
        classes: Option<&ClassNames>,
    ) -> Result<Arc<dyn Dataset>, DataError> {
        self.open_with_depth(purpose, mode, classes, Depth::default())
    }

    /// Opens one part for a purpose, its picture files with this depth.
    ///
    /// # Errors
    /// Those of [`open_for`](Self::open_for).
    pub fn open_with_depth(
        &self,
        purpose: Purpose,
        mode: Mode,
        classes: Option<&ClassNames>,
        depth: Depth,
    ) -> Result<Arc<dyn Dataset>, DataError> {
        self.check_purpose(purpose)?;
        let modes = self.modes_for(purpose)?;
        if !modes.contains(&mode) {
            let there = modes.iter().map(|mode| mode.name()).collect::<Vec<_>>().join(", ");
            return Err(DataError::NoMode { data: self.to_string(), mode, there });
        }
        let part = if mode == Mode::Test { Part::Test } else { Part::Train };
        let class_names = classes.cloned();
        let with_depth = |decoding| Decoding { depth, ..decoding };
        let decoding = with_depth(Decoding::default());
        let masks = purpose == Purpose::Segmentation;
        Ok(match self {
            #[cfg(feature = "digits")]
            Self::Digits => Arc::new(if part == Part::Train { Digits::train() } else { Digits::test() }),
            #[cfg(not(feature = "digits"))]
            Self::Digits => {
                return Err(DataError::UnknownSource { data: self.to_string(), nearest: None, known: KNOWN });
            }
            Self::Idx(folder) => Arc::new(Idx::open_dir(folder, part)?),
            Self::Cifar10(folder) => Arc::new(Cifar::cifar10(folder, part)?),
            Self::Cifar100(folder) => Arc::new(Cifar::cifar100(folder, part, CifarLabels::Fine)?),
            Self::Folder(folder) => {
                let folder = below(folder, mode);
                Arc::new(match classes {
                    Some(classes) => Folder::open_with_classes(&folder, classes, decoding)?,
                    None => Folder::open(&folder, decoding)?,
                })
            }
            Self::Csv(file) => {
                let texts = || mode.names().iter().map(|&name| name.to_owned()).collect();
                let only = csv_splits(file)?.is_some().then(|| ("split".to_owned(), texts()));
                let config = CsvFilesConfig { only, class_names, decoding, ..CsvFilesConfig::default() };
                Arc::new(CsvFiles::open(file, &config)?)
            }
            Self::Voc(folder) => {
                let set = voc_list(folder, mode, purpose).is_file().then(|| mode.name().to_owned());
                let class_names = classes.map(|names| for_things(names, masks));
                let config = VocConfig::default();
                let decoding = with_depth(config.decoding);
                with_background(Voc::open(folder, VocConfig { set, masks, class_names, decoding, ..config })?, masks)
            }
            Self::Coco(images, annotations) => {
                let class_names = classes.map(|names| for_things(names, masks));
                let config = CocoConfig::default();
                let config = CocoConfig { masks, class_names, decoding: with_depth(config.decoding), ..config };
                with_background(Coco::open(&with_split(images, mode), &with_split(annotations, mode), config)?, masks)
            }
            Self::Pairs(images, masks, kind) => {
                let class_names = match class_names {
                    None if purpose == Purpose::Segmentation => names_of_masks(images, masks, *kind, mode)?,
                    names => names,
                };
                let config = PairsConfig { kind: *kind, class_names, void: Some(VOID), ..PairsConfig::default() };
                let config = PairsConfig { decoding: with_depth(config.decoding), ..config };
                Arc::new(Pairs::open(&below(images, mode), &below(masks, mode), config)?)
            }
            Self::Windows(data) => {
                let things =
                    classes.map(|names| ClassNames::new(names.iter().filter(|&name| name != Windows::BACKGROUND)));
                let data = data.open_with_depth(Purpose::Detection, mode, things.as_ref(), depth)?;
                Arc::new(Windows::new(data, WindowsConfig::default())?)
            }
        })
    }

    fn check_purpose(&self, purpose: Purpose) -> Result<(), DataError> {
        let (can, known) = match (purpose, self) {
            (Purpose::Any, _) => (true, ""),
            (Purpose::Detection, source) => (matches!(source, Self::Voc(_) | Self::Coco(..)), "voc and coco"),
            (Purpose::Segmentation, Self::Pairs(.., kind)) => (*kind != MaskKind::Instances, "masks of classes"),
            (Purpose::Segmentation, source) => (matches!(source, Self::Voc(_) | Self::Coco(..)), "voc, coco and pairs"),
        };
        if can { Ok(()) } else { Err(DataError::NoTarget { data: self.to_string(), purpose, known }) }
    }
}

/// The folder of a part, or the whole one if it isn't divided.
fn below(folder: &Path, mode: Mode) -> PathBuf {
    let below = folder.join(mode.name());
    if below.is_dir() { below } else { folder.to_owned() }
}

fn voc_list(folder: &Path, mode: Mode, purpose: Purpose) -> PathBuf {
    let kind = if purpose == Purpose::Segmentation { "Segmentation" } else { "Main" };
    folder.join("ImageSets").join(kind).join(mode.name()).with_extension("txt")
}

/// Two folders, and what the masks in the second are.
fn pairs(place: &str) -> Option<Source> {
    let (place, kind) = match place.rsplit_once(',') {
        Some((place, kind)) if kind.parse::<MaskKind>().is_ok() && place.contains(',') => (place, kind.parse().ok()?),
        _ => (place, MaskKind::Classes),
    };
    let (images, masks) = place.split_once(',').filter(|(images, masks)| !images.is_empty() && !masks.is_empty())?;
    Some(Source::Pairs(images.into(), masks.into(), kind))
}

/// Names of the classes that things have, of those that masks may have.
fn for_things(names: &ClassNames, masks: bool) -> ClassNames {
    let things = if masks { WithBackground::things(names) } else { None };
    things.unwrap_or_else(|| names.clone())
}

/// Numbers classes as masks do, if there are masks.
fn with_background(dataset: impl Dataset + 'static, masks: bool) -> Arc<dyn Dataset> {
    let dataset = Arc::new(dataset);
    if masks { Arc::new(WithBackground::new(dataset)) } else { dataset }
}

/// The names of the classes in masks: those in a file, or numbers up to the highest.
fn names_of_masks(images: &Path, masks: &Path, kind: MaskKind, mode: Mode) -> Result<Option<ClassNames>, DataError> {
    let beside = masks.parent().map(|folder| folder.join(NAMES));
    if let Some(file) = [Some(masks.join(NAMES)), beside].into_iter().flatten().find(|file| file.is_file()) {
        return names_file(&file).map(Some);
    }
    if kind == MaskKind::Binary {
        return Ok(Some(ClassNames::new(["background", "foreground"])));
    }
    let config = PairsConfig { kind, void: Some(VOID), ..PairsConfig::default() };
    let highest = Pairs::open(&below(images, mode), &below(masks, mode), config)?.highest_class()?;
    Ok(Some(ClassNames::numbered(usize::from(highest) + 1)))
}

fn has_split(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.contains(SPLIT))
}

fn with_split(path: &Path, mode: Mode) -> PathBuf {
    path.to_str().map_or_else(|| path.to_owned(), |path| path.replace(SPLIT, mode.name()).into())
}

/// The parts that a CSV file names in its column `split`; none if it has no such column.
fn csv_splits(file: &Path) -> Result<Option<Vec<Mode>>, DataError> {
    let rows = Rows::read(file, &CsvFormat::default())?;
    let Some(column) = rows.columns.iter().position(|name| name == "split") else { return Ok(None) };
    let mut modes = BTreeSet::new();
    for row in rows.iter() {
        let row = row?;
        let mode = row.cell(column).parse::<Mode>();
        modes.insert(mode.map_err(|_| FormatError::Split { text: short(row.cell(column)) }.at_line(file, row.line))?);
    }
    Ok(Some(modes.into_iter().collect()))
}
