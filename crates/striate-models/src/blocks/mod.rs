//! Blocks that several networks are made of.

mod auto_names;
mod basic_conv;
mod conv_norm;
mod conv_norm_activation;
mod divisible;
mod efficientnet;
mod fit;
mod fused_outputs;
mod inverted_residual;
mod keras_order;
mod residual;
mod squeeze_excitation;

pub(crate) use self::auto_names::AutoNames;
pub(crate) use self::basic_conv::basic_conv;
pub(crate) use self::conv_norm::conv_norm;
pub(crate) use self::conv_norm_activation::conv_norm_activation;
pub(crate) use self::divisible::divisible;
pub(crate) use self::efficientnet::{MbConv, mb_convs};
pub(crate) use self::fit::{Sides, fit};
pub(crate) use self::fused_outputs::fused_outputs;
pub(crate) use self::inverted_residual::{InvertedResidual, inverted_residual};
pub(crate) use self::keras_order::KerasOrder;
pub(crate) use self::residual::residual;
pub(crate) use self::squeeze_excitation::{SqueezeExcitation, squeeze_excitation};
