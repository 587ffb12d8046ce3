//! Which columns of a table go through which features to which inputs of a network.

use serde::{Deserialize, Serialize};

use super::{
    CategoryEncoding, Cell, Discretization, FeatureError, Hashing, IntegerLookup, MAX_DEPTH, Normalization, OneHot,
    OutputMode, Rescaling, StringLookup, TextVectorization,
};

/// A feature of any kind. In JSON `{"kind": "hashing", …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Feature {
    /// A number, shifted and scaled by mean and variance.
    Normalization(Normalization),
    /// A number, multiplied and shifted.
    Rescaling(Rescaling),
    /// The bin of a number.
    Discretization(Discretization),
    /// A whole number as a row with 1 at its place.
    CategoryEncoding(CategoryEncoding),
    /// A label as a row with 1 at its class.
    OneHot(OneHot),
    /// The bin of a category's hash.
    Hashing(Hashing),
    /// The place of a text.
    StringLookup(StringLookup),
    /// The place of a whole number.
    IntegerLookup(IntegerLookup),
    /// The places of a text's tokens.
    TextVectorization(TextVectorization),
}

/// What an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Whole numbers, as an embedding does.
    Int,
    /// Real numbers.
    Float,
}

impl Feature {
    /// Says whether its settings, and what it learned if it did, can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        match self {
            Self::Normalization(feature) => feature.validate(),
            Self::Rescaling(feature) => feature.validate(),
            Self::Discretization(feature) => feature.validate(),
            Self::CategoryEncoding(feature) => feature.validate(),
            Self::OneHot(feature) => feature.validate(),
            Self::Hashing(feature) => feature.validate(),
            Self::StringLookup(feature) => feature.validate(),
            Self::IntegerLookup(feature) => feature.validate(),
            Self::TextVectorization(feature) => feature.validate(),
        }
    }

    /// Whether it has to be adapted to data before it can be applied.
    pub fn needs_adapt(&self) -> bool {
        match self {
            Self::Normalization(feature) => feature.moments.is_none(),
            Self::Discretization(feature) => feature.bin_boundaries.is_none(),
            Self::StringLookup(feature) => feature.vocabulary.is_none(),
            Self::IntegerLookup(feature) => feature.vocabulary.is_none(),
            Self::TextVectorization(feature) => feature.vocabulary.is_none(),
            Self::Rescaling(_) | Self::CategoryEncoding(_) | Self::OneHot(_) | Self::Hashing(_) => false,
        }
    }

    /// The kind of number that comes out.
    pub fn kind(&self) -> InputKind {
        let mode = match self {
            Self::Normalization(_) | Self::Rescaling(_) | Self::OneHot(_) => return InputKind::Float,
            Self::Discretization(feature) => feature.output_mode,
            Self::CategoryEncoding(feature) => feature.output_mode,
            Self::Hashing(feature) => feature.output_mode,
            Self::StringLookup(feature) => feature.output_mode,
            Self::IntegerLookup(feature) => feature.output_mode,
            Self::TextVectorization(feature) => feature.output_mode,
        };
        if mode == OutputMode::Int { InputKind::Int } else { InputKind::Float }
    }

    /// How many numbers come of one cell, once it has learned what it has to.
    pub fn width(&self) -> usize {
        match self {
            Self::Normalization(_) | Self::Rescaling(_) => 1,
            Self::Discretization(feature) => {
                feature.output_mode.width(feature.bin_boundaries.as_ref().map_or(0, Vec::len).saturating_add(1))
            }
            Self::CategoryEncoding(feature) => feature.num_tokens,
            Self::OneHot(feature) => feature.num_classes,
            Self::Hashing(feature) => feature.output_mode.width(feature.num_bins),
            Self::StringLookup(feature) => feature.output_mode.width(feature.depth()),
            Self::IntegerLookup(feature) => feature.output_mode.width(feature.depth()),
            Self::TextVectorization(feature) => match feature.output_mode {
                OutputMode::Int => feature.output_sequence_length.unwrap_or(1),
                mode => mode.width(feature.lookup().depth()),
            },
        }
    }

    /// What keeps it from giving one row of a known length for each cell.
    fn validate_in_table(&self) -> Result<(), FeatureError> {
        self.validate()?;
        let (kind, field, rule) = match self {
            Self::TextVectorization(feature)
                if feature.output_mode == OutputMode::Int
                    && (feature.split.is_some() || feature.ngrams.is_some())
                    && feature.output_sequence_length.is_none() =>
            {
                (TextVectorization::KIND, "output_sequence_length", "a table needs it, so that all rows are as long")
            }
            Self::StringLookup(feature) if feature.invert => ("string lookup", "invert", "a table's goes to a network"),
            Self::IntegerLookup(feature) if feature.invert => {
                ("integer lookup", "invert", "a table's goes to a network")
            }
            Self::Normalization(feature) if feature.axis.0.iter().any(|axis| ![-1, 1].contains(axis)) => {
                (Normalization::KIND, "axis", "a column has one, -1, or none")
            }
            Self::Normalization(Normalization { moments: Some(moments), .. }) if moments.mean.len() != 1 => {
                (Normalization::KIND, "mean", "a column has one")
            }
            _ => return Ok(()),
        };
        Err(FeatureError::setting(kind, field, "not fit for a table's column", rule))
    }
}

