//! A run as data: which data, which network, how it is trained.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use striate_data::transforms::{Augmentation, BatchTransform as _, Mix, RandomShift, Transform as _};
use striate_train::callbacks::{EarlyStopping, ReduceOnPlateau};
use striate_train::optimizers::{Clip, Ema, LossScale, ParameterGroups};
use striate_train::{Monitor, Optimizer, Phase, Precision, Schedule, TrainerConfig};

use crate::evaluate::MAX_WORKERS;
use crate::table;
use crate::tasks::Job;
use crate::{
    DetectOptions, EdgeOptions, Error, LocalizeOptions, NetworkOptions, NewHead, SegmentOptions, Task, WeightsSource,
    shipped,
};

/// A run as data, in TOML and from flags alike; what is left out has the value of [`Recipe::default`]: LeNet-5 on the
/// embedded digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// What the network learns to do.
    pub task: Task,
    /// The network: a name that `striate models` lists, or a model file to go on from. In a file and from flags it may be
    /// left out where `weights` is a name of published weights, which say whose they are.
    pub model: String,
    /// The weights that the network starts from, as [`WeightsSource`] has them: a name of published weights, an address, or a
    /// file. Where they know another number of classes than the data has, the head is drawn anew. None: all are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// How pictures become the network's input: `torch`, `tf`, `caffe`, `lite`, or a JSON file. None: as the weights or the
    /// model file say, or else as the network usually has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preprocessing: Option<String>,
    /// The data, as [`DataSource`](crate::DataSource) has it: `digits`, `folder:DIR` and so on.
    pub data: String,
    /// The fraction of the training data that chooses the epoch, if the data has no part of its own for that; in (0, 1).
    pub validation: f64,
    /// Times that the training data is gone through, at least 1.
    pub epochs: usize,
    /// Pictures in a step, at least 1.
    pub batch_size: usize,
    /// The seed of everything that is drawn; equal seeds give equal runs. At most 2^63 - 1.
    pub seed: u64,
    /// The device: a backend's name, `:INDEX` behind it for another than the first.
    pub backend: String,
    /// Threads that load pictures; 0 loads them in the training thread. It never changes the result.
    pub workers: usize,
    /// The update rule.
    pub optimizer: Optimizer,
    /// The learning rate of each step.
    pub schedule: Schedule,
    /// What is chosen of a network by name, such as the size of its input.
    #[serde(skip_serializing_if = "NetworkOptions::is_default")]
    pub network: NetworkOptions,
    /// How a class and a box are learned, where that is the task.
    #[serde(skip_serializing_if = "is_default")]
    pub localize: LocalizeOptions,
    /// How boxes are learned, where that is the task.
    #[serde(skip_serializing_if = "is_default")]
    pub detect: DetectOptions,
    /// How edges are learned, where that is the task.
    #[serde(skip_serializing_if = "is_default")]
    pub edges: EdgeOptions,
    /// How a class for each px is learned, where that is the task.
    #[serde(skip_serializing_if = "is_default")]
    pub segment: SegmentOptions,
    /// A new head on the network's features, instead of the one that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<NewHead>,
    /// Parts of the run with layers, rule and rate of their own, instead of `optimizer` and `schedule`: first the new head alone,
    /// then all, for example. Where `epochs` is left out, it is their sum.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// Batches whose gradients make one step together, at least 1: their mean by samples.
    pub accumulation: usize,
    /// Threads that share each batch, at least 1.
    pub replicas: usize,
    /// Whether batch norms have the statistics of the whole batch of all replicas; if not, each sees its part alone.
    pub sync_batch_norm: bool,
    /// Keeps gradients within bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<Clip>,
    /// Rates and weight decay of parts of the network.
    #[serde(skip_serializing_if = "ParameterGroups::is_default")]
    pub groups: ParameterGroups,
    /// Running averages of the weights, which are what is evaluated and saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ema: Option<Ema>,
    /// Which value chooses the epoch whose weights the model gets, such as `validation_loss`. None: the task's metric on the
    /// validation data, of equals the lowest loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor: Option<Monitor>,
    /// Ends the run when a value has not become better for some epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
    /// Lowers the rate when a value has not become better for some epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduce_on_plateau: Option<ReduceOnPlateau>,
    /// Seconds after which a checkpoint is due within an epoch, at least 0; there is one after each epoch in any case. It never
    /// changes the result.
    pub checkpoint_seconds: f64,
    /// Whether TensorBoard's event files are written, into `tensorboard` in the run's folder.
    pub tensorboard: bool,
    /// Whether batch norms in training and activations are made again in the backward pass instead of being kept: less memory
    /// and more time. It never changes the result.
    pub activation_checkpointing: bool,
    /// The type in which the network runs forward and back in training: `f32`, `f16` or `bf16`; weights are in `f32`.
    #[serde(skip_serializing_if = "is_default")]
    pub precision: Precision,
    /// What the loss is multiplied by before the backward pass; for `f16` a scale that adapts if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_scale: Option<LossScale>,
    /// Random changes of training pictures, in order; docs/augmentation.md lists them.
    pub augment: Vec<Augmentation>,
    /// Changes of whole training batches that mix pictures and their labels, in order: `mix_up` and `cut_mix`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mix: Vec<Mix>,
}

