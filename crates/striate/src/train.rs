//! A run: from a recipe to a model file.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use striate_backend::device;
use striate_core::{ClassNames, Preprocessing};
use striate_data::{Dataset, Loader, LoaderConfig, Transform};
use striate_network::{ModelFile, Network};
use striate_train::callbacks::{Checkpoints, HistoryFile, Interrupt, ProgressReport, SaveDiverged, TensorBoard};
use striate_train::checkpoint::Newest;
use striate_train::{
    Callback, Checkpoint, Evaluation, Fit, Head, Split, TrainError, Trainer, evaluate_confusion, plots,
};

use crate::data_source::Splits;
use crate::evaluate::{loader, measure, prefetch};
use crate::model::{self, Model};
use crate::run_folder::{RunFolder, write_text};
use crate::tasks::{Job, Task};
use crate::{DataSource, Error, Recipe};

/// A run that can be started or resumed.
#[derive(Default)]
pub struct TrainRun {
    recipe: Recipe,
    out: Option<PathBuf>,
    quiet: bool,
    interrupt: Arc<AtomicBool>,
    more: Vec<Box<dyn FnOnce(Trainer) -> Trainer>>,
}

impl fmt::Debug for TrainRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrainRun").field("recipe", &self.recipe).field("out", &self.out).finish_non_exhaustive()
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is complete, with its model file.
    Complete(RunResult),
    /// It was complete before.
    WasComplete(RunResult),
    /// It was stopped; its folder can be resumed.
    Stopped(PathBuf),
}

impl Outcome {
    /// What the run reached, unless it was stopped.
    pub fn result(&self) -> Option<&RunResult> {
        match self {
            Self::Complete(result) | Self::WasComplete(result) => Some(result),
            Self::Stopped(_) => None,
        }
    }
}

/// What a run reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The mean loss on the test data, or on the validation data if there is no test data.
    pub loss: f64,
    /// What else was measured on it, by name, such as `accuracy`.
    #[serde(flatten)]
    pub metrics: BTreeMap<String, f64>,
    /// Which of the two: `test` or `validation`.
    pub split: String,
    /// Seconds spent in training, by the last process that ran it.
    pub seconds: f64,
    /// Epochs that were trained.
    pub epochs: usize,
    /// The epoch whose weights the model has.
    pub best_epoch: usize,
    /// The model file.
    #[serde(serialize_with = "lossy")]
    pub model: PathBuf,
}

impl RunResult {
    /// The fraction of samples whose class was right, if that was measured.
    pub fn accuracy(&self) -> Option<f64> {
        self.metrics.get("accuracy").copied()
    }
}

/// A path that is no Unicode is shown as well as it can be.
fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

impl TrainRun {
    /// A run by this recipe, into the next numbered folder in `runs/`.
    pub fn new(recipe: Recipe) -> Self {
        Self { recipe, ..Self::default() }
    }

    /// Into this folder.
    pub fn out(self, folder: impl Into<PathBuf>) -> Self {
        Self { out: Some(folder.into()), ..self }
    }

    /// Without progress on standard error.
    pub fn quiet(self) -> Self {
        Self { quiet: true, ..self }
    }

    /// Stops after the step in which the flag is set.
    pub fn interrupt(self, flag: Arc<AtomicBool>) -> Self {
        Self { interrupt: flag, ..self }
    }

    /// Lets a callback take part, behind the run's own.
    pub fn callback(mut self, callback: impl Callback + 'static) -> Self {
        self.more.push(Box::new(|trainer| trainer.with_callback(callback)));
        self
    }

    /// Starts the run.
    ///
    /// # Errors
    /// If recipe, device, data or network can't be used (nothing is written then), or training fails.
    pub fn start(self) -> Result<Outcome, Error> {
        self.recipe.validate()?;
        let prepared = Prepared::new(&self.recipe)?;
        let trainer = prepared.trainer(&self.recipe)?;
        let folder = RunFolder::create(self.out.as_deref())?;
        if let Some(note) = &prepared.note {
            self.say(format_args!("note: {note}"));
        }
        write_text(&folder.recipe(), &self.recipe.to_toml())?;
        self.run(prepared, trainer, folder)
    }

