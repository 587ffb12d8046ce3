//! What a data set holds, and what is wrong with it.

mod doctor;
mod finding;
mod scan;
mod statistics;
mod thumbnail;

pub use doctor::{Diagnosis, Doctor};
pub use finding::{Finding, Place};
pub use statistics::{ClassStatistics, Spread, Statistics};
