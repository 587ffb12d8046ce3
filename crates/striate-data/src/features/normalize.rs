//! Mean and variance.

use striate_core::features::{Axes, FeatureError, Moments, Normalization};

use super::{Adapter, Array};

/// Keras's least deviation.
const EPSILON: f64 = 1e-7;

/// Shifts and scales by mean and variance as a [`Normalization`] says.
#[derive(Debug, Clone)]
pub struct Normalizer {
    axis: Axes,
    invert: bool,
    shape: Vec<usize>,
    /// Mean and deviation of each position.
    statistics: Vec<(f64, f64)>,
}

impl Normalizer {
    /// From settings with their moments.
    ///
    /// # Errors
    /// [`FeatureError::Setting`]; [`FeatureError::NotAdapted`] if nothing is given or learned.
    pub fn new(settings: &Normalization) -> Result<Self, FeatureError> {
        settings.validate()?;
        let Some(Moments { shape, mean, variance }) = &settings.moments else {
            return Err(FeatureError::NotAdapted { kind: "normalization", field: "moments" });
        };
        let deviations = variance.iter().map(|variance| variance.sqrt().max(EPSILON));
        Ok(Self {
            axis: settings.axis.clone(),
            invert: settings.invert,
            shape: shape.clone(),
            statistics: mean.iter().copied().zip(deviations).collect(),
        })
    }

    /// `[batch, …]` to the same shape; computed in `f64`.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] or [`FeatureError::Shape`] if the values haven't the axes and sides that the moments are
    /// for.
    pub fn apply(&self, values: &Array<f32>) -> Result<Array<f32>, FeatureError> {
        let kept = self.axis.kept(values.shape().len())?;
        // A side of the moments belongs to the kept axis that is as far from the last; 1 stands for any side.
        let sides = kept.iter().rev().zip(self.shape.iter().rev());
        let mut steps = vec![0; values.shape().len()];
        let mut step = 1;
        for (&axis, &side) in sides {
            if side != 1 && side != values.shape()[axis] {
                let rule = "the moments are for other sides along the kept axes";
                return Err(FeatureError::Shape { kind: "normalization", shape: values.shape().to_vec(), rule });
            }
            steps[axis] = if side == 1 { 0 } else { step };
            step *= side;
        }
        let mut positions = Positions::new(values.shape(), steps);
        Ok(values.map(|&value| {
            let (mean, deviation) = self.statistics[positions.next()];
            let value = f64::from(value);
            (if self.invert { value * deviation + mean } else { (value - mean) / deviation }) as f32
        }))
    }
}

/// Goes through an array in order and says where another one, with steps of its own along the axes, is then.
struct Positions {
    shape: Vec<usize>,
    steps: Vec<usize>,
    at: Vec<usize>,
    position: usize,
}

impl Positions {
    fn new(shape: &[usize], steps: Vec<usize>) -> Self {
        Self { shape: shape.to_vec(), steps, at: vec![0; shape.len()], position: 0 }
    }

    /// The position now; goes on.
    fn next(&mut self) -> usize {
        let now = self.position;
        for axis in (0..self.shape.len()).rev() {
            self.at[axis] += 1;
            self.position += self.steps[axis];
            if self.at[axis] < self.shape[axis] {
                break;
            }
            self.position -= self.steps[axis] * self.shape[axis];
            self.at[axis] = 0;
        }
        now
    }
}

/// Learns mean and variance; an item is an array with the batch axis first.
///
/// It keeps three numbers for each position along the kept axes, and works in `f64` by the update of Chan, Golub & LeVeque
/// (1983, <https://doi.org/10.1080/00031305.1983.10483115>), so that one pass is enough and parts can be merged; the order
/// changes no more than the last bits.
#[derive(Debug, Clone)]
pub struct AdaptNormalization {
    settings: Normalization,
    /// Sides of the kept axes, and what is known of each position; none before the first batch.
    seen: Option<Seen>,
}

