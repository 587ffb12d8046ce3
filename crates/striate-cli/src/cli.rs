//! The command line.

mod data;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use striate::Recipe;
use striate::data::WindowsConfig;
use striate::models::tasks::{Selection, SlidingConfig};

pub(crate) use self::data::{Data, DataDoctor, DataScenes, DataShow, DataStats};

/// Where data comes from.
const DATA: &str = "Data: digits, idx:DIR, cifar10:DIR, cifar100:DIR, folder:DIR, csv:FILE, voc:DIR, coco:IMAGES,ANNOTATIONS, \
                    pairs:IMAGES,MASKS, windows:DATA";

/// Trains and uses convolutional networks.
#[derive(Debug, Parser)]
#[command(name = "striate", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a network; without a flag LeNet-5 on the embedded digits.
    Train(Train),
    /// Measure a model file on data.
    Evaluate(Evaluate),
    /// Label pictures with a model file.
    Predict(Predict),
    /// Look inside a model: where it sees a class, which px it needs, what its layers give and respond to.
    #[cfg(feature = "explain")]
    Explain(Explain),
    /// List a network's layers with output shapes and parameters.
    Summary(Summary),
    /// Tell what a network costs: multiplications and memory of each layer.
    Cost(Cost),
    /// Draw a network's layers as SVG or DOT.
    Draw(Draw),
    /// Make a model file of weights that others published, `.pth` or safetensors.
    Import(Import),
    /// Write a model file's weights as safetensors that PyTorch loads.
    Export(Export),
    /// List what a file of weights holds: sections, tensors, hash.
    Inspect(Inspect),
    /// Find pictures that are like another.
    #[command(subcommand)]
    Similar(Similar),
    /// Look at data: numbers, pictures, faults.
    #[command(subcommand)]
    Data(Data),
    /// List runs and compare them.
    Runs(Runs),
    /// List the networks that can be trained by name.
    Models(Models),
    /// List the devices that can be used here.
    Devices(Json),
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    /// Recipe in TOML; flags go before what it says.
    #[arg(long, value_name = "RECIPE.toml")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// Update rule.
    #[arg(long, value_name = "NAME")]
    pub(crate) optimizer: Option<String>,
    /// Learning rate.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) lr: Option<f64>,
    /// Any other key of a recipe, such as network.width=0.5 or segment.loss=both; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) set: Vec<toml::Table>,
    /// Folder of the run; a new numbered one in `runs/` if left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the run in `--out`.
    #[arg(long, requires = "out")]
    pub(crate) resume: bool,
    /// Show curves, the time left and the last epochs on the whole terminal; `q` stops and saves.
    #[arg(long)]
    pub(crate) dashboard: bool,
    /// Print the result as JSON on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags that are keys of a recipe.
#[derive(Debug, Args, Serialize)]
pub(crate) struct Settings {
    /// Network's name, or model file to go on from.
    #[arg(long, value_name = "NAME|FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// Weights to start from: the name of published weights, which says the network too, an address, or a file.
    #[arg(long, value_name = "NAME|URL|FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weights: Option<String>,
    /// How pictures become the network's input; as the weights or the network usually have it if left out.
    #[arg(long, value_name = "torch|tf|caffe|lite|FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) preprocessing: Option<String>,
    #[arg(long, help = DATA)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<String>,
    /// What the network learns to do: classify, localize, detect, segment, edges or autoencode.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) task: Option<String>,
    /// Times that the training data is gone through.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) epochs: Option<u32>,
    /// Pictures in a step.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batch_size: Option<u32>,
    /// Device: flex, ndarray, wgpu, vulkan, metal, cuda, rocm or cpu, with `:INDEX` for another than the first.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backend: Option<String>,
    /// Threads that load pictures.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workers: Option<u32>,
    /// Seed of everything that is drawn.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
}

/// A classifier slid over pictures.
#[derive(Debug, Args)]
pub(crate) struct Slide {
    /// Slide a classifier over the pictures and smaller copies of them, and find boxes. Its class `background`, if it has one,
    /// is nothing.
    #[arg(long)]
    pub(crate) slide: bool,
    /// Sizes of the copies, in parts of a picture's sides.
    #[arg(long, value_name = "X,X", value_delimiter = ',', requires = "slide", default_values_t = SlidingConfig::default().scales)]
    pub(crate) scales: Vec<f32>,
    /// What the windows that it learned from left free about a thing, in parts of the thing; `windows:DATA` leaves 0.1.
    #[arg(long, value_name = "X", requires = "slide", default_value_t = WindowsConfig::default().margin)]
    pub(crate) margin: f32,
    /// The lowest score of a box that is kept.
    #[arg(long, value_name = "X", requires = "slide", default_value_t = 0.5)]
    pub(crate) min_score: f32,
}

