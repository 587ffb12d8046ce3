//! How far numbers are off.

use serde::{Deserialize, Serialize};
use striate_core::{BoxFormat, overlap};
use striate_layers::Signature;

use super::batch::Rows;
use super::spec::share;
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets, numbers};

const VALUES: &str = "numbers";
/// The most columns whose spread is counted.
const MAX_COLUMNS: usize = 1 << 20;

/// A sum of numbers, and how many they are.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their sum.
    #[serde(with = "numbers")]
    pub sum: f64,
}

impl Sum {
    fn add(&mut self, number: f64) {
        self.count += 1;
        self.sum += number;
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
    }

    fn mean(&self) -> f64 {
        share(self.sum, self.count as f64)
    }
}

fn beside<'a, 'b>(
    metric: &str,
    scores: &Scores<'a>,
    targets: &'b Targets<'_>,
) -> Result<(Rows<'a>, &'b [f32]), MetricError> {
    let rows = scores.numbers(metric, VALUES)?;
    let targets = targets.beside(&rows, metric)?;
    Ok((rows, targets))
}

fn wants_rows(metric: &str, targets: TargetKind) -> Result<(), MetricError> {
    match targets {
        TargetKind::Rows => Ok(()),
        got => {
            Err(MetricError::Targets { metric: metric.into(), got, wanted: "rows of numbers of the output's shape" })
        }
    }
}

macro_rules! of_errors {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $error:expr, $value:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {}

        impl MetricSpec for $name {
            type State = Sum;
            const NAME: &'static str = $text;

            fn check(&self, _: &Signature, targets: TargetKind) -> Result<(), MetricError> {
                wants_rows(Self::NAME, targets)
            }

            fn update(&self, state: &mut Sum, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
                let (rows, targets) = beside(Self::NAME, scores, targets)?;
                let error: fn(f64) -> f64 = $error;
                let pairs = rows.values.iter().zip(targets);
                pairs.for_each(|(got, want)| state.add(error(f64::from(*got) - f64::from(*want))));
                Ok(())
            }

            fn merge(&self, state: &mut Sum, other: &Sum) -> Result<(), MetricError> {
                state.merge(other);
                Ok(())
            }

            fn value(&self, state: &Sum) -> f64 {
                let value: fn(f64) -> f64 = $value;
                value(state.mean())
            }

            fn higher_is_better(&self) -> bool {
                false
            }
        }
    )* };
}

of_errors! {
    /// The mean of the squared errors, over all numbers.
    Mse, "mse", |error| error * error, |mean| mean;
    /// The mean of the errors' sizes, over all numbers.
    Mae, "mae", f64::abs, |mean| mean;
    /// The root of the mean of the squared errors.
    Rmse, "rmse", |error| error * error, f64::sqrt;
}

/// The part of the targets' variance that is predicted, at most 1: scikit-learn's `r2_score`, the mean over the columns. A
/// column without variance counts 1 if it is predicted without error, 0 otherwise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct R2 {}

/// What R² counts of one column.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// How many targets.
    pub count: u64,
    /// Their mean.
    #[serde(with = "numbers")]
    pub mean: f64,
    /// The sum of the squares of their distances to it.
    #[serde(with = "numbers")]
    pub squares: f64,
    /// The sum of the squared errors.
    #[serde(with = "numbers")]
    pub errors: f64,
}

impl Spread {
    /// Welford 1962.
    fn add(&mut self, got: f64, want: f64) {
        self.count += 1;
        let before = want - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (want - self.mean);
        self.errors += (got - want).powi(2);
    }

    /// Chan et al. 1979.
    fn merge(&mut self, other: &Self) {
        let (ours, theirs) = (self.count as f64, other.count as f64);
        let apart = other.mean - self.mean;
        self.mean += share(apart * theirs, ours + theirs);
        self.squares += other.squares + share(apart * apart * ours * theirs, ours + theirs);
        self.errors += other.errors;
        self.count += other.count;
    }

    fn r2(&self) -> f64 {
        match (self.errors == 0.0, self.squares == 0.0) {
            (true, _) => f64::from(u8::from(self.count > 0)),
            (false, true) => 0.0,
            (false, false) => 1.0 - self.errors / self.squares,
        }
    }
}

impl MetricSpec for R2 {
    type State = Vec<Spread>;
    const NAME: &'static str = "r2";

    fn check(&self, _: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        wants_rows(Self::NAME, targets)
    }

