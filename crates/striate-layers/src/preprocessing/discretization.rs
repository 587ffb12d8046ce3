//! Real numbers into bins: Keras's `Discretization` with known boundaries.

use burn::Tensor;
use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};

use super::OutputMode;
use super::encoding::{check_counted, encode, encoded, float_row};
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::{Context, LayerError, Signature, Value};

/// The bin of each value: bin `i` holds `boundary[i - 1] <= x < boundary[i]`, so n boundaries make n + 1 bins. What
/// isn't a number falls into the last.
///
/// The result depends on the [`OutputMode`]; the depth is the number of bins. No gradient flows through it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discretization {
    /// Where bins meet, in ascending order, at least one.
    pub bin_boundaries: Vec<f64>,
    /// What becomes of the bins' indices. The axis that counts and multi-hot rows lose is the last.
    #[serde(default)]
    pub output_mode: OutputMode,
}

impl Discretization {
    /// Bins that meet at these values; their indices come out.
    pub fn new(bin_boundaries: impl Into<Vec<f64>>) -> Self {
        Self { bin_boundaries: bin_boundaries.into(), output_mode: OutputMode::Int }
    }

    /// Gives this.
    pub fn output_mode(self, output_mode: OutputMode) -> Self {
        Self { output_mode, ..self }
    }

    fn bins(&self) -> usize {
        self.bin_boundaries.len() + 1
    }
}

impl LayerSpec for Discretization {
    const KIND: &'static str = "discretization";

    fn validate(&self) -> Result<(), LayerError> {
        let boundaries = &self.bin_boundaries;
        let rule = match boundaries {
            none if none.is_empty() => "there must be at least one",
            some if !some.iter().all(|boundary| boundary.is_finite()) => "all must be finite",
            some if some.windows(2).any(|pair| pair[0] > pair[1]) => "they must be in ascending order",
            _ => return check_counted(Self::KIND, self.output_mode),
        };
        Err(LayerError::value(Self::KIND, "bin_boundaries", boundaries, rule))
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        only_float_input(Self::KIND, "one input of real numbers", inputs)?;
        encoded(self.output_mode, Self::KIND, self.bins(), inputs)
    }

    own_module!();
}

impl LayerModule for Discretization {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        let (x, dims) = float_row(inputs.remove(0));
        let (dtype, count) = (x.dtype(), self.bin_boundaries.len());
        let boundaries = TensorData::new(self.bin_boundaries.clone(), [1, count]);
        let boundaries = Tensor::<2>::from_data(boundaries, (&x.device(), dtype));
        // Counted from the end, so that what compares with nothing falls into the last bin, as in NumPy's `digitize`.
        let above = x.unsqueeze_dim::<2>(1).lower(boundaries).int().sum_dim(1).squeeze_dim::<1>(1);
        let bins = above.neg() + count as i64;
        encode(self.output_mode, bins, &dims, self.bins(), None, Some(dtype))
    }
}

weightless!(Discretization);
