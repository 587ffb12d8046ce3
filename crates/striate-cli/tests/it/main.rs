//! The `striate` command as a user meets it.

mod exchange;
mod look;
mod mistakes;
mod predict;
mod runs;
mod support;
