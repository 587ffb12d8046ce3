//! The `striate` command as a user meets it.

mod look;
mod mistakes;
mod predict;
mod runs;
mod support;
