//! Our types as tables of TOML.
//!
//! They go by way of text: what serde makes for a type is much code, and it is made for one form of TOML this way.

use serde::Serialize;
use serde::de::DeserializeOwned;
use striate_core::nearest::nearest;

/// The table that a value is.
pub(crate) fn of(value: &impl Serialize) -> Result<toml::Table, String> {
    let text = toml::to_string(value).map_err(|error| error.to_string())?;
    toml::from_str(&text).map_err(|error| error.message().into())
}

/// The value that a table is, or what is wrong with it.
pub(crate) fn read<T: DeserializeOwned>(table: &toml::Table) -> Result<T, String> {
    toml::from_str(&table.to_string()).map_err(|error| with_nearest(error.message()))
}

/// Adds the nearest known name to serde's "unknown field `x`, expected one of `a`, `b`".
pub(crate) fn with_nearest(message: &str) -> String {
    let names: Vec<_> = message.split('`').skip(1).step_by(2).collect();
    match names.split_first() {
        Some((name, known)) if message.starts_with("unknown ") => match nearest(name, known.iter().copied()) {
            Some(near) => format!("{message}; did you mean `{near}`?"),
            None => message.into(),
        },
        _ => message.into(),
    }
}
