//! Columns of numbers, categories and text to numbers for a network, on the host.
//!
//! The settings and what is learned are plain data in [`striate_core::features`]; here is what adapts and applies them.
//! Each of [`Normalizer`], [`Discretizer`], [`CategoryEncoder`], [`Hasher`], [`LookupTable`] and [`TextVectorizer`] is made
//! from its settings once and then applied to arrays with the batch axis first. What learns has an [`Adapter`], which
//! passes over the data once. [`Features`] does it all for the rows of a table.
//!
//! ```
//! use striate_core::features::{FeatureError, OutputMode, StringLookup};
//! use striate_data::features::{AdaptLookup, Array, LookupTable, adapt};
//!
//! # fn main() -> Result<(), FeatureError> {
//! let settings = StringLookup { output_mode: OutputMode::OneHot, ..StringLookup::default() };
//! let towns = ["Oslo", "Bergen", "Oslo"].map(|town| [town.to_owned()]);
//! let lookup = adapt(AdaptLookup::new(settings)?, towns)?;
//! let encoded = LookupTable::new(&lookup)?.apply(&Array::row(["Oslo".to_owned(), "Rome".to_owned()]))?;
//! assert_eq!(encoded.to_f32().values(), [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
//! # Ok(())
//! # }
//! ```

mod adapt;
mod array;
mod category;
mod discretize;
mod encode;
mod hash;
mod lookup;
mod normalize;
mod quantiles;
mod table;
mod text;
mod vocabulary;

pub use adapt::{Adapter, adapt};
pub use array::{Array, Encoded};
pub use category::{CategoryEncoder, one_hot_labels, rescale};
pub use discretize::{AdaptDiscretization, Discretizer};
pub use hash::{Hasher, fingerprint64, siphash24};
pub use lookup::LookupTable;
pub use normalize::{AdaptNormalization, Normalizer};
pub use table::{AdaptFeatures, FeatureValues, Features};
pub use text::{AdaptText, TextVectorizer};
pub use vocabulary::{AdaptLookup, VocabularyLimits};
