//! What can go wrong with features.

use std::fmt::Debug;

/// Why features can't be used, adapted or applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// A setting or something learned is out of range.
    #[error("{kind} `{field}` is {value}; {rule}")]
    Setting {
        /// The feature's kind.
        kind: &'static str,
        /// The setting.
        field: &'static str,
        /// Its value; the beginning, if it is long.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },
    /// A feature that learns from data has not seen any.
    #[error("{kind} has learned nothing; adapt it to data or give it its `{field}`")]
    NotAdapted {
        /// The feature's kind.
        kind: &'static str,
        /// What it lacks.
        field: &'static str,
    },
    /// There was nothing to learn from.
    #[error("{kind} was adapted to data without a value")]
    NoData {
        /// The feature's kind.
        kind: &'static str,
    },
    /// Data have more distinct tokens than may be counted.
    #[error("{kind} met over {limit} {unit}; adapt it to fewer data, or allow more")]
    TooManyTokens {
        /// The feature's kind.
        kind: &'static str,
        /// The most allowed.
        limit: usize,
        /// Of what: distinct tokens or their bytes.
        unit: &'static str,
    },
    /// Two parts that were adapted apart have different settings.
    #[error("{kind} can't be merged with one of another setting")]
    Merge {
        /// The feature's kind.
        kind: &'static str,
    },
    /// Values don't have the axes that they should.
    #[error("{kind} can't take values with the sides {shape:?}; {rule}")]
    Shape {
        /// The feature's kind.
        kind: &'static str,
        /// The sides.
        shape: Vec<usize>,
        /// What they have to be.
        rule: &'static str,
    },
    /// A result would be too large to allocate.
    #[error("{kind} would give {rows} rows of {depth} places; at most 2^28 values are given at once")]
    TooLarge {
        /// The feature's kind.
        kind: &'static str,
        /// Rows.
        rows: usize,
        /// Places in each.
        depth: usize,
    },
    /// A number to learn from isn't one.
    #[error("{kind} can't be adapted to {value}, which is not a finite number")]
    NotFinite {
        /// The feature's kind.
        kind: &'static str,
        /// The number.
        value: f32,
    },
    /// A value is none of the vocabulary, and there is no place for others.
    #[error("{value} is not in the vocabulary of {kind}; set `num_oov_indices` to 1 or more for such values")]
    OutOfVocabulary {
        /// The feature's kind.
        kind: &'static str,
        /// The value.
        value: String,
    },
    /// A label is none of the classes.
    #[error("label {label} is not one of {num_classes} classes; labels count from 0")]
    Label {
        /// The label.
        label: i64,
        /// The number of classes.
        num_classes: usize,
    },

    /// A table lacks a column.
    #[error("there is no column {column:?}{}", nearest.as_ref().map(|name| format!("; did you mean {name:?}?")).unwrap_or_default())]
    NoColumn {
        /// The column.
        column: String,
        /// The column whose name is most like it, if one is.
        nearest: Option<String>,
    },
    /// A row has not as many cells as the table has columns.
    #[error("a row has {cells} cells, the table {columns} columns")]
    RowLength {
        /// The row's cells.
        cells: usize,
        /// The table's columns.
        columns: usize,
    },
    /// A cell is empty.
    #[error("column {column:?} has no value here; set `missing` to what stands for none")]
    Missing {
        /// The column.
        column: String,
    },
    /// A cell doesn't hold what a feature takes.
    #[error("column {column:?} has {value} where {wanted} is needed")]
    Cell {
        /// The column.
        column: String,
        /// The cell.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// Features that go to one input give different kinds of numbers.
    #[error("input {input:?} gets whole numbers from some features and real ones from others; give them two inputs")]
    MixedInput {
        /// The network's input.
        input: String,
    },
    /// A feature of a table's column can't be used.
    #[error("the feature of column {column:?} can't be used")]
    Column {
        /// The column.
        column: String,
        /// Why not.
        source: Box<FeatureError>,
    },
}

impl FeatureError {
    /// A setting that is out of range.
    pub fn setting(kind: &'static str, field: &'static str, value: impl Debug, rule: &'static str) -> Self {
        Self::Setting { kind, field, value: shown(value), rule }
    }

    /// A value without a place in a vocabulary.
    pub fn out_of_vocabulary(kind: &'static str, value: impl Debug) -> Self {
        Self::OutOfVocabulary { kind, value: shown(value) }
    }

    /// A cell that doesn't hold what is needed.
    pub fn cell(column: &str, cell: impl Debug, wanted: &'static str) -> Self {
        Self::Cell { column: column.to_owned(), value: shown(cell), wanted }
    }
}

/// The beginning of a value that may be long.
fn shown(value: impl Debug) -> String {
    const LONGEST: usize = 80;
    let mut text = format!("{value:?}");
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}
