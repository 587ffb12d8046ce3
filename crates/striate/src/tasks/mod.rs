//! What a network learns to do, as data: the network, what its outputs learn, and what they are measured by.

mod autoencode;
mod boxes;
mod detect;
mod edges;
mod localize;
mod segment;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use striate_core::{ClassNames, Fit, Preprocessing};
use striate_data::{Cached, Dataset, Picture, Purpose, Subset, Tiles, Transform};
use striate_models::Architecture;
use striate_network::{ModelFile, NetworkSpec};
use striate_train::{Evaluation, Head, Monitor};

pub use self::autoencode::PictureAnswer;
pub(crate) use self::boxes::truths_of;
pub use self::boxes::{BoxAnswer, FoundBox};
pub use self::detect::DetectOptions;
pub(crate) use self::detect::MEASURED;
pub use self::edges::{EdgeAnswer, EdgeOptions};
pub use self::localize::LocalizeOptions;
pub use self::segment::{MaskAnswer, SegmentLoss, SegmentOptions};
use crate::table;
use crate::task_predictor::{Answer, TaskPredictor};
use crate::{DataSource, Error, NetworkOptions, Predictor, Recipe};

/// What a network learns to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Task {
    /// One class for each picture.
    #[default]
    Classify,
    /// One class for each picture, and the box of its largest thing.
    Localize,
    /// Boxes and classes of several things.
    Detect,
    /// A class for each px, and single things if wanted.
    Segment,
    /// Whether each px is on an edge.
    Edges,
    /// The picture itself, through a narrow code.
    Autoencode,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Classify, Self::Localize, Self::Detect, Self::Segment, Self::Edges, Self::Autoencode];

    /// Its name in recipes and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::Localize => "localize",
            Self::Detect => "detect",
            Self::Segment => "segment",
            Self::Edges => "edges",
            Self::Autoencode => "autoencode",
        }
    }

    /// The network of a recipe that names none.
    pub(crate) fn usual_model(self) -> Architecture {
        match self {
            Self::Classify => Architecture::LeNet5,
            Self::Localize => Architecture::ResNet18,
            Self::Detect => Architecture::YoloV1Small,
            Self::Segment => Architecture::UNet,
            Self::Edges => Architecture::CannyEdges,
            Self::Autoencode => Architecture::Autoencoder,
        }
    }

    /// What chooses the epoch of a recipe that doesn't say, if not the first output's metric.
    pub(crate) fn usual_monitor(self) -> Option<Monitor> {
        (self == Self::Localize).then(|| Monitor::validation("box_iou"))
    }
}

/// Data as a task takes it, and what its samples go through.
pub(crate) type Prepared = (Arc<dyn Dataset>, Vec<Arc<dyn Transform>>);

/// A task with its options, as a model file has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Job {
    #[default]
    Classify,
    Localize(LocalizeOptions),
    Detect(DetectOptions),
    Segment(SegmentOptions),
    Edges(EdgeOptions),
    Autoencode,
}

impl Job {
    /// A recipe's task with its options.
    pub(crate) fn of(recipe: &Recipe) -> Self {
        match recipe.task {
            Task::Classify => Self::Classify,
            Task::Localize => Self::Localize(recipe.localize.clone()),
            Task::Detect => Self::Detect(recipe.detect),
            Task::Segment => Self::Segment(recipe.segment.clone()),
            Task::Edges => Self::Edges(recipe.edges.clone()),
            Task::Autoencode => Self::Autoencode,
        }
    }

    pub(crate) fn task(&self) -> Task {
        match self {
            Self::Classify => Task::Classify,
            Self::Localize(_) => Task::Localize,
            Self::Detect(_) => Task::Detect,
            Self::Segment(_) => Task::Segment,
            Self::Edges(_) => Task::Edges,
            Self::Autoencode => Task::Autoencode,
        }
    }

    /// A model file's task, checked.
    pub(crate) fn of_file(file: &ModelFile) -> Result<Self, Error> {
        let job: Self = file.section("task")?.unwrap_or_default();
        job.validate()?;
        Ok(job)
    }

