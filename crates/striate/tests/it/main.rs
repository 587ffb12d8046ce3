//! Public behaviour of `striate`.

mod answers;
mod examples;
mod scenes;
mod similar;
