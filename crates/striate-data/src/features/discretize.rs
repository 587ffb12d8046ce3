//! Real numbers into bins.

use std::cmp::Ordering;

use striate_core::features::{Discretization, FeatureError};

use super::encode::encode;
use super::quantiles::Summary;
use super::{Adapter, Array, Encoded};

/// Sorts numbers into bins as a [`Discretization`] says.
#[derive(Debug, Clone)]
pub struct Discretizer {
    settings: Discretization,
    boundaries: Vec<f32>,
}

impl Discretizer {
    /// From settings with their boundaries.
    ///
    /// # Errors
    /// [`FeatureError::Setting`]; [`FeatureError::NotAdapted`] if none are given or learned.
    pub fn new(settings: &Discretization) -> Result<Self, FeatureError> {
        settings.validate()?;
        match &settings.bin_boundaries {
            Some(boundaries) => Ok(Self { settings: settings.clone(), boundaries: boundaries.clone() }),
            None => Err(FeatureError::NotAdapted { kind: "discretization", field: "bin_boundaries" }),
        }
    }

    /// The bins of `[batch, …]`, as the output mode says.
    ///
    /// # Errors
    /// [`FeatureError::TooLarge`].
    pub fn apply(&self, values: &Array<f32>) -> Result<Encoded, FeatureError> {
        // What compares with nothing is above all boundaries.
        let bins = values.map(|value| self.bin(*value));
        encode("discretization", bins, self.settings.output_mode, self.boundaries.len() + 1, |_, _| 1.0)
    }

    fn bin(&self, value: f32) -> i64 {
        self.boundaries.partition_point(|boundary| boundary.partial_cmp(&value) != Some(Ordering::Greater)) as i64
    }
}

/// Learns where bins of about the same share meet; an item is a batch of numbers.
///
/// It keeps a summary of at most `2 / epsilon` numbers, which each batch is merged into as Keras does it. So learned
/// boundaries equal Keras's for the same batches, and differ by up to `epsilon` of all values for others, and where parts
/// are merged.
#[derive(Debug, Clone)]
pub struct AdaptDiscretization {
    settings: Discretization,
    num_bins: usize,
    summary: Summary,
}

impl AdaptDiscretization {
    /// From settings; boundaries that were learned are learned anew.
    ///
    /// # Errors
    /// [`FeatureError::Setting`], also if boundaries were given and not a number of bins.
    pub fn new(settings: Discretization) -> Result<Self, FeatureError> {
        settings.validate()?;
        let rule = "there is nothing to learn where boundaries are given; set the number of bins instead";
        let bad = FeatureError::setting("discretization", "num_bins", settings.num_bins, rule);
        let num_bins = settings.num_bins.ok_or(bad)?;
        Ok(Self { settings, num_bins, summary: Summary::default() })
    }
}

impl Adapter for AdaptDiscretization {
    type Item = [f32];
    type Learned = Discretization;

    /// # Errors
    /// [`FeatureError::NotFinite`] for the first value that isn't a finite number.
    fn update(&mut self, batch: &[f32]) -> Result<(), FeatureError> {
        if let Some(&value) = batch.iter().find(|value| !value.is_finite()) {
            return Err(FeatureError::NotFinite { kind: "discretization", value });
        }
        if !batch.is_empty() {
            let epsilon = self.settings.epsilon;
            self.summary = Summary::of(batch, epsilon).after(&self.summary, epsilon);
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), FeatureError> {
        if self.settings != other.settings {
            return Err(FeatureError::Merge { kind: "discretization" });
        }
        if self.summary.is_empty() {
            self.summary = other.summary;
        } else if !other.summary.is_empty() {
            self.summary = other.summary.after(&self.summary, self.settings.epsilon);
        }
        Ok(())
    }

    fn finish(self) -> Result<Discretization, FeatureError> {
        if self.summary.is_empty() {
            return Err(FeatureError::NoData { kind: "discretization" });
        }
        Ok(Discretization { bin_boundaries: Some(self.summary.boundaries(self.num_bins)), ..self.settings })
    }
}
