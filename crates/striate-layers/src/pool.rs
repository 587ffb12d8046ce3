//! Pooling: Keras's and PyTorch's `MaxPool2d`, `AvgPool2d`.

use burn::Tensor;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::layer::{LayerModule, LayerSpec, only_float_input, weightless};
use crate::window::{Padding, Window, output_sides, side_paddings, windows};
use crate::{Context, Cost, LayerError, Signature, Size, Value};

macro_rules! pool2d {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $forward:expr) => {
        $(#[$doc])*
        ///
        /// `[batch, channels, height, width]` to `[batch, channels, out_height, out_width]`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Height and width of a window in px, at least 1.
            pub pool_size: Size<2>,
            /// Step between windows in px, at least 1; none: the pool size.
            #[serde(default)]
            pub stride: Option<Size<2>>,
            /// What is added around the picture; it never counts.
            #[serde(default)]
            pub padding: Padding<2>,
        }

        impl $name {
            /// Windows of this size that don't overlap.
            pub fn new(pool_size: impl Into<Size<2>>) -> Self {
                Self { pool_size: pool_size.into(), stride: None, padding: Padding::Valid }
            }

            /// Steps by this many px.
            pub fn stride(self, stride: impl Into<Size<2>>) -> Self {
                Self { stride: Some(stride.into()), ..self }
            }

            /// Pads so that the output's sides are `ceil(side / stride)`, as TensorFlow.
            pub fn same(self) -> Self {
                Self { padding: Padding::Same, ..self }
            }

            /// Pads so.
            pub fn padding(self, padding: impl Into<Padding<2>>) -> Self {
                Self { padding: padding.into(), ..self }
            }

            fn windows(&self) -> [Window; 2] {
                windows(self.pool_size, self.stride.unwrap_or(self.pool_size), 1.into())
            }

            /// Pools a batch of pictures.
            ///
            /// # Panics
            /// If no window fits.
            pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
                let [_, _, height, width] = images.dims();
                let padding = side_paddings(self.padding, [height, width], self.windows());
                let stride = self.stride.unwrap_or(self.pool_size);
                $forward(images, self.pool_size.0, stride.0, padding)
            }
        }

        impl LayerSpec for $name {
            type Module = Self;
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), LayerError> {
                let stride = self.stride.unwrap_or(self.pool_size);
                for (field, size) in [("pool_size", self.pool_size), ("stride", stride)] {
                    if size.0.contains(&0) {
                        return Err(LayerError::value($kind, field, size.0, "both sides must be at least 1"));
                    }
                }
                if let Padding::Explicit(amounts) = self.padding {
                    // A window wholly in the padding would have nothing to pool.
                    let too_much = |d: usize| amounts[d].iter().any(|&amount| amount >= self.pool_size.0[d]);
                    if (0..2).any(too_much) {
                        return Err(LayerError::value(
                            $kind,
                            "padding",
                            amounts,
                            "each amount must be less than the pool size on that side",
                        ));
                    }
                }
                Ok(())
            }

            fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
                let expected = "one picture [channels, height, width]";
                let input = only_float_input($kind, expected, inputs)?;
                let &[channels, height, width] = input.shape.sides() else {
                    return Err(LayerError::input($kind, expected, inputs));
                };
                match output_sides(self.padding, [height, width], self.windows()) {
                    Some([height, width]) => Ok(Signature::float([channels, height, width])),
                    None => {
                        let Size([height, width]) = self.pool_size;
                        let expected = format!("a picture that a {height}x{width} window fits in");
                        Err(LayerError::input($kind, expected, inputs)
                            .with_fix("use padding `same`, a smaller window, or a larger picture"))
                    }
                }
            }

            fn cost(&self, inputs: &[Signature]) -> Cost {
                let output = self.output(inputs).ok().and_then(|output| output.shape.elements());
                Cost { activations: output.unwrap_or(0) as u64, ..Cost::default() }
            }

            fn build(&self, _inputs: &[Signature], _scope: &Scope, _device: &Device) -> Self {
                *self
            }
        }

        impl LayerModule for $name {
            fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
                self.forward(inputs.remove(0).float()).into()
            }
        }

        weightless!($name);
    };
}

pool2d!(
    /// The mean of each window over the px within the picture, as Keras.
    AvgPool2d,
    "avg_pool2d",
    average
);

pool2d!(
    /// The maximum of each window.
    MaxPool2d,
    "max_pool2d",
    maximum
);

fn average(images: Tensor<4>, size: [usize; 2], stride: [usize; 2], padding: [(usize, usize); 2]) -> Tensor<4> {
    let options = AvgPoolOptions::new(size).with_stride(stride).with_padding_pairs(padding);
    avg_pool2d(images, options.with_count_include_pad(false))
}

fn maximum(images: Tensor<4>, size: [usize; 2], stride: [usize; 2], padding: [(usize, usize); 2]) -> Tensor<4> {
    max_pool2d(images, MaxPoolOptions::new(size).with_stride(stride).with_padding_pairs(padding))
}
