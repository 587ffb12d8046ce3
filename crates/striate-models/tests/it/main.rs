//! Public behaviour of `striate-models`.

mod dense_outputs;
mod golden;
mod lecture;
mod options;