impl Default for Recipe {
    fn default() -> Self {
        let adam = striate_train::optimizers::Adam::keras().learning_rate(3e-3);
        Self {
            task: Task::Classify,
            model: "lenet5".into(),
            weights: None,
            preprocessing: None,
            data: "digits".into(),
            validation: 0.1,
            epochs: 12,
            batch_size: 64,
            seed: 42,
            backend: "flex".into(),
            workers: 2,
            optimizer: Optimizer::Adam(adam),
            schedule: Schedule::cosine(0.0),
            network: NetworkOptions::default(),
            localize: LocalizeOptions::default(),
            detect: DetectOptions::default(),
            edges: EdgeOptions::default(),
            segment: SegmentOptions::default(),
            head: None,
            phases: Vec::new(),
            accumulation: 1,
            replicas: 1,
            sync_batch_norm: false,
            clip: None,
            groups: ParameterGroups::default(),
            ema: None,
            monitor: None,
            early_stopping: None,
            reduce_on_plateau: None,
            checkpoint_seconds: 600.0,
            tensorboard: false,
            activation_checkpointing: false,
            precision: Precision::default(),
            loss_scale: None,
            augment: vec![RandomShift { max_px: 2 }.into()],
            mix: Vec::new(),
        }
    }
}

impl Recipe {
    /// Reads a recipe's file, if there is one, or the recipe of the program that has this name, and lays settings such as those from flags over it.
    ///
    /// # Errors
    /// If the file can't be read, or a key or value isn't one of a recipe's: the nearest known one is named. If there are
    /// weights and nothing says whose.
    pub fn read(file: Option<&Path>, settings: toml::Table) -> Result<Self, Error> {
        let mut table = toml::Table::new();
        if let Some(path) = file {
            let read_error = |source| Error::File { action: "read", path: path.into(), source };
            let text = match (fs::read_to_string(path), shipped::recipe(path)) {
                // A folder may have the name, such as that of the run.
                (Err(error), Some(text)) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
                    text.into()
                }
                (text, _) => text.map_err(read_error)?,
            };
            let wrong = |error: toml::de::Error| {
                let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
                Error::Recipe { path: Some(path.into()), line, reason: table::with_nearest(error.message()) }
            };
            // Once as a recipe, since only the text knows its lines.
            toml::from_str::<Self>(&text).map_err(wrong)?;
            table = toml::from_str(&text).map_err(wrong)?;
        }
        Self::lay_over(&mut table, settings);
        complete_optimizer(&mut table);
        complete_epochs(&mut table);
        complete_model(&mut table)?;
        complete_task(&mut table);
        let recipe: Self = table::read(&table).map_err(|reason| Error::Recipe { path: None, line: None, reason })?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Lays settings over others, table by table.
    pub fn lay_over(settings: &mut toml::Table, over: toml::Table) {
        for (key, value) in over {
            match (settings.get_mut(&key), value) {
                (Some(toml::Value::Table(below)), toml::Value::Table(above)) => Self::lay_over(below, above),
                (_, value) => {
                    settings.insert(key, value);
                }
            }
        }
    }