    fn update(&self, state: &mut Vec<Spread>, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        let (rows, targets) = beside(Self::NAME, scores, targets)?;
        if rows.batch == 0 || rows.values.is_empty() {
            return Ok(());
        }
        let columns = rows.values.len() / rows.batch;
        if columns > MAX_COLUMNS {
            let remedy = "take mse, which keeps one sum";
            return Err(MetricError::TooMany { metric: Self::NAME.into(), limit: MAX_COLUMNS, remedy });
        }
        fit(state, columns)?;
        for (place, (got, want)) in rows.values.iter().zip(targets).enumerate() {
            state[place % columns].add((*got).into(), (*want).into());
        }
        Ok(())
    }

    fn merge(&self, state: &mut Vec<Spread>, other: &Vec<Spread>) -> Result<(), MetricError> {
        if !other.is_empty() {
            fit(state, other.len())?;
            state.iter_mut().zip(other).for_each(|(own, other)| own.merge(other));
        }
        Ok(())
    }

    fn value(&self, state: &Vec<Spread>) -> f64 {
        share(state.iter().map(Spread::r2).sum(), state.len() as f64)
    }
}

fn fit(state: &mut Vec<Spread>, columns: usize) -> Result<(), MetricError> {
    if state.is_empty() {
        state.resize(columns, Spread::default());
    }
    match state.len() == columns {
        true => Ok(()),
        false => {
            let reason = format!("samples of {columns} numbers came after such of {}", state.len());
            Err(MetricError::Mismatch { metric: R2::NAME.into(), reason })
        }
    }
}

/// The mean of the output's numbers, such as a loss that the network gives. Targets don't matter.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mean {
    /// Whether a higher mean is the better one.
    pub higher_is_better: bool,
}

impl MetricSpec for Mean {
    type State = Sum;
    const NAME: &'static str = "mean";

    fn update(&self, state: &mut Sum, scores: &Scores<'_>, _: &Targets<'_>) -> Result<(), MetricError> {
        let rows = scores.numbers(Self::NAME, VALUES)?;
        rows.values.iter().for_each(|&value| state.add(value.into()));
        Ok(())
    }

    fn merge(&self, state: &mut Sum, other: &Sum) -> Result<(), MetricError> {
        state.merge(other);
        Ok(())
    }

    fn value(&self, state: &Sum) -> f64 {
        state.mean()
    }

    fn higher_is_better(&self) -> bool {
        self.higher_is_better
    }
}

/// The mean IoU of one predicted box with the true one: how well a thing is localized. Output and targets are `[4]` a sample.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoxIou {
    /// What the four numbers are.
    pub format: BoxFormat,
    /// Which IoU.
    pub overlap: Overlap,
}

/// A kind of IoU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Intersection over union, in `[0, 1]`.
    #[default]
    Iou,
    /// Less for what lies between the boxes (Rezatofighi et al. 2019).
    Generalized,
    /// Less for the distance of their middles (Zheng et al. 2020).
    Distance,
    /// Less for their proportions too (Zheng et al. 2020).
    Complete,
}

impl Overlap {
    /// That of two boxes of left, upper, right and lower edge.
    pub fn of(self, a: [f32; 4], b: [f32; 4]) -> f32 {
        match self {
            Self::Iou => overlap::iou(a, b),
            Self::Generalized => overlap::generalized_iou(a, b),
            Self::Distance => overlap::distance_iou(a, b),
            Self::Complete => overlap::complete_iou(a, b),
        }
    }
}

impl MetricSpec for BoxIou {
    type State = Sum;
    const NAME: &'static str = "box_iou";

    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        wants_rows(Self::NAME, targets)?;
        match output.shape.sides() {
            [Some(4)] => Ok(()),
            _ => Err(MetricError::Output { metric: Self::NAME.into(), got: output.to_string(), wanted: "[4]" }),
        }
    }

    fn update(&self, state: &mut Sum, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        let (rows, targets) = beside(Self::NAME, scores, targets)?;
        if rows.columns != 4 || rows.places != 1 {
            let got = format!("[{}, …]", rows.columns);
            return Err(MetricError::Output { metric: Self::NAME.into(), got, wanted: "[4]" });
        }
        for (got, want) in rows.values.as_chunks::<4>().0.iter().zip(targets.as_chunks::<4>().0) {
            let [got, want] = [got, want].map(|numbers| self.format.to_xyxy(*numbers));
            state.add(self.overlap.of(got, want).into());
        }
        Ok(())
    }

    fn merge(&self, state: &mut Sum, other: &Sum) -> Result<(), MetricError> {
        state.merge(other);
        Ok(())
    }

    fn value(&self, state: &Sum) -> f64 {
        state.mean()
    }
}
