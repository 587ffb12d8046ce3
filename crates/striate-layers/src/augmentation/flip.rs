//! Random mirroring: Keras's `RandomFlip`.

use burn::Tensor;
use burn::tensor::{Bool, TensorData};
use serde::{Deserialize, Serialize};

use crate::builders::{data_format_builder, seed_builder};
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::preprocessing::picture;
use crate::{Context, DataFormat, LayerError, Signature, Value};

/// About which axis pictures are mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlipMode {
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// Both, or neither, as Keras 3: the picture is turned by half. Keras's `horizontal_and_vertical`.
    #[default]
    #[serde(alias = "horizontal_and_vertical")]
    Both,
}

/// Mirrors each picture with a chance of one half: Keras's `RandomFlip`.
///
/// `[batch, channels, height, width]` to the same shape. In evaluation it changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomFlip {
    /// About which axis.
    #[serde(default)]
    pub mode: FlipMode,
    /// Replaces the run's seed.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

impl RandomFlip {
    /// About this axis.
    pub fn new(mode: FlipMode) -> Self {
        Self { mode, seed: None, data_format: DataFormat::ChannelsFirst }
    }

    seed_builder!();

    data_format_builder!();

    /// `[batch, channels, height, width]`, the same out; with channels last, both have them last. In evaluation nothing
    /// changes.
    pub fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<4> {
        let Some(mut stream) = context.stream_seeded(self.seed, Self::KIND) else { return images };
        let dims = images.dims();
        let vertical = self.data_format.first_side();
        let horizontal = vertical + 1;
        let flipped = match self.mode {
            FlipMode::Horizontal => images.clone().flip([horizontal]),
            FlipMode::Vertical => images.clone().flip([vertical]),
            FlipMode::Both => images.clone().flip([vertical, horizontal]),
        };
        let draws: Vec<bool> = (0..dims[0]).map(|_| stream.chance(0.5)).collect();
        let mask = Tensor::<4, Bool>::from_data(TensorData::new(draws, [dims[0], 1, 1, 1]), &images.device());
        images.mask_where(mask.expand(dims), flipped)
    }
}

impl LayerSpec for RandomFlip {
    const KIND: &'static str = "random_flip";

    fn validate(&self) -> Result<(), LayerError> {
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        picture(Self::KIND, self.data_format, inputs).map(|_| inputs[0].clone())
    }

    own_module!();
}

impl LayerModule for RandomFlip {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }
}

weightless!(RandomFlip);
