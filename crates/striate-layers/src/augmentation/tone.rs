//! Random contrast and brightness, as Keras 3.

use burn::Tensor;
use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::Factor;
use crate::builders::{data_format_builder, seed_builder};
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::preprocessing::picture;
use crate::{Context, DataFormat, LayerError, Signature, Value};

fn bytes() -> [f64; 2] {
    [0.0, 255.0]
}

/// A layer that changes each picture by one number: `change` takes the picture and the numbers.
macro_rules! toning {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $(#[$factor_doc:meta])* factor) => {
        $(#[$doc])*
        ///
        /// `[batch, channels, height, width]` to the same shape, each picture by a number of its own. In evaluation it
        /// changes nothing.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(#[$factor_doc])*
            pub factor: Factor,
            /// The least and the greatest value of a px; what comes out is cut to them.
            #[serde(default = "bytes")]
            pub value_range: [f64; 2],
            /// Replaces the run's seed.
            #[serde(default)]
            pub seed: Option<u64>,
            /// Where the channels stand, in input and output.
            #[serde(default)]
            pub data_format: DataFormat,
        }

        impl $name {
            /// By this factor, for values from 0 to 255.
            pub fn new(factor: impl Into<Factor>) -> Self {
                let data_format = DataFormat::ChannelsFirst;
                Self { factor: factor.into(), value_range: bytes(), seed: None, data_format }
            }

            /// For px with values between these.
            pub fn value_range(self, value_range: [f64; 2]) -> Self {
                Self { value_range, ..self }
            }

            seed_builder!();

            data_format_builder!();

            /// `[batch, channels, height, width]`, the same out; with channels last, both have them last. In evaluation
            /// nothing changes.
            pub fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<4> {
                let Some(mut stream) = context.stream_seeded(self.seed, $kind) else { return images };
                let draws = draw(self.factor, &mut stream, &images);
                let [least, greatest] = self.value_range;
                self.change(images, draws).clamp(least, greatest)
            }
        }

        impl LayerSpec for $name {
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), LayerError> {
                self.factor.check($kind, "factor")?;
                let [least, greatest] = self.value_range;
                match least < greatest && least.is_finite() && greatest.is_finite() {
                    true => Ok(()),
                    false => Err(LayerError::value($kind, "value_range", self.value_range, "it must ascend")),
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

/// A number for each picture, `[batch, 1, 1, 1]`.
fn draw(factor: Factor, stream: &mut Stream, images: &Tensor<4>) -> Tensor<4> {
    let batch = images.dims()[0];
    let draws: Vec<f64> = (0..batch).map(|_| factor.draw(stream)).collect();
    Tensor::from_data(TensorData::new(draws, [batch, 1, 1, 1]), (&images.device(), images.dtype()))
}

toning!(
    /// Moves px away from the mean of their channel, or towards it: Keras's `RandomContrast`.
    RandomContrast,
    "random_contrast",
    /// By how much their distance to the mean grows, from -1 to 1: 0.2 makes it 1.2 times as large. Keras writes the
    /// pair `(0.2, 0.3)` for what is `[-0.2, 0.3]` here.
    factor
);

impl RandomContrast {
    fn change(&self, images: Tensor<4>, draws: Tensor<4>) -> Tensor<4> {
        let height = self.data_format.first_side();
        let width = height + 1;
        let mean = images.clone().mean_dim(height).mean_dim(width);
        (images - mean.clone()) * (draws + 1.0) + mean
    }
}

toning!(
    /// Adds one value to every px: Keras's `RandomBrightness`.
    RandomBrightness,
    "random_brightness",
    /// What is added, as a part of the range of values, from -1 to 1: 1 makes a picture white, -1 black.
    factor
);

impl RandomBrightness {
    fn change(&self, images: Tensor<4>, draws: Tensor<4>) -> Tensor<4> {
        images + draws * (self.value_range[1] - self.value_range[0])
    }
}
