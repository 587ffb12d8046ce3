//! Picture files that a CSV file lists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use striate_core::ClassNames;

use super::csv_rows::{CsvFormat, Row, Rows};
use super::{ClassNumbers, FormatError};
use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Decoding, Image, Sample};

/// Which cells of a CSV file say what.
#[derive(Debug, Clone)]
pub struct CsvFilesConfig {
    /// How the file is written.
    pub format: CsvFormat,
    /// The column of the pictures' paths; none takes `path`, `file`, `filename`, `image` or `image_path`, whichever there
    /// is, or else the first column.
    pub path_column: Option<String>,
    /// The column of the labels; none takes `label`, `labels` or `class`, whichever there is, or else the second column.
    /// The text of a cell is the name of a class, an empty cell no label.
    pub label_column: Option<String>,
    /// Whether there are labels at all.
    pub labelled: bool,
    /// What stands between the labels in a cell of [several](Sample::labels), of which an empty cell has none; none if a
    /// sample has one label.
    pub label_separator: Option<char>,
    /// The column and the texts in it of the rows to read, such as `("split", ["val", "valid"])`; none reads all.
    pub only: Option<(String, Vec<String>)>,
    /// Where relative paths start; none is the folder of the CSV file.
    pub folder: Option<PathBuf>,
    /// The classes, if they are known; otherwise they are those in the rows that are read, by number if all are whole
    /// numbers and else in byte order.
    pub class_names: Option<ClassNames>,
    /// How pictures are read.
    pub decoding: Decoding,
}

impl Default for CsvFilesConfig {
    fn default() -> Self {
        Self {
            format: CsvFormat::default(),
            path_column: None,
            label_column: None,
            labelled: true,
            label_separator: None,
            only: None,
            folder: None,
            class_names: None,
            decoding: Decoding::default(),
        }
    }
}

/// Picture files, and their classes, in the rows of a CSV file.
///
/// Files are looked for when they are read. The [fingerprint](Dataset::fingerprint) covers the class names, and each
/// row's path, as it stands there, and classes; it does not read the pictures.
#[derive(Debug, Clone)]
pub struct CsvFiles {
    rows: Vec<Entry>,
    class_names: ClassNames,
    decoding: Decoding,
    fingerprint: String,
}

#[derive(Debug, Clone)]
struct Entry {
    /// The row's place in the file, from 0.
    row: usize,
    path: PathBuf,
    labels: Labels,
}

#[derive(Debug, Clone)]
enum Labels {
    One(Option<usize>),
    Several(Vec<usize>),
    Unknown,
}

