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
