//! A run's whole state in one file, so that it goes on as if it had never stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};
use striate_network::formats::safetensors::{self, TensorFile, Texts};
use striate_network::{NetworkError, State};

use crate::TrainError;
use crate::history::History;
use crate::optimizers::{Accumulated, EmaProgress, LossScaleState};
use crate::totals::{Evaluation, Totals};

/// A run's state between two steps.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// Everything but tensors.
    pub run: RunState,
    /// The network's weights.
    pub weights: State,
    /// What the update rule remembers.
    pub updates: State,
    /// The gradients of batches that have not made a step yet.
    pub gathered: State,
    /// The running averages of the weights.
    pub averages: State,
    /// The weights of the best epoch so far, if one was finished.
    pub best: Option<State>,
}

/// The part of a checkpoint that isn't tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// What the run was started with: names and values that a resumed run must have too.
    pub identity: BTreeMap<String, String>,
    /// Steps taken.
    pub step: u64,
    /// How many batches have not made a step yet.
    #[serde(default)]
    pub gathered: Accumulated,
    /// Where the running averages of the weights are.
    #[serde(default)]
    pub averages: EmaProgress,
    /// Where in its epochs the run is.
    pub progress: Progress,
    /// What was measured.
    pub history: History,
    /// Which epoch was the best.
    pub best: Option<Best>,
    /// What callbacks remember, by their names.
    #[serde(default)]
    pub callbacks: BTreeMap<String, serde_json::Value>,
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Epochs finished.
    pub epoch: usize,
    /// Batches of the next epoch that are done.
    pub batch: usize,
    /// The phase that it is in.
    #[serde(default)]
    pub phase: usize,
    /// Batches in all.
    pub batches: u64,
    /// Batches whose gradients are gathered and have not made a step yet.
    #[serde(default)]
    pub gathered: usize,
    /// What the next epoch's batches measured so far.
    pub totals: Totals,
    /// What the schedule's rate is multiplied by.
    pub rate_factor: f64,
    /// Where the loss's scale is, if it is scaled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_scale: Option<LossScaleState>,
    /// Whether a callback found that the run needs no more epochs.
    pub finished: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            epoch: 0,
            batch: 0,
            phase: 0,
            batches: 0,
            gathered: 0,
            totals: Totals::default(),
            rate_factor: 1.0,
            loss_scale: None,
            finished: false,
        }
    }
}

/// The best epoch by the monitored value; of equals the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The epoch, from 1.
    pub epoch: usize,
    /// What it was compared by, the first number first; more is better.
    pub score: [f64; 2],
    /// What was measured on the validation data, or on the training data where there is no other.
    pub evaluation: Evaluation,
}

/// What a folder has of checkpoints.
#[derive(Debug, Default)]
pub struct Newest {
    /// The newest whole one, with its path.
    pub whole: Option<(PathBuf, Checkpoint)>,
    /// Why each newer one was passed over.
    pub damaged: Vec<TrainError>,
}

/// What the names of tensors begin with.
const PARTS: [&str; 5] = ["weights", "updates", "gathered", "averages", "best"];
const RUN: &str = "striate_run";
const HASH: &str = "striate_hash";
const EXTENSION: &str = "safetensors";

impl Checkpoint {
    /// Writes the checkpoint into a folder and removes all but the newest `keep`, at least one.
    ///
    /// # Errors
    /// If it can't be written; the checkpoints before stay.
    pub fn save(&self, folder: &Path, keep: usize) -> Result<PathBuf, TrainError> {
        let file_error = |source| TrainError::File { action: "write", path: folder.into(), source };
        fs::create_dir_all(folder).map_err(file_error)?;
        let path = folder.join(format!("step-{:010}.{EXTENSION}", self.run.progress.batches));
        let tensors = self.tensors();
        let run = serde_json::to_string(&self.run).map_err(|error| file_error(error.into()))?;
        let texts = |hash: &str| Texts::from([(RUN.into(), run.clone()), (HASH.into(), hash.into())]);
        safetensors::write_with_hash(&path, &run, texts, &tensors)?;
        for old in files(folder)?.iter().rev().skip(keep.max(1)) {
            fs::remove_file(old).map_err(file_error)?;
        }
        Ok(path)
    }

    /// Reads the newest whole checkpoint of a folder; damaged ones are passed over.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn newest(folder: &Path) -> Result<Newest, TrainError> {
        let mut newest = Newest::default();
        for path in files(folder)?.into_iter().rev() {
            match Self::open(&path) {
                Ok(checkpoint) => {
                    newest.whole = Some((path, checkpoint));
                    break;
                }
                Err(error) => newest.damaged.push(error),
            }
        }
        Ok(newest)
    }

    /// Reads a checkpoint and checks that it is what was written.
    ///
    /// # Errors
    /// If it can't be read or is damaged.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let mut file = TensorFile::open(path)?;
        let damaged = |reason: &str| NetworkError::Damaged { path: path.into(), reason: reason.into() };
        let run = file.text(RUN).ok_or_else(|| damaged("it is no checkpoint"))?.to_owned();
        let expected = file.text(HASH).unwrap_or_default().to_owned();
        let tensors = file.read_all(&run, &expected)?;
        let run: RunState = serde_json::from_str(&run).map_err(|error| damaged(&error.to_string()))?;
        let mut parts = PARTS.map(|prefix| (prefix, State::new()));
        for (name, data) in tensors {
            for (prefix, part) in &mut parts {
                if let Some(rest) = name.strip_prefix(*prefix).and_then(|rest| rest.strip_prefix('/')) {
                    part.insert(rest.into(), data);
                    break;
                }
            }
        }
        let [weights, updates, gathered, averages, best] = parts.map(|(_, part)| part);
        let best = run.best.is_some().then_some(best);
        Ok(Self { run, weights, updates, gathered, averages, best })
    }

    fn tensors(&self) -> BTreeMap<String, &TensorData> {
        let Self { weights, updates, gathered, averages, best, .. } = self;
        let parts = [Some(weights), Some(updates), Some(gathered), Some(averages), best.as_ref()];
        let named = PARTS.into_iter().zip(parts).filter_map(|(prefix, part)| Some((prefix, part?)));
        named
            .flat_map(|(prefix, part)| part.iter().map(move |(name, data)| (format!("{prefix}/{name}"), data)))
            .collect()
    }
}

/// The checkpoints of a folder, oldest first; none if there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(TrainError::File { action: "read", path: folder.into(), source }),
    };
    let is_checkpoint = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("step-") && name.ends_with(EXTENSION)
    };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_checkpoint).collect();
    files.sort();
    Ok(files)
}
