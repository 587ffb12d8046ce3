//! Tables: rows of named numbers and texts.

use std::collections::BTreeMap;
use std::path::Path;

use striate_core::features::Cell;

use super::FormatError;
use super::csv_rows::{CsvFormat, Row, Rows};
use crate::DataError;
use crate::fingerprint::Fingerprint;

/// Rows of named columns, each of numbers, whole numbers or texts, of which some may be missing.
///
/// ```
/// use striate_data::{Cell, Column, Table};
///
/// # fn main() -> Result<(), striate_data::DataError> {
/// let table = Table::new([
///     ("area", Column::Numbers(vec![Some(62.5), None])),
///     ("zip", Column::Texts(vec![Some("85255".into()), Some("36372".into())])),
/// ])?;
/// assert_eq!(table.column("area")?.numbers(), Some(vec![Some(62.5), None]));
/// let row = table.row(1).collect::<Vec<_>>();
/// assert_eq!(row, [("area", Cell::Missing), ("zip", Cell::from("36372"))]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<(String, Column)>,
    rows: usize,
}

/// The values of a column, from the first row on; none where one is missing.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; none is infinite or NaN.
    Numbers(Vec<Option<f32>>),
    /// Whole numbers.
    Integers(Vec<Option<i64>>),
    /// Texts.
    Texts(Vec<Option<String>>),
}

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Numbers.
    Number,
    /// Whole numbers.
    Integer,
    /// Texts.
    Text,
}

/// How a CSV file becomes a table.
#[derive(Debug, Clone)]
pub struct TableConfig {
    /// How the file is written.
    pub format: CsvFormat,
    /// What a column's values are, by its name; where nothing is said, the narrowest of whole number, number and text
    /// that all values of the column are; with a zero before another digit, as in `01234`, they are texts.
    pub kinds: BTreeMap<String, ColumnKind>,
    /// The cells that stand for a missing value: the empty one, `NA`, `N/A`, `NaN`, `nan`, `null` and `?` by default.
    pub missing: Vec<String>,
}

impl Default for TableConfig {
    fn default() -> Self {
        let missing = ["", "NA", "N/A", "NaN", "nan", "null", "?"].map(str::to_owned).to_vec();
        Self { format: CsvFormat::default(), kinds: BTreeMap::new(), missing }
    }
}

impl Table {
    /// Takes columns in their order.
    ///
    /// # Errors
    /// [`DataError::Columns`] if they aren't equally long or two have one name.
    pub fn new<N: Into<String>>(columns: impl IntoIterator<Item = (N, Column)>) -> Result<Self, DataError> {
        let columns = columns.into_iter().map(|(name, column)| (name.into(), column)).collect::<Vec<_>>();
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        for (place, (name, column)) in columns.iter().enumerate() {
            let twice = columns[..place].iter().any(|(other, _)| other == name);
            if twice || column.len() != rows {
                return Err(DataError::Columns { name: name.clone(), twice, rows: column.len(), expected: rows });
            }
        }
        Ok(Self { columns, rows })
    }

    /// Reads a CSV file.
    ///
    /// # Errors
    /// [`DataError::Read`] or [`DataError::FileTooLarge`] for the file, and [`DataError::Format`], with the line, for a
    /// row with more or fewer cells than the first, a quote that isn't closed, text that isn't UTF-8, a kind for a column
    /// that isn't there, and a value that isn't of its column's kind.
    pub fn open(path: &Path, config: &TableConfig) -> Result<Self, DataError> {
        let rows = Rows::read(path, &config.format)?;
        for name in config.kinds.keys() {
            rows.column(name)?;
        }
        let mut guesses = vec![Guess::default(); rows.columns.len()];
        for row in rows.iter() {
            let row = row?;
            for (place, guess) in guesses.iter_mut().enumerate() {
                guess.look(config.cell(&row, place));
            }
        }
        let kind = |(name, guess): (&String, &Guess)| config.kinds.get(name).copied().unwrap_or_else(|| guess.kind());
        let kinds = rows.columns.iter().zip(&guesses).map(kind).collect::<Vec<_>>();
        let mut columns = kinds.iter().map(|kind| Column::with_capacity(*kind, rows.len)).collect::<Vec<_>>();
        for row in rows.iter() {
            let row = row?;
            for (place, column) in columns.iter_mut().enumerate() {
                let text = config.cell(&row, place);
                column.push(text).ok_or_else(|| {
                    let (column, value) = (rows.columns[place].clone(), super::short(text.unwrap_or_default()));
                    FormatError::Value { column, value, kind: kinds[place] }.at_line(path, row.line)
                })?;
            }
        }
        Ok(Self { rows: rows.len, columns: rows.columns.into_iter().zip(columns).collect() })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// A column.
    ///
    /// # Errors
    /// [`DataError::NoColumn`] if there is none of this name.
    pub fn column(&self, name: &str) -> Result<&Column, DataError> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, column)| column).ok_or_else(|| {
            let nearest = striate_core::nearest::nearest(name, self.names()).map(str::to_owned);
            DataError::NoColumn { name: name.to_owned(), nearest }
        })
    }

    /// A row's cells with the names of their columns; no cell if there is no such row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (&str, Cell)> {
        let columns = if row < self.rows { &self.columns[..] } else { &[] };
        columns.iter().map(move |(name, column)| (name.as_str(), column.cell(row)))
    }

    /// The rows with these numbers, in this order.
    ///
    /// # Errors
    /// [`DataError::IndexOutOfRange`] names the first row that isn't there.
    pub fn select(&self, rows: &[usize]) -> Result<Self, DataError> {
        if let Some(&index) = rows.iter().find(|row| **row >= self.rows) {
            return Err(DataError::IndexOutOfRange { index, len: self.rows });
        }
        let columns = self.columns.iter().map(|(name, column)| (name.clone(), column.select(rows))).collect();
        Ok(Self { columns, rows: rows.len() })
    }

    /// A SHA-256 in hexadecimal digits over all names and values.
    pub fn fingerprint(&self) -> String {
        let mut hash = Fingerprint::of("table").number(self.columns.len()).number(self.rows);
        for (name, column) in &self.columns {
            hash = hash.bytes(name.as_bytes());
            for row in 0..self.rows {
                hash = match column.cell(row) {
                    Cell::Number(value) => hash.number(1).bytes(&value.to_le_bytes()),
                    Cell::Integer(value) => hash.number(2).bytes(&value.to_le_bytes()),
                    Cell::Text(text) => hash.number(3).bytes(text.as_bytes()),
                    Cell::Missing => hash.number(0),
                };
            }
        }
        hash.finish()
    }
}