    /// Checks that every value is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), Error> {
        let at_least_1 = "it must be at least 1";
        let counts = [("epochs", self.epochs), ("batch_size", self.batch_size)];
        for (option, value) in counts {
            if value == 0 {
                return Err(Error::Option { option, value: "0".into(), rule: at_least_1 });
            }
        }
        if !(self.validation > 0.0 && self.validation < 1.0) {
            let value = self.validation.to_string();
            return Err(Error::Option { option: "validation", value, rule: "it must be above 0 and below 1" });
        }
        if Duration::try_from_secs_f64(self.checkpoint_seconds).is_err() {
            let value = self.checkpoint_seconds.to_string();
            let rule = "it must be a number of at least 0";
            return Err(Error::Option { option: "checkpoint_seconds", value, rule });
        }
        if i64::try_from(self.seed).is_err() {
            let value = self.seed.to_string();
            return Err(Error::Option { option: "seed", value, rule: "it must be at most 2^63 - 1" });
        }
        if self.workers > MAX_WORKERS {
            let value = self.workers.to_string();
            return Err(Error::Option { option: "workers", value, rule: "it must be at most 1024" });
        }
        self.check_task()?;
        self.optimizer.validate()?;
        self.schedule.validate()?;
        self.trainer_config().validate()?;
        self.reduce_on_plateau.as_ref().map_or(Ok(()), ReduceOnPlateau::validate)?;
        self.early_stopping.as_ref().map_or(Ok(()), EarlyStopping::validate)?;
        self.augment.iter().try_for_each(Augmentation::validate)?;
        self.mix.iter().try_for_each(Mix::validate)?;
        Ok(())
    }

    /// Checks the options of the task, and that there are none of others.
    fn check_task(&self) -> Result<(), Error> {
        let others = [
            ("localize", Task::Localize, is_default(&self.localize)),
            ("detect", Task::Detect, is_default(&self.detect)),
            ("segment", Task::Segment, is_default(&self.segment)),
            ("edges", Task::Edges, is_default(&self.edges)),
        ];
        for (option, task, is_default) in others {
            if self.task != task && !is_default {
                let value = "set".to_owned();
                return Err(Error::Option { option, value, rule: "it is for the task of that name; set `task` too" });
            }
        }
        if self.task != Task::Classify && self.head.is_some() {
            let rule = "it is for the task classify";
            return Err(Error::Option { option: "head", value: "set".into(), rule });
        }
        if self.task != Task::Classify && !self.mix.is_empty() {
            let rule = "it mixes labels, which only the task classify has";
            return Err(Error::Option { option: "mix", value: "set".into(), rule });
        }
        Job::of(self).validate()
    }

    /// The recipe as TOML, complete.
    pub fn to_toml(&self) -> String {
        let table = table::of(self).unwrap_or_else(|_| unreachable!("a valid recipe can be written as TOML"));
        table.to_string()
    }

    pub(crate) fn trainer_config(&self) -> TrainerConfig {
        let recipe = self.clone();
        TrainerConfig {
            epochs: recipe.epochs,
            optimizer: recipe.optimizer,
            schedule: recipe.schedule,
            phases: recipe.phases,
            seed: recipe.seed,
            accumulation: recipe.accumulation,
            replicas: recipe.replicas,
            sync_batch_norm: recipe.sync_batch_norm,
            clip: recipe.clip,
            groups: recipe.groups,
            ema: recipe.ema,
            monitor: recipe.monitor,
            precision: recipe.precision,
            loss_scale: recipe.loss_scale,
            activation_checkpointing: recipe.activation_checkpointing,
        }
    }
}

