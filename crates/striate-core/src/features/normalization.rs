//! Mean and variance.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FeatureError;

/// The axes along which statistics differ, counted with the batch axis, which is 0 and can't be one; negative from the
/// end. In JSON a number, a list, or null for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axes(pub Vec<isize>);

impl Default for Axes {
    /// The last.
    fn default() -> Self {
        Self(vec![-1])
    }
}

impl Axes {
    /// The kept axes of an array with the batch axis and this many others, in order.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] if one isn't there, is the batch axis, or comes twice.
    pub fn kept(&self, rank: usize) -> Result<Vec<usize>, FeatureError> {
        let kept = self.0.iter().map(|&axis| {
            let axis = if axis < 0 { axis.checked_add_unsigned(rank)? } else { axis };
            usize::try_from(axis).ok().filter(|axis| (1..rank).contains(axis))
        });
        let bad = |rule| FeatureError::setting(Normalization::KIND, "axis", &self.0, rule);
        let kept = kept.collect::<Option<Vec<_>>>();
        let mut kept = kept.ok_or_else(|| bad("each must be an axis of the values, and none the batch, axis 0"))?;
        kept.sort_unstable();
        match kept.windows(2).all(|pair| pair[0] != pair[1]) {
            true => Ok(kept),
            false => Err(bad("each must be there once")),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "an axis, a list of axes, or null")]
enum Written {
    None,
    One(isize),
    Each(Vec<isize>),
}

impl Serialize for Axes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [] => Written::None,
            [axis] => Written::One(*axis),
            axes => Written::Each(axes.to_vec()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Axes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::None => Vec::new(),
            Written::One(axis) => vec![axis],
            Written::Each(axes) => axes,
        }))
    }
}

/// Mean and variance, with the sides of the kept axes that they belong to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moments {
    /// The sides; `[]` for one mean of all. They are those of the last kept axes, where 1 stands for any side, so that
    /// fewer sides than kept axes are fine.
    pub shape: Vec<usize>,
    /// The means, the last side fastest.
    pub mean: Vec<f64>,
    /// The variances, of the whole and not estimated from a sample (divided by n).
    pub variance: Vec<f64>,
}

impl Moments {
    /// The same for all values.
    pub fn of_all(mean: f64, variance: f64) -> Self {
        Self { shape: Vec::new(), mean: vec![mean], variance: vec![variance] }
    }

    /// One mean and variance for each position along one axis.
    pub fn along_axis(mean: impl Into<Vec<f64>>, variance: impl Into<Vec<f64>>) -> Self {
        let mean = mean.into();
        Self { shape: vec![mean.len()], mean, variance: variance.into() }
    }

    /// Says whether they can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        let bad = |field, value: &dyn std::fmt::Debug, rule| {
            Err(FeatureError::setting(Normalization::KIND, field, value, rule))
        };
        let count = self.shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
        if count == Some(0) || count != Some(self.mean.len()) {
            return bad("mean", &self.mean.len(), "there must be one for each position of `shape`, and at least one");
        }
        if self.variance.len() != self.mean.len() {
            return bad("variance", &self.variance.len(), "there must be as many as of `mean`");
        }
        if let Some(mean) = self.mean.iter().find(|mean| !mean.is_finite()) {
            return bad("mean", mean, "it must be finite");
        }
        match self.variance.iter().find(|variance| !(variance.is_finite() && **variance >= 0.0)) {
            Some(variance) => bad("variance", variance, "it must be finite and at least 0"),
            None => Ok(()),
        }
    }
}

/// `(x - mean) / max(sqrt(variance), 1e-7)`: Keras's `Normalization`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalization {
    /// The axes along which statistics differ; the last, unless said otherwise. Axis 0 (the batch) is refused, which
    /// Keras allows.
    #[serde(default)]
    pub axis: Axes,
    /// Whether it undoes what it does otherwise: `x * max(sqrt(variance), 1e-7) + mean`.
    #[serde(default)]
    pub invert: bool,
    /// Mean and variance: given, or learned.
    #[serde(default)]
    pub moments: Option<Moments>,
}

impl Normalization {
    pub(super) const KIND: &str = "normalization";

    /// Says whether its settings, and what it learned if it did, can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        let bad = |rule| Err(FeatureError::setting(Self::KIND, "axis", &self.axis.0, rule));
        if self.axis.0.contains(&0) {
            return bad("axis 0 is the batch, which has no statistics");
        }
        if self.axis.0.len() > 8 {
            return bad("there may be at most 8");
        }
        match &self.moments {
            Some(moments) if moments.shape.len() > self.axis.0.len() => {
                bad("there must be as many axes as `shape` has sides, or more")
            }
            Some(moments) => moments.validate(),
            None => Ok(()),
        }
    }
}
