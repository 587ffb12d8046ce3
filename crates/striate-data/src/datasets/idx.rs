//! IDX, the format of MNIST and its relatives (<http://yann.lecun.com/exdb/mnist/>).

use std::cmp::Ordering;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::bufread::MultiGzDecoder;
use striate_core::ClassNames;

use super::Part;
use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Picture, Sample};

/// Gray pictures of one size in an IDX file, with their labels in another.
///
/// Either file may be compressed with gzip; its content says so, not its name. Values are unsigned bytes. Classes are
/// named by their numbers, 0 to the highest label, unless [other names](Idx::with_class_names) are given.
///
/// Files are read whole, but never for more memory than they really fill: a header that claims more is found out
/// when the data ends, and decompression stops where the header's claim is exceeded.
///
/// The most that the pixels of a file may take, of which the compressed file is a small part: 16 GiB.
const MAX_BYTES: u64 = 16 << 30;

/// The [fingerprint](Dataset::fingerprint) covers all pixels, labels and class names.
pub struct Idx {
    height: usize,
    width: usize,
    /// `[sample, height, width]`.
    pixels: Vec<u8>,
    labels: Option<Vec<u8>>,
    class_names: ClassNames,
    fingerprint: OnceLock<String>,
}

impl Idx {
    /// Reads a file of images and, for labelled ones, a file of labels.
    ///
    /// # Errors
    /// [`DataError::Read`], and one of the other variants that begin with `Idx`, [`DataError::Gzip`] or
    /// [`DataError::LabelCount`] for what is wrong with the content.
    pub fn open(images: &Path, labels: Option<&Path>) -> Result<Self, DataError> {
        Self::from_files(open(images)?, labels.map(open).transpose()?)
    }

    /// Reads one part of a data set from a folder, in which it has MNIST's file names, each as it is or with `.gz`:
    /// `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or `t10k-…` to test on.
    ///
    /// # Errors
    /// [`DataError::IdxFileMissing`] if the images or the labels are not there, and those of [`open`](Self::open).
    pub fn open_dir(folder: &Path, split: Part) -> Result<Self, DataError> {
        let (images, labels) = match split {
            Part::Train => ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
            Part::Test => ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
        };
        Self::open(&find(folder, images)?, Some(&find(folder, labels)?))
    }

    /// Reads the content of a file of images and, for labelled ones, of a file of labels.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); in place of paths they have the names `images` and `labels`.
    pub fn from_bytes(images: &[u8], labels: Option<&[u8]>) -> Result<Self, DataError> {
        Self::from_files((Path::new("images"), images), labels.map(|labels| (Path::new("labels"), labels)))
    }

    /// The same samples with these names for the classes.
    ///
    /// # Errors
    /// [`DataError::LabelOutOfRange`] if a label has no name.
    pub fn with_class_names(self, class_names: ClassNames) -> Result<Self, DataError> {
        let num_classes = class_names.len();
        for (index, &label) in self.labels.iter().flatten().enumerate() {
            let label = usize::from(label);
            if label >= num_classes {
                return Err(DataError::LabelOutOfRange { index, label, num_classes });
            }
        }
        Ok(Self { class_names, fingerprint: OnceLock::new(), ..self })
    }

    fn from_files<R: Read>(images: (&Path, R), labels: Option<(&Path, R)>) -> Result<Self, DataError> {
        let (image_path, file) = images;
        let ([num_images, height, width], pixels) = read(image_path, file, ["count", "height", "width"])?;
        let read_labels = |(label_path, file): (&Path, R)| {
            let ([num_labels], labels) = read(label_path, file, ["count"])?;
            if num_labels != num_images {
                let (images, labels) = (image_path.to_owned(), label_path.to_owned());
                return Err(DataError::LabelCount { images, num_images, labels, num_labels });
            }
            Ok(labels)
        };
        let labels = labels.map(read_labels).transpose()?;
        let highest = labels.iter().flatten().max();
        let class_names = ClassNames::numbered(highest.map_or(0, |&label| usize::from(label) + 1));
        Ok(Self { height, width, pixels, labels, class_names, fingerprint: OnceLock::new() })
    }
}

impl fmt::Debug for Idx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { height, width, class_names, .. } = self;
        let mut text = f.debug_struct("Idx");
        text.field("len", &self.len()).field("height", height).field("width", width);
        text.field("class_names", class_names).finish_non_exhaustive()
    }
}

