//! Public behaviour of `striate`.

mod answers;
mod examples;
#[cfg(feature = "digits")]
mod scenes;
mod similar;
