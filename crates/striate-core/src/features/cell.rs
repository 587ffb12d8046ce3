//! What stands in one place of a table.

use serde::{Deserialize, Serialize};

/// One value of a table. In JSON `null`, a number or a string.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "null, a number or a string")]
pub enum Cell {
    /// Nothing.
    #[default]
    Missing,
    /// A whole number.
    Integer(i64),
    /// A real number.
    Number(f64),
    /// Text.
    Text(String),
}

impl Cell {
    /// The number that the cell holds, also as text (spaces around it don't count). Not for what isn't finite.
    pub fn number(&self) -> Option<f64> {
        let number = match self {
            Self::Missing => return None,
            Self::Integer(number) => *number as f64,
            Self::Number(number) => *number,
            Self::Text(text) => text.trim().parse().ok()?,
        };
        number.is_finite().then_some(number)
    }

    /// The whole number that the cell holds, also as text or as a real number without a fraction.
    pub fn integer(&self) -> Option<i64> {
        const LIMIT: f64 = (1u64 << 53) as f64;
        match self {
            Self::Missing => None,
            Self::Integer(number) => Some(*number),
            Self::Number(number) => (number.fract() == 0.0 && number.abs() <= LIMIT).then_some(*number as i64),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }

    /// The text that the cell holds; a whole number in decimal digits.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            _ => self.integer().map(|number| number.to_string()),
        }
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_gives_what_it_holds_in_the_kind_that_is_asked_for() {
        let text = |text: &str| Cell::from(text);
        assert_eq!([text(" 2.5 ").number(), text("2.5x").number(), text("inf").number()], [Some(2.5), None, None]);
        assert_eq!(
            [Cell::from(3.0).integer(), Cell::from(3.5).integer(), Cell::from(1e300).integer()],
            [Some(3), None, None]
        );
        assert_eq!([text("-7").integer(), Cell::Missing.integer()], [Some(-7), None]);
        assert_eq!([Cell::from(-7).text(), Cell::from(0.5).text()], [Some("-7".into()), None]);
    }

    #[test]
    fn a_cell_survives_json() {
        for (cell, json) in [
            (Cell::Missing, "null"),
            (Cell::Integer(i64::MIN), "-9223372036854775808"),
            (Cell::Number(2.0), "2.0"),
            (Cell::from("2"), "\"2\""),
        ] {
            assert_eq!(serde_json::to_string(&cell).unwrap(), json);
            assert_eq!(serde_json::from_str::<Cell>(json).unwrap(), cell);
        }
        assert!(serde_json::from_str::<Cell>("[1]").is_err());
    }
}