impl CsvFiles {
    /// Reads a CSV file.
    ///
    /// # Errors
    /// [`DataError::Read`] or [`DataError::FileTooLarge`] for the file, and [`DataError::Format`], with the line, for a
    /// row with more or fewer cells than the first, a quote that isn't closed, text that isn't UTF-8, a column that isn't
    /// there, an empty path, and a label that isn't one of the known classes.
    pub fn open(path: &Path, config: &CsvFilesConfig) -> Result<Self, DataError> {
        let rows = Rows::read(path, &config.format)?;
        let path_column = match &config.path_column {
            Some(name) => rows.column(name)?,
            None => guess(&rows, &["path", "file", "filename", "image", "image_path"]).unwrap_or(0),
        };
        let label_column = match &config.label_column {
            _ if !config.labelled => None,
            Some(name) => Some(rows.column(name)?),
            None => match guess(&rows, &["label", "labels", "class"]) {
                Some(column) => Some(column),
                None if rows.columns.len() > 1 => Some(usize::from(path_column == 0)),
                None => Some(rows.column("label")?),
            },
        };
        let only = match &config.only {
            Some((column, texts)) => Some((rows.column(column)?, texts)),
            None => None,
        };
        let chosen = || {
            let is_chosen =
                |row: &Row| only.is_none_or(|(column, texts)| texts.iter().any(|text| text == row.cell(column)));
            rows.iter().enumerate().filter(move |(_, row)| row.as_ref().map_or(true, is_chosen))
        };
        let (mut found, mut count) = (BTreeSet::new(), 0);
        for (_, row) in chosen() {
            let row = row?;
            count += 1;
            if cell(&rows, &row, path_column)?.is_empty() {
                let column = rows.columns[path_column].clone();
                return Err(FormatError::EmptyCell { column }.at_line(path, row.line));
            }
            let labels = label_column.map_or(Ok(""), |column| cell(&rows, &row, column))?;
            for name in names(labels, config.label_separator).filter(|_| config.class_names.is_none()) {
                if !found.contains(name) {
                    found.insert(name.to_owned());
                }
            }
        }
        if count == 0 {
            return Err(FormatError::NoRow.at(path));
        }
        let sorted = || super::sorted_names(found.iter().map(String::as_str).collect());
        let class_names = config.class_names.clone().unwrap_or_else(sorted);
        let numbers = ClassNumbers::new(&class_names);
        let mut hash = Fingerprint::of("csv files").classes(&class_names).decoding(&config.decoding);
        let folder = config.folder.as_deref().or(path.parent()).unwrap_or(Path::new(""));
        let mut entries = Vec::with_capacity(count);
        for (place, row) in chosen() {
            let row = row?;
            let file = row.cell(path_column);
            let text = label_column.map(|column| row.cell(column));
            let number = |name| numbers.number(name).map_err(|error| error.at_line(path, row.line));
            let of_row = names(text.unwrap_or_default(), config.label_separator).map(number);
            let of_row = of_row.collect::<Result<BTreeSet<_>, _>>()?;
            hash = of_row.iter().fold(hash.bytes(file.as_bytes()).number(of_row.len()), |hash, &of| hash.number(of));
            let labels = match (text, config.label_separator) {
                (None, _) => Labels::Unknown,
                (Some(_), None) => Labels::One(of_row.first().copied()),
                (Some(_), Some(_)) => Labels::Several(of_row.into_iter().collect()),
            };
            entries.push(Entry { row: place, path: folder.join(file), labels });
        }
        Ok(Self { rows: entries, class_names, decoding: config.decoding, fingerprint: hash.finish() })
    }

    /// The place of each sample's row in the file, from 0 and without the header.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().map(|entry| entry.row)
    }

    /// The labels of a sample that may have several, without decoding it.
    pub fn labels(&self, index: usize) -> Option<&[usize]> {
        match &self.rows.get(index)?.labels {
            Labels::Several(labels) => Some(labels),
            _ => None,
        }
    }
}

fn guess(rows: &Rows, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| rows.columns.iter().position(|column| column.eq_ignore_ascii_case(name)))
}

/// A cell that names something, and so has no line break, which would come of a quote in the wrong place.
fn cell<'a>(rows: &Rows, row: &'a Row, column: usize) -> Result<&'a str, DataError> {
    let text = row.cell(column);
    if text.contains(['\n', '\r', '\0']) {
        let column = rows.columns[column].clone();
        return Err(FormatError::LineBreak { column }.at_line(&rows.path, row.line));
    }
    Ok(text)
}

/// The labels in a cell.
fn names(cell: &str, separator: Option<char>) -> impl Iterator<Item = &str> {
    let parts = match separator {
        Some(separator) => cell.split(separator).collect(),
        None => vec![cell],
    };
    parts.into_iter().map(str::trim).filter(|name| !name.is_empty())
}

impl Dataset for CsvFiles {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let entry = self.rows.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        let sample = Sample::new(Image::open(&entry.path, self.decoding)?);
        Ok(match &entry.labels {
            Labels::One(label) => Sample { label: *label, ..sample },
            Labels::Several(labels) => sample.with_labels(labels.clone()),
            Labels::Unknown => sample,
        })
    }

    fn label(&self, index: usize) -> Option<usize> {
        match self.rows.get(index)?.labels {
            Labels::One(label) => label,
            _ => None,
        }
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.rows.get(index).map(|entry| entry.path.as_path())
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}