impl Slide {
    pub(crate) fn config(&self) -> SlidingConfig {
        let keep = Selection { min_score: self.min_score, ..Selection::default() };
        SlidingConfig { scales: self.scales.clone(), margin: self.margin, keep, ..SlidingConfig::default() }
    }
}

/// Options of a task other than the model's own.
#[derive(Debug, Args)]
pub(crate) struct Answers {
    /// An option of the model's task instead of the one that it was saved with, such as segment.watershed.seed=0.7 or
    /// edges.threshold=0.3; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting, conflicts_with = "slide")]
    set: Vec<toml::Table>,
}

impl Answers {
    pub(crate) fn options(&self) -> toml::Table {
        merged(&self.set)
    }
}

/// All settings of `--set` in one table; later ones go before earlier ones.
pub(crate) fn merged(set: &[toml::Table]) -> toml::Table {
    let mut all = toml::Table::new();
    set.iter().for_each(|set| Recipe::lay_over(&mut all, set.clone()));
    all
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// Model file, or a run's folder.
    pub(crate) model: PathBuf,
    #[arg(long, help = DATA)]
    pub(crate) data: String,
    /// Part of the data: train, val or test.
    #[arg(long, default_value = "test")]
    pub(crate) split: String,
    #[command(flatten)]
    pub(crate) answers: Answers,
    #[command(flatten)]
    pub(crate) slide: Slide,
    /// Device.
    #[arg(long, value_name = "NAME", default_value = "flex")]
    pub(crate) backend: String,
    /// Threads that load pictures.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) workers: usize,
    /// Print the result as JSON on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Predict {
    /// Model file, a run's folder, or the name of published weights, such as resnet50 or resnet50:v1.
    pub(crate) model: PathBuf,
    /// Pictures, PNG or JPEG.
    #[arg(required_unless_present = "frames")]
    pub(crate) images: Vec<PathBuf>,
    /// Folder of a video's frames instead, in the order of the numbers in their names; tells the frames per second.
    #[arg(long, value_name = "DIR", conflicts_with = "images")]
    pub(crate) frames: Option<PathBuf>,
    /// Classes to list for each picture.
    #[arg(long, value_name = "K", default_value_t = 3)]
    pub(crate) top: usize,
    /// Folder for pictures of the answers: masks, boxes, edges. A classifier's have none.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) answers: Answers,
    #[command(flatten)]
    pub(crate) slide: Slide,
    /// Turn pixel values over first, for dark on light where the network learned light on dark.
    #[arg(long)]
    pub(crate) invert: bool,
    /// Device.
    #[arg(long, value_name = "NAME", default_value = "flex")]
    pub(crate) backend: String,
    /// Print the result as JSON on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(feature = "explain")]
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Model file, a run's folder, or the name of published weights, such as resnet50 or resnet50:v1.
    pub(crate) model: PathBuf,
    /// Picture, PNG or JPEG.
    pub(crate) image: PathBuf,
    /// How to look: grad-cam, saliency, smooth-grad, integrated-gradients, occlusion, feature-maps, filters or visualize; can be
    /// given several times. All if left out.
    #[arg(long = "method", value_name = "NAME")]
    pub(crate) methods: Vec<String>,
    /// Layer whose maps, filters, units or features are meant.
    #[arg(long, value_name = "NAME")]
    pub(crate) layer: Option<String>,
    /// Class to explain, by number or name; the one with the largest score if left out.
    #[arg(long, value_name = "N|NAME")]
    pub(crate) class: Option<String>,
    /// Output whose classes are meant; the first if left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) output: Option<String>,
    /// Channel of the layer that a picture is made for; the class if left out.
    #[arg(long, value_name = "N", requires = "layer")]
    pub(crate) channel: Option<usize>,
    /// Steps of integrated gradients and of a visualization; a sixteenth of it are the noisy pictures of SmoothGrad.
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub(crate) steps: usize,
    /// Also show what the model makes of this data: confusion, worst mistakes, a map. Data is named as for train.
    #[arg(long, value_name = "DATA")]
    pub(crate) data: Option<String>,
    /// Part of the data: train, val or test.
    #[arg(long, default_value = "test")]
    pub(crate) split: String,
    /// The most samples of the data, spread evenly.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) samples: usize,
    /// Seed of all that is drawn.
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,
    /// Folder for the pictures and report.html.
    #[arg(long, value_name = "DIR", default_value = "explain")]
    pub(crate) out: PathBuf,
    /// Device.
    #[arg(long, value_name = "NAME", default_value = "flex")]
    pub(crate) backend: String,
    /// Print what was found as JSON on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Summary {
    /// Model file, run's folder, or network's name.
    pub(crate) model: String,
    /// Print the summary as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Cost {
    /// Model file, run's folder, or network's name.
    pub(crate) model: String,
    /// Samples in a batch.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) batch: usize,
    /// Tell the largest batch for this many GB (2^30 bytes).
    #[arg(long, value_name = "GB")]
    pub(crate) memory: Option<f64>,
    /// Sides of the input, such as 3x224x224, for a network that takes any.
    #[arg(long, value_name = "SIDES")]
    pub(crate) input: Option<String>,
    /// Print the cost as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// File that `torch.save` wrote, or safetensors; its address, which may end in `#sha256=` and the sum; or the name of
    /// published weights, such as resnet50 or resnet50:v1.
    #[arg(value_name = "FILE|URL|NAME")]
    pub(crate) source: String,
    /// Model file to write.
    pub(crate) out: PathBuf,
    /// The network whose weights these are; known for published weights.
    #[arg(long, value_name = "NAME")]
    pub(crate) arch: Option<String>,
    /// How pictures become the network's input; as the weights or the network usually have it if left out.
    #[arg(long, value_name = "torch|tf|caffe|lite|FILE")]
    pub(crate) preprocessing: Option<String>,
    /// Names of the classes, in a file one a line; those that the network's published weights know if left out.
    #[arg(long, value_name = "imagenet|cifar10|cifar100|coco|voc|FILE")]
    pub(crate) classes: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Model file, or a run's folder.
    #[arg(value_name = "IN")]
    pub(crate) model: PathBuf,
    /// Safetensors file to write.
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Model file, run's folder, safetensors, or a file that `torch.save` wrote.
    pub(crate) file: PathBuf,
    /// Print the list as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `network.width=0.5`: a key of a recipe and its value in TOML; what is no TOML is text.
fn setting(text: &str) -> Result<toml::Table, String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    let (key, value) = (key.trim(), value.trim());
    let is_word =
        |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !key.split('.').all(is_word) {
        return Err(format!("{key:?} is no key; write words with dots between them, as in network.width=0.5"));
    }
    let quoted = toml::Value::String(value.into());
    toml::from_str(&format!("{key} = {value}"))
        .or_else(|_| toml::from_str(&format!("{key} = {quoted}")))
        .map_err(|error| error.to_string())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Similar {
    /// Make an index of the pictures in a folder.
    Build(SimilarBuild),
    /// Ask an index for pictures like one.
    Query(SimilarQuery),
}

#[derive(Debug, Args)]
pub(crate) struct SimilarBuild {
    /// Model file, a run's folder, or the name of published weights.
    pub(crate) model: PathBuf,
    /// Folder with pictures, and folders below it.
    pub(crate) folder: PathBuf,
    /// Index file to write.
    #[arg(long, value_name = "INDEX")]
    pub(crate) out: PathBuf,
    /// Layer whose values are compared; what the last layer with weights takes if left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) layer: Option<String>,
    /// Device.
    #[arg(long, value_name = "NAME", default_value = "flex")]
    pub(crate) backend: String,
    /// Print the result as JSON on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SimilarQuery {
    /// Index file.
    pub(crate) index: PathBuf,
    /// Picture, PNG or JPEG.
    pub(crate) image: PathBuf,
    /// Pictures to list.
    #[arg(long, value_name = "K", default_value_t = 5)]
    pub(crate) top: usize,
    /// Model file that the index was made with, if it is elsewhere by now.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Device.
    #[arg(long, value_name = "NAME", default_value = "flex")]
    pub(crate) backend: String,
    /// Print the result as JSON on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Draw {
    /// Model file, run's folder, or network's name.
    pub(crate) model: String,
    /// File to write, .svg or .dot; SVG goes to standard output if left out.
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Runs {
    /// Folder of the runs, or one run's.
    #[arg(default_value = "runs")]
    pub(crate) folder: PathBuf,
    /// Draw all runs' curves into this SVG file.
    #[arg(long, value_name = "OUT.svg")]
    pub(crate) plot: Option<PathBuf>,
    /// Print the list as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Models {
    /// Print the list as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the list as a table in Markdown, as the README has it.
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,
    /// List the published weights instead.
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) weights: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Json {
    /// Print the list as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