    /// The same with other options, as a recipe has them: `{ segment = { watershed = { seed = 0.7 } } }`.
    pub(crate) fn with(self, options: toml::Table) -> Result<Self, Error> {
        if options.is_empty() {
            return Ok(self);
        }
        let task = self.task().name();
        let wrong = |reason: String| Error::TaskOption { task, reason };
        if matches!(self, Self::Classify | Self::Autoencode) {
            return Err(wrong("it has none".into()));
        }
        if let Some(other) = options.keys().find(|key| *key != task) {
            return Err(wrong(format!("`{other}` is none of them; their names begin with `{task}.`")));
        }
        let mut table = table::of(&self).map_err(wrong)?;
        // One kind takes the place of another; their settings can't be mixed.
        if options.get(task).and_then(|options| options.get("keep")?.get("suppression")).is_some() {
            table.get_mut(task).and_then(|task| task.get_mut("keep")?.as_table_mut()?.remove("suppression"));
        }
        Recipe::lay_over(&mut table, options);
        let job: Self = table::read(&table).map_err(wrong)?;
        job.validate()?;
        match (&self, &job) {
            (Self::Localize(old), Self::Localize(new))
                if *new != (LocalizeOptions { loss_weights: new.loss_weights, ..old.clone() }) =>
            {
                Err(wrong("only `loss_weights` can be others; the network is built by the rest".into()))
            }
            (Self::Segment(old), Self::Segment(new)) if old.instances.is_some() != new.instances.is_some() => {
                Err(wrong("the network learned without `instances`, and its classes stay what they are".into()))
            }
            _ => Ok(job),
        }
    }

