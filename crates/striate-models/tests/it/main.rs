//! Public behaviour of `striate-models`.

mod dense_outputs;
mod every;
mod golden;
mod lecture;
mod options;
mod support;
mod tasks;
mod torchvision;
mod weights;
