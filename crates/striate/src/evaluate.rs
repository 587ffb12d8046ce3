//! Measuring a model file on data.

use std::path::Path;
use std::sync::Arc;

use striate_backend::Device;
use striate_core::{ClassNames, Preprocessing};
use striate_data::{Dataset, Loader, LoaderConfig, Mode};
use striate_network::ModelFile;
use striate_train::Evaluation;

use crate::model::{model_path, preprocessing};
use crate::{DataSource, Error};

/// Pictures in a batch of evaluation; one number, so that an evaluation repeats training's to the bit.
const BATCH: usize = 100;

/// More threads than any machine has use for.
pub(crate) const MAX_WORKERS: usize = 1024;

/// A loader for evaluation: in order, unchanged.
pub(crate) fn loader(dataset: Arc<dyn Dataset>, how: &Preprocessing, workers: usize) -> Result<Loader, Error> {
    let config =
        LoaderConfig { batch_size: BATCH, shuffle: false, drop_last: false, workers, prefetch: prefetch(workers) };
    Ok(Loader::new(dataset, Vec::new(), how.clone(), config, 0)?)
}

/// Batches in flight for this many workers.
pub(crate) fn prefetch(workers: usize) -> usize {
    workers.max(1).saturating_mul(2)
}

/// Measures a model file, or that of a run's folder, on a part of some data.
///
/// # Errors
/// If the file or the data can't be read, or they don't fit each other.
pub fn evaluate(
    model: &Path,
    data: &DataSource,
    mode: Mode,
    workers: usize,
    device: &Device,
) -> Result<Evaluation, Error> {
    if workers > MAX_WORKERS {
        let value = workers.to_string();
        return Err(Error::Option { option: "workers", value, rule: "it must be at most 1024" });
    }
    let path = model_path(model);
    let mut file = ModelFile::open(&path)?;
    let how = preprocessing(&file, &path)?;
    let classes: Option<ClassNames> = file.section("classes")?;
    let dataset = data.open(mode, classes.as_ref())?;
    if let Some(classes) = classes
        && classes.len() < dataset.class_names().len()
    {
        return Err(Error::Classes { model: classes.len(), data: dataset.class_names().len() });
    }
    let network = file.network(device)?;
    Ok(striate_train::evaluate(&network, &loader(dataset, &how, workers)?)?)
}
