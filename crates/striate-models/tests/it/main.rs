//! Public behaviour of `striate-models`.

mod every;
mod golden;
mod lecture;
mod support;
mod torchvision;
mod weights;
