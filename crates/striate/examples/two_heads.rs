//! What a picture shows and where: two heads on one network, cross-entropy of the class weighed 0.8 and the box's mean squared
//! error 0.2, as the lectures do it, on digits in scenes: `cargo run --release --example two_heads --features digits`.

use std::error::Error;
use std::path::Path;

use striate::data::SceneConfig;
use striate::prelude::*;
use striate::training::Optimizer;
use striate::training::optimizers::Adam;
use striate::{LocalizeOptions, NetworkOptions, RunResult, Task, TaskPredictor, write_scenes};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let result = run(folder.path(), [4000, 200, 200], 12)?;
    println!("{result:?}");
    let picture = folder.path().join("scenes/images/test/000000000001.png");
    let predictor = TaskPredictor::open(&folder.path().join("run"), &device("flex")?)?;
    println!("{}", predictor.answer_file(&picture, 1)?.in_words());
    Ok(())
}

/// Makes scenes of one digit each, so many to train, to validate and to test, and trains on them for so many epochs.
pub(crate) fn run(folder: &Path, counts: [usize; 3], epochs: usize) -> Result<RunResult, Box<dyn Error>> {
    let scenes = SceneConfig { size: [32, 32], objects: [1, 1], scale: [0.5, 0.8], ..SceneConfig::default() };
    let scenes = write_scenes(&"digits".parse()?, &scenes, counts, &folder.join("scenes"))?;
    let recipe = Recipe {
        task: Task::Localize,
        model: "yolo_v1_small".into(),
        network: NetworkOptions { size: Some([32, 32]), ..NetworkOptions::default() },
        // Where a thing is, each map's mean doesn't know.
        localize: LocalizeOptions { box_channels: 8, ..LocalizeOptions::default() },
        data: scenes.data,
        epochs,
        batch_size: 16,
        optimizer: Optimizer::Adam(Adam::keras()),
        augment: Vec::new(),
        ..Recipe::default()
    };
    let outcome = TrainRun::new(recipe).out(folder.join("run")).quiet().start()?;
    Ok(outcome.result().ok_or("nothing stops it")?.clone())
}
