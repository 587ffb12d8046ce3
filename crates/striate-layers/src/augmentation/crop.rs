//! A random part of a picture: Keras's `RandomCrop`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::builders::{data_format_builder, seed_builder};
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::preprocessing::{check_resize, check_target, cut_and_resize, picture, sides};
use crate::{Context, DataFormat, LayerError, Shape, Signature, Value};

/// Cuts a window at a random place out of each picture, in training. In evaluation, and from pictures that are smaller
/// on some side, it cuts the largest window with the aspect ratio from the middle, and resizes that (bilinear).
///
/// `[batch, channels, in_height, in_width]` to `[batch, channels, height, width]`. As Keras documents it, but that each
/// picture has a place of its own; Keras 3.15 itself gives pictures unchanged in evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomCrop {
    /// The height to come, from 1 to 8,192 px.
    pub height: usize,
    /// The width to come, from 1 to 8,192 px.
    pub width: usize,
    /// Replaces the run's seed.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

impl RandomCrop {
    /// This height and width in px.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, seed: None, data_format: DataFormat::ChannelsFirst }
    }

    seed_builder!();

    data_format_builder!();

    /// `[batch, channels, in_height, in_width]` to `[batch, channels, height, width]`; with channels last, both have them
    /// last. The context says whether the places are random.
    ///
    /// # Panics
    /// If the pictures have no px.
    pub fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<4> {
        let images = self.data_format.channels_first(images);
        let [height, width] = sides(DataFormat::ChannelsFirst, images.dims());
        let fits = height >= self.height && width >= self.width;
        let images = match context.stream_seeded(self.seed, Self::KIND).filter(|_| fits) {
            Some(mut stream) => {
                let windows = (0..images.dims()[0]).map(|sample| {
                    let [top, left] = [height - self.height, width - self.width].map(|most| stream.below(most + 1));
                    let sample = images.clone().narrow(0, sample, 1);
                    sample.narrow(2, top, self.height).narrow(3, left, self.width)
                });
                Tensor::cat(windows.collect(), 0)
            }
            None => cut_and_resize(images, [self.height, self.width]),
        };
        self.data_format.restore(images)
    }
}

impl LayerSpec for RandomCrop {
    const KIND: &'static str = "random_crop";

    fn validate(&self) -> Result<(), LayerError> {
        check_target(Self::KIND, self.height, self.width)
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let (channels, sides) = picture(Self::KIND, self.data_format, inputs)?;
        check_resize(Self::KIND, inputs, sides, [self.height, self.width])?;
        let size = [Some(self.height), Some(self.width)];
        Ok(Signature::float(Shape::new(self.data_format.join(channels, &size))))
    }

    own_module!();
}

impl LayerModule for RandomCrop {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }
}

weightless!(RandomCrop);
