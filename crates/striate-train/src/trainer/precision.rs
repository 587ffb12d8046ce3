//! The precision of a pass.

use burn::tensor::FloatDType;
use serde::{Deserialize, Serialize};
use striate_backend::Device;

use super::TrainerConfig;
use crate::TrainError;
use crate::optimizers::LossScale;

/// The type in which a network runs forward and back. Weights, what update rules remember, losses and the layers' norms are in
/// `f32` in any case, as in Keras's policies `mixed_float16` and `mixed_bfloat16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Half precision, 11 bits up to 65504.
    F16,
    /// Brain floating point, 8 bits with the range of `f32`.
    Bf16,
}

impl Precision {
    pub(super) fn dtype(self) -> FloatDType {
        match self {
            Self::F32 => FloatDType::F32,
            Self::F16 => FloatDType::F16,
            Self::Bf16 => FloatDType::BF16,
        }
    }

    pub(super) fn check(self, device: &Device) -> Result<(), TrainError> {
        if device.supports_dtype(self.dtype()) {
            return Ok(());
        }
        let value = format!("{:?}", self.dtype()).to_lowercase();
        Err(TrainError::Option {
            option: "precision",
            value,
            rule: "this device doesn't compute in it; f32 always goes",
        })
    }
}

impl TrainerConfig {
    /// How the loss is scaled: as the config says, or else for `f16` alone, as `torch.amp.GradScaler`.
    pub(super) fn scaling(&self) -> Option<LossScale> {
        self.loss_scale.or_else(|| (self.precision == Precision::F16).then(LossScale::dynamic))
    }
}
