//! Public behaviour of `striate-backend`.

mod conv2d;
mod device;
mod tanh;
