//! Rows of a table to the inputs of a network.

use std::mem;

use striate_core::features::{
    Cell, Feature, FeatureError, FeatureInput, FeatureSpec, InputKind, NamedFeature, OneHot, Rescaling,
};
use striate_core::nearest::nearest;

use super::category::rescaled;
use super::{
    AdaptDiscretization, AdaptLookup, AdaptNormalization, AdaptText, Adapter, Array, CategoryEncoder, Discretizer,
    Encoded, Hasher, LookupTable, Normalizer, TextVectorizer, one_hot_labels,
};

/// Applies a [`FeatureSpec`] to the rows of a table.
///
/// ```
/// use striate_core::features::{Cell, Feature, FeatureError, FeatureSpec, Normalization, OutputMode, StringLookup};
/// use striate_data::features::{AdaptFeatures, FeatureValues, Features, adapt};
///
/// # fn main() -> Result<(), FeatureError> {
/// let town = StringLookup { output_mode: OutputMode::OneHot, ..StringLookup::default() };
/// let spec = FeatureSpec::new()
///     .with("age", "table", Feature::Normalization(Normalization::default()))
///     .with("town", "table", Feature::StringLookup(town));
/// let rows = [[Cell::from(30), "Oslo".into()], [Cell::from(50), "Bergen".into()]];
///
/// let columns = ["age", "town"];
/// let learned = adapt(AdaptFeatures::new(&spec, &columns)?, rows.iter().map(|row| &row[..]))?;
/// let features = Features::new(&learned, &columns)?;
/// assert_eq!(features.apply(&rows[0])?, [FeatureValues::Float(vec![-1.0, 0.0, 1.0, 0.0])]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Features {
    columns: Vec<Column>,
    inputs: Vec<FeatureInput>,
    /// Cells in a row.
    cells: usize,
}

/// The numbers that an input gets from one row.
#[derive(Debug, Clone, PartialEq)]
pub enum FeatureValues {
    /// Whole numbers.
    Int(Vec<i64>),
    /// Real numbers.
    Float(Vec<f32>),
}

impl FeatureValues {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Int(values) => values.len(),
            Self::Float(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    missing: Option<Cell>,
    /// Where its cell stands in a row.
    cell: usize,
    /// Which of the inputs gets its numbers.
    input: usize,
    apply: Apply,
}

#[derive(Debug, Clone)]
enum Apply {
    Normalization(Normalizer),
    Rescaling(Rescaling),
    Discretization(Discretizer),
    CategoryEncoding(CategoryEncoder),
    OneHot(OneHot),
    Hashing(Hasher),
    StringLookup(Box<LookupTable<String>>),
    IntegerLookup(Box<LookupTable<i64>>),
    Text(Box<TextVectorizer>),
}

impl Features {
    /// From a spec that has learned all that it has to, for a table with these columns.
    ///
    /// # Errors
    /// Those of [`FeatureSpec::validate`]; [`FeatureError::Column`] around a [`FeatureError::NotAdapted`];
    /// [`FeatureError::NoColumn`].
    pub fn new(spec: &FeatureSpec, columns: &[&str]) -> Result<Self, FeatureError> {
        spec.validate()?;
        let inputs = spec.inputs();
        let column = |named: &NamedFeature| {
            let NamedFeature { column, input, feature, missing } = named;
            Ok(Column {
                name: column.clone(),
                missing: missing.clone(),
                cell: find(columns, column)?,
                input: inputs.iter().position(|other| other.name == *input).unwrap_or(0),
                apply: Apply::new(feature).map_err(within(column))?,
            })
        };
        let columns_used = spec.features.iter().map(column).collect::<Result<_, FeatureError>>()?;
        Ok(Self { columns: columns_used, inputs, cells: columns.len() })
    }

    /// The inputs, in the order in which [`apply`](Self::apply) gives their numbers.
    pub fn inputs(&self) -> &[FeatureInput] {
        &self.inputs
    }

