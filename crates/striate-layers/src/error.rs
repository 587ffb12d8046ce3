//! Why a layer can't be.

use crate::Signature;

/// Why a layer's config is wrong or doesn't fit what flows into it.
#[derive(Debug, Clone, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum LayerError {
    /// A value that no input would fit.
    #[error("{kind} `{field}` is {value}; {rule}")]
    Value {
        /// The kind of layer.
        kind: &'static str,
        /// The field of its config.
        field: String,
        /// The field's value.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },
    /// What flows in doesn't fit.
    #[error("{kind} takes {expected}, not {}{}", list(.got), remedy(.fix))]
    Input {
        /// The kind of layer.
        kind: &'static str,
        /// What fits.
        expected: String,
        /// What came.
        got: Vec<Signature>,
        /// What to do, if that is known.
        fix: Option<String>,
    },
    /// No custom layer has this name.
    #[error("no custom layer {name:?} is registered; {known}")]
    UnknownCustom {
        /// The name.
        name: String,
        /// What is registered, and the nearest name.
        known: String,
    },
    /// A custom layer can't read its config.
    #[error("custom layer {name:?} can't read its config: {reason}")]
    CustomConfig {
        /// The layer's registered name.
        name: String,
        /// What serde says.
        reason: String,
    },
}

fn list(got: &[Signature]) -> String {
    match got {
        [] => "nothing".into(),
        got => got.iter().map(Signature::to_string).collect::<Vec<_>>().join(" and "),
    }
}

fn remedy(fix: &Option<String>) -> String {
    fix.as_ref().map(|fix| format!("; {fix}")).unwrap_or_default()
}

impl LayerError {
    pub(crate) fn value(kind: &'static str, field: &str, value: impl std::fmt::Debug, rule: &'static str) -> Self {
        Self::Value { kind, field: field.to_string(), value: format!("{value:?}"), rule }
    }

    pub(crate) fn input(kind: &'static str, expected: impl Into<String>, got: &[Signature]) -> Self {
        Self::Input { kind, expected: expected.into(), got: got.to_vec(), fix: None }
    }

    pub(crate) fn with_fix(self, fix: impl Into<String>) -> Self {
        match self {
            Self::Input { kind, expected, got, .. } => Self::Input { kind, expected, got, fix: Some(fix.into()) },
            other => other,
        }
    }
}
