//! Pictures of numbers.

mod colors;
mod matrix;
mod overlay;
mod scatter;
mod text;
mod tiles;

pub use colors::ColorMap;
pub use matrix::matrix;
pub use overlay::overlay;
pub use scatter::scatter;
pub use tiles::{Tile, tiles};
