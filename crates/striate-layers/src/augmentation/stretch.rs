//! Random height and width: Keras 2's `RandomHeight` and `RandomWidth`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::Factor;
use crate::builders::{data_format_builder, seed_builder};
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::preprocessing::{Resampling, check_resize, picture, resample, sides};
use crate::{Context, DataFormat, Interpolation, LayerError, Shape, Signature, Value};

macro_rules! stretching {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $axis:literal) => {
        $(#[$doc])*
        /// All pictures of a batch by the same number, so the side that comes is not known beforehand; it is at least
        /// 1 px. In evaluation it changes nothing.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The part that is added, from -1 to 1: 0.2 makes 100 px 120 px; negative: that is taken away.
            pub factor: Factor,
            /// How values between px are found.
            #[serde(default)]
            pub interpolation: Interpolation,
            /// Replaces the run's seed.
            #[serde(default)]
            pub seed: Option<u64>,
            /// Where the channels stand, in input and output.
            #[serde(default)]
            pub data_format: DataFormat,
        }

        impl $name {
            /// By this part, bilinear.
            pub fn new(factor: impl Into<Factor>) -> Self {
                let (interpolation, data_format) = (Interpolation::Bilinear, DataFormat::ChannelsFirst);
                Self { factor: factor.into(), interpolation, seed: None, data_format }
            }

            /// Finds values between px so.
            pub fn interpolation(self, interpolation: Interpolation) -> Self {
                Self { interpolation, ..self }
            }

            seed_builder!();

            data_format_builder!();

            /// `[batch, channels, height, width]` to the same with another side; with channels last, both have them last.
            /// In evaluation nothing changes.
            ///
            /// # Panics
            /// If the pictures have no px, in training.
            pub fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<4> {
                let Some(mut stream) = context.stream_seeded(self.seed, $kind) else { return images };
                let images = self.data_format.channels_first(images);
                let mut size = sides(DataFormat::ChannelsFirst, images.dims());
                size[$axis] = (((1.0 + self.factor.draw(&mut stream)) * size[$axis] as f64) as usize).max(1);
                self.data_format.restore(resample(images, Resampling::to(size, self.interpolation)))
            }
        }

        impl LayerSpec for $name {
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), LayerError> {
                self.factor.check($kind, "factor")
            }

            fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
                let (channels, mut sides) = picture($kind, self.data_format, inputs)?;
                let mut to = [0; 2];
                to[$axis] = sides[$axis].map_or(0, |side| ((1.0 + self.factor.high) * side as f64) as usize);
                check_resize($kind, inputs, sides, to)?;
                sides[$axis] = None;
                Ok(Signature::float(Shape::new(self.data_format.join(channels, &sides))))
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

stretching!(
    /// Stretches or squeezes pictures from top to bottom: Keras 2's `RandomHeight`.
    ///
    /// `[batch, channels, height, width]` to `[batch, channels, out_height, width]`.
    RandomHeight, "random_height", 0
);

stretching!(
    /// Stretches or squeezes pictures from left to right: Keras 2's `RandomWidth`.
    ///
    /// `[batch, channels, height, width]` to `[batch, channels, height, out_width]`.
    RandomWidth, "random_width", 1
);
