//! Measuring a model file on data.

use std::path::Path;
use std::sync::Arc;

use striate_backend::Device;
use striate_core::{ClassNames, Preprocessing};
use striate_data::{Dataset, Loader, LoaderConfig, Mode};
use striate_network::{ModelFile, Network};
use striate_train::{Evaluation, Head};

use crate::model::{model_path, preprocessing};
use crate::tasks::{Job, Task};
use crate::{DataSource, Error, TaskPredictor};

/// Pictures in a batch of evaluation; one number, so that an evaluation repeats training's to the bit.
const BATCH: usize = 100;

/// The same where networks give maps, which take more memory.
const LARGE_BATCH: usize = 8;

/// More threads than any machine has use for.
pub(crate) const MAX_WORKERS: usize = 1024;

/// A loader for a task's evaluation: in order, without chance.
pub(crate) fn loader(
    dataset: Arc<dyn Dataset>,
    job: &Job,
    how: &Preprocessing,
    workers: usize,
) -> Result<Loader, Error> {
    let (dataset, transforms) = job.evaluation_data(dataset, how)?;
    let batch_size = if job.task() == Task::Classify { BATCH } else { LARGE_BATCH };
    let config = LoaderConfig { batch_size, shuffle: false, drop_last: false, workers, prefetch: prefetch(workers) };
    Ok(Loader::new(dataset, transforms, how.clone(), config, 0)?)
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
    evaluate_with(model, toml::Table::new(), data, mode, workers, device)
}

/// As [`evaluate`], with other options of the task than the model file's, as a recipe has them.
///
/// # Errors
/// As [`evaluate`], and if the task has no such option, or it is out of its range.
pub fn evaluate_with(
    model: &Path,
    options: toml::Table,
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
    let job = Job::of_file(&file)?.with(options)?;
    let classes: Option<ClassNames> = file.section("classes")?;
    let known = classes.as_ref().filter(|_| job.has_classes_of_data());
    let dataset = data.open_for(job.purpose(data)?, mode, known)?;
    if let Some(classes) = known
        && classes.len() < dataset.class_names().len()
    {
        return Err(Error::Classes { model: classes.len(), data: dataset.class_names().len() });
    }
    let network = file.network(device)?;
    let classes = classes.unwrap_or_else(|| dataset.class_names().clone());
    let heads = job.heads(network.spec(), &classes)?;
    let loader = loader(dataset.clone(), &job, &how, workers)?;
    measure(&job, &network, heads, (&loader, &*dataset), &how, &classes)
}

/// Measures a task's network on data, by its loader's batches and as it is.
pub(crate) fn measure(
    job: &Job,
    network: &Network,
    heads: Vec<Head>,
    (loader, data): (&Loader, &dyn Dataset),
    how: &Preprocessing,
    classes: &ClassNames,
) -> Result<Evaluation, Error> {
    let mut evaluation = striate_train::evaluate_heads(network, heads, loader)?;
    if job.task() != Task::Classify {
        let device = network.device();
        let predictor = TaskPredictor::new(network.clone(), how.clone(), classes.clone(), job.clone(), &device)?;
        job.measure_whole(&predictor, data, &mut evaluation)?;
    }
    Ok(evaluation)
}
