//! A model file of any task in, answers out.

use std::path::{Path, PathBuf};

use image::ExtendedColorType;
use serde_json::{Value as Json, json};
use striate_backend::Device;
use striate_core::{ClassNames, Fit, Prediction, Preprocessing};
use striate_data::ops::{crop, grayscale};
use striate_data::{DecodeLimits, Picture, Placement, tiles_of};
use striate_layers::{Context, Value};
use striate_models::tasks::segment::Maps;
use striate_network::{ModelFile, Network, NetworkSpec};

use crate::Error;
use crate::model::{images, model_path, network, preprocessing};
use crate::png::{write_picture, write_png};
use crate::tasks::{BoxAnswer, EdgeAnswer, Job, MaskAnswer, PictureAnswer, Task};

/// Answers by a model file of any task alone.
///
/// ```no_run
/// use std::path::Path;
///
/// use striate::prelude::*;
/// use striate::{Answer, TaskPredictor};
///
/// let predictor = TaskPredictor::open(Path::new("runs/0001"), &device("flex")?)?;
/// if let Answer::Mask(found) = predictor.answer_file(Path::new("photo.png"), 1)? {
///     println!("{}", found.to_json());
/// }
/// # Ok::<(), striate::Error>(())
/// ```
#[derive(Debug)]
pub struct TaskPredictor {
    network: Network,
    preprocessing: Preprocessing,
    classes: ClassNames,
    job: Job,
    device: Device,
}

/// The answer to one picture.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// The most likely classes, best first.
    Classes(Vec<Prediction>),
    /// Things with their boxes.
    Boxes(BoxAnswer),
    /// A class for each px.
    Mask(MaskAnswer),
    /// How likely each px is on an edge.
    Edges(EdgeAnswer),
    /// What came out of a picture's code.
    Picture(PictureAnswer),
}

/// Tiles that go through a network at once.
const TILES: usize = 4;

impl TaskPredictor {
    /// Reads a model file, or that of a run's folder.
    ///
    /// # Errors
    /// If it can't be read, or its network doesn't fit its task.
    pub fn open(model: &Path, device: &Device) -> Result<Self, Error> {
        let path = model_path(model);
        let mut file = ModelFile::open(&path)?;
        let preprocessing = preprocessing(&file, &path)?;
        let job = Job::of_file(&file)?;
        let network = network(&mut file, device)?;
        let classes = file.section("classes")?.unwrap_or_else(|| ClassNames::numbered(0));
        Self::new(network, preprocessing, classes, job, device)
    }

    /// What the network of a model file, or of that of a run's folder, learned to do.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn task_of(model: &Path) -> Result<Task, Error> {
        let job: Option<Job> = ModelFile::open(&model_path(model))?.section("task")?;
        Ok(job.unwrap_or_default().task())
    }

    /// Puts a predictor together, checked.
    pub(crate) fn new(
        network: Network,
        preprocessing: Preprocessing,
        classes: ClassNames,
        job: Job,
        device: &Device,
    ) -> Result<Self, Error> {
        job.heads(network.spec(), &classes)?;
        job.check_preprocessing(&preprocessing)?;
        Ok(Self { network, preprocessing, classes, job, device: device.clone() })
    }

    /// Answers with other options of the task than the model file's, as a recipe has them, such as a table of `edges` with its
    /// `threshold`.
    ///
    /// # Errors
    /// If the task has no such option, or it is out of its range.
    pub fn with_options(self, options: toml::Table) -> Result<Self, Error> {
        let job = self.job.with(options)?;
        Self::new(self.network, self.preprocessing, self.classes, job, &self.device)
    }

    /// What the network learned to do.
    pub fn task(&self) -> Task {
        self.job.task()
    }

    /// The names of the classes that the network tells apart.
    pub fn classes(&self) -> &ClassNames {
        &self.classes
    }

    /// The network, as data.
    pub(crate) fn spec(&self) -> &NetworkSpec {
        self.network.spec()
    }

    /// The way from a picture to the network's input.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// Turns pixel values over first, for dark on light where the network learned light on dark.
    pub fn invert(mut self) -> Self {
        self.preprocessing.invert = !self.preprocessing.invert;
        self
    }

    /// The answer to a picture's file; of classes the `top` most likely.
    ///
    /// # Errors
    /// If the picture can't be read.
    pub fn answer_file(&self, image: &Path, top: usize) -> Result<Answer, Error> {
        self.answer(&Picture::open(image, DecodeLimits::default())?, top)
    }

    /// The answer to a picture; of classes the `top` most likely.
    ///
    /// # Errors
    /// If the network doesn't take what the preprocessing makes.
    pub fn answer(&self, picture: &Picture, top: usize) -> Result<Answer, Error> {
        self.job.answer(self, picture, top)
    }

    /// What the network gives for pictures.
    pub(crate) fn outputs(&self, pictures: &[&Picture]) -> Result<Vec<Value>, Error> {
        let images = images(pictures, &self.preprocessing, &self.device);
        Ok(self.network.run(vec![images.into()], &mut Context::evaluation())?)
    }

    /// The maps of the first output: of the network's input, or of the whole picture where it is looked at tile by tile.
    pub(crate) fn maps(&self, picture: &Picture) -> Result<Maps, Error> {
        if !self.job.is_tiled() {
            let output = self.outputs(&[picture])?.remove(0);
            let sides = sides(&output);
            return Ok(Maps::new(output.into_floats(), sides)?);
        }
        let [_, rows, columns] = self.preprocessing.output_shape();
        let [height, width] = picture.size();
        let (mut whole, mut classes) = (Vec::new(), 0);
        for tiles in tiles_of([height, width], [rows, columns]).chunks(TILES) {
            let cut = |at: [usize; 2]| crop(picture, at[0] as i64, at[1] as i64, [rows, columns], None);
            let pictures: Vec<Picture> = tiles.iter().map(|tile| cut(tile.at)).collect();
            let output = self.outputs(&pictures.iter().collect::<Vec<_>>())?.remove(0);
            [classes, ..] = sides(&output);
            whole.resize(classes * height * width, 0.0);
            let values = output.into_floats();
            for (tile, maps) in tiles.iter().zip(values.chunks_exact(classes * rows * columns)) {
                let across = tile.core[1].clone();
                for (class, map) in maps.chunks_exact(rows * columns).enumerate() {
                    for row in tile.core[0].clone() {
                        let from = &map[(row - tile.at[0]) * columns..][..columns];
                        let to = &mut whole[(class * height + row) * width..][..width];
                        let from = &from[across.start - tile.at[1]..across.end - tile.at[1]];
                        to[across.clone()].copy_from_slice(from);
                    }
                }
            }
        }
        Ok(Maps::new(whole, [classes, height, width])?)
    }

    /// What is made of maps, for each px of the picture, and `outside` where the network doesn't see it.
    pub(crate) fn on_picture<T: Copy>(
        &self,
        maps: Maps,
        picture: &Picture,
        outside: T,
        make: impl FnOnce(Maps) -> Result<Vec<T>, Error>,
    ) -> Result<Vec<T>, Error> {
        let [_, height, width] = maps.sides();
        if [height, width] == picture.size() && self.job.is_tiled() {
            return make(maps);
        }
        let how = &self.preprocessing;
        if how.fit == Fit::Stretch && how.crop.is_none() {
            return make(maps.resized(picture.size())?);
        }
        Ok(Placement::of(picture.size(), how).mask_back(&make(maps)?, outside))
    }
}

