//! CIFAR-10 and CIFAR-100 (Krizhevsky 2009, <https://www.cs.toronto.edu/~kriz/cifar.html>), the binary versions.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use striate_core::ClassNames;

use super::{FormatError, Part};
use crate::fingerprint::Fingerprint;
use crate::read::read;
use crate::{DataError, Dataset, Picture, Sample};

const SIDE: usize = 32;
const AREA: usize = SIDE * SIDE;
const PIXELS: usize = 3 * AREA;
/// Seven times the largest of the published files.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Which of CIFAR-100's two labels is the sample's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CifarLabels {
    /// One of 100 classes, such as `maple_tree`.
    #[default]
    Fine,
    /// One of 20 superclasses, such as `trees`.
    Coarse,
}

/// Color pictures of 32x32 px of CIFAR's binary files.
///
/// Class names are those of the names file beside them, or else the published ones. Of CIFAR-100 the label that is not
/// the sample's stands by its name in its meta data, as `coarse` or `fine`.
///
/// The [fingerprint](Dataset::fingerprint) covers all pixels, labels and class names.
pub struct Cifar {
    /// `[sample, channel, height, width]`.
    pixels: Vec<u8>,
    labels: Vec<u8>,
    class_names: ClassNames,
    other: Option<OtherLabels>,
    fingerprint: OnceLock<String>,
}

struct OtherLabels {
    name: &'static str,
    labels: Vec<u8>,
    class_names: ClassNames,
}

impl Cifar {
    /// Reads CIFAR-10: `data_batch_1.bin` to `data_batch_5.bin`, or `test_batch.bin`, from a folder or from
    /// `cifar-10-batches-bin` in it. Names come from `batches.meta.txt`.
    ///
    /// # Errors
    /// [`DataError::Read`] if a file can't be read, and [`DataError::Format`] for one that isn't whole records of 3,073
    /// bytes, has a label over 9, or doesn't have ten names.
    pub fn cifar10(folder: &Path, part: Part) -> Result<Self, DataError> {
        let folder = inner(folder, "cifar-10-batches-bin");
        let class_names = class_names(&folder, "batches.meta.txt", 10)?.unwrap_or_else(ClassNames::cifar10);
        let files = match part {
            Part::Train => (1..=5).map(|number| format!("data_batch_{number}.bin")).collect(),
            Part::Test => vec!["test_batch.bin".to_owned()],
        };
        let mut data = Records::default();
        for file in files {
            data.read(&folder.join(file), &[("label", 10)])?;
        }
        let [labels, _] = data.labels;
        Ok(Self { pixels: data.pixels, labels, class_names, other: None, fingerprint: OnceLock::new() })
    }

    /// Reads CIFAR-100: `train.bin` or `test.bin`, from a folder or from `cifar-100-binary` in it. Names come from
    /// `fine_label_names.txt` and `coarse_label_names.txt`.
    ///
    /// # Errors
    /// [`DataError::Read`] if a file can't be read, and [`DataError::Format`] for one that isn't whole records of 3,074
    /// bytes, has a coarse label over 19 or a fine one over 99, or doesn't have as many names.
    pub fn cifar100(folder: &Path, part: Part, labels: CifarLabels) -> Result<Self, DataError> {
        let folder = inner(folder, "cifar-100-binary");
        let fine_names = class_names(&folder, "fine_label_names.txt", 100)?.unwrap_or_else(ClassNames::cifar100);
        let coarse_names = class_names(&folder, "coarse_label_names.txt", 20)?;
        let coarse_names = coarse_names.unwrap_or_else(|| ClassNames::new(COARSE));
        let file = match part {
            Part::Train => "train.bin",
            Part::Test => "test.bin",
        };
        let mut data = Records::default();
        data.read(&folder.join(file), &[("coarse label", 20), ("fine label", 100)])?;
        let [coarse, fine] = data.labels;
        let (labels, class_names, other) = match labels {
            CifarLabels::Fine => {
                (fine, fine_names, OtherLabels { name: "coarse", labels: coarse, class_names: coarse_names })
            }
            CifarLabels::Coarse => {
                (coarse, coarse_names, OtherLabels { name: "fine", labels: fine, class_names: fine_names })
            }
        };
        Ok(Self { pixels: data.pixels, labels, class_names, other: Some(other), fingerprint: OnceLock::new() })
    }
}