    /// Goes on with the run of a folder from its last whole checkpoint, by the folder's recipe.
    ///
    /// `change` may change what has no influence on the result, such as the number of workers, and raise the number of
    /// epochs: a schedule over the whole run goes on as one of the longer run, and the model of a complete run is kept beside the
    /// new one, as `model-N-epochs.safetensors`.
    ///
    /// # Errors
    /// If the folder has no run, no whole checkpoint, or the data or network isn't what it was.
    pub fn resume(mut self, folder: &Path, change: impl FnOnce(&mut Recipe)) -> Result<Outcome, Error> {
        let folder = RunFolder::open(folder)?;
        self.recipe = Recipe::read(Some(&folder.recipe()), toml::Table::new())?;
        let before = self.recipe.epochs;
        change(&mut self.recipe);
        let after = self.recipe.epochs;
        if after < before {
            let (option, value) = ("epochs", after.to_string());
            return Err(Error::Option { option, value, rule: "a run that is resumed can only get more of them" });
        }
        if folder.is_complete() && after == before {
            return read_result(&folder).map(Outcome::WasComplete);
        }
        self.recipe.validate()?;
        let prepared = Prepared::new(&self.recipe)?;
        let Newest { whole, damaged } = Checkpoint::newest(&folder.checkpoints())?;
        // Without any checkpoint it was stopped before its first one, and begins anew.
        if whole.is_none() && !damaged.is_empty() {
            return Err(Error::NoCheckpoint { path: folder.path().into(), damaged: damaged.len() });
        }
        damaged.iter().for_each(|error| self.say(format_args!("warning: passed over a checkpoint: {error}")));
        let mut trainer = prepared.trainer(&self.recipe)?;
        if let Some((path, checkpoint)) = whole {
            trainer.restore(checkpoint, &path)?;
        }
        if after > before {
            // First the model: without it and with the old recipe the run is as it was.
            folder.put_model_aside(before)?;
            write_text(&folder.recipe(), &self.recipe.to_toml())?;
        }
        self.run(prepared, trainer, folder)
    }

    /// Says something beside the output, to whoever may read it.
    fn say(&self, line: impl Display) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }

    fn run(mut self, prepared: Prepared, trainer: Trainer, folder: RunFolder) -> Result<Outcome, Error> {
        let begun = Instant::now();
        // History before checkpoint: a checkpoint on the disk means that its history is there too.
        let mut trainer = trainer
            .with_callback(HistoryFile::new(folder.history()))
            .with_callback(SaveDiverged::new(folder.diverged()))
            .with_callback(Interrupt(self.interrupt.clone()))
            .with_checkpoints(
                Checkpoints::new(folder.checkpoints())
                    .every(Duration::try_from_secs_f64(self.recipe.checkpoint_seconds).unwrap_or(Duration::MAX)),
            );
        if self.recipe.tensorboard {
            trainer = trainer.with_callback(TensorBoard::new(folder.tensorboard()));
        }
        if let Some(reduce_on_plateau) = self.recipe.reduce_on_plateau.clone() {
            trainer = trainer.with_callback(reduce_on_plateau);
        }
        if let Some(early_stopping) = self.recipe.early_stopping.clone() {
            trainer = trainer.with_callback(early_stopping);
        }
        if !self.quiet {
            trainer = trainer.with_callback(ProgressReport::new());
        }
        trainer = self.more.drain(..).fold(trainer, |trainer, add| add(trainer));
        if trainer.fit(&prepared.train, Some(&prepared.validation))? == Fit::Stopped {
            return Ok(Outcome::Stopped(folder.path().into()));
        }
        let seconds = begun.elapsed().as_secs_f64();
        prepared.finish(&self.recipe, trainer, &folder, seconds).map(Outcome::Complete)
    }
}

