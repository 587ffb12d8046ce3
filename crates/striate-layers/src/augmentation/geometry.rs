//! Random translation, rotation, zoom and shear, as Keras 3 on JAX.

use std::f64::consts::TAU;

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::warp::{Map, Sampling, warp};
use super::{Factor, FillMode};
use crate::builders::{data_format_builder, seed_builder};
use crate::check::check_finite;
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::preprocessing::{picture, sides};
use crate::{Context, DataFormat, Interpolation, LayerError, Signature, Value};

/// A layer that warps each picture by a map of its own: `check` looks at the factors, `map` draws them.
macro_rules! warping {
    (
        $(#[$doc:meta])*
        $name:ident, $kind:literal, { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$doc])*
        ///
        /// `[batch, channels, height, width]` to the same shape, each picture by numbers of its own. In evaluation it
        /// changes nothing.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// What is beyond the picture's edges.
            #[serde(default)]
            pub fill_mode: FillMode,
            /// How values between px are found: nearest or bilinear.
            #[serde(default)]
            pub interpolation: Interpolation,
            /// The value beyond the edges for [`FillMode::Constant`].
            #[serde(default)]
            pub fill_value: f64,
            /// Replaces the run's seed.
            #[serde(default)]
            pub seed: Option<u64>,
            /// Where the channels stand, in input and output.
            #[serde(default)]
            pub data_format: DataFormat,
        }

        impl $name {
            fn of($($field: $type),*) -> Self {
                Self {
                    $($field,)*
                    fill_mode: FillMode::Reflect,
                    interpolation: Interpolation::Bilinear,
                    fill_value: 0.0,
                    seed: None,
                    data_format: DataFormat::ChannelsFirst,
                }
            }

            /// Fills what is beyond the edges so.
            pub fn fill_mode(self, fill_mode: FillMode) -> Self {
                Self { fill_mode, ..self }
            }

            /// Fills what is beyond the edges with one value.
            pub fn fill_value(self, fill_value: f64) -> Self {
                Self { fill_mode: FillMode::Constant, fill_value, ..self }
            }

            /// Finds values between px so: nearest or bilinear.
            pub fn interpolation(self, interpolation: Interpolation) -> Self {
                Self { interpolation, ..self }
            }

            seed_builder!();

            data_format_builder!();

            /// `[batch, channels, height, width]`, the same out; with channels last, both have them last. In evaluation
            /// nothing changes.
            pub fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<4> {
                let Some(mut stream) = context.stream_seeded(self.seed, $kind) else { return images };
                let [height, width] = sides(self.data_format, images.dims()).map(|side| side as f64);
                let maps: Vec<Map> = (0..images.dims()[0]).map(|_| self.map(&mut stream, height, width)).collect();
                let how = Sampling {
                    interpolation: self.interpolation,
                    fill_mode: self.fill_mode,
                    fill_value: self.fill_value,
                    data_format: self.data_format,
                };
                warp(images, &maps, how)
            }
        }

        impl LayerSpec for $name {
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), LayerError> {
                self.check()?;
                check_finite($kind, "fill_value", self.fill_value)?;
                match self.interpolation {
                    Interpolation::Nearest | Interpolation::Bilinear => Ok(()),
                    other => Err(LayerError::value($kind, "interpolation", other, "it must be nearest or bilinear")),
                }
            }

            fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
                picture($kind, self.data_format, inputs).map(|_| inputs[0].clone())
            }

            own_module!();
        }

        impl LayerModule for $name {
            fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
                self.forward(inputs.remove(0).float(), context).into()
            }
        }

        weightless!($name);
    };
}

warping!(
    /// Moves pictures: Keras's `RandomTranslation`.
    RandomTranslation, "random_translation", {
        /// How far down, as a part of the height, from -1 to 1; negative: up.
        height_factor: Factor,
        /// How far to the right, as a part of the width, from -1 to 1; negative: to the left.
        width_factor: Factor,
    }
);

impl RandomTranslation {
    /// Down and right by these parts of height and width; reflected at the edges, bilinear.
    pub fn new(height_factor: impl Into<Factor>, width_factor: impl Into<Factor>) -> Self {
        Self::of(height_factor.into(), width_factor.into())
    }

    fn check(&self) -> Result<(), LayerError> {
        self.height_factor.check(Self::KIND, "height_factor")?;
        self.width_factor.check(Self::KIND, "width_factor")
    }