impl fmt::Debug for Cifar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cifar")
            .field("len", &self.len())
            .field("class_names", &self.class_names)
            .finish_non_exhaustive()
    }
}

impl Dataset for Cifar {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let planes = self.pixels.chunks_exact(PIXELS).nth(index);
        let planes = planes.ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        let (red, rest) = planes.split_at(AREA);
        let (green, blue) = rest.split_at(AREA);
        let pixels = red.iter().zip(green).zip(blue).flat_map(|((&red, &green), &blue)| [red, green, blue]).collect();
        let sample = Sample::new(Picture::from_parts(SIDE, SIDE, 3, pixels));
        let sample = sample.with_label(usize::from(self.labels[index]));
        Ok(match &self.other {
            Some(other) => {
                let name = other.class_names.get(usize::from(other.labels[index])).unwrap_or_default();
                sample.with_meta(other.name, name)
            }
            None => sample,
        })
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.labels.get(index).map(|&label| usize::from(label))
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        let hash =
            || Fingerprint::of("cifar").bytes(&self.pixels).bytes(&self.labels).classes(&self.class_names).finish();
        self.fingerprint.get_or_init(hash).clone()
    }
}

#[derive(Default)]
struct Records {
    pixels: Vec<u8>,
    labels: [Vec<u8>; 2],
}

impl Records {
    /// Adds a file's records: one byte for each kind of label, then the planes of red, green and blue.
    fn read(&mut self, path: &Path, kinds: &[(&'static str, u8)]) -> Result<(), DataError> {
        let bytes = read(path, MAX_FILE_BYTES)?;
        let record = kinds.len() + PIXELS;
        if bytes.is_empty() || bytes.len() % record != 0 {
            return Err(FormatError::CifarLength { found: bytes.len(), record }.at(path));
        }
        self.pixels.reserve(bytes.len() / record * PIXELS);
        for (index, bytes) in bytes.chunks_exact(record).enumerate() {
            let (labels, pixels) = bytes.split_at(kinds.len());
            for ((&label, &(kind, num_classes)), all) in labels.iter().zip(kinds).zip(&mut self.labels) {
                if label >= num_classes {
                    return Err(FormatError::CifarLabel { index, kind, label, num_classes }.at(path));
                }
                all.push(label);
            }
            self.pixels.extend_from_slice(pixels);
        }
        Ok(())
    }
}

/// The folder itself, or the one in it that the published archive makes.
fn inner(folder: &Path, name: &str) -> PathBuf {
    let inner = folder.join(name);
    if inner.is_dir() { inner } else { folder.to_owned() }
}

/// The names in a file, one a line; none if there is no such file.
fn class_names(folder: &Path, name: &str, expected: usize) -> Result<Option<ClassNames>, DataError> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let names = super::names_file(&path)?;
    if names.len() != expected {
        return Err(FormatError::NameCount { found: names.len(), expected }.at(&path));
    }
    Ok(Some(names))
}

/// CIFAR-100's superclasses, as `coarse_label_names.txt` has them.
const COARSE: [&str; 20] = [
    "aquatic_mammals",
    "fish",
    "flowers",
    "food_containers",
    "fruit_and_vegetables",
    "household_electrical_devices",
    "household_furniture",
    "insects",
    "large_carnivores",
    "large_man-made_outdoor_things",
    "large_natural_outdoor_scenes",
    "large_omnivores_and_herbivores",
    "medium_mammals",
    "non-insect_invertebrates",
    "people",
    "reptiles",
    "small_mammals",
    "trees",
    "vehicles_1",
    "vehicles_2",
];