impl TableConfig {
    /// A row's cell; none if it stands for a missing value.
    fn cell<'a>(&self, row: &'a Row, column: usize) -> Option<&'a str> {
        Some(row.cell(column)).filter(|cell| !self.missing.iter().any(|missing| missing == cell))
    }
}

impl Column {
    fn with_capacity(kind: ColumnKind, rows: usize) -> Self {
        match kind {
            ColumnKind::Number => Self::Numbers(Vec::with_capacity(rows)),
            ColumnKind::Integer => Self::Integers(Vec::with_capacity(rows)),
            ColumnKind::Text => Self::Texts(Vec::with_capacity(rows)),
        }
    }

    /// Adds a cell's value; none if it isn't of this kind.
    fn push(&mut self, text: Option<&str>) -> Option<()> {
        match (self, text) {
            (Self::Numbers(values), None) => values.push(None),
            (Self::Integers(values), None) => values.push(None),
            (Self::Numbers(values), Some(text)) => values.push(Some(number(text)?)),
            (Self::Integers(values), Some(text)) => values.push(Some(integer(text)?)),
            (Self::Texts(values), text) => values.push(text.map(str::to_owned)),
        }
        Some(())
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the values are.
    pub fn kind(&self) -> ColumnKind {
        match self {
            Self::Numbers(_) => ColumnKind::Number,
            Self::Integers(_) => ColumnKind::Integer,
            Self::Texts(_) => ColumnKind::Text,
        }
    }

    /// How many values are missing.
    pub fn missing(&self) -> usize {
        (0..self.len()).filter(|&row| self.cell(row) == Cell::Missing).count()
    }

    /// The values as numbers, whole ones rounded to the nearest that there is; none if they are texts.
    pub fn numbers(&self) -> Option<Vec<Option<f32>>> {
        match self {
            Self::Numbers(values) => Some(values.clone()),
            Self::Integers(values) => Some(values.iter().map(|value| value.map(|value| value as f32)).collect()),
            Self::Texts(_) => None,
        }
    }

    /// A row's value; missing if there is no such row.
    pub fn cell(&self, row: usize) -> Cell {
        match self {
            Self::Numbers(values) => values.get(row).copied().flatten().map(|number| Cell::Number(number.into())),
            Self::Integers(values) => values.get(row).copied().flatten().map(Cell::Integer),
            Self::Texts(values) => values.get(row).and_then(Option::as_deref).map(Cell::from),
        }
        .unwrap_or(Cell::Missing)
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(values) => Self::Numbers(rows.iter().map(|&row| values[row]).collect()),
            Self::Integers(values) => Self::Integers(rows.iter().map(|&row| values[row]).collect()),
            Self::Texts(values) => Self::Texts(rows.iter().map(|&row| values[row].clone()).collect()),
        }
    }
}

/// Whether a text of digits is no number but a name, as `01234`: as a number it would lose its zeros.
fn is_code(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']).as_bytes();
    digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit()
}

/// What the values of a column may be, by those that were seen.
#[derive(Debug, Clone, Copy)]
struct Guess {
    integers: bool,
    numbers: bool,
}

impl Default for Guess {
    fn default() -> Self {
        Self { integers: true, numbers: true }
    }
}

impl Guess {
    fn look(&mut self, cell: Option<&str>) {
        let Some(text) = cell else { return };
        let is_code = is_code(text);
        self.integers = self.integers && !is_code && integer(text).is_some();
        self.numbers = self.numbers && !is_code && number(text).is_some();
    }

    /// The narrowest.
    fn kind(self) -> ColumnKind {
        match self {
            Self { integers: true, .. } => ColumnKind::Integer,
            Self { numbers: true, .. } => ColumnKind::Number,
            _ => ColumnKind::Text,
        }
    }
}

fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn number(text: &str) -> Option<f32> {
    text.parse().ok().filter(|number: &f32| number.is_finite())
}
