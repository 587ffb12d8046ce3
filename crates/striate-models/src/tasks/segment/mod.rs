//! Segmentation: from logits to a class for each px, and to single things.
//!
//! Maps are `[class, height, width]`, masks `[height, width]`, row by row.
//!
//! ```
//! use striate_models::tasks::segment::{Maps, Outline, Watershed};
//!
//! // Two things of 4x3 px side by side, numbered 1 and 2.
//! let things: Vec<u16> = [0, 1, 1, 1, 2, 2, 2, 0].repeat(4);
//! let target = Outline::default().target(&things, [4, 8])?;
//! // What a network would give that has learned it.
//! let maps = Maps::of_mask(&target, 3, [4, 8])?.probabilities();
//! let found = Watershed::default().things(&maps)?;
//! assert_eq!(found.count, 2);
//! # Ok::<(), striate_models::tasks::TaskError>(())
//! ```

mod maps;
mod matching;
mod outline;
mod overlay;
mod watershed;

pub use self::maps::Maps;
pub use self::matching::ThingCounts;
pub use self::outline::Outline;
pub use self::overlay::{PALETTE, overlay};
pub use self::watershed::{Things, Watershed};

/// The class of px that no loss and no measure looks at.
pub const VOID: u8 = 255;