    /// The numbers that each input gets from a row, whose cells stand as the columns do.
    ///
    /// # Errors
    /// [`FeatureError::RowLength`]; [`FeatureError::Missing`] or [`FeatureError::Cell`] for the first cell that can't be
    /// used; [`FeatureError::Column`] around what a feature says of it.
    pub fn apply(&self, row: &[Cell]) -> Result<Vec<FeatureValues>, FeatureError> {
        check_length(row, self.cells)?;
        let empty = |input: &FeatureInput| match input.kind {
            InputKind::Int => FeatureValues::Int(Vec::with_capacity(input.width)),
            InputKind::Float => FeatureValues::Float(Vec::with_capacity(input.width)),
        };
        let mut out = self.inputs.iter().map(empty).collect::<Vec<_>>();
        for column in &self.columns {
            let cell = present(&row[column.cell], column.missing.as_ref(), &column.name)?;
            match (&mut out[column.input], column.apply.apply(cell, &column.name)?) {
                (FeatureValues::Int(to), Encoded::Int(values)) => to.extend(values.into_values()),
                (FeatureValues::Float(to), values) => to.extend(values.to_f32().into_values()),
                (FeatureValues::Int(_), Encoded::Float(_)) => {
                    return Err(FeatureError::MixedInput { input: self.inputs[column.input].name.clone() });
                }
            }
        }
        Ok(out)
    }
}

impl Apply {
    fn new(feature: &Feature) -> Result<Self, FeatureError> {
        Ok(match feature {
            Feature::Normalization(settings) => Self::Normalization(Normalizer::new(settings)?),
            Feature::Rescaling(settings) => Self::Rescaling(*settings),
            Feature::Discretization(settings) => Self::Discretization(Discretizer::new(settings)?),
            Feature::CategoryEncoding(settings) => Self::CategoryEncoding(CategoryEncoder::new(settings)?),
            Feature::OneHot(settings) => Self::OneHot(*settings),
            Feature::Hashing(settings) => Self::Hashing(Hasher::new(settings)?),
            Feature::StringLookup(settings) => Self::StringLookup(Box::new(LookupTable::new(settings)?)),
            Feature::IntegerLookup(settings) => Self::IntegerLookup(Box::new(LookupTable::new(settings)?)),
            Feature::TextVectorization(settings) => Self::Text(Box::new(TextVectorizer::new(settings)?)),
            other => return Err(FeatureError::setting("feature spec", "feature", other, "a table can't use it")),
        })
    }

