//! Features: how columns of numbers, categories and text become numbers for a network, as data that travels in a model
//! file.
//!
//! Each kind has its settings and, once it has been adapted to data, what it learned from them: [`Moments`] (mean and
//! variance), the boundaries of bins, a vocabulary and its inverse document frequencies. `striate-data` adapts and
//! applies them on the host. A [`FeatureSpec`] says which column of a table goes through which feature to which input
//! of a network. All of it is plain data that may come from an untrusted file: `validate` says whether it can be used.
//!
//! Settings, defaults and results are those of the Keras layers with the same names (3.15.1,
//! <https://keras.io/api/layers/preprocessing_layers/>) on TensorFlow.

mod cell;
mod discretization;
mod encoding;
mod error;
mod hashing;
mod lookup;
mod normalization;
mod rescaling;
mod spec;
mod text;

pub use cell::Cell;
pub use discretization::Discretization;
pub use encoding::{CategoryEncoding, MAX_DEPTH, OneHot, OutputMode};
pub use error::FeatureError;
pub use hashing::{Hashing, Salt};
pub use lookup::{IntegerLookup, Lookup, OovMethod, StringLookup, Token};
pub use normalization::{Axes, Moments, Normalization};
pub use rescaling::Rescaling;
pub use spec::{Feature, FeatureInput, FeatureSpec, InputKind, NamedFeature};
pub use text::{Ngrams, Split, Standardize, TextVectorization};