/// Everything that a run needs, checked before anything is written.
struct Prepared {
    network: Network,
    model_kind: String,
    /// The SHA-256 of the weights that it starts from, if they are others'.
    weights: Option<String>,
    /// What the user should know of its first weights.
    note: Option<String>,
    data_kind: &'static str,
    fingerprint: String,
    preprocessing: Preprocessing,
    classes: ClassNames,
    job: Job,
    heads: Vec<Head>,
    train: Loader,
    validation: Loader,
    /// The test data in batches, and as it is.
    test: Option<(Loader, Arc<dyn Dataset>)>,
}

impl Prepared {
    fn new(recipe: &Recipe) -> Result<Self, Error> {
        let device = device(&recipe.backend)?;
        let source: DataSource = recipe.data.parse()?;
        let job = Job::of(recipe);
        let purpose = job.purpose(&source)?;
        let Splits { train, validation, test } = Splits::open(&source, purpose, recipe.validation, recipe.seed)?;
        let classes = job.classes(train.class_names(), &recipe.network, recipe.model.parse().ok());
        let Model { network, preprocessing, kind, weights, note } = model::open(recipe, &job, classes.len(), &device)?;
        let outputs = network.spec().output_signatures();
        if let ([output], Task::Classify) = (outputs.as_slice(), recipe.task)
            && let Some(model) = output.shape.elements()
            && model != classes.len()
        {
            return Err(Error::Classes { model, data: classes.len() });
        }
        let config = LoaderConfig {
            batch_size: recipe.batch_size,
            shuffle: true,
            drop_last: false,
            workers: recipe.workers,
            prefetch: prefetch(recipe.workers),
        };
        let fingerprint = format!("{}+{}", train.fingerprint(), validation.fingerprint());
        let mut transforms: Vec<Arc<dyn Transform>> =
            recipe.augment.iter().map(|augmentation| Arc::new(augmentation.clone()) as _).collect();
        let (train, more) = job.training_data(train, &preprocessing)?;
        transforms.extend(more);
        let heads = job.heads(network.spec(), &classes)?;
        job.check_preprocessing(&preprocessing)?;
        Ok(Self {
            heads,
            network,
            model_kind: kind,
            weights,
            note,
            data_kind: source.kind(),
            fingerprint,
            train: Loader::new(train, transforms, preprocessing.clone(), config, recipe.seed)?
                .with_batch_transforms(recipe.mix.iter().map(|mix| Arc::new(*mix) as _).collect())?,
            validation: loader(validation, &job, &preprocessing, recipe.workers)?,
            test: test
                .map(|test| Ok::<_, Error>((loader(test.clone(), &job, &preprocessing, recipe.workers)?, test)))
                .transpose()?,
            job,
            preprocessing,
            classes,
        })
    }

    fn trainer(&self, recipe: &Recipe) -> Result<Trainer, Error> {
        let spec = serde_json::to_string(self.network.spec()).unwrap_or_default();
        let trainer = Trainer::with_heads(self.network.clone(), self.heads.clone(), recipe.trainer_config())?
            .with_identity("network", spec)
            .with_identity("data", &self.fingerprint)
            .with_identity("recipe", self.identifying_recipe(recipe).to_string());
        Ok(match &self.weights {
            Some(sha256) => trainer.with_identity("weights", sha256),
            None => trainer,
        })
    }

    /// The recipe without what may change when the run is resumed.
    fn identifying_recipe(&self, recipe: &Recipe) -> serde_json::Value {
        let mut recipe = self.lasting_recipe(recipe);
        if let Some(fields) = recipe.as_object_mut() {
            fields.remove("epochs");
        }
        recipe
    }

