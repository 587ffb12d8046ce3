//! Stopping from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Callback, Control, StepReport, TrainError, Trainer};

/// Stops the run after the step in which the flag is set, as by Ctrl-C.
#[derive(Debug, Clone)]
pub struct Interrupt(pub Arc<AtomicBool>);

impl Callback for Interrupt {
    fn batch_end(&mut self, _trainer: &mut Trainer, _batch: usize, _step: &StepReport) -> Result<Control, TrainError> {
        Ok(if self.0.load(Ordering::Relaxed) { Control::Stop } else { Control::Continue })
    }
}
