//! Enums that are written as a name, or as a name with options.

pub(crate) use striate_core::named;
