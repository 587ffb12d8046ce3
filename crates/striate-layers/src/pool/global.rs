//! One value of each channel: Keras's `GlobalAveragePooling1D` to `3D` and `GlobalMaxPooling1D` to `3D`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::value::with_rank;
use crate::{Context, DataFormat, LayerError, Shape, Signature, Value};

/// The sides of a batch after global pooling.
fn pooled(sides: &[usize], keep_dims: bool, data_format: DataFormat) -> Vec<usize> {
    let channels = data_format.channel_axis(sides.len());
    match keep_dims {
        true => (0..sides.len()).map(|axis| if axis == 0 || axis == channels { sides[axis] } else { 1 }).collect(),
        false => vec![sides[0], sides[channels]],
    }
}

fn output(
    kind: &'static str,
    keep_dims: bool,
    data_format: DataFormat,
    inputs: &[Signature],
) -> Result<Signature, LayerError> {
    let expected = "one picture of channels and one to three sides of at least 1 px";
    let input = only_float_input(kind, expected, inputs)?;
    let sides = input.shape.sides();
    match data_format.parts(sides) {
        Some((channels, spatial @ ([_] | [_, _] | [_, _, _]))) if !spatial.contains(&Some(0)) => {
            let ones = vec![Some(1); if keep_dims { spatial.len() } else { 0 }];
            Ok(Signature::float(Shape::new(data_format.join(channels, &ones))))
        }
        _ => Err(LayerError::input(kind, expected, inputs)),
    }
}

macro_rules! global_pool {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $reduce:ident) => {
        $(#[$doc])*
        ///
        /// `[batch, channels, …sides]` to `[batch, channels]`, or to `[batch, channels, 1, …]` with `keep_dims`; for one
        /// to three directions of any size.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Whether the sides stay as sides of 1.
            #[serde(default)]
            pub keep_dims: bool,
            /// Where the channels stand, in the input and, with `keep_dims`, in the output.
            #[serde(default)]
            pub data_format: DataFormat,
        }

        impl $name {
            /// One row of channels for each sample.
            pub fn new() -> Self {
                Self::default()
            }

            /// Keeps the sides as sides of 1.
            pub fn keep_dims(self) -> Self {
                Self { keep_dims: true, ..self }
            }

            data_format_builder!();

            /// Pools a batch of pictures of rank `R`; `O` is 2, or `R` with `keep_dims`.
            ///
            /// # Panics
            /// If `O` is another, or `R` isn't 3 to 5.
            pub fn forward<const R: usize, const O: usize>(&self, images: Tensor<R>) -> Tensor<O> {
                let sides = pooled(&images.dims(), self.keep_dims, self.data_format);
                let sides: [usize; O] = sides.try_into().expect("`O` is the output's rank");
                self.reduce(images).reshape(sides)
            }

            /// The channels' values, `[batch, channels, 1]` or `[batch, 1, channels]`.
            fn reduce<const R: usize>(&self, images: Tensor<R>) -> Tensor<3> {
                let sides = self.data_format.flat(&images.dims());
                images.reshape(sides).$reduce(self.data_format.px_axis())
            }
        }

        impl LayerSpec for $name {
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), LayerError> {
                Ok(())
            }

            fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
                output($kind, self.keep_dims, self.data_format, inputs)
            }

            own_module!();
        }

        impl LayerModule for $name {
            fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
                let images = inputs.remove(0);
                let sides = images.dims();
                assert!((3..=5).contains(&sides.len()), "{} takes one to three directions", $kind);
                let values = with_rank!(images, x => self.reduce(x));
                values.reshape(&pooled(&sides, self.keep_dims, self.data_format))
            }
        }

        weightless!($name);
    };
}

global_pool!(
    /// The mean of each channel.
    GlobalAvgPool,
    "global_avg_pool",
    mean_dim
);

global_pool!(
    /// The maximum of each channel.
    GlobalMaxPool,
    "global_max_pool",
    max_dim
);
