//! What the commands about data take.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::DATA;

#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// Tell a part's samples, sizes, classes, mean and standard deviation.
    Stats(DataStats),
    /// Draw samples with their boxes and masks, and what an augmentation makes of them, as PNG.
    Show(DataShow),
    /// Look for faults: unreadable and equal pictures, leaks between parts, rare classes, wrong boxes, odd sizes.
    Doctor(DataDoctor),
    /// Make pictures of several things on generated canvases, with boxes and masks in COCO's format.
    Scenes(DataScenes),
}

#[derive(Debug, Args)]
pub(crate) struct DataStats {
    #[arg(help = DATA)]
    pub(crate) data: String,
    /// What samples are read for: any, detection (boxes) or segmentation (masks).
    #[arg(long, value_name = "TASK", default_value = "any")]
    pub(crate) task: String,
    /// Part of the data: train, val or test.
    #[arg(long, default_value = "train")]
    pub(crate) split: String,
    /// Print the numbers as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DataShow {
    #[arg(help = DATA)]
    pub(crate) data: String,
    /// PNG file to write.
    pub(crate) out: PathBuf,
    /// What samples are read for: any, detection (boxes) or segmentation (masks).
    #[arg(long, value_name = "TASK", default_value = "any")]
    pub(crate) task: String,
    /// Part of the data: train, val or test.
    #[arg(long, default_value = "train")]
    pub(crate) split: String,
    /// Samples, spread evenly over the part.
    #[arg(long, value_name = "N", default_value_t = 24)]
    pub(crate) samples: usize,
    /// Samples in a row, where there are no draws.
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub(crate) columns: usize,
    /// Side of a sample's tile in px.
    #[arg(long, value_name = "PX", default_value_t = 160)]
    pub(crate) tile: usize,
    /// Recipe whose augmentation is drawn beside each sample.
    #[arg(long, value_name = "RECIPE.toml")]
    pub(crate) augment: Option<PathBuf>,
    /// Draws of the augmentation beside each sample.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) draws: usize,
    /// Seed of the draws.
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,
    /// Print what is shown and drawn as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DataDoctor {
    #[arg(help = DATA)]
    pub(crate) data: String,
    /// What samples are read for: any, detection (boxes) or segmentation (masks).
    #[arg(long, value_name = "TASK", default_value = "any")]
    pub(crate) task: String,
    /// Up to which distance pictures count as nearly the same, in standard deviations of their px; 0 looks for none.
    #[arg(long, value_name = "X", default_value_t = 0.05)]
    pub(crate) near: f64,
    /// Print the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DataScenes {
    /// New folder for `images` and `annotations`.
    pub(crate) out: PathBuf,
    /// Where the things come from: labelled pictures, light on dark.
    #[arg(long, value_name = "DATA", default_value = "digits")]
    pub(crate) from: String,
    /// Scenes to train on.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) count: usize,
    /// Scenes to validate; a tenth of those to train on if left out.
    #[arg(long, value_name = "N")]
    pub(crate) val: Option<usize>,
    /// Scenes to test; a tenth of those to train on if left out.
    #[arg(long, value_name = "N")]
    pub(crate) test: Option<usize>,
    /// Things in a scene: the fewest and the most.
    #[arg(long, value_name = "N-N", default_value = "1-5", value_parser = range::<usize>)]
    pub(crate) objects: [usize; 2],
    /// Width and height of the canvas in px.
    #[arg(long, value_name = "WxH", default_value = "112x112", value_parser = width_and_height)]
    pub(crate) size: [usize; 2],
    /// Part of the canvas's shorter side that a thing's longer side takes: the least and the greatest.
    #[arg(long, value_name = "X-X", default_value = "0.2-0.5", value_parser = range::<f32>)]
    pub(crate) scale: [f32; 2],
    /// Greatest part of a thing that others may hide.
    #[arg(long, value_name = "X", default_value_t = 0.25)]
    pub(crate) max_hidden: f32,
    /// Gray things on gray canvases.
    #[arg(long)]
    pub(crate) gray: bool,
    /// Things have no holes, as clothes: what their bright px enclose belongs to them.
    #[arg(long)]
    pub(crate) solid: bool,
    /// Seed of everything that is drawn.
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,
    /// Print what was written as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `1-5`, or one number for both ends.
fn range<T: FromStr + Copy>(text: &str) -> Result<[T; 2], String> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    match (low.parse(), high.parse()) {
        (Ok(low), Ok(high)) => Ok([low, high]),
        _ => Err("write it as 1-5, or as one number for both ends".into()),
    }
}

/// `160x120`, width first; height first comes out.
fn width_and_height(text: &str) -> Result<[usize; 2], String> {
    match text.split_once('x').map(|(width, height)| (width.parse(), height.parse())) {
        Some((Ok(width), Ok(height))) => Ok([height, width]),
        _ => Err("write it as 160x120, width first".into()),
    }
}