    fn apply(&self, cell: &Cell, column: &str) -> Result<Encoded, FeatureError> {
        let encoded = match self {
            Self::Normalization(feature) => feature.apply(&single(number(cell, column)?)).map(Encoded::Float),
            Self::Rescaling(settings) => Ok(Encoded::Float(single(rescaled(number(cell, column)?, *settings)))),
            Self::Discretization(feature) => feature.apply(&single(number(cell, column)?)),
            Self::CategoryEncoding(feature) => feature.apply(&single(integer(cell, column)?)).map(Encoded::Float),
            Self::OneHot(settings) => one_hot_labels(&single(integer(cell, column)?), *settings).map(Encoded::Float),
            Self::Hashing(feature) => match cell {
                Cell::Integer(number) => feature.apply_integers(&single(*number)),
                // A whole number is hashed by its digits, however it is kept.
                Cell::Number(number) => match cell.integer() {
                    Some(number) => feature.apply_integers(&single(number)),
                    None => feature.apply_numbers(&single(*number as f32)),
                },
                _ => feature.apply_text(&single(text(cell, column)?)),
            },
            Self::StringLookup(feature) => feature.apply(&single(text(cell, column)?)),
            Self::IntegerLookup(feature) => feature.apply(&single(integer(cell, column)?)),
            Self::Text(feature) => feature.apply(&single(text(cell, column)?)),
        };
        encoded.map_err(within(column))
    }
}

/// Values of a column that are taken at once where the learned depends on it.
const BATCH: usize = 1 << 15;

/// Learns what the features of a [`FeatureSpec`] have to, from the rows of a table, in one pass. Features that have
/// learned already stay.
///
/// Memory is bounded by that of each feature's adapter, and by a batch of 32,768 numbers for each discretization.
#[derive(Debug, Clone)]
pub struct AdaptFeatures {
    spec: FeatureSpec,
    columns: Vec<AdaptColumn>,
    cells: usize,
}

#[derive(Debug, Clone)]
struct AdaptColumn {
    /// Which of the features it is.
    feature: usize,
    cell: usize,
    learn: Learn,
}

#[derive(Debug, Clone)]
enum Learn {
    Normalization(AdaptNormalization),
    Discretization(AdaptDiscretization, Vec<f32>),
    StringLookup(Box<AdaptLookup<String>>),
    IntegerLookup(Box<AdaptLookup<i64>>),
    Text(Box<AdaptText>),
}

impl AdaptFeatures {
    /// From a spec, for a table with these columns.
    ///
    /// # Errors
    /// Those of [`FeatureSpec::validate`]; [`FeatureError::NoColumn`].
    pub fn new(spec: &FeatureSpec, columns: &[&str]) -> Result<Self, FeatureError> {
        spec.validate()?;
        let mut adapted = Vec::new();
        for (feature, named) in spec.features.iter().enumerate().filter(|(_, named)| named.feature.needs_adapt()) {
            let learn = Learn::new(&named.feature).map_err(within(&named.column))?;
            let cell = find(columns, &named.column)?;
            adapted.extend(learn.map(|learn| AdaptColumn { feature, cell, learn }));
        }
        Ok(Self { spec: spec.clone(), columns: adapted, cells: columns.len() })
    }
}

impl Adapter for AdaptFeatures {
    type Item = [Cell];
    type Learned = FeatureSpec;

