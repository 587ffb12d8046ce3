//! Public behaviour of `striate-models`.

mod golden;
mod lecture;
