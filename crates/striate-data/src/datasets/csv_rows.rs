//! The rows of CSV files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use striate_core::nearest::nearest;

use super::FormatError;
use crate::DataError;
use crate::read::read;

/// How a CSV file is written (RFC 4180, and other separators than commas).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFormat {
    /// What stands between cells; a comma by default. A cell with it, or with a quote or line break, is in quotes, where
    /// two quotes stand for one.
    pub separator: u8,
    /// Whether the first row names the columns (the default); otherwise they are named by their numbers, from `0`.
    pub header: bool,
    /// Whether space around cells is taken away.
    pub trim: bool,
    /// The most bytes of the file, 1 GiB by default.
    pub max_file_bytes: u64,
}

impl Default for CsvFormat {
    fn default() -> Self {
        Self { separator: b',', header: true, trim: true, max_file_bytes: 1 << 30 }
    }
}

/// A CSV file, whose cells are taken apart anew each time that they are asked for: together they would take many times the
/// file's bytes.
pub(super) struct Rows {
    pub(super) path: PathBuf,
    pub(super) columns: Vec<String>,
    /// How many there are, at least one.
    pub(super) len: usize,
    bytes: Vec<u8>,
    format: CsvFormat,
}

/// A row, which has a cell for each column.
pub(super) struct Row {
    /// Where it begins in the file, from 1.
    pub(super) line: u64,
    cells: StringRecord,
}

impl Rows {
    /// Reads a file of at least one row.
    pub(super) fn read(path: &Path, format: &CsvFormat) -> Result<Self, DataError> {
        let bytes = read(path, format.max_file_bytes)?;
        let mut rows = Self { path: path.to_owned(), columns: Vec::new(), len: 0, bytes, format: format.clone() };
        let (mut len, mut columns, mut last, mut with_break) = (0, Vec::new(), 1, None);
        for row in rows.all() {
            let Row { line, cells } = row?;
            if len == 0 {
                columns = match format.header {
                    true => cells.iter().map(str::to_owned).collect(),
                    false => (0..cells.len()).map(|column| column.to_string()).collect::<Vec<_>>(),
                };
            }
            (len, last) = (len + 1, line);
            if cells.iter().any(|cell| cell.contains('\n')) {
                with_break = Some(line);
            }
        }
        // In a whole file each quote that opens is closed, and a quote within stands twice.
        if rows.bytes.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
            return Err(FormatError::OpenQuote.at_line(path, with_break.unwrap_or(last)));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = columns.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(FormatError::ColumnTwice { name: twice.clone() }.at_line(path, 1));
        }
        rows.len = len - usize::from(format.header && len > 0);
        rows.columns = columns;
        if rows.len == 0 { Err(FormatError::NoRow.at(path)) } else { Ok(rows) }
    }

    /// The rows in order, without that of the columns' names.
    pub(super) fn iter(&self) -> impl Iterator<Item = Result<Row, DataError>> {
        self.all().skip(usize::from(self.format.header))
    }

    fn all(&self) -> impl Iterator<Item = Result<Row, DataError>> {
        let trim = if self.format.trim { Trim::All } else { Trim::None };
        let mut reader = ReaderBuilder::new();
        reader.delimiter(self.format.separator).has_headers(false).trim(trim);
        reader.from_reader(&self.bytes[..]).into_records().map(|record| {
            let cells = record.map_err(|error| failed(&self.path, error))?;
            Ok(Row { line: cells.position().map_or(1, csv::Position::line), cells })
        })
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize, DataError> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| {
            let columns = self.columns.iter().map(String::as_str);
            FormatError::NoColumn {
                name: name.to_owned(),
                nearest: nearest(name, columns.clone()).map(str::to_owned),
                known: columns.take(20).collect::<Vec<_>>().join(", "),
            }
            .at_line(&self.path, 1)
        })
    }
}

impl Row {
    /// A cell.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default()
    }
}

fn failed(path: &Path, error: csv::Error) -> DataError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        ErrorKind::Io(source) => DataError::Read { path: path.to_owned(), source },
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            FormatError::RaggedRow { found: len, expected: expected_len }.at_line(path, line)
        }
        // What is left belongs to other ways of reading.
        _ => FormatError::NotUnicode.at_line(path, line),
    }
}
