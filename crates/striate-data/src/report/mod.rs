//! What a data set holds, and what is wrong with it.

mod depth;
mod doctor;
mod finding;
mod scan;
mod statistics;
mod thumbnail;
mod vantage;

pub use depth::Deep;
pub use doctor::{Diagnosis, Doctor};
pub use finding::{Finding, Place};
pub use statistics::{ClassStatistics, Spread, Statistics};