impl Answer {
    /// As the command prints it.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Classes(classes) => json!(classes),
            Self::Boxes(boxes) => boxes.to_json(),
            Self::Mask(mask) => mask.to_json(),
            Self::Edges(edges) => edges.to_json(),
            Self::Picture(picture) => picture.to_json(),
        }
    }

    /// In one line of words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Classes(classes) => {
                let likely = classes.iter().map(|p| format!("{} {:.1}%", p.name, 100.0 * p.probability));
                likely.collect::<Vec<_>>().join(", ")
            }
            Self::Boxes(BoxAnswer { boxes }) if boxes.is_empty() => "nothing".into(),
            Self::Boxes(BoxAnswer { boxes }) => {
                let word = |found: &crate::FoundBox| {
                    let edges = found.xyxy.map(|edge| format!("{edge:.0}")).join(" ");
                    format!("{} {:.2} [{edges}]", found.name, found.score)
                };
                boxes.iter().map(word).collect::<Vec<_>>().join(", ")
            }
            Self::Edges(edges) => format!("{:.1}% edges", 100.0 * edges.part()),
            Self::Picture(picture) => format!("mse {:.5}", picture.mse),
            Self::Mask(MaskAnswer { things: Some(things), .. }) => format!("{} things", things.count),
            Self::Mask(mask) => {
                let part = |(class, px): (usize, usize)| {
                    format!("{} {:.1}%", mask.classes.get(class).unwrap_or("?"), 100.0 * mask.part(px))
                };
                mask.px_of_classes().map(part).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// Writes pictures of the answer into a folder, named after the picture's file: of a mask `NAME.mask.png`, whose values are
    /// the classes, or of 16 bits the things' numbers, and `NAME.overlay.png`; of boxes `NAME.boxes.png`, of edges
    /// `NAME.edges.png` and `NAME.probabilities.png`, of a picture `NAME.decoded.png`. The paths that were written come back.
    ///
    /// # Errors
    /// If a file can't be written. An answer of classes has no picture.
    pub fn write_pictures(&self, picture: &Picture, name: &Path, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let stem = name.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let path = |kind: &str| folder.join(format!("{stem}.{kind}.png"));
        match self {
            Self::Classes(_) => Ok(Vec::new()),
            Self::Boxes(answer) => {
                write_picture(&path("boxes"), &answer.drawn(picture)?)?;
                Ok(vec![path("boxes")])
            }
            Self::Edges(answer) => {
                write_png(&path("edges"), &answer.map(), answer.size, ExtendedColorType::L8)?;
                write_png(&path("probabilities"), &answer.gray(), answer.size, ExtendedColorType::L8)?;
                Ok(vec![path("edges"), path("probabilities")])
            }
            Self::Picture(answer) => {
                write_picture(&path("decoded"), &answer.picture)?;
                Ok(vec![path("decoded")])
            }
            Self::Mask(answer) => {
                let [height, width] = answer.size;
                match &answer.things {
                    Some(things) => {
                        let bytes: Vec<u8> = things.numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
                        write_png(&path("mask"), &bytes, [height, width], ExtendedColorType::L16)?;
                    }
                    None => write_png(&path("mask"), &answer.mask, [height, width], ExtendedColorType::L8)?,
                }
                write_picture(&path("overlay"), &answer.overlay(picture)?)?;
                Ok(vec![path("mask"), path("overlay")])
            }
        }
    }
}

/// Red, green and blue of a picture.
pub(crate) fn in_color(picture: &Picture) -> Picture {
    if picture.channels() == 3 { picture.clone() } else { grayscale(picture, 3) }
}

/// The sides of one sample's maps; the job was checked to give some.
fn sides(value: &Value) -> [usize; 3] {
    match value.dims()[..] {
        [_, channels, height, width] => [channels, height, width],
        _ => [0; 3],
    }
}