impl Dataset for Idx {
    fn len(&self) -> usize {
        self.pixels.len() / (self.height * self.width)
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let mut pictures = self.pixels.chunks_exact(self.height * self.width);
        let pixels = pictures.nth(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        let picture = Picture::from_parts(self.height, self.width, 1, pixels.to_vec());
        Ok(Sample { label: self.label(index), ..Sample::new(picture) })
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.labels.as_ref()?.get(index).map(|&label| usize::from(label))
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        let hash = || {
            let hash = Fingerprint::of("idx").number(self.height).number(self.width).bytes(&self.pixels);
            let hash = match &self.labels {
                Some(labels) => hash.number(1).bytes(labels),
                None => hash.number(0),
            };
            hash.classes(&self.class_names).finish()
        };
        self.fingerprint.get_or_init(hash).clone()
    }
}

fn open(path: &Path) -> Result<(&Path, File), DataError> {
    match File::open(path) {
        Ok(file) => Ok((path, file)),
        Err(source) => Err(DataError::Read { path: path.to_owned(), source }),
    }
}

/// Finds a file with this name, or with `.gz` after it.
fn find(folder: &Path, name: &'static str) -> Result<PathBuf, DataError> {
    let candidates = [folder.join(name), folder.join(format!("{name}.gz"))];
    candidates
        .into_iter()
        .find(|path| path.exists())
        .ok_or_else(|| DataError::IdxFileMissing { folder: folder.to_owned(), name })
}

/// The code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// Reads a file, compressed or not: the lengths of its axes, and its values.
fn read<const D: usize>(
    path: &Path,
    mut file: impl Read,
    axes: [&'static str; D],
) -> Result<([usize; D], Vec<u8>), DataError> {
    let unreadable = |source| DataError::Read { path: path.to_owned(), source };
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start).map_err(unreadable)?;
    let compressed = start == [0x1f, 0x8b];
    let whole = BufReader::new(Cursor::new(start).chain(file));
    if compressed {
        parse(path, MultiGzDecoder::new(whole), axes, |source| DataError::Gzip { path: path.to_owned(), source })
    } else {
        parse(path, whole, axes, unreadable)
    }
}

fn parse<const D: usize>(
    path: &Path,
    mut data: impl Read,
    axes: [&'static str; D],
    unreadable: impl Fn(io::Error) -> DataError,
) -> Result<([usize; D], Vec<u8>), DataError> {
    let path = || path.to_owned();
    let header_len = 4 + 4 * D;
    let mut header = Vec::with_capacity(header_len);
    data.by_ref().take(header_len as u64).read_to_end(&mut header).map_err(&unreadable)?;

    let cut_header =
        || DataError::IdxTooShort { path: path(), claimed: header_len as u128, found: header.len() as u64 };
    let [zero_0, zero_1, type_code, num_axes, ref lengths @ ..] = header[..] else { return Err(cut_header()) };
    if [zero_0, zero_1] != [0, 0] {
        return Err(DataError::IdxMagic { path: path(), found: [zero_0, zero_1] });
    }
    if type_code != UNSIGNED_BYTE {
        return Err(DataError::IdxType { path: path(), found: type_code });
    }
    if usize::from(num_axes) != D {
        return Err(DataError::IdxAxes { path: path(), found: num_axes, expected: D });
    }
    if header.len() < header_len {
        return Err(cut_header());
    }
    let mut shape = [0; D];
    for ((length, bytes), axis) in shape.iter_mut().zip(lengths.as_chunks().0).zip(axes) {
        *length = u32::from_be_bytes(*bytes) as usize;
        if *length == 0 {
            return Err(DataError::IdxEmptyAxis { path: path(), axis });
        }
    }

    // No memory is reserved for what the header claims: it grows with what the file has, and at most to one byte more
    // than the claim.
    let num_values = shape.iter().map(|&length| length as u128).product::<u128>();
    let claimed = header_len as u128 + num_values;
    let most = u64::try_from(num_values).unwrap_or(u64::MAX).min(MAX_BYTES) + 1;
    let mut values = Vec::new();
    data.take(most).read_to_end(&mut values).map_err(&unreadable)?;
    if values.len() as u64 > MAX_BYTES {
        return Err(DataError::FileTooLarge { path: path(), max_bytes: MAX_BYTES });
    }
    match (values.len() as u128).cmp(&num_values) {
        Ordering::Less => {
            Err(DataError::IdxTooShort { path: path(), claimed, found: (header_len + values.len()) as u64 })
        }
        Ordering::Greater => Err(DataError::IdxTooLong { path: path(), claimed }),
        Ordering::Equal => {
            values.shrink_to_fit();
            Ok((shape, values))
        }
    }
}
