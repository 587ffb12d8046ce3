//! Dropout (Srivastava et al. 2014): Keras's `Dropout` and `SpatialDropout1D` to `SpatialDropout3D`, PyTorch's `Dropout`
//! and `Dropout1d` to `Dropout3d`.

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{mask, noise_layer};
use crate::builders::{data_format_builder, seed_builder};
use crate::check::check_rate;
use crate::{Context, DataFormat, LayerError, Signature};

/// Config of a dropout: in training each value is 0 with probability `rate`, else multiplied by `1 / (1 - rate)`.
///
/// Any shape, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// The probability, in `[0, 1)`.
    pub rate: f64,
    /// The sides of the mask, the batch first: none for the input's side, 1 for one draw along all of the axis. All
    /// none: the input's shape.
    #[serde(default)]
    pub noise_shape: Option<Vec<Option<usize>>>,
    /// Replaces the run's seed.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl Dropout {
    /// Drops with this probability.
    pub fn new(rate: f64) -> Self {
        Self { rate, noise_shape: None, seed: None }
    }

    /// Draws a mask of these sides, the batch first: none for the input's side, 1 for one draw along all of the axis.
    pub fn noise_shape(self, sides: impl Into<Vec<Option<usize>>>) -> Self {
        Self { noise_shape: Some(sides.into()), ..self }
    }

    seed_builder!();

    /// Any shape, the same out.
    ///
    /// # Panics
    /// If the noise shape isn't one for this input.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, context: &Context) -> Tensor<D> {
        let mut shape = x.dims();
        if let Some(sides) = &self.noise_shape {
            assert_eq!(sides.len(), D, "the noise shape has a side for each axis");
            shape = std::array::from_fn(|axis| sides[axis].unwrap_or(shape[axis]));
        }
        drop(x, self.rate, shape, context.stream_seeded(self.seed, "dropout"))
    }

    fn check(&self) -> Result<(), LayerError> {
        check_rate("dropout", "rate", self.rate)?;
        match self.noise_shape.as_deref() {
            Some([] | [Some(0 | 2..), ..]) => {
                let rule = "its first side is the batch's and must be null or 1";
                Err(LayerError::value("dropout", "noise_shape", &self.noise_shape, rule))
            }
            Some(sides) if sides.contains(&Some(0)) => {
                Err(LayerError::value("dropout", "noise_shape", &self.noise_shape, "its sides must be at least 1"))
            }
            _ => Ok(()),
        }
    }

    fn fits(&self, input: &Signature) -> Result<(), LayerError> {
        let Some([_, noise @ ..]) = self.noise_shape.as_deref() else { return Ok(()) };
        let sides = input.shape.sides();
        let fits = |(noise, side): (&Option<usize>, &Option<usize>)| matches!(noise, None | Some(1)) || noise == side;
        match noise.len() == sides.len() && noise.iter().zip(sides).all(fits) {
            true => Ok(()),
            false => {
                let noise: Vec<_> = noise.iter().map(|side| side.map_or("null".into(), |n| n.to_string())).collect();
                let expected = format!("an input that its noise shape, [batch, {}], fits", noise.join(", "));
                Err(LayerError::input("dropout", expected, std::slice::from_ref(input))
                    .with_fix("each of its sides is null, 1, or the input's side"))
            }
        }
    }
}

noise_layer!(Dropout, "dropout", Dropout::check, Dropout::fits);

/// Config of a dropout of whole channels (Tompson et al. 2015): in training each channel of each sample is 0 with
/// probability `rate`, else multiplied by `1 / (1 - rate)`.
///
/// `[batch, channels, …]` with at least one spatial axis, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpatialDropout {
    /// The probability, in `[0, 1)`.
    pub rate: f64,
    /// Replaces the run's seed.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

impl SpatialDropout {
    /// Drops with this probability.
    pub fn new(rate: f64) -> Self {
        Self { rate, seed: None, data_format: DataFormat::ChannelsFirst }
    }

    seed_builder!();
    data_format_builder!();

    /// `[batch, channels, …]`, the same out; with channels last, both have them last.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, context: &Context) -> Tensor<D> {
        let sides = x.dims();
        let channels = self.data_format.channel_axis(D);
        let shape = std::array::from_fn(|axis| if axis == 0 || axis == channels { sides[axis] } else { 1 });
        drop(x, self.rate, shape, context.stream_seeded(self.seed, "spatial_dropout"))
    }

    fn check(&self) -> Result<(), LayerError> {
        check_rate("spatial_dropout", "rate", self.rate)
    }

    fn fits(&self, input: &Signature) -> Result<(), LayerError> {
        match input.shape.rank() {
            2.. => Ok(()),
            _ => {
                let expected = format!("one input {} with spatial axes", self.data_format.any_axes());
                Err(LayerError::input("spatial_dropout", expected, std::slice::from_ref(input))
                    .with_fix("use `dropout`"))
            }
        }
    }
}

noise_layer!(SpatialDropout, "spatial_dropout", SpatialDropout::check, SpatialDropout::fits);

fn drop<const D: usize>(x: Tensor<D>, rate: f64, shape: [usize; D], stream: Option<Stream>) -> Tensor<D> {
    match mask(&x, shape, rate, stream) {
        Some(mask) => x * mask,
        None => x,
    }
}
