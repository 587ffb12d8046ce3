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

/// A CSV file's cells; every row has one for each column.
pub(super) struct Rows {
    pub(super) path: PathBuf,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    /// Where it begins in the file, from 1.
    pub(super) line: u64,
    pub(super) cells: StringRecord,
}

impl Rows {
    /// Reads a file of at least one row.
    pub(super) fn read(path: &Path, format: &CsvFormat) -> Result<Self, DataError> {
        let bytes = read(path, format.max_file_bytes)?;
        let trim = if format.trim { Trim::All } else { Trim::None };
        let mut reader = ReaderBuilder::new();
        let mut reader = reader.delimiter(format.separator).has_headers(false).trim(trim).from_reader(&bytes[..]);
        let mut rows = Vec::new();
        for record in reader.records() {
            let cells = record.map_err(|error| failed(path, error))?;
            let line = cells.position().map_or(1, csv::Position::line);
            rows.push(Row { line, cells });
        }
        // In a whole file each quote that opens is closed, and a quote within stands twice.
        if bytes.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
            let line = rows.iter().rev().find(|row| row.cells.iter().any(|cell| cell.contains('\n')));
            return Err(FormatError::OpenQuote.at_line(path, line.or(rows.last()).map_or(1, |row| row.line)));
        }
        let columns = match format.header {
            true if rows.is_empty() => Vec::new(),
            true => rows.remove(0).cells.iter().map(str::to_owned).collect::<Vec<_>>(),
            false => (0..rows.first().map_or(0, |row| row.cells.len())).map(|column| column.to_string()).collect(),
        };
        let mut seen = BTreeSet::new();
        if let Some(twice) = columns.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(FormatError::ColumnTwice { name: twice.clone() }.at_line(path, 1));
        }
        if rows.is_empty() {
            return Err(FormatError::NoRow.at(path));
        }
        Ok(Self { path: path.to_owned(), columns, rows })
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