#[derive(Debug, Clone)]
struct Seen {
    /// All sides but the batch's.
    sides: Vec<usize>,
    shape: Vec<usize>,
    positions: Vec<Running>,
}

/// Values so far, their mean, and the sum of their squared distances from it.
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Running {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (value - self.mean);
    }

    fn merge(&mut self, other: Self) {
        let count = self.count + other.count;
        if count > 0.0 {
            let distance = other.mean - self.mean;
            self.mean += distance * other.count / count;
            self.squares += other.squares + distance * distance * self.count * other.count / count;
            self.count = count;
        }
    }
}

/// The most positions that statistics are kept of.
const MAX_POSITIONS: usize = 1 << 24;

impl AdaptNormalization {
    /// From settings; moments that they have are learned anew.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn new(settings: Normalization) -> Result<Self, FeatureError> {
        settings.validate()?;
        Ok(Self { settings, seen: None })
    }

    /// Takes note of a batch's sides, which must be those of the batches before, but for the first.
    fn check_sides(&mut self, shape: &[usize]) -> Result<(Vec<usize>, &mut Seen), FeatureError> {
        let wrong = |rule| FeatureError::Shape { kind: "normalization", shape: shape.to_vec(), rule };
        let [_, sides @ ..] = shape else { return Err(wrong("the first axis must be the batch")) };
        let kept = self.settings.axis.kept(shape.len())?;
        let seen = match &mut self.seen {
            Some(seen) if seen.sides != sides => return Err(wrong("batches before had other sides")),
            Some(seen) => seen,
            none => {
                let shape = kept.iter().map(|&axis| shape[axis]).collect::<Vec<_>>();
                let count = shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
                let count = count.filter(|count| (1..=MAX_POSITIONS).contains(count));
                let count = count.ok_or_else(|| wrong("statistics are kept of 1 to 2^24 positions"))?;
                none.insert(Seen { sides: sides.to_vec(), shape, positions: vec![Running::default(); count] })
            }
        };
        Ok((kept, seen))
    }
}

impl Adapter for AdaptNormalization {
    type Item = Array<f32>;
    type Learned = Normalization;

    /// # Errors
    /// [`FeatureError::NotFinite`] for the first value that isn't a finite number; [`FeatureError::Setting`] or
    /// [`FeatureError::Shape`] if the sides are not those of the batches before or don't have the kept axes.
    fn update(&mut self, batch: &Array<f32>) -> Result<(), FeatureError> {
        if let Some(&value) = batch.values().iter().find(|value| !value.is_finite()) {
            return Err(FeatureError::NotFinite { kind: "normalization", value });
        }
        let (kept, seen) = self.check_sides(batch.shape())?;
        let mut steps = vec![0; batch.shape().len()];
        let mut step = 1;
        for &axis in kept.iter().rev() {
            steps[axis] = step;
            step *= batch.shape()[axis];
        }
        let mut positions = Positions::new(batch.shape(), steps);
        batch.values().iter().for_each(|&value| seen.positions[positions.next()].add(value.into()));
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), FeatureError> {
        let Some(theirs) = other.seen else { return Ok(()) };
        match &mut self.seen {
            _ if self.settings.axis != other.settings.axis => {
                return Err(FeatureError::Merge { kind: "normalization" });
            }
            None => self.seen = Some(theirs),
            Some(ours) if ours.sides != theirs.sides => return Err(FeatureError::Merge { kind: "normalization" }),
            Some(ours) => ours.positions.iter_mut().zip(theirs.positions).for_each(|(our, their)| our.merge(their)),
        }
        Ok(())
    }

    fn finish(self) -> Result<Normalization, FeatureError> {
        let seen = self.seen.filter(|seen| seen.positions[0].count > 0.0);
        let Seen { shape, positions, .. } = seen.ok_or(FeatureError::NoData { kind: "normalization" })?;
        let mean = positions.iter().map(|position| position.mean).collect();
        let variance = positions.iter().map(|position| position.squares / position.count).collect();
        Ok(Normalization { moments: Some(Moments { shape, mean, variance }), ..self.settings })
    }
}
