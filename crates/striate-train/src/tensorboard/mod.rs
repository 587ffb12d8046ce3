//! Event files that TensorBoard shows.

mod proto;
mod record;
mod writer;

pub use writer::EventWriter;
