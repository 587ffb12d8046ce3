//! What the benches share.

pub mod model;
pub mod operation;
pub mod workload;

use std::fmt;
use std::time::Instant;

use striate::backend::{Device, DeviceName, devices};

/// The devices to measure: all that are compiled in and present, or those of them that the variable
/// `STRIATE_BENCH_BACKENDS` names, separated by commas.
pub fn all() -> Vec<(DeviceName, Device)> {
    let wanted = std::env::var("STRIATE_BENCH_BACKENDS").ok();
    let is_wanted = |name: &DeviceName| {
        let name = name.to_string();
        let backend = name.split(':').next();
        wanted.as_ref().is_none_or(|wanted| wanted.split(',').any(|wanted| Some(wanted) == backend))
    };
    devices().into_iter().filter(|(name, _)| is_wanted(name)).collect()
}

/// The median ratio of two jobs' times over pairs that run one after the other, with its 95 % interval; which goes
/// first changes from pair to pair.
pub fn paired_ratio(pairs: usize, mut job: impl FnMut(), mut other: impl FnMut()) -> Ratio {
    let time = |job: &mut dyn FnMut()| {
        let start = Instant::now();
        job();
        start.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..pairs)
        .map(|pair| match pair % 2 {
            0 => time(&mut job) / time(&mut other),
            _ => {
                let below = time(&mut other);
                time(&mut job) / below
            }
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    // The median lies between these ranks with 95 % (normal approximation of the binomial).
    let (middle, spread) = (pairs as f64 / 2.0, 0.98 * (pairs as f64).sqrt());
    let at = |rank: f64| ratios[(rank.max(0.0) as usize).min(pairs - 1)];
    Ratio { median: at(middle), low: at(middle - spread), high: at(middle + spread) }
}

/// A median of ratios.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    /// The median.
    pub median: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} (95 % {:.3} to {:.3})", self.median, self.low, self.high)
    }
}
