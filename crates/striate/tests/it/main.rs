//! Public behaviour of `striate`.

mod examples;
mod scenes;
mod similar;
