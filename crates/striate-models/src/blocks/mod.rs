//! Blocks that several networks are made of.

mod auto_names;
mod conv_norm;
mod divisible;
mod efficientnet;
mod fit;
mod keras_order;

pub(crate) use self::auto_names::AutoNames;
pub(crate) use self::conv_norm::conv_norm;
pub(crate) use self::divisible::divisible;
pub(crate) use self::efficientnet::{MbConv, mb_convs};
pub(crate) use self::fit::{Sides, fit};
pub(crate) use self::keras_order::KerasOrder;
