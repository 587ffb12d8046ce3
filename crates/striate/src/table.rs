//! Our types as tables of TOML.
//!
//! A value is always written as a table and read from text: what serde makes for a type is much code, and it is made for one
//! form of TOML each way.

use serde::Serialize;
use serde::de::DeserializeOwned;
use striate_core::nearest::nearest;

/// The table that a value is.
pub(crate) fn of(value: &impl Serialize) -> Result<toml::Table, String> {
    toml::Table::try_from(value).map_err(|error| error.to_string())
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        texts: BTreeMap<String, String>,
        numbers: Vec<f64>,
        parts: Vec<BTreeMap<String, i64>>,
    }

    #[test]
    fn peculiar_keys_texts_and_numbers_survive() {
        let texts =
            [("a.b", "\"\"\"\r\n'"), ("", ""), ("größe", "\\ \t \u{7f}")].map(|(key, text)| (key.into(), text.into()));
        let numbers = vec![f64::INFINITY, -0.0, 1e-7, f64::MAX, 3.0];
        let parts = vec![BTreeMap::new(), BTreeMap::from([("x y".into(), i64::MIN)])];
        let settings = Settings { texts: texts.into(), numbers, parts };
        let table = of(&settings).unwrap();
        assert_eq!(read::<Settings>(&table).unwrap(), settings);
        let nan = toml::from_str("texts = {}\nnumbers = [nan]\nparts = []").unwrap();
        assert!(read::<Settings>(&nan).unwrap().numbers[0].is_nan());
    }

    #[test]
    fn the_nearest_name_is_told() {
        let table = toml::from_str("text = {}").unwrap();
        let message = read::<Settings>(&table).unwrap_err();
        assert!(message.ends_with("did you mean `texts`?"), "{message}");
    }
}
