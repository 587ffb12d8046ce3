//! Larger pictures: Keras's `UpSampling1D` to `UpSampling3D`, PyTorch's `Upsample` with a whole `scale_factor`.

use burn::Tensor;
use burn::tensor::{Int, TensorData};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::changed_sides;
use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec, weightless};
use crate::window::MAX_SPAN;
use crate::{Context, Cost, DataFormat, LayerError, Signature, Size, Value};

/// What stands between the px of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpsampleMode {
    /// The nearest px: each is repeated.
    #[default]
    Nearest,
    /// A straight line between neighbours in each direction; PyTorch's `linear`, `bilinear` and `trilinear`.
    #[serde(alias = "linear", alias = "trilinear")]
    Bilinear,
}

/// Makes the sides of a picture of `D` directions several times as long; `R` is `D + 2`, the rank of a batch. Written
/// [`Upsample1d`], [`Upsample2d`], [`Upsample3d`].
///
/// `[batch, channels, …sides]` to `[batch, channels, …(side * scale)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upsample<const D: usize, const R: usize> {
    /// How many times as long each side becomes, from 1 to 8,192.
    pub scale: Size<D>,
    /// What stands between the px.
    #[serde(default)]
    pub mode: UpsampleMode,
    /// Whether the outermost px of input and output lie on each other (bilinear only); else their outer edges do, as in
    /// Keras.
    #[serde(default)]
    pub align_corners: bool,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

/// Makes a sequence longer: `[batch, channels, length]`.
pub type Upsample1d = Upsample<1, 3>;
/// Makes a picture larger: `[batch, channels, height, width]`.
pub type Upsample2d = Upsample<2, 4>;
/// Makes a volume larger: `[batch, channels, depth, height, width]`.
pub type Upsample3d = Upsample<3, 5>;

impl<const D: usize, const R: usize> Upsample<D, R> {
    /// Makes the sides this many times as long, one number or one a direction, by repeating px.
    pub fn new(scale: impl Into<Size<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self {
            scale: scale.into(),
            mode: UpsampleMode::Nearest,
            align_corners: false,
            data_format: DataFormat::ChannelsFirst,
        }
    }

    /// Draws straight lines between neighbours.
    pub fn bilinear(self) -> Self {
        Self { mode: UpsampleMode::Bilinear, ..self }
    }

    /// Lays the outermost px of input and output on each other.
    pub fn align_corners(self) -> Self {
        Self { align_corners: true, ..self }
    }

    data_format_builder!();

    /// `[batch, channels, …sides]` to `[batch, channels, …side * scale]`; with channels last, both have them last.
    pub fn forward(&self, images: Tensor<R>) -> Tensor<R> {
        let first = self.data_format.first_side();
        (0..D).filter(|d| self.scale.0[*d] > 1).fold(images, |x, d| {
            let (axis, scale) = (first + d, self.scale.0[d]);
            let mut sides = x.dims();
            // The axes before and after go along.
            let outer = sides[..axis].iter().product();
            let inner = sides[axis + 1..].iter().product();
            let x = x.reshape([outer, sides[axis], inner]);
            let x = match self.mode {
                UpsampleMode::Nearest => x.unsqueeze_dim::<4>(2).expand([outer, sides[axis], scale, inner]).reshape([
                    outer,
                    sides[axis] * scale,
                    inner,
                ]),
                UpsampleMode::Bilinear => lines(x, scale, self.align_corners),
            };
            sides[axis] *= scale;
            x.reshape(sides)
        })
    }
}

/// Where each px of the output lies on the input, in px; between the first and the last.
fn positions(side: usize, scale: usize, align_corners: bool) -> impl Iterator<Item = f64> {
    let output = side * scale;
    (0..output).map(move |px| match align_corners {
        true if output > 1 => (px * (side - 1)) as f64 / (output - 1) as f64,
        true => 0.0,
        false => ((px as f64 + 0.5) / scale as f64 - 0.5).clamp(0.0, (side - 1) as f64),
    })
}

/// `[outer, side, inner]` to `[outer, side * scale, inner]`, straight lines between neighbours.
fn lines(x: Tensor<3>, scale: usize, align_corners: bool) -> Tensor<3> {
    let [_, side, _] = x.dims();
    let device = x.device();
    let positions: Vec<f64> = positions(side, scale, align_corners).collect();
    let count = positions.len();
    let index = |of: &dyn Fn(f64) -> usize| {
        let indices: Vec<i64> = positions.iter().map(|position| of(*position) as i64).collect();
        Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), &device)
    };
    let before = index(&|position| position as usize);
    let after = index(&|position| (position as usize + 1).min(side - 1));
    let share: Vec<f64> = positions.iter().map(|position| position.fract()).collect();
    let share = Tensor::<3>::from_data(TensorData::new(share, [1, count, 1]), (&device, x.dtype()));
    let rest = -share.clone() + 1.0;
    x.clone().select(1, before) * rest + x.select(1, after) * share
}

impl<const D: usize, const R: usize> LayerSpec for Upsample<D, R> {
    type Module = Self;
    const KIND: &'static str = ["upsample1d", "upsample2d", "upsample3d"][D - 1];

    fn validate(&self) -> Result<(), LayerError> {
        if !self.scale.0.iter().all(|scale| (1..=MAX_SPAN).contains(scale)) {
            return Err(LayerError::value(Self::KIND, "scale", self.scale.0, "each must be from 1 to 8192"));
        }
        if self.align_corners && self.mode == UpsampleMode::Nearest {
            return Err(LayerError::value(Self::KIND, "align_corners", true, "mode `nearest` has no corners to align"));
        }
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        changed_sides::<D>(Self::KIND, self.data_format, inputs, " with sides of at least 1 px", |d, side| {
            side.checked_mul(self.scale.0[d]).filter(|side| *side > 0)
        })
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let multiplications = match self.mode {
            UpsampleMode::Nearest => 0,
            // Each direction in turn weighs two neighbours for each px of its result.
            UpsampleMode::Bilinear => {
                let mut elements = inputs[0].shape.elements().unwrap_or(0) as u64;
                let scales = self.scale.0.iter().filter(|scale| **scale > 1);
                let each = scales.map(|scale| {
                    elements = elements.saturating_mul(*scale as u64);
                    elements.saturating_mul(2)
                });
                each.fold(0, u64::saturating_add)
            }
        };
        Cost { multiplications, ..Cost::of_output(self.output(inputs)) }
    }

    fn build(&self, _inputs: &[Signature], _scope: &Scope, _device: &Device) -> Self {
        *self
    }
}

impl<const D: usize, const R: usize> LayerModule for Upsample<D, R> {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(const D, R; Upsample<D, R>);
