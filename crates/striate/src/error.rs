//! Why a command can't be done.

use std::path::PathBuf;

use striate_backend::DeviceError;
use striate_data::DataError;
use striate_models::{UnknownArchitecture, UnknownWeights};
use striate_network::NetworkError;
use striate_train::TrainError;

/// Why a command can't be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The history of a run can't be read.
    #[error("line {line} of {path:?} is no `epoch,split,metric,value`")]
    History {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A network has no maps that a new head could pool.
    #[error("network {network:?} has no maps [channel, height, width] for a new head; leave `head` out")]
    NoMaps {
        /// The network.
        network: String,
    },
    /// The recipe can't be understood.
    #[error("recipe{}: {reason}", place(.path, .line))]
    Recipe {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// The line in it, from 1.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
    /// An option is out of its range.
    #[error("`{option}` is {value}; {rule}")]
    Option {
        /// The option's name in recipes.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },
    /// An option of a trained model's task can't be what it shall be.
    #[error("options of the model's task, `{task}`: {reason}")]
    TaskOption {
        /// The task's name.
        task: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The model's classes aren't the data's.
    #[error("the model has {model} classes but the data has {data}")]
    Classes {
        /// Classes of the model.
        model: usize,
        /// Classes of the data.
        data: usize,
    },
    /// A network has other inputs than those that are made for it.
    #[error("network {network:?} takes {takes}, but gets {made}")]
    Inputs {
        /// The network.
        network: String,
        /// The inputs that it has, in order.
        takes: String,
        /// Those that are made, in order.
        made: String,
    },
    /// There is a picture beside a row where the network takes none, or none where it takes one.
    #[error("the network takes {} picture beside the row", if *wanted { "a" } else { "no" })]
    PictureBesideRow {
        /// Whether it takes one.
        wanted: bool,
    },
    /// A model file lacks what the command needs.
    #[error("{path:?} has no section `{section}`, which this needs")]
    NoSection {
        /// The file.
        path: PathBuf,
        /// The section.
        section: &'static str,
    },
    /// A model file's network can't label pictures.
    #[error("{path:?} gives {got}; a classifier gives one output [classes]")]
    NotAClassifier {
        /// The file.
        path: PathBuf,
        /// What its network gives.
        got: String,
    },
    /// The folder has a run already.
    #[error("{path:?} has a run already; continue it with `--resume --out {}` or choose another folder", path.display())]
    RunExists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has something that a run would write over.
    #[error("{path:?} has {name:?} but no run; choose another folder")]
    FolderInUse {
        /// The folder.
        path: PathBuf,
        /// The name in it.
        name: &'static str,
    },
    /// A folder that is to be written has something in it.
    #[error("{path:?} is not empty; choose another folder, or empty it")]
    FolderNotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file is no index of pictures, or a damaged one.
    #[error("{path:?} can't be used: {reason}")]
    Index {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An index and a model don't belong together.
    #[error("the index can't be asked: {reason}")]
    OtherIndex {
        /// How they differ.
        reason: String,
    },
    /// A flag can't be given with `--resume`.
    #[error("{flag} can't be given with --resume: the run goes on by the recipe in its folder")]
    Fixed {
        /// The flag.
        flag: &'static str,
    },
    /// There is nothing to resume.
    #[error("{path:?} has no run to resume; start one without `--resume`")]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// No whole checkpoint is left.
    #[error("{path:?} has no whole checkpoint; {damaged} are damaged; start anew in another folder")]
    NoCheckpoint {
        /// The folder.
        path: PathBuf,
        /// How many can't be read.
        damaged: usize,
    },
    /// A file can't be read or written.
    #[error("cannot {action} {path:?}")]
    File {
        /// `read`, `write` or `create`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It isn't said whose weights a file holds.
    #[error("say with `{flag} NAME` whose weights these are; `striate models` lists the names")]
    NoArchitecture {
        /// The flag that says it.
        flag: &'static str,
    },
    /// An option is neither a known name nor a file.
    #[error("unknown {what} {name:?}; known: {known}, or a file's path")]
    UnknownPreset {
        /// `preprocessing` or `classes`.
        what: &'static str,
        /// What was given.
        name: String,
        /// The known names.
        known: String,
    },
    /// A preprocessing can't be used.
    #[error("preprocessing {name:?} can't be used: {reason}")]
    Preprocessing {
        /// Its name or file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is not one name for each class.
    #[error("there are {names} names of classes, but the network has {classes} classes")]
    ClassNames {
        /// The names.
        names: usize,
        /// The classes.
        classes: usize,
    },
    /// There is not one weight for each class.
    #[error("there are {weights} `class_weight`s, but {classes} classes")]
    ClassWeights {
        /// The weights.
        weights: usize,
        /// The classes.
        classes: usize,
    },
    /// A network, a target or an answer doesn't fit the task.
    #[error(transparent)]
    Task(#[from] striate_models::tasks::TaskError),
    /// There is no such model.
    #[error(transparent)]
    Model(#[from] UnknownArchitecture),
    /// There are no such weights.
    #[error(transparent)]
    Weights(#[from] UnknownWeights),
    /// A file can't be fetched.
    #[cfg(feature = "download")]
    #[error(transparent)]
    Download(#[from] crate::DownloadError),
    /// A file is elsewhere, and this program can't fetch it.
    #[error(
        "{url} can't be fetched by this program, which was built without the feature `download`; fetch it otherwise"
    )]
    NoDownload {
        /// Its address.
        url: String,
    },
    /// There is no such way to look at a model.
    #[cfg(feature = "explain")]
    #[error(transparent)]
    Method(#[from] crate::UnknownMethod),
    /// Something of a model can't be explained.
    #[cfg(feature = "explain")]
    #[error(transparent)]
    Explain(#[from] striate_explain::ExplainError),
    /// There is no such device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Data can't be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A network or model file can't be used.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A network of the list can't be built so.
    #[error(transparent)]
    Build(#[from] striate_models::ModelError),
    /// Training can't go on.
    #[error(transparent)]
    Train(#[from] TrainError),
}

impl Error {
    /// Whether an argument, a file or data of the user's is the cause.
    pub fn is_users(&self) -> bool {
        match self {
            Self::Train(TrainError::Diverged { .. }) => false,
            #[cfg(feature = "download")]
            Self::Download(error) => error.is_users(),
            _ => true,
        }
    }
}

fn place(path: &Option<PathBuf>, line: &Option<usize>) -> String {
    let path = path.as_ref().map(|path| format!(" {path:?}")).unwrap_or_default();
    let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
    path + &line
}