    fn map(&self, stream: &mut Stream, height: f64, width: f64) -> Map {
        let down = self.height_factor.draw(stream) * height;
        let right = self.width_factor.draw(stream) * width;
        [[1.0, 0.0, -right], [0.0, 1.0, -down]]
    }
}

warping!(
    /// Turns pictures about their middle: Keras's `RandomRotation`.
    RandomRotation, "random_rotation", {
        /// By how many full turns counter-clockwise, from -1 to 1; negative: clockwise.
        factor: Factor,
    }
);

impl RandomRotation {
    /// By this part of a full turn; reflected at the edges, bilinear.
    pub fn new(factor: impl Into<Factor>) -> Self {
        Self::of(factor.into())
    }

    fn check(&self) -> Result<(), LayerError> {
        self.factor.check(Self::KIND, "factor")
    }

    fn map(&self, stream: &mut Stream, height: f64, width: f64) -> Map {
        // Quarter turns are exact: their sines and cosines miss 0 by less than this.
        let exact = |value: f64| if value.abs() < 1e-15 { 0.0 } else { value };
        let (sin, cos) = (self.factor.draw(stream) * TAU).sin_cos();
        let (sin, cos) = (exact(sin), exact(cos));
        let (x, y) = ((width - 1.0) / 2.0, (height - 1.0) / 2.0);
        [[cos, -sin, x - x * cos + y * sin], [sin, cos, y - x * sin - y * cos]]
    }
}

warping!(
    /// Zooms pictures about their middle: Keras's `RandomZoom`.
    RandomZoom, "random_zoom", {
        /// How much more of the height is seen, from -1 to 1: 0.2 zooms out by 20 %, -0.2 zooms in.
        height_factor: Factor,
        /// The same for the width; none: as the height, so that nothing is stretched.
        #[serde(default)]
        width_factor: Option<Factor>,
    }
);

impl RandomZoom {
    /// By this part, height and width alike; reflected at the edges, bilinear.
    pub fn new(height_factor: impl Into<Factor>) -> Self {
        Self::of(height_factor.into(), None)
    }

    /// Draws for the width by itself.
    pub fn width_factor(self, width_factor: impl Into<Factor>) -> Self {
        Self { width_factor: Some(width_factor.into()), ..self }
    }

    fn check(&self) -> Result<(), LayerError> {
        self.height_factor.check(Self::KIND, "height_factor")?;
        self.width_factor.map_or(Ok(()), |factor| factor.check(Self::KIND, "width_factor"))
    }

    fn map(&self, stream: &mut Stream, height: f64, width: f64) -> Map {
        let down = 1.0 + self.height_factor.draw(stream);
        let right = self.width_factor.map_or(down, |factor| 1.0 + factor.draw(stream));
        let offset = |side: f64, zoom: f64| (side - 1.0) / 2.0 * (1.0 - zoom);
        [[right, 0.0, offset(width, right)], [0.0, down, offset(height, down)]]
    }
}

warping!(
    /// Shears pictures about their top left px: Keras's `RandomShear`. Both directions have their sign turned over in
    /// half of the pictures.
    RandomShear, "random_shear", {
        /// By how many px a row moves against the one above it, from -1 to 1.
        #[serde(default = "nothing")]
        x_factor: Factor,
        /// By how many px a column moves against the one before it, from -1 to 1.
        #[serde(default = "nothing")]
        y_factor: Factor,
    }
);

fn nothing() -> Factor {
    0.0.into()
}

impl RandomShear {
    /// Rows and columns by these; reflected at the edges, bilinear.
    pub fn new(x_factor: impl Into<Factor>, y_factor: impl Into<Factor>) -> Self {
        Self::of(x_factor.into(), y_factor.into())
    }

    fn check(&self) -> Result<(), LayerError> {
        self.x_factor.check(Self::KIND, "x_factor")?;
        self.y_factor.check(Self::KIND, "y_factor")
    }

    fn map(&self, stream: &mut Stream, _height: f64, _width: f64) -> Map {
        let sign = if stream.chance(0.5) { -1.0 } else { 1.0 };
        let y = sign * self.y_factor.draw(stream);
        let x = sign * self.x_factor.draw(stream);
        [[1.0, x, 0.0], [y, 1.0, 0.0]]
    }
}
