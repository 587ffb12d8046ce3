//! Data sets.

mod folder;
mod idx;
mod in_memory;
mod subset;

#[cfg(feature = "digits")]
mod digits;

#[cfg(feature = "digits")]
pub use digits::Digits;
pub use folder::Folder;
pub use idx::{Idx, IdxSplit};
pub use in_memory::InMemory;
pub use subset::{Subset, split};
