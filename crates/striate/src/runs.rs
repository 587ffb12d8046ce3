//! The runs of a folder, beside each other.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use striate_train::{History, Split, plots};

use crate::run_folder::{RunFolder, write_text};
use crate::{Error, Recipe};

/// A run as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRow {
    /// The folder's name.
    pub name: String,
    /// The network.
    pub model: String,
    /// The data.
    pub data: String,
    /// Epochs that are done.
    pub epochs: usize,
    /// Epochs that the recipe wants.
    pub planned: usize,
    /// Whether it has its model.
    pub complete: bool,
    /// The lowest validation loss.
    pub validation_loss: Option<f64>,
    /// The highest validation accuracy.
    pub validation_accuracy: Option<f64>,
    /// The test accuracy of the model.
    pub test_accuracy: Option<f64>,
    /// The folder.
    #[serde(skip)]
    pub path: PathBuf,
    #[serde(skip)]
    history: History,
}

/// The runs in a folder, by name; a folder that is a run itself is one.
///
/// # Errors
/// If the folder can't be read, has no run, or a run's recipe or history is damaged.
pub fn list_runs(folder: &Path) -> Result<Vec<RunRow>, Error> {
    if let Ok(run) = RunFolder::open(folder) {
        return Ok(vec![row(&run)?]);
    }
    let read_error = |source| Error::File { action: "read", path: folder.into(), source };
    let mut folders = fs::read_dir(folder)
        .map_err(read_error)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(read_error)?;
    folders.sort();
    let runs = folders.iter().filter_map(|path| RunFolder::open(path).ok());
    let rows = runs.map(|run| row(&run)).collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() { Err(Error::NoRun { path: folder.into() }) } else { Ok(rows) }
}

/// Draws the curves of several runs in one picture and writes it as SVG.
///
/// # Errors
/// If the file can't be written; what was there before stays.
pub fn plot_runs(runs: &[RunRow], out: &Path) -> Result<(), Error> {
    let named: Vec<_> = runs.iter().map(|run| (run.name.as_str(), &run.history)).collect();
    write_text(out, &plots::compare(&named))
}

fn row(run: &RunFolder) -> Result<RunRow, Error> {
    let recipe = Recipe::read(Some(&run.recipe()), toml::Table::new())?;
    let path = run.history();
    let history = match fs::read_to_string(&path) {
        Ok(text) => History::from_csv(&text).map_err(|line| Error::History { path: path.clone(), line })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => History::default(),
        Err(source) => return Err(Error::File { action: "read", path, source }),
    };
    let values =
        |split, metric: &'static str| history.values(split, metric).map(|(_, value)| value).collect::<Vec<_>>();
    let highest = |values: Vec<f64>| values.into_iter().reduce(f64::max);
    Ok(RunRow {
        name: run.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        model: recipe.model,
        data: recipe.data,
        epochs: history.last_epoch(),
        planned: recipe.epochs,
        complete: run.is_complete(),
        validation_loss: values(Split::Validation, "loss").into_iter().reduce(f64::min),
        validation_accuracy: highest(values(Split::Validation, "accuracy")),
        test_accuracy: values(Split::Test, "accuracy").pop(),
        path: run.path().into(),
        history,
    })
}