/// A rule that is set in part is the default's where it is silent, if it is the same rule.
fn complete_optimizer(table: &mut toml::Table) {
    let Some(toml::Value::Table(optimizer)) = table.get_mut("optimizer") else { return };
    let Ok(default) = table::of(&Recipe::default().optimizer) else { return };
    if optimizer.get("name").is_none_or(|name| Some(name) == default.get("name")) {
        for key in ["name", "learning_rate"] {
            if let (false, Some(value)) = (optimizer.contains_key(key), default.get(key)) {
                optimizer.insert(key.into(), value.clone());
            }
        }
    }
}

/// A run of phases has their epochs unless it says how many.
fn complete_epochs(table: &mut toml::Table) {
    if let (Some(toml::Value::Array(phases)), None) = (table.get("phases"), table.get("epochs")) {
        let epochs = phases.iter().filter_map(|phase| phase.get("epochs")?.as_integer());
        let sum = epochs.fold(0_i64, i64::saturating_add);
        if sum > 0 {
            table.insert("epochs".into(), sum.into());
        }
    }
}

/// Published weights say whose they are.
fn complete_model(table: &mut toml::Table) -> Result<(), Error> {
    if let (Some(toml::Value::String(weights)), None) = (table.get("weights"), table.get("model")) {
        let weights: WeightsSource = weights.parse()?;
        let published = weights.published().ok_or(Error::NoArchitecture { flag: "--model" })?;
        table.insert("model".into(), published.architecture.into());
    }
    Ok(())
}

