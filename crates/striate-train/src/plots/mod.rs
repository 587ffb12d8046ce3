//! Pictures of a run, as SVG.
//!
//! Each function gives a whole SVG file as text. Numbers that aren't finite are left out.

mod canvas;
mod confusion;
mod curves;
mod panel;

pub use confusion::confusion;
pub use curves::{compare, curves, learning_rate_finder};