    /// Checks that every option is in its range.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        match self {
            Self::Classify | Self::Autoencode => Ok(()),
            Self::Localize(options) => options.validate(),
            Self::Detect(options) => options.validate(),
            Self::Segment(options) => options.validate(),
            Self::Edges(options) => options.validate(),
        }
    }

    /// Checks that pictures become what the task needs.
    pub(crate) fn check_preprocessing(&self, how: &Preprocessing) -> Result<(), Error> {
        match self {
            Self::Autoencode => autoencode::check_preprocessing(how),
            _ => Ok(()),
        }
    }

    /// Preprocessing that cuts nothing off, for tasks that answer for the whole picture.
    pub(crate) fn seeing_all(&self, how: Preprocessing) -> Preprocessing {
        match self {
            Self::Classify => how,
            _ => {
                let [_, height, width] = how.output_shape();
                Preprocessing { size: [height, width], crop: None, fit: Fit::Stretch, ..how }
            }
        }
    }

    /// What samples of the data are read for.
    pub(crate) fn purpose(&self, source: &DataSource) -> Result<Purpose, Error> {
        match self {
            Self::Classify | Self::Autoencode => Ok(Purpose::Any),
            Self::Localize(_) | Self::Detect(_) => Ok(Purpose::Detection),
            Self::Segment(options) => options.purpose(source),
            Self::Edges(options) => options.purpose(source),
        }
    }

    /// The classes that the network tells apart in data with these classes.
    pub(crate) fn classes(
        &self,
        data: &ClassNames,
        how: &NetworkOptions,
        architecture: Option<Architecture>,
    ) -> ClassNames {
        match self {
            Self::Segment(options) if options.instances.is_some() => segment::outline_classes(),
            Self::Edges(_) => edges::edge_classes(),
            // A picture's channels are what such networks count as classes.
            Self::Autoencode => {
                let usual = architecture.map_or(1, |architecture| architecture.input()[0]);
                ClassNames::numbered(how.channels.unwrap_or(usual))
            }
            _ => data.clone(),
        }
    }

    /// Whether the network's classes are those of the data.
    pub(crate) fn has_classes_of_data(&self) -> bool {
        match self {
            Self::Classify | Self::Localize(_) | Self::Detect(_) => true,
            Self::Segment(options) => options.instances.is_none(),
            Self::Edges(_) | Self::Autoencode => false,
        }
    }

    /// A network of the list for this task and these classes.
    pub(crate) fn spec(
        &self,
        architecture: Architecture,
        options: &NetworkOptions,
        classes: usize,
    ) -> Result<NetworkSpec, Error> {
        let config = options.config(architecture)?;
        match self {
            Self::Localize(localize) => localize.spec(options.with_cells(config), classes),
            Self::Detect(_) => DetectOptions::spec(architecture, config, options, classes),
            _ => Ok(options.with_cells(config).classes(classes).spec()?),
        }
    }

    /// What each output of the network learns.
    pub(crate) fn heads(&self, spec: &NetworkSpec, classes: &ClassNames) -> Result<Vec<Head>, Error> {
        match self {
            Self::Classify => Ok(Head::classifiers(spec)?),
            Self::Localize(options) => options.heads(spec, classes),
            Self::Detect(options) => options.heads(spec, classes),
            Self::Segment(options) => options.heads(spec, classes),
            Self::Edges(options) => options.heads(spec),
            Self::Autoencode => autoencode::heads(spec),
        }
    }

    /// The answer to a picture; of classes the `top` most likely.
    pub(crate) fn answer(&self, predictor: &TaskPredictor, picture: &Picture, top: usize) -> Result<Answer, Error> {
        match self {
            Self::Classify => {
                let logits = predictor.outputs(&[picture])?.remove(0).into_floats();
                Ok(Answer::Classes(Predictor::of_logits(&logits, predictor.classes(), top)))
            }
            Self::Localize(options) => options.answer(predictor, picture).map(Answer::Boxes),
            Self::Detect(options) => options.answer(predictor, picture).map(Answer::Boxes),
            Self::Segment(options) => options.answer(predictor, picture).map(Answer::Mask),
            Self::Edges(options) => options.answer(predictor, picture).map(Answer::Edges),
            Self::Autoencode => autoencode::answer(predictor, picture).map(Answer::Picture),
        }
    }

    /// Random crops of each picture in an epoch, where pictures keep their scale.
    fn crops(&self) -> Option<usize> {
        match self {
            Self::Segment(options) => options.crops,
            Self::Edges(options) => options.crops,
            _ => None,
        }
    }

    /// Whether pictures are looked at in tiles at their own scale.
    pub(crate) fn is_tiled(&self) -> bool {
        self.crops().is_some()
    }

    /// The data to train on, and what its samples go through after the recipe's changes.
    pub(crate) fn training_data(&self, data: Arc<dyn Dataset>, how: &Preprocessing) -> Result<Prepared, Error> {
        let mut transforms: Vec<Arc<dyn Transform>> = Vec::new();
        let mut data = data;
        if let Some(crops) = self.crops() {
            let [_, height, width] = how.output_shape();
            let cached = Arc::new(Cached::new(data, CACHE_BYTES));
            let indices = (0..cached.len()).flat_map(|index| std::iter::repeat_n(index, crops)).collect();
            data = Arc::new(Subset::new(cached, indices)?);
            transforms.push(Arc::new(segment::crop([height, width])));
        }
        transforms.extend(self.transforms());
        Ok((data, transforms))
    }

    /// The data to evaluate on, and what its samples go through.
    pub(crate) fn evaluation_data(&self, data: Arc<dyn Dataset>, how: &Preprocessing) -> Result<Prepared, Error> {
        let mut data = data;
        if self.is_tiled() {
            let [_, height, width] = how.output_shape();
            let cached = Arc::new(Cached::new(data, CACHE_BYTES));
            data = Arc::new(Tiles::new(cached, [height, width])?);
        }
        Ok((data, self.transforms()))
    }

    fn transforms(&self) -> Vec<Arc<dyn Transform>> {
        match self {
            Self::Segment(SegmentOptions { instances: Some(outline), .. }) => {
                vec![Arc::new(segment::OutlineMask(*outline))]
            }
            _ => Vec::new(),
        }
    }

    /// What is measured of whole pictures besides the heads' metrics, and added to them.
    pub(crate) fn measure_whole(
        &self,
        predictor: &TaskPredictor,
        data: &dyn Dataset,
        evaluation: &mut Evaluation,
    ) -> Result<(), Error> {
        match self {
            Self::Segment(options) if options.instances.is_some() => segment::count_things(predictor, data, evaluation),
            _ => Ok(()),
        }
    }
}

