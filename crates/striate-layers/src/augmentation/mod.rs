//! Random changes of pictures, in training only.
//!
//! Each layer draws on the host, from the stream of the running node, so that every device sees the same changes.
//! Where a layer draws for each picture, the numbers of one don't depend on how many follow it in the batch.

mod crop;
mod factor;
mod flip;
mod geometry;
mod stretch;
mod tone;
mod warp;

pub use crop::RandomCrop;
pub use factor::Factor;
pub use flip::{FlipMode, RandomFlip};
pub use geometry::{RandomRotation, RandomShear, RandomTranslation, RandomZoom};
pub use stretch::{RandomHeight, RandomWidth};
pub use tone::{RandomBrightness, RandomContrast};
pub use warp::FillMode;
