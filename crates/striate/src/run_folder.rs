//! The folder of one run.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use striate_core::file::write_atomically;

use crate::Error;

pub(crate) const MODEL: &str = "model.safetensors";
const RECIPE: &str = "recipe.toml";
const HISTORY: &str = "history.csv";
const RESULT: &str = "result.json";
const CHECKPOINTS: &str = "checkpoints";
const DIVERGED: &str = "diverged.safetensors";

/// The folder of one run: recipe, history, checkpoints, and the model once it is complete.
#[derive(Debug, Clone)]
pub(crate) struct RunFolder(PathBuf);

impl RunFolder {
    /// Makes the folder of a new run; without a name the next number in `runs/`.
    pub(crate) fn create(path: Option<&Path>) -> Result<Self, Error> {
        match path {
            Some(path) => {
                let folder = Self(path.into());
                if folder.has_run() {
                    return Err(Error::RunExists { path: path.into() });
                }
                // What another program or a run without its recipe left there is not ours to write over.
                if let Some(name) =
                    [MODEL, HISTORY, RESULT, CHECKPOINTS].into_iter().find(|name| path.join(name).exists())
                {
                    return Err(Error::FolderInUse { path: path.into(), name });
                }
                fs::create_dir_all(path).map_err(|source| create_error(path, source))?;
                Ok(folder)
            }
            None => Self::next_number(Path::new("runs")),
        }
    }

    fn next_number(runs: &Path) -> Result<Self, Error> {
        fs::create_dir_all(runs).map_err(|source| create_error(runs, source))?;
        let entries = fs::read_dir(runs).map_err(|source| create_error(runs, source))?;
        let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let mut number = numbers.filter(|number| *number < 1_000_000_000).max().unwrap_or(0);
        loop {
            number += 1;
            let path = runs.join(format!("{number:04}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                // Another run has just taken the number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(source) => return Err(create_error(&path, source)),
            }
        }
    }

    /// The folder of a run that was started before.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let folder = Self(path.into());
        if folder.has_run() { Ok(folder) } else { Err(Error::NoRun { path: path.into() }) }
    }

    fn has_run(&self) -> bool {
        self.recipe().exists()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.model().exists()
    }

    /// Gives the model of a complete run, which is about to get more epochs, another name.
    pub(crate) fn put_model_aside(&self, epochs: usize) -> Result<(), Error> {
        if !self.is_complete() {
            return Ok(());
        }
        let path = self.0.join(format!("model-{epochs}-epochs.safetensors"));
        fs::rename(self.model(), &path).map_err(|source| Error::File { action: "write", path, source })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn recipe(&self) -> PathBuf {
        self.0.join(RECIPE)
    }

    pub(crate) fn model(&self) -> PathBuf {
        self.0.join(MODEL)
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.0.join(HISTORY)
    }

    pub(crate) fn result(&self) -> PathBuf {
        self.0.join(RESULT)
    }

    pub(crate) fn curves(&self) -> PathBuf {
        self.0.join("curves.svg")
    }

    pub(crate) fn confusion(&self) -> PathBuf {
        self.0.join("confusion.svg")
    }

    pub(crate) fn tensorboard(&self) -> PathBuf {
        self.0.join("tensorboard")
    }

    pub(crate) fn diverged(&self) -> PathBuf {
        self.0.join(DIVERGED)
    }

    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.0.join(CHECKPOINTS)
    }
}

fn create_error(path: &Path, source: io::Error) -> Error {
    Error::File { action: "create", path: path.into(), source }
}

/// Writes a text whole or not at all.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), Error> {
    write_atomically(path, |file| file.write_all(text.as_bytes())).map_err(|source| Error::File {
        action: "write",
        path: path.into(),
        source,
    })
}