    /// # Errors
    /// [`FeatureError::RowLength`]; [`FeatureError::Missing`] or [`FeatureError::Cell`] for the first cell that can't be
    /// used; [`FeatureError::Column`] around what an adapter says of it.
    fn update(&mut self, row: &[Cell]) -> Result<(), FeatureError> {
        check_length(row, self.cells)?;
        for AdaptColumn { feature, cell, learn } in &mut self.columns {
            let NamedFeature { column, missing, .. } = &self.spec.features[*feature];
            let cell = present(&row[*cell], missing.as_ref(), column)?;
            match learn {
                Learn::Normalization(adapter) => adapter.update(&single(number(cell, column)?)),
                Learn::Discretization(adapter, batch) => {
                    batch.push(number(cell, column)?);
                    if batch.len() == BATCH { adapter.update(&mem::take(batch)) } else { Ok(()) }
                }
                Learn::StringLookup(adapter) => adapter.update(&[text(cell, column)?]),
                Learn::IntegerLookup(adapter) => adapter.update(&[integer(cell, column)?]),
                Learn::Text(adapter) => adapter.update(&[text(cell, column)?]),
            }
            .map_err(within(column))?;
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), FeatureError> {
        if self.spec != other.spec || self.cells != other.cells {
            return Err(FeatureError::Merge { kind: "feature spec" });
        }
        for (ours, theirs) in self.columns.iter_mut().zip(other.columns) {
            let named = &self.spec.features[ours.feature];
            ours.learn.merge(theirs.learn).map_err(within(&named.column))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<FeatureSpec, FeatureError> {
        for AdaptColumn { feature, learn, .. } in self.columns {
            let named = &mut self.spec.features[feature];
            named.feature = learn.finish().map_err(within(&named.column))?;
        }
        Ok(self.spec)
    }
}

impl Learn {
    fn new(feature: &Feature) -> Result<Option<Self>, FeatureError> {
        Ok(Some(match feature.clone() {
            Feature::Normalization(settings) => Self::Normalization(AdaptNormalization::new(settings)?),
            Feature::Discretization(settings) => Self::Discretization(AdaptDiscretization::new(settings)?, Vec::new()),
            Feature::StringLookup(settings) => Self::StringLookup(Box::new(AdaptLookup::new(settings)?)),
            Feature::IntegerLookup(settings) => Self::IntegerLookup(Box::new(AdaptLookup::new(settings)?)),
            Feature::TextVectorization(settings) => Self::Text(Box::new(AdaptText::new(settings)?)),
            _ => return Ok(None),
        }))
    }

    fn merge(&mut self, other: Self) -> Result<(), FeatureError> {
        match (self, other) {
            (Self::Normalization(ours), Self::Normalization(theirs)) => ours.merge(theirs),
            (Self::Discretization(ours, batch), Self::Discretization(mut theirs, rest)) => {
                ours.update(&mem::take(batch))?;
                theirs.update(&rest)?;
                ours.merge(theirs)
            }
            (Self::StringLookup(ours), Self::StringLookup(theirs)) => ours.merge(*theirs),
            (Self::IntegerLookup(ours), Self::IntegerLookup(theirs)) => ours.merge(*theirs),
            (Self::Text(ours), Self::Text(theirs)) => ours.merge(*theirs),
            _ => Err(FeatureError::Merge { kind: "feature spec" }),
        }
    }

    fn finish(self) -> Result<Feature, FeatureError> {
        match self {
            Self::Normalization(adapter) => adapter.finish().map(Feature::Normalization),
            Self::Discretization(mut adapter, batch) => {
                adapter.update(&batch)?;
                adapter.finish().map(Feature::Discretization)
            }
            Self::StringLookup(adapter) => adapter.finish().map(Feature::StringLookup),
            Self::IntegerLookup(adapter) => adapter.finish().map(Feature::IntegerLookup),
            Self::Text(adapter) => adapter.finish().map(Feature::TextVectorization),
        }
    }
}

/// A value as a batch of one row of one.
fn single<T>(value: T) -> Array<T> {
    Array::matrix_of_one(value)
}

fn find(columns: &[&str], wanted: &str) -> Result<usize, FeatureError> {
    columns.iter().position(|column| *column == wanted).ok_or_else(|| FeatureError::NoColumn {
        column: wanted.to_owned(),
        nearest: nearest(wanted, columns.iter().copied()).map(str::to_owned),
    })
}

fn within(column: &str) -> impl FnOnce(FeatureError) -> FeatureError {
    let column = column.to_owned();
    |source| FeatureError::Column { column, source: Box::new(source) }
}

fn check_length(row: &[Cell], columns: usize) -> Result<(), FeatureError> {
    match row.len() == columns {
        true => Ok(()),
        false => Err(FeatureError::RowLength { cells: row.len(), columns }),
    }
}

/// The cell, or what stands for none.
fn present<'a>(cell: &'a Cell, missing: Option<&'a Cell>, column: &str) -> Result<&'a Cell, FeatureError> {
    match (cell, missing) {
        (Cell::Missing, None | Some(Cell::Missing)) => Err(FeatureError::Missing { column: column.to_owned() }),
        (Cell::Missing, Some(cell)) => Ok(cell),
        (cell, _) => Ok(cell),
    }
}

fn number(cell: &Cell, column: &str) -> Result<f32, FeatureError> {
    let number = cell.number().map(|number| number as f32).filter(|number| number.is_finite());
    number.ok_or_else(|| FeatureError::cell(column, cell, "a finite number"))
}

fn integer(cell: &Cell, column: &str) -> Result<i64, FeatureError> {
    cell.integer().ok_or_else(|| FeatureError::cell(column, cell, "a whole number"))
}

fn text(cell: &Cell, column: &str) -> Result<String, FeatureError> {
    cell.text().ok_or_else(|| FeatureError::cell(column, cell, "text or a whole number"))
}
