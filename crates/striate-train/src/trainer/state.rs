//! Saving a run and going on from what was saved.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Trainer, trained};
use crate::checkpoint::RunState;
use crate::optimizers::EmaWeights;
use crate::{Callback, Checkpoint, TrainError};

impl Trainer {
    /// The run's whole state.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            run: RunState {
                identity: self.identity.clone(),
                step: self.updates.step(),
                gathered: self.accumulator.counts(),
                averages: self.averages.as_ref().map(EmaWeights::progress).unwrap_or_default(),
                progress: self.progress.clone(),
                history: self.history.clone(),
                best: self.best().cloned(),
                callbacks: self.callback_states.clone(),
            },
            weights: self.network.state(),
            updates: self.updates.state(),
            gathered: self.accumulator.state(),
            averages: self.averages.as_ref().map(EmaWeights::state).unwrap_or_default(),
            best: self.best.as_ref().map(|(_, state)| state.clone()),
        }
    }

    /// Goes on from a checkpoint, read from `path`.
    ///
    /// # Errors
    /// If it is of another run or another network.
    pub fn restore(&mut self, checkpoint: Checkpoint, path: &Path) -> Result<(), TrainError> {
        let theirs = &checkpoint.run.identity;
        let differs = |name: &&String| theirs.get(*name) != self.identity.get(*name);
        if let Some(name) = theirs.keys().chain(self.identity.keys()).find(differs) {
            let value = |of: &BTreeMap<String, String>| of.get(name).cloned().unwrap_or_else(|| "nothing".into());
            let difference = difference(name, &value(theirs), &value(&self.identity));
            return Err(TrainError::Mismatch { path: path.into(), difference });
        }
        self.resume_from(checkpoint)
    }

    pub(super) fn resume_from(&mut self, checkpoint: Checkpoint) -> Result<(), TrainError> {
        self.network = trained(self.network.clone().with_state(checkpoint.weights)?, &self.config);
        self.updates.restore(checkpoint.run.step, checkpoint.updates, &self.device);
        self.accumulator.restore(checkpoint.run.gathered, checkpoint.gathered, &self.device);
        if let Some(averages) = &mut self.averages {
            averages.restore(checkpoint.run.averages, checkpoint.averages, &self.network)?;
        }
        self.progress = checkpoint.run.progress;
        self.history = checkpoint.run.history;
        self.best = checkpoint.run.best.zip(checkpoint.best);
        self.callback_states = checkpoint.run.callbacks;
        Ok(())
    }

    /// Saves a checkpoint, if there is a place for it, with the callbacks' states.
    pub(super) fn save(&mut self, callbacks: &mut [Box<dyn Callback>]) -> Result<(), TrainError> {
        let Some(mut checkpoints) = self.checkpoints.take() else { return Ok(()) };
        for callback in callbacks.iter() {
            if let Some(state) = callback.state() {
                self.callback_states.insert(callback.name(), state);
            }
        }
        let saved = checkpoints.save(self);
        self.checkpoints = Some(checkpoints);
        let path = saved?;
        callbacks.iter_mut().try_for_each(|callback| callback.saved(self, &path))
    }

    pub(super) fn restore_callbacks(&self, callbacks: &mut [Box<dyn Callback>]) -> Result<(), TrainError> {
        for callback in callbacks {
            let name = callback.name();
            if let Some(state) = self.callback_states.get(&name) {
                callback.restore(state.clone()).map_err(|reason| TrainError::CallbackState { name, reason })?;
            }
        }
        Ok(())
    }
}

/// What differs, in so few words that it can be read: of two JSON objects the fields that do.
fn difference(name: &str, theirs: &str, ours: &str) -> String {
    let object = |text: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).ok();
    if let (Some(theirs), Some(ours)) = (object(theirs), object(ours)) {
        let fields: std::collections::BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
        let show = |value: Option<&serde_json::Value>| {
            value.map_or_else(|| "nothing".into(), |value| short(&value.to_string()))
        };
        let differing = fields.into_iter().filter(|field| theirs.get(*field) != ours.get(*field));
        let parts = differing
            .map(|field| format!("{name}'s `{field}` was {}, is {}", show(theirs.get(field)), show(ours.get(field))));
        return parts.collect::<Vec<_>>().join("; ");
    }
    format!("{name} was {}, is {}", short(theirs), short(ours))
}

fn short(text: &str) -> String {
    const MOST: usize = 200;
    if text.chars().count() <= MOST {
        return text.into();
    }
    text.chars().take(MOST).chain(" …".chars()).collect()
}