    /// The recipe without what has no influence on the result, and without paths: weights are known by their sum.
    fn lasting_recipe(&self, recipe: &Recipe) -> serde_json::Value {
        let mut recipe = json!(recipe);
        if let Some(fields) = recipe.as_object_mut() {
            for left_out in
                ["workers", "backend", "weights", "activation_checkpointing", "checkpoint_seconds", "tensorboard"]
            {
                fields.remove(left_out);
            }
            if let Some(preprocessing) = fields.get_mut("preprocessing") {
                *preprocessing = json!(self.preprocessing);
            }
            fields.insert("model".into(), self.model_kind.clone().into());
            fields.insert("data".into(), self.data_kind.into());
        }
        recipe
    }

    /// Looks at the test data once and writes the model of the best epoch.
    fn finish(
        &self,
        recipe: &Recipe,
        mut trainer: Trainer,
        folder: &RunFolder,
        seconds: f64,
    ) -> Result<RunResult, Error> {
        let network = trainer.best_network()?;
        let best = trainer.best().cloned().unwrap_or_else(|| unreachable!("a complete run has a best epoch"));
        let (split, evaluation) = match &self.test {
            Some((test, data)) => {
                let evaluation = self.test(&network, test, &**data, folder)?;
                if !evaluation.loss.is_finite() {
                    return Err(TrainError::Diverged { loss: evaluation.loss, epoch: best.epoch, step: 0 }.into());
                }
                trainer.note(Split::Test, &evaluation);
                (Split::Test, evaluation)
            }
            None => (Split::Validation, best.evaluation.clone()),
        };
        let result = RunResult {
            loss: evaluation.loss,
            metrics: evaluation.metrics.into_iter().collect(),
            split: split.name().into(),
            seconds,
            epochs: trainer.progress().epoch,
            best_epoch: best.epoch,
            model: folder.model(),
        };
        write_text(&folder.history(), &trainer.history().to_csv())?;
        write_text(&folder.curves(), &plots::curves(trainer.history()))?;
        let text = serde_json::to_string_pretty(&result).unwrap_or_default();
        write_text(&folder.result(), &text)?;
        let mut training = json!({
            "recipe": self.lasting_recipe(recipe),
            "seed": recipe.seed,
            "versions": { "striate": env!("CARGO_PKG_VERSION"), "burn": "0.22.1" },
            "data": self.fingerprint,
            "best_epoch": best.epoch,
        });
        if let Some(sha256) = &self.weights {
            training["weights"] = sha256.as_str().into();
        }
        let sections = [
            ("preprocessing", json!(self.preprocessing)),
            ("classes", json!(self.classes)),
            ("task", json!(self.job)),
            ("training", training),
        ];
        let sections = sections.into_iter().map(|(name, section)| (name.into(), section)).collect();
        ModelFile::save(&folder.model(), &network, sections)?;
        Ok(result)
    }

    /// Measures the network on the test data, and draws which class it takes for which if it is a classifier.
    fn test(
        &self,
        network: &Network,
        test: &Loader,
        data: &dyn Dataset,
        folder: &RunFolder,
    ) -> Result<Evaluation, Error> {
        if self.job.task() == Task::Classify {
            let (evaluation, matrix) = evaluate_confusion(network, test)?;
            write_text(&folder.confusion(), &plots::confusion(&matrix, &self.classes))?;
            return Ok(evaluation);
        }
        measure(&self.job, network, self.heads.clone(), (test, data), &self.preprocessing, &self.classes)
    }
}

fn read_result(folder: &RunFolder) -> Result<RunResult, Error> {
    let path = folder.result();
    let read_error = |source| Error::File { action: "read", path: path.clone(), source };
    let text = std::fs::read_to_string(&path).map_err(read_error)?;
    let result: RunResult = serde_json::from_str(&text).map_err(|error| read_error(error.into()))?;
    Ok(RunResult { model: folder.model(), ..result })
}
