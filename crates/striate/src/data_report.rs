//! Looking at data.

use std::path::Path;

use serde::Serialize;
use striate_core::Streams;
use striate_data::transforms::{Pipeline, Transform as _};
use striate_data::{Augmentation, Depth, Diagnosis, Doctor, Image, Mode, Purpose, Statistics, contact_sheet};

use crate::png::write_picture;
use crate::{DataSource, Error};

/// A part of some data in numbers. Pictures of more than 8 bits count with all of them.
///
/// # Errors
/// If the data can't be opened; samples that can't be read are counted.
pub fn data_statistics(data: &DataSource, purpose: Purpose, mode: Mode) -> Result<Statistics, Error> {
    Ok(Statistics::of(&*data.open_with_depth(purpose, mode, None, Depth::Full)?))
}

/// What is wrong with all parts of some data. Pictures of more than 8 bits are looked at with all of them.
///
/// # Errors
/// If the data can't be opened; samples that can't be read are what is wrong.
pub fn diagnose(data: &DataSource, purpose: Purpose, doctor: &Doctor) -> Result<Diagnosis, Error> {
    let modes = data.modes_for(purpose)?;
    let mut parts = vec![data.open_with_depth(purpose, Mode::Train, None, Depth::Full)?];
    for &mode in modes.iter().filter(|mode| **mode != Mode::Train) {
        let part = data.open_with_depth(purpose, mode, Some(parts[0].class_names()), Depth::Full)?;
        parts.push(part);
    }
    let parts: Vec<_> = modes.iter().zip(&parts).map(|(mode, part)| (mode.name(), &**part)).collect();
    Ok(doctor.examine(&parts))
}

/// What a contact sheet shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What samples are read for, such as segmentation to see masks.
    pub purpose: Purpose,
    /// The part of the data.
    pub mode: Mode,
    /// Samples, spread evenly over the part; at least 1.
    pub samples: usize,
    /// Draws of the augmentation beside each sample.
    pub draws: usize,
    /// Tiles in a row where there are no draws; at least 1.
    pub columns: usize,
    /// The side of a tile in px, at least 1.
    pub tile: usize,
    /// What is drawn, as in a recipe.
    pub augment: Vec<Augmentation>,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for Sheet {
    /// 24 samples to train on, 6 in a row, within 160 px.
    fn default() -> Self {
        let (purpose, mode) = (Purpose::Any, Mode::Train);
        Self { purpose, mode, samples: 24, draws: 0, columns: 6, tile: 160, augment: Vec::new(), seed: 42 }
    }
}

/// A sample of a contact sheet.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ShownSample {
    /// Its number in the part.
    pub index: usize,
    /// The names of its classes.
    pub classes: Vec<String>,
    /// Height and width, in px.
    pub size: [usize; 2],
    /// Its boxes.
    pub boxes: usize,
    /// What was drawn for each of the tiles beside it.
    pub draws: Vec<serde_json::Value>,
}

/// Draws samples of some data, with boxes, masks and key points, into a PNG file: row by row, each followed by its draws.
/// Pictures of more than 8 bits are spread from their darkest to their lightest value.
///
/// # Errors
/// If a number of the sheet is 0, or the data can't be read, or the file can't be written.
pub fn show_data(data: &DataSource, sheet: &Sheet, out: &Path) -> Result<Vec<ShownSample>, Error> {
    let Sheet { samples, columns, tile, .. } = *sheet;
    for (option, value) in [("samples", samples), ("columns", columns), ("tile", tile)] {
        if value == 0 || value > MOST {
            return Err(Error::Option { option, value: value.to_string(), rule: "it must be from 1 to 4096" });
        }
    }
    if sheet.draws > MOST {
        return Err(Error::Option { option: "draws", value: sheet.draws.to_string(), rule: "it must be at most 4096" });
    }
    let dataset = data.open_with_depth(sheet.purpose, sheet.mode, None, Depth::Full)?;
    let samples = samples.min(dataset.len());
    let draws = if sheet.augment.is_empty() { 0 } else { sheet.draws };
    let columns = if draws > 0 { draws + 1 } else { columns };
    let px = (samples * (draws + 1)).div_ceil(columns).saturating_mul(columns).saturating_mul(tile * tile);
    if px > MOST_PX {
        let rule = "the sheet would have more than 2^28 px; take fewer samples or draws, or smaller tiles";
        return Err(Error::Option { option: "tile", value: tile.to_string(), rule });
    }
    let pipeline = Pipeline { steps: sheet.augment.clone() };
    pipeline.validate()?;
    let (mut tiles, mut shown, mut px) = (Vec::new(), Vec::new(), 0);
    for index in (0..samples).map(|number| number * dataset.len() / samples) {
        let mut sample = dataset.get(index)?;
        if let Image::F32(picture) = &sample.image {
            sample.image = picture.spread().into();
        }
        px += sample.image.height() * sample.image.width() * (draws + 1);
        if px > MOST_PX {
            let rule = "the pictures have more than 2^28 px together; take fewer samples or draws";
            return Err(Error::Option { option: "samples", value: sheet.samples.to_string(), rule });
        }
        let labels = sample.classes().unwrap_or_default();
        let classes =
            labels.into_iter().filter_map(|label| dataset.class_names().get(label)).map(str::to_owned).collect();
        let mut drawn = Vec::new();
        for draw in 0..draws {
            let mut stream = Streams::new(sheet.seed).at(draw as u64, index as u64).open("augment");
            let (changed, record) = pipeline.record(sample.clone(), &mut stream)?;
            drawn.push((changed, serde_json::to_value(&record).unwrap_or_default()));
        }
        let boxes = sample.boxes.as_ref().map_or(0, |boxes| boxes.items.len());
        let size = sample.image.size();
        tiles.push(sample);
        let (changed, draws): (Vec<_>, Vec<_>) = drawn.into_iter().unzip();
        tiles.extend(changed);
        shown.push(ShownSample { index, classes, size, boxes, draws });
    }
    write_picture(out, &contact_sheet(&tiles, columns, tile)?)?;
    Ok(shown)
}

/// The most tiles in a row, samples, draws, and px of a tile's side.
const MOST: usize = 4096;

/// The most px of a sheet.
const MOST_PX: usize = 1 << 28;
