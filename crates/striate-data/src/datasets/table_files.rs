//! Pictures beside a table.

use std::path::Path;

use striate_core::ClassNames;

use striate_core::features::Cell;

use super::{CsvFiles, CsvFilesConfig, Table, TableConfig};
use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// Picture files that a CSV file lists, with what else stands in their rows.
///
/// The [fingerprint](Dataset::fingerprint) covers [that of the files](CsvFiles) and all of the table.
#[derive(Debug, Clone)]
pub struct TableFiles {
    files: CsvFiles,
    table: Table,
}

impl TableFiles {
    /// Reads a CSV file. The table has all columns, those of paths and labels too; `table` says how they are read, and
    /// `files` how the file is written.
    ///
    /// # Errors
    /// Those of [`CsvFiles::open`] and [`Table::open`].
    pub fn open(path: &Path, files: &CsvFilesConfig, table: &TableConfig) -> Result<Self, DataError> {
        let listed = CsvFiles::open(path, files)?;
        let whole = Table::open(path, &TableConfig { format: files.format.clone(), ..table.clone() })?;
        let table = whole.select(&listed.rows().collect::<Vec<_>>())?;
        Ok(Self { files: listed, table })
    }

    /// The table; its rows are the samples.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// A sample's row.
    pub fn row(&self, index: usize) -> impl Iterator<Item = (&str, Cell)> {
        self.table.row(index)
    }
}

impl Dataset for TableFiles {
    fn len(&self) -> usize {
        self.files.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        self.files.get(index)
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.files.label(index)
    }

    fn class_names(&self) -> &ClassNames {
        self.files.class_names()
    }

    fn fingerprint(&self) -> String {
        let hash = Fingerprint::of("table files").bytes(self.files.fingerprint().as_bytes());
        hash.bytes(self.table.fingerprint().as_bytes()).finish()
    }
}
