//! A folder for each class.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use striate_core::ClassNames;
use striate_core::nearest::nearest;

use super::listing::{entries, has_picture_extension};
use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Decoding, Image, Sample};

/// Picture files in a folder for each class; the folder's name is the class's.
///
/// Classes and the files of a class are in the byte order of their names. Pictures are the files that end in `.png`,
/// `.jpg`, `.jpeg`, `.gif`, `.webp`, `.bmp`, `.tif` or `.tiff`, in capitals or not; what they really are shows when one
/// is [read](Image::open). Names that
/// begin with a dot are passed over, as are other files and folders within a class's folder. Symbolic links are
/// followed.
///
/// The [fingerprint](Dataset::fingerprint) covers the class names, and each file's path within the folder, length in
/// bytes and class. It does not read the files, so it misses a change that keeps a file's name and length.
#[derive(Debug, Clone)]
pub struct Folder {
    files: Vec<File>,
    class_names: ClassNames,
    decoding: Decoding,
    fingerprint: String,
}

#[derive(Debug, Clone)]
struct File {
    path: PathBuf,
    class: usize,
}

impl Folder {
    /// Lists a folder. Its folders are the classes.
    ///
    /// # Errors
    /// [`DataError::NoClassFolder`], [`DataError::EmptyClassFolder`], [`DataError::ClassNameNotUnicode`] for what the
    /// folder lacks; [`DataError::Read`] if it can't be read or has a link to nowhere.
    pub fn open(folder: &Path, decoding: impl Into<Decoding>) -> Result<Self, DataError> {
        let classes = class_folders(folder)?;
        let class_names = ClassNames::new(classes.iter().map(|class| &class.name));
        Self::list(classes.into_iter().enumerate(), class_names, decoding.into())
    }

    /// Lists a folder whose classes are known already, as those to validate and test on are from the one to train on.
    ///
    /// It may lack some of the classes.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and [`DataError::UnknownClassFolder`].
    pub fn open_with_classes(
        folder: &Path,
        class_names: &ClassNames,
        decoding: impl Into<Decoding>,
    ) -> Result<Self, DataError> {
        let number = |class: ClassFolder| match class_names.iter().position(|name| name == class.name) {
            Some(number) => Ok((number, class)),
            None => Err(DataError::UnknownClassFolder {
                path: class.path,
                num_classes: class_names.len(),
                nearest: nearest(&class.name, class_names.iter()).map(str::to_owned),
            }),
        };
        let classes = class_folders(folder)?.into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
        Self::list(classes, class_names.clone(), decoding.into())
    }

    fn list(
        classes: impl IntoIterator<Item = (usize, ClassFolder)>,
        class_names: ClassNames,
        decoding: Decoding,
    ) -> Result<Self, DataError> {
        let mut hash = Fingerprint::of("folder").classes(&class_names).decoding(&decoding);
        let mut files = Vec::new();
        for (class, ClassFolder { name, path: folder }) in classes {
            let before = files.len();
            for (path, metadata) in entries(&folder, has_picture_extension)? {
                if metadata.is_file() {
                    let file_name = path.file_name().unwrap_or_default();
                    hash = hash.bytes(name.as_bytes()).bytes(file_name.as_encoded_bytes());
                    hash = hash.bytes(&metadata.len().to_le_bytes()).number(class);
                    files.push(File { path, class });
                }
            }
            if files.len() == before {
                return Err(DataError::EmptyClassFolder { path: folder });
            }
        }
        Ok(Self { files, class_names, decoding, fingerprint: hash.finish() })
    }
}

impl Dataset for Folder {
    fn len(&self) -> usize {
        self.files.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let file = self.files.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        Ok(Sample::new(Image::open(&file.path, self.decoding)?).with_label(file.class))
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.files.get(index).map(|file| file.class)
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.files.get(index).map(|file| file.path.as_path())
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}

struct ClassFolder {
    name: String,
    path: PathBuf,
}

fn class_folders(folder: &Path) -> Result<Vec<ClassFolder>, DataError> {
    let mut classes = Vec::new();
    for (path, metadata) in entries(folder, |_| true)? {
        if metadata.is_dir() {
            match path.file_name().and_then(OsStr::to_str) {
                Some(name) => classes.push(ClassFolder { name: name.to_owned(), path }),
                None => return Err(DataError::ClassNameNotUnicode { path }),
            }
        }
    }
    if classes.is_empty() {
        return Err(DataError::NoClassFolder { path: folder.to_owned() });
    }
    Ok(classes)
}
