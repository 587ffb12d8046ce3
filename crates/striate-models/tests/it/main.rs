//! Public behaviour of `striate-models`.

mod lecture;
