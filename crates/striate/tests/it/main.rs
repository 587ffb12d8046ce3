//! Public behaviour of `striate`.

mod answers;
mod examples;
mod rows;
#[cfg(feature = "digits")]
mod scenes;
mod similar;
