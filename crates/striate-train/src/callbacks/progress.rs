//! Progress on the terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::EpochEnd;
use crate::{Callback, Control, StepReport, TrainError, Trainer, in_words};

/// A bar with loss, accuracy, images per second and the time left, and one line an epoch; only the lines when standard
/// error is no terminal.
#[derive(Debug)]
pub struct ProgressReport {
    bar: Option<ProgressBar>,
    steps: usize,
    images: usize,
    begun: Instant,
    shown: Option<Instant>,
}

/// The time between two drawings of the bar.
const REDRAW: Duration = Duration::from_millis(100);

impl ProgressReport {
    /// Shows a bar if standard error is a terminal.
    pub fn new() -> Self {
        Self { bar: None, steps: 0, images: 0, begun: Instant::now(), shown: None }
    }

    fn line(&self, line: String) {
        match &self.bar {
            Some(bar) => bar.println(line),
            // Nobody may be reading any more.
            None => drop(writeln!(std::io::stderr(), "{line}")),
        }
    }
}

impl Default for ProgressReport {
    fn default() -> Self {
        Self::new()
    }
}

impl Callback for ProgressReport {
    fn run_begin(&mut self, trainer: &mut Trainer, steps: usize) -> Result<(), TrainError> {
        self.steps = steps;
        self.begun = Instant::now();
        if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(steps.saturating_mul(trainer.config().epochs) as u64);
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent}% {msg}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_position((trainer.progress().epoch * steps + trainer.progress().batch) as u64);
            bar.reset_eta();
            self.bar = Some(bar);
        }
        Ok(())
    }

    fn batch_end(&mut self, trainer: &mut Trainer, batch: usize, step: &StepReport) -> Result<Control, TrainError> {
        self.images += step.samples;
        // More often nobody can read it, and metrics may take their time.
        if let Some(bar) = self.bar.as_ref().filter(|_| self.shown.is_none_or(|shown| shown.elapsed() >= REDRAW)) {
            let progress = trainer.progress();
            let rate = self.images as f64 / self.begun.elapsed().as_secs_f64().max(1e-9);
            bar.set_prefix(format!("epoch {}/{}", progress.epoch + 1, trainer.config().epochs));
            bar.set_position((progress.epoch * self.steps + batch) as u64);
            bar.set_message(format!("{}, {rate:.0} images/s", in_words(trainer.running().values())));
            self.shown = Some(Instant::now());
        }
        Ok(Control::Continue)
    }

    fn epoch_end(&mut self, trainer: &mut Trainer, end: &EpochEnd) -> Result<Control, TrainError> {
        let seconds = self.begun.elapsed().as_secs_f64();
        let validation =
            end.validation.as_ref().map(|validation| format!("; validation {}", in_words(validation.values())));
        self.line(format!(
            "epoch {}/{}: {}{}; {:.0} images/s",
            end.epoch,
            trainer.config().epochs,
            in_words(end.train.values()),
            validation.unwrap_or_default(),
            self.images as f64 / seconds.max(1e-9),
        ));
        Ok(Control::Continue)
    }

    fn run_end(&mut self, _trainer: &mut Trainer, _failed: bool) -> Result<(), TrainError> {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        Ok(())
    }
}
