//! Categories that are whole numbers already, labels, and numbers that are only scaled.

use striate_core::features::{CategoryEncoding, FeatureError, OneHot, OutputMode, Rescaling};

use super::Array;
use super::encode::{check_size, encode};

/// Encodes whole numbers as a [`CategoryEncoding`] says.
#[derive(Debug, Clone)]
pub struct CategoryEncoder {
    settings: CategoryEncoding,
}

impl CategoryEncoder {
    /// From its settings.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn new(settings: &CategoryEncoding) -> Result<Self, FeatureError> {
        settings.validate()?;
        Ok(Self { settings: settings.clone() })
    }

    /// Encodes `[batch, …]`, as the [`OutputMode`] says.
    ///
    /// # Errors
    /// [`FeatureError::TooLarge`].
    pub fn apply(&self, indices: &Array<i64>) -> Result<Array<f32>, FeatureError> {
        self.encode(indices, |_, _| 1.0)
    }

    /// Counts with a weight for each index.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] if the output mode isn't `count`, [`FeatureError::Shape`] if there isn't a weight for
    /// each index, [`FeatureError::TooLarge`].
    pub fn apply_weighted(&self, indices: &Array<i64>, weights: &Array<f32>) -> Result<Array<f32>, FeatureError> {
        if self.settings.output_mode != OutputMode::Count {
            let rule = "weights go with the output mode `count`";
            return Err(FeatureError::setting("category encoding", "output_mode", self.settings.output_mode, rule));
        }
        if weights.shape() != indices.shape() {
            let rule = "weights need those of the indices";
            return Err(FeatureError::Shape { kind: "category encoding", shape: weights.shape().to_vec(), rule });
        }
        self.encode(indices, |position, _| weights.values()[position])
    }

    fn encode(&self, indices: &Array<i64>, weight: impl Fn(usize, usize) -> f32) -> Result<Array<f32>, FeatureError> {
        let CategoryEncoding { num_tokens, output_mode } = self.settings;
        Ok(encode("category encoding", indices.clone(), output_mode, num_tokens, weight)?.to_f32())
    }
}

/// Labels as rows with 1 at the place of their class: `[batch, …]` to `[batch, …, class]`.
///
/// # Errors
/// [`FeatureError::Label`] for the first label that is none of the classes, [`FeatureError::Setting`],
/// [`FeatureError::TooLarge`].
pub fn one_hot_labels(labels: &Array<i64>, settings: OneHot) -> Result<Array<f32>, FeatureError> {
    settings.validate()?;
    let num_classes = settings.num_classes;
    check_size("one-hot", labels.values().len(), num_classes)?;
    let mut out = vec![0.0; labels.values().len() * num_classes];
    for (row, &label) in out.chunks_exact_mut(num_classes).zip(labels.values()) {
        let place = usize::try_from(label).ok().and_then(|label| row.get_mut(label));
        *place.ok_or(FeatureError::Label { label, num_classes })? = 1.0;
    }
    Array::new([labels.shape(), &[num_classes]].concat(), out)
}

/// `x * scale + offset`, computed in `f64`.
///
/// # Errors
/// [`FeatureError::Setting`].
pub fn rescale(values: &Array<f32>, settings: Rescaling) -> Result<Array<f32>, FeatureError> {
    settings.validate()?;
    Ok(values.map(|&value| rescaled(value, settings)))
}

pub(super) fn rescaled(value: f32, Rescaling { scale, offset }: Rescaling) -> f32 {
    (f64::from(value) * scale + offset) as f32
}