/// The most bytes of whole pictures that are kept for their crops and tiles.
const CACHE_BYTES: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use striate_core::suppression::Decay;
    use striate_models::tasks::segment::{Outline, Watershed};
    use striate_models::tasks::{Selection, Suppression};

    use super::*;

    fn with(job: &Job, options: &str) -> Result<Job, Error> {
        job.clone().with(toml::from_str(options).unwrap())
    }

    #[test]
    fn single_options_change_and_all_others_stay() {
        let segment = SegmentOptions {
            class_weight: Some(vec![1.0, 2.5, 3.0]),
            crops: Some(3),
            instances: Some(Outline { width: 2, ..Outline::default() }),
            ..SegmentOptions::default()
        };
        let job = Job::Segment(segment.clone());
        let watershed = Watershed { seed: 1.0, ..Watershed::default() };
        let want = SegmentOptions { watershed: Some(watershed), ..segment.clone() };
        assert_eq!(with(&job, "segment.watershed.seed = 1").unwrap(), Job::Segment(want));
        let want = SegmentOptions { crops: Some(9), ..segment };
        assert_eq!(with(&job, "segment.crops = 9").unwrap(), Job::Segment(want));

        let keep = Selection { min_score: 0.1, most: 7, ..Selection::default() };
        let detect = DetectOptions { lambda_coord: 4.0, keep, ..DetectOptions::default() };
        let kept = |suppression| Job::Detect(DetectOptions { keep: Selection { suppression, ..keep }, ..detect });
        let job = Job::Detect(detect);
        let want = DetectOptions { keep: Selection { min_score: 0.3, ..keep }, ..detect };
        assert_eq!(with(&job, "detect.keep.min_score = 0.3").unwrap(), Job::Detect(want));
        // From one kind to another, and back.
        let soft = with(&job, "detect.keep.suppression.soft.gaussian.sigma = 0.4").unwrap();
        assert_eq!(soft, kept(Suppression::Soft(Decay::Gaussian { sigma: 0.4 })));
        assert_eq!(with(&job, "detect.keep.suppression = \"none\"").unwrap(), kept(Suppression::None));
        let hard = with(&soft, "detect.keep.suppression.hard.iou_threshold = 0.7").unwrap();
        assert_eq!(hard, kept(Suppression::Hard { iou_threshold: 0.7 }));

        let edges = EdgeOptions { crops: Some(5), positive_weight: 3.0, ..EdgeOptions::default() };
        let want = EdgeOptions { threshold: 0.3, ..edges.clone() };
        assert_eq!(with(&Job::Edges(edges), "edges.threshold = 0.3").unwrap(), Job::Edges(want));
        let localize = LocalizeOptions { hidden: vec![8], box_channels: 4, ..LocalizeOptions::default() };
        let want = LocalizeOptions { loss_weights: [1.0, 2.0], ..localize.clone() };
        let job = Job::Localize(localize);
        assert_eq!(with(&job, "localize.loss_weights = [1, 2]").unwrap(), Job::Localize(want));
    }

    #[test]
    fn options_that_a_trained_model_cannot_have_are_refused() {
        let refused = |job: &Job, options: &str| with(job, options).unwrap_err().to_string();
        for job in [Job::Classify, Job::Autoencode] {
            assert!(refused(&job, "edges.threshold = 0.3").contains("it has none"));
        }
        let localize = Job::Localize(LocalizeOptions::default());
        assert!(refused(&localize, "localize.hidden = [3]").contains("only `loss_weights`"));
        let segment = Job::Segment(SegmentOptions::default());
        assert!(refused(&segment, "segment.instances.width = 2").contains("learned without `instances`"));
        assert!(refused(&segment, "segment.cropz = 2").contains("did you mean `crops`"));
        assert!(refused(&segment, "edges.threshold = 0.3").contains("begin with `segment.`"));
    }
}