/// A column of a table, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedFeature {
    /// The column's name.
    pub column: String,
    /// The input of the network that gets the result. What several features give to one stands there side by side, in
    /// their order.
    pub input: String,
    /// What becomes of the column's cells.
    pub feature: Feature,
    /// What stands for a missing cell; none makes that an error.
    #[serde(default)]
    pub missing: Option<Cell>,
}

/// Which columns of a table go through which features to which inputs of a network.
///
/// ```
/// use striate_core::features::{Feature, FeatureSpec, Hashing, InputKind, Normalization};
///
/// let spec = FeatureSpec::new()
///     .with("age", "numbers", Feature::Normalization(Normalization::default()))
///     .with("town", "town", Feature::Hashing(Hashing::new(64)));
/// assert!(spec.needs_adapt() && spec.validate().is_ok());
/// assert_eq!(spec.inputs()[1].kind, InputKind::Int);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    /// The features, in order.
    pub features: Vec<NamedFeature>,
}

/// The most features of a table.
const MAX_FEATURES: usize = 1 << 12;

/// An input that features give numbers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureInput {
    /// The input's name.
    pub name: String,
    /// What it gets.
    pub kind: InputKind,
    /// How many of them for each row of the table.
    pub width: usize,
}

impl FeatureSpec {
    /// No feature yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a feature of this column for this input.
    pub fn with(mut self, column: impl Into<String>, input: impl Into<String>, feature: Feature) -> Self {
        self.features.push(NamedFeature { column: column.into(), input: input.into(), feature, missing: None });
        self
    }

    /// Whether a feature has to be adapted to data first.
    pub fn needs_adapt(&self) -> bool {
        self.features.iter().any(|named| named.feature.needs_adapt())
    }

    /// The inputs, in the order of their first features.
    pub fn inputs(&self) -> Vec<FeatureInput> {
        let mut inputs: Vec<FeatureInput> = Vec::new();
        for NamedFeature { input: name, feature, .. } in &self.features {
            match inputs.iter_mut().find(|input| input.name == *name) {
                Some(input) => input.width = input.width.saturating_add(feature.width()),
                None => inputs.push(FeatureInput { name: name.clone(), kind: feature.kind(), width: feature.width() }),
            }
        }
        inputs
    }

    /// Says whether the features, and what they learned if they did, can be used.
    ///
    /// # Errors
    /// [`FeatureError::Column`] around what is wrong with a feature; [`FeatureError::MixedInput`]; a
    /// [`FeatureError::Setting`] if there is no feature, or if there are too many or too wide ones.
    pub fn validate(&self) -> Result<(), FeatureError> {
        let bad = |value, rule| Err(FeatureError::setting("feature spec", "features", value, rule));
        if !(1..=MAX_FEATURES).contains(&self.features.len()) {
            return bad(self.features.len(), "there must be 1 to 4,096");
        }
        let width = self.features.iter().fold(0usize, |width, named| width.saturating_add(named.feature.width()));
        if width > MAX_DEPTH {
            return bad(width, "together they may give a row of at most 2^24 numbers");
        }
        let inputs = self.inputs();
        for NamedFeature { column, input, feature, .. } in &self.features {
            feature
                .validate_in_table()
                .map_err(|error| FeatureError::Column { column: column.clone(), source: Box::new(error) })?;
            if inputs.iter().any(|other| other.name == *input && other.kind != feature.kind()) {
                return Err(FeatureError::MixedInput { input: input.clone() });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_read_with_defaults_and_refuses_what_it_does_not_know() {
        let json = r#"{"features": [
            {"column": "a", "input": "x", "feature": {"kind": "normalization", "axis": null}, "missing": 0},
            {"column": "b", "input": "y", "feature": {"kind": "hashing", "num_bins": 9, "salt": [1, 2]}},
            {"column": "c", "input": "y", "feature": {"kind": "integer_lookup", "vocabulary": [-9223372036854775808, 3]}},
            {"column": "d", "input": "x", "feature": {"kind": "text_vectorization", "ngrams": [1, 3],
                "split": null, "output_mode": "multi_hot", "vocabulary": ["é"]}},
            {"column": "e", "input": "x", "feature": {"kind": "discretization", "bin_boundaries": [0.1], "output_mode": "count"}}
        ]}"#;
        let spec: FeatureSpec = serde_json::from_str(json).unwrap();
        spec.validate().unwrap();
        assert!(spec.needs_adapt());
        let inputs = spec.inputs();
        assert_eq!((inputs[0].width, inputs[1].width), (1 + 2 + 2, 2));
        let again = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<FeatureSpec>(&again).unwrap(), spec);
        for (from, to) in
            [("num_bins", "bins"), ("\"missing\"", "\"absent\""), ("hashing", "hashed"), ("[1, 3]", "\"2\"")]
        {
            assert!(serde_json::from_str::<FeatureSpec>(&json.replace(from, to)).is_err(), "{to}");
        }
    }
}
