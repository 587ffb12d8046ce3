//! Pictures beside a table.

use std::path::Path;
use std::sync::Arc;

use striate_core::ClassNames;
use striate_core::features::{Cell, FeatureSpec};

use super::{CsvFiles, CsvFilesConfig, Table, TableConfig};
use crate::features::Features;
use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// Picture files that a CSV file lists, with what else stands in their rows.
///
/// The [fingerprint](Dataset::fingerprint) covers [that of the files](CsvFiles) and all of the table.
#[derive(Debug, Clone)]
pub struct TableFiles {
    files: CsvFiles,
    table: Table,
    /// What makes numbers of a row, and its settings as a text.
    features: Option<Arc<(Features, String)>>,
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
        Ok(Self { files: listed, table, features: None })
    }

    /// Gives each sample the numbers that features make of its row.
    ///
    /// # Errors
    /// [`DataError::Feature`] if the features are of other columns.
    pub fn with_features(self, spec: &FeatureSpec) -> Result<Self, DataError> {
        let columns = self.table.names().collect::<Vec<_>>();
        let features = Features::new(spec, &columns).map_err(|source| DataError::Feature { source })?;
        Ok(Self { features: Some(Arc::new((features, format!("{spec:?}")))), ..self })
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
        let sample = self.files.get(index)?;
        let Some(features) = &self.features else { return Ok(sample) };
        let row = self.row(index).map(|(_, cell)| cell).collect::<Vec<_>>();
        let features = features.0.apply(&row).map_err(|source| DataError::Sample { index, source: source.into() })?;
        Ok(sample.with_features(features))
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.files.path(index)
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.files.label(index)
    }

    fn class_names(&self) -> &ClassNames {
        self.files.class_names()
    }

    fn fingerprint(&self) -> String {
        let hash = Fingerprint::of("table files").bytes(self.files.fingerprint().as_bytes());
        let hash = hash.bytes(self.table.fingerprint().as_bytes());
        self.features.iter().fold(hash, |hash, features| hash.bytes(features.1.as_bytes())).finish()
    }
}
