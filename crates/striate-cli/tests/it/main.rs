//! The `striate` command as a user meets it.

#[cfg(feature = "download")]
mod download;
mod exchange;
mod explain;
mod kills;
mod look;
mod mistakes;
mod models;
mod predict;
mod runs;
mod support;
mod tasks;
mod train_tasks;
mod weights;
