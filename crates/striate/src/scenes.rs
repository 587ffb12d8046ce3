//! Data sets of scenes, as files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use striate_core::Streams;
use striate_data::{Dataset, Mode, SceneConfig, Scenes, WrittenCoco, split, write_coco};

use crate::{DataSource, Error};

/// What is written by [`write_scenes`].
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct WrittenScenes {
    /// The scenes as the data of a recipe or command.
    pub data: String,
    /// The parts and how much they have.
    pub parts: Vec<(&'static str, WrittenCoco)>,
}

/// Scenes and what they are for.
pub type ScenePart = (Mode, Arc<dyn Dataset>);

/// The part of the things to train on that scenes to validate, or to test, are made of, where the data has no such part.
const HELD_OUT: f64 = 0.1;

/// Scenes in memory, made when they are asked for: to train on, to validate and to test, so many of each. No thing is in two
/// of the parts: where the data has no part to validate or to test, a tenth of each class is held out from that to train on.
///
/// # Errors
/// If the data can't be opened or divided, or the config can't be.
pub fn scene_parts(things: &DataSource, config: &SceneConfig, counts: [usize; 3]) -> Result<Vec<ScenePart>, Error> {
    let modes = things.modes()?;
    let mut train = things.open(Mode::Train, None)?;
    let classes = train.class_names().clone();
    let mut part = |mode: Mode| -> Result<Arc<dyn Dataset>, Error> {
        if modes.contains(&mode) {
            return Ok(things.open(mode, Some(&classes))?);
        }
        let streams = Streams::new(config.seed).at(0, mode as u64);
        let (rest, held_out) = split(train.clone(), HELD_OUT, streams)?;
        train = Arc::new(rest);
        Ok(Arc::new(held_out))
    };
    let (validation, test) = (part(Mode::Validation)?, part(Mode::Test)?);
    let mut made = Vec::with_capacity(3);
    for ((mode, things), count) in Mode::ALL.into_iter().zip([train, validation, test]).zip(counts) {
        // The same things at the same places would be no test.
        let seed = Streams::new(config.seed).at(0, mode as u64).open("scenes").next_u64();
        let config = SceneConfig { count, seed, ..config.clone() };
        made.push((mode, Arc::new(Scenes::new(things, config)?) as Arc<dyn Dataset>));
    }
    Ok(made)
}

/// Writes [`scene_parts`] as COCO has it: `images/train`, `annotations/train.json` and so on, below a folder that is new or
/// empty.
///
/// # Errors
/// [`Error::FolderNotEmpty`] if the folder has something in it; those of [`scene_parts`] and of writing.
pub fn write_scenes(
    things: &DataSource,
    config: &SceneConfig,
    counts: [usize; 3],
    out: &Path,
) -> Result<WrittenScenes, Error> {
    let parts = scene_parts(things, config, counts)?;
    let failed = |action| move |source| Error::File { action, path: out.into(), source };
    fs::create_dir_all(out).map_err(failed("create"))?;
    if fs::read_dir(out).map_err(failed("read"))?.next().is_some() {
        return Err(Error::FolderNotEmpty { path: out.into() });
    }
    let mut written = Vec::with_capacity(parts.len());
    for (mode, scenes) in parts {
        let images = out.join("images").join(mode.name());
        let annotations = out.join("annotations").join(mode.name()).with_extension("json");
        written.push((mode.name(), write_coco(&*scenes, &images, &annotations)?));
    }
    let at = |place: &str| PathBuf::from(out).join(place);
    let data = format!("coco:{},{}", at("images/{split}").display(), at("annotations/{split}.json").display());
    Ok(WrittenScenes { data, parts: written })
}