/// Tasks have networks and changes of pictures of their own, where a recipe is silent.
fn complete_task(table: &mut toml::Table) {
    let task = table.get("task").cloned().and_then(|task| task.try_into::<Task>().ok()).unwrap_or_default();
    if task != Task::Classify {
        table.entry("model").or_insert_with(|| task.usual_model().name().into());
        table.entry("augment").or_insert_with(|| toml::Value::Array(Vec::new()));
        if let Some(monitor) = task.usual_monitor() {
            table.entry("monitor").or_insert_with(|| monitor.to_string().into());
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_survives_toml() {
        let recipe = Recipe { epochs: 3, ..Recipe::default() };
        assert_eq!(toml::from_str::<Recipe>(&recipe.to_toml()).unwrap(), recipe);
        assert_eq!(Recipe::read(None, toml::Table::new()).unwrap(), Recipe::default());
    }

    #[test]
    fn transforms_are_read_and_written_as_tables() {
        let text = r#"
            [[augment]]
            name = "random_resized_crop"
            size = [28, 28]
            scale = [0.5, 1]
            targets = { image = { interpolation = "bicubic", fill = [124, 116, 104] }, mask = { interpolation = "nearest", fill = 255 } }
            [[augment]]
            name = "one_of"
            of = [{ name = "rand_augment", operations = 1 }, { name = "color_jitter", hue = [-0.1, 0.1] }]
        "#;
        let recipe = Recipe::read(None, toml::from_str(text).unwrap()).unwrap();
        assert_eq!(recipe.augment.len(), 2);
        assert_eq!(toml::from_str::<Recipe>(&recipe.to_toml()).unwrap(), recipe);
    }

    #[test]
    fn the_guide_to_augmentation_has_a_recipe_that_can_be_read_and_names_that_exist() {
        let guide = include_str!("../../../docs/augmentation.md");
        let example = guide.split("```").nth(1).and_then(|block| block.strip_prefix("toml")).unwrap();
        assert_eq!(Recipe::read(None, toml::from_str(example).unwrap()).unwrap().augment.len(), 3);
        let rows = guide.lines().filter(|line| line.starts_with("| `"));
        let names = rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
        let names = names.collect::<Vec<_>>();
        assert_eq!(names.len(), 42);
        for name in names {
            let table: toml::Table = toml::from_str(&format!("name = {name:?}\nnone = 1")).unwrap();
            let message = table.try_into::<Augmentation>().unwrap_err().to_string();
            assert!(message.contains("unknown field `none`"), "{name}: {message}");
        }
    }

    #[test]
    fn settings_lie_over_the_file() {
        let folder = std::env::temp_dir().join(format!("striate-recipe-{}", std::process::id()));
        fs::write(&folder, "epochs = 5\n[optimizer]\nname = \"adam\"\nbeta_1 = 0.5\n").unwrap();
        let settings = toml::from_str("batch_size = 7\noptimizer = { learning_rate = 0.5 }").unwrap();
        let recipe = Recipe::read(Some(&folder), settings).unwrap();
        fs::remove_file(&folder).unwrap();
        assert_eq!((recipe.epochs, recipe.batch_size, recipe.optimizer.learning_rate()), (5, 7, 0.5));
        let Optimizer::Adam(adam) = recipe.optimizer else { panic!("not Adam") };
        assert_eq!(adam.beta_1, 0.5);
    }

    #[test]
    fn optimizer_that_is_set_in_part_is_the_default_for_the_rest() {
        for settings in ["optimizer = { beta_1 = 0.9 }", "optimizer = { name = \"adam\" }"] {
            let recipe = Recipe::read(None, toml::from_str(settings).unwrap()).unwrap();
            assert_eq!(recipe, Recipe::default(), "{settings}");
        }
    }

    #[test]
    fn published_weights_say_whose_they_are_and_others_must_be_said() {
        let read = |settings: &str| Recipe::read(None, toml::from_str(settings).unwrap());
        let model = |settings: &str| read(settings).unwrap().model;
        assert_eq!(model("weights = \"resnet50:v1\""), "resnet50");
        assert_eq!(model("weights = \"resnet50\"\nmodel = \"resnet18\""), "resnet18");
        assert_eq!(model("weights = \"https://example.org/w.pth\"\nmodel = \"vgg16\""), "vgg16");
        for weights in ["https://example.org/w.pth", "./resnet50", "w.safetensors"] {
            let message = read(&format!("weights = {weights:?}")).unwrap_err().to_string();
            assert!(message.contains("say with `--model NAME`"), "{weights}: {message}");
        }
        let recipe = read("weights = \"resnet50:v1\"\npreprocessing = \"tf\"").unwrap();
        assert_eq!(toml::from_str::<Recipe>(&recipe.to_toml()).unwrap(), recipe);
    }

    #[test]
    fn wrong_settings_are_named() {
        let message = |settings: &str| Recipe::read(None, toml::from_str(settings).unwrap()).unwrap_err().to_string();
        assert!(message("epohcs = 3").contains("did you mean `epochs`?"));
        assert!(message("optimizer = { name = \"adan\" }").contains("did you mean `adam`?"));
        assert!(message("batch_size = 0").contains("`batch_size` is 0"));
        assert!(message("optimizer = { name = \"adam\", learning_rate = nan }").contains("`learning_rate` is NaN"));
        assert!(message("optimizer = { name = \"adam\", learning_rate = -1.0 }").contains("`learning_rate` is -1"));
        assert!(message("validation = 1.0").contains("`validation` is 1"));
        let augment = |settings: &str| message(&format!("augment = [{{ {settings} }}]"));
        assert!(
            augment("name = \"random_crop\", size = [0, 3]").contains("`size` is 0x3; each side must be 1 to 65536 px")
        );
        assert!(augment("name = \"random_crp\"").contains("did you mean `random_crop`?"));
        assert!(augment("name = \"random_rotation\", degrees = [-5, 5], fil = 1").contains("unknown field `fil`"));
        let within = "name = \"sometimes\", probability = 0.5, of = [{ name = \"random_posterize\", bits = 9 }]";
        assert!(augment(within).contains("`bits` is 9; it must be at most 8"));
        assert!(message("weights = \"resnet5\"").contains("did you mean \"resnet50\"?"));
    }
}
