//! All epochs.

use striate_data::Loader;
use striate_network::Network;

use super::evaluate::measure;
use super::{Best, Trainer};
use crate::callbacks::EpochEnd;
use crate::checkpoint::Progress;
use crate::schedules::Run;
use crate::{Callback, Control, Evaluation, Schedule, Split, TrainError};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// All epochs are done, or a callback found that they need not be.
    Complete,
    /// A callback stopped it in between.
    Stopped,
}

type Callbacks = [Box<dyn Callback>];

impl Trainer {
    /// Trains until all epochs are done or a callback stops.
    ///
    /// # Errors
    /// If data can't be loaded, doesn't fit the network, or the loss is no number.
    pub fn fit(&mut self, train: &Loader, validation: Option<&Loader>) -> Result<Fit, TrainError> {
        let mut callbacks = std::mem::take(&mut self.callbacks);
        let result = self.run(train, validation, &mut callbacks);
        let failed = result.is_err();
        let ended = callbacks.iter_mut().map(|callback| callback.run_end(self, failed)).collect::<Result<Vec<()>, _>>();
        // After a whole epoch it is saved already; after a failure the last checkpoint is the one to trust.
        let saved = if !failed && self.progress.batch > 0 { self.save(&mut callbacks) } else { Ok(()) };
        self.callbacks = callbacks;
        let fit = result?;
        ended?;
        saved?;
        Ok(fit)
    }

    fn run(
        &mut self,
        train: &Loader,
        validation: Option<&Loader>,
        callbacks: &mut Callbacks,
    ) -> Result<Fit, TrainError> {
        let steps = train.batches_per_epoch();
        self.restore_callbacks(callbacks)?;
        for callback in callbacks.iter_mut() {
            callback.run_begin(self, steps)?;
        }
        self.save(callbacks)?;
        while self.progress.epoch < self.config.epochs && !self.progress.finished {
            let (phase, _) = self.config.phase_at(self.progress.epoch);
            if phase != self.progress.phase {
                self.enter_phase(phase)?;
            }
            for callback in callbacks.iter_mut() {
                callback.epoch_begin(self)?;
            }
            let mut control = self.run_epoch(train, callbacks)?;
            // An epoch whose last step is done is ended first, so that nothing is lost.
            if control == Control::Stop && self.progress.batch < steps {
                return Ok(Fit::Stopped);
            }
            let end = self.end_epoch(validation)?;
            for callback in callbacks.iter_mut() {
                control = control.and(callback.epoch_end(self, &end)?);
            }
            self.progress.finished |= control == Control::Finish;
            self.save(callbacks)?;
            if control == Control::Stop && self.progress.epoch < self.config.epochs {
                return Ok(Fit::Stopped);
            }
        }
        Ok(Fit::Complete)
    }

    fn run_epoch(&mut self, train: &Loader, callbacks: &mut Callbacks) -> Result<Control, TrainError> {
        let epoch = self.progress.epoch as u64;
        let steps = train.batches_per_epoch();
        for batch in train.epoch(epoch, self.progress.batch) {
            let batch = batch?;
            for callback in callbacks.iter_mut() {
                callback.batch_begin(self, self.progress.batch)?;
            }
            let rate = self.rate(steps);
            if let Some(momentum) = self.schedule().momentum(self.updates.step(), self.length(steps)) {
                self.updates.set_momentum(momentum);
            }
            let report = self.step(&batch, rate).inspect_err(|error| {
                for callback in callbacks.iter_mut().filter(|_| matches!(error, TrainError::Diverged { .. })) {
                    callback.diverged(self, &batch);
                }
            })?;
            train.recycle(batch);
            self.progress.batch += 1;
            if self.progress.batch == steps {
                self.apply_gathered(rate);
            }
            let mut control = Control::Continue;
            for callback in callbacks.iter_mut() {
                control = control.and(callback.batch_end(self, self.progress.batch, &report)?);
            }
            match control {
                Control::Continue if self.checkpoints.as_ref().is_some_and(|checkpoints| checkpoints.is_due()) => {
                    self.save(callbacks)?;
                }
                Control::Continue => {}
                Control::Stop | Control::Finish => return Ok(control),
            }
        }
        Ok(Control::Continue)
    }

    /// The learning rate of the next step, if an epoch has so many batches.
    pub fn rate(&self, batches_per_epoch: usize) -> f64 {
        let base = self.updates.optimizer().learning_rate();
        let rate = self.schedule().rate(base, self.updates.step(), self.length(batches_per_epoch));
        rate * self.progress.rate_factor
    }

    fn schedule(&self) -> &Schedule {
        self.config.rule_of(self.progress.phase).1
    }

    /// The phase's length in steps.
    fn length(&self, batches_per_epoch: usize) -> Run {
        let steps = batches_per_epoch.div_ceil(self.config.accumulation);
        let (_, epochs) = self.config.phase_at(self.progress.epoch);
        Run::new(steps as u64, epochs as u64)
    }

    fn end_epoch(&mut self, validation: Option<&Loader>) -> Result<EpochEnd, TrainError> {
        let epoch = self.progress.epoch + 1;
        let train = self.running();
        let network = self.averaged_network();
        let validation = validation.map(|loader| measure(&network, &self.heads, loader)).transpose()?;
        self.finite(validation.as_ref().map_or(0.0, |validation| validation.loss))?;
        let Progress { batches, rate_factor, phase, loss_scale, .. } = self.progress;
        self.progress = Progress { epoch, batches, rate_factor, phase, loss_scale, ..Progress::default() };
        self.note_of(epoch, Split::Train, &train);
        if let Some(validation) = &validation {
            self.note_of(epoch, Split::Validation, validation);
        }
        let end = EpochEnd { epoch, train, validation };
        self.keep_best(&end, &network)?;
        Ok(end)
    }

    fn keep_best(&mut self, end: &EpochEnd, network: &Network) -> Result<(), TrainError> {
        let EpochEnd { epoch, train, validation } = end;
        let score = match &self.config.monitor {
            Some(monitor) => {
                let value = monitor.value(end)?;
                Some([if monitor.higher_is_better() { value } else { -value }, 0.0])
            }
            None => validation.as_ref().map(|validation| self.usual_score(validation)),
        };
        let score = match (score, self.best()) {
            // NaN is never better.
            (Some(score), Some(best)) if !(score > best.score || best.score[0].is_nan()) => return Ok(()),
            (score, _) => score.unwrap_or_default(),
        };
        let evaluation = validation.as_ref().unwrap_or(train).clone();
        self.best = Some((Best { epoch: *epoch, score, evaluation }, network.state()));
        Ok(())
    }

    /// The first output's first metric, then the loss; more is better.
    fn usual_score(&self, evaluation: &Evaluation) -> [f64; 2] {
        let metric = self.heads.first().and_then(|wired| wired.head.metrics.first());
        let value = metric.and_then(|metric| {
            let value = evaluation.get(&metric.name())?;
            Some(if metric.higher_is_better().ok()? { value } else { -value })
        });
        match value {
            Some(value) => [value, -evaluation.loss],
            None => [-evaluation.loss, 0.0],
        }
    }
}
