//! What a run measured, epoch by epoch.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Which part of the data a value was measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// What the network learned from.
    Train,
    /// What chose the epoch.
    Validation,
    /// What was looked at once, at the end.
    Test,
}

impl Split {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Every value that a run measured, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct History {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    epoch: usize,
    split: Split,
    metric: String,
    value: f64,
}

impl History {
    /// Notes a value, of an epoch counted from 1.
    pub fn push(&mut self, epoch: usize, split: Split, metric: &str, value: f64) {
        self.rows.push(Row { epoch, split, metric: metric.into(), value });
    }

    /// The values of one metric on one split, with their epochs.
    pub fn values<'a>(&'a self, split: Split, metric: &'a str) -> impl Iterator<Item = (usize, f64)> + 'a {
        let wanted = move |row: &&Row| row.split == split && row.metric == metric;
        self.rows.iter().filter(wanted).map(|row| (row.epoch, row.value))
    }

    /// Reads what [`to_csv`](Self::to_csv) wrote.
    ///
    /// # Errors
    /// Says which line is wrong, counted from 1.
    pub fn from_csv(text: &str) -> Result<Self, usize> {
        let mut rows = Vec::new();
        for (line, text) in text.lines().enumerate().skip(1) {
            let row = || {
                let mut fields = text.split(',');
                let epoch = fields.next()?.parse().ok()?;
                let split = match fields.next()? {
                    "train" => Split::Train,
                    "validation" => Split::Validation,
                    "test" => Split::Test,
                    _ => return None,
                };
                let (metric, value) = (fields.next()?.to_owned(), fields.next()?.parse().ok()?);
                fields.next().is_none().then_some(Row { epoch, split, metric, value })
            };
            rows.push(row().ok_or(line + 1)?);
        }
        Ok(Self { rows })
    }

    /// The last epoch of which something is noted; 0 if there is none.
    pub fn last_epoch(&self) -> usize {
        self.rows.iter().map(|row| row.epoch).max().unwrap_or(0)
    }

    /// The names of what is noted of a part of the data, each once, in the order in which they came.
    pub fn metrics(&self, split: Split) -> Vec<&str> {
        let mut names = Vec::new();
        for row in self.rows.iter().filter(|row| row.split == split) {
            if !names.contains(&row.metric.as_str()) {
                names.push(row.metric.as_str());
            }
        }
        names
    }

    /// The history as CSV in long form: `epoch,split,metric,value`.
    pub fn to_csv(&self) -> String {
        let mut csv = String::from("epoch,split,metric,value\n");
        for Row { epoch, split, metric, value } in &self.rows {
            // Writing to a string can't fail.
            let _ = writeln!(csv, "{epoch},{},{metric},{value}", split.name());
        }
        csv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_survives_csv_and_a_wrong_line_is_named() {
        let mut history = History::default();
        history.push(1, Split::Train, "loss", 0.1 + 0.2);
        history.push(2, Split::Validation, "accuracy", 1e-300);
        let csv = history.to_csv();
        assert_eq!(History::from_csv(&csv), Ok(history.clone()));
        assert_eq!((history.last_epoch(), history.metrics(Split::Validation)), (2, vec!["accuracy"]));
        assert_eq!(History::from_csv(&csv.replace("validation", "nothing")), Err(3));
        assert_eq!(History::from_csv(&(csv + "1,train,loss")), Err(4));
    }
}
