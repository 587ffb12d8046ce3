//! A classifier's file in, boxes out.

use std::path::Path;

use striate_backend::Device;
use striate_core::{ClassNames, Preprocessing};
use striate_data::{DecodeLimits, Mode, Picture, Purpose, Windows};
use striate_models::tasks::{Objectness, SlidingConfig, SlidingWindow};
use striate_network::ModelFile;
use striate_train::TrainError;
use striate_train::metrics::{CocoMap, Detection, Metric, Scores, Targets};

use crate::model::{classes, images, model_path, network, preprocessing};
use crate::tasks::{BoxAnswer, FoundBox, MEASURED, truths_of};
use crate::{DataSource, Error};

/// Finds things by sliding a classifier over pictures and smaller copies of them ([`SlidingWindow`]).
///
/// ```no_run
/// use std::path::Path;
///
/// use striate::SlidingPredictor;
/// use striate::models::tasks::SlidingConfig;
/// use striate::prelude::*;
///
/// // Learned by `striate train --data windows:coco:IMAGES,ANNOTATIONS`, so `background` is one of its classes.
/// let config = SlidingConfig { scales: vec![1.4, 1.0, 0.7, 0.5], margin: 0.1, ..SlidingConfig::default() };
/// let predictor = SlidingPredictor::open(Path::new("runs/0001"), config, &device("flex")?)?;
/// for found in predictor.answer_file(Path::new("photo.png"))?.boxes {
///     println!("{} at {:?}", found.name, found.xyxy);
/// }
/// # Ok::<(), striate::Error>(())
/// ```
#[derive(Debug)]
pub struct SlidingPredictor {
    window: SlidingWindow,
    preprocessing: Preprocessing,
    classes: ClassNames,
    device: Device,
}

impl SlidingPredictor {
    /// Reads a classifier's file, or that of a run's folder. Where one of its classes is named `background` and the config
    /// says nothing else, that is how it says that there is nothing.
    ///
    /// # Errors
    /// If it can't be read, isn't a classifier that can be slid over pictures, or a setting is out of its range.
    pub fn open(model: &Path, config: SlidingConfig, device: &Device) -> Result<Self, Error> {
        let path = model_path(model);
        let mut file = ModelFile::open(&path)?;
        let preprocessing = preprocessing(&file, &path)?;
        let network = network(&mut file, device)?;
        let count = network.spec().output_signatures()[0].shape.sides().first().copied().flatten().unwrap_or(0);
        let classes = classes(&file, count)?;
        let objectness = match (config.objectness, background(&classes)) {
            (Objectness::None, Some(class)) => Objectness::Background(class),
            (objectness, _) => objectness,
        };
        let window = SlidingWindow::new(&network, SlidingConfig { objectness, ..config })?;
        Ok(Self { window, preprocessing, classes, device: device.clone() })
    }

    /// Turns pixel values over first, for dark on light where the network learned light on dark.
    pub fn invert(mut self) -> Self {
        self.preprocessing.invert = !self.preprocessing.invert;
        self
    }

    /// The things in a picture's file.
    ///
    /// # Errors
    /// Those of reading it and of [`answer`](Self::answer).
    pub fn answer_file(&self, image: &Path) -> Result<BoxAnswer, Error> {
        self.answer(&Picture::open(image, DecodeLimits::default())?)
    }

    /// The things in a picture, in its px.
    ///
    /// # Errors
    /// If the classifier's input fits into it at no scale.
    pub fn answer(&self, picture: &Picture) -> Result<BoxAnswer, Error> {
        let found = self.found(&self.window, picture)?;
        Ok(BoxAnswer::new(found.iter().map(|thing| FoundBox::of(thing, &self.classes))))
    }

    /// COCO's numbers by name over a part of some data with boxes, and how many pictures it has. Boxes count from a score of
    /// 0.001, whatever the config keeps.
    ///
    /// # Errors
    /// If the data can't be read, has no boxes or other classes, and those of [`answer`](Self::answer).
    pub fn evaluate(&self, data: &DataSource, mode: Mode) -> Result<(Vec<(String, f64)>, usize), Error> {
        let nothing = background(&self.classes);
        let things = |class: usize| Some(class) != nothing;
        let names = self.classes.iter().enumerate().filter(|(class, _)| things(*class)).map(|(_, name)| name);
        let names = ClassNames::new(names);
        let dataset = data.open_for(Purpose::Detection, mode, Some(&names))?;
        // The number of a class among those of things.
        let number = |class: usize| class - usize::from(nothing.is_some_and(|nothing| nothing < class));
        let window = self.window.clone().min_score(MEASURED)?;
        let mut counts = Metric::CocoMap(CocoMap::default()).start().map_err(TrainError::from)?;
        for index in 0..dataset.len() {
            let sample = dataset.get(index)?;
            let found = self.found(&window, &sample.image.to_u8())?;
            let found = found.iter().map(|found| Detection {
                xyxy: found.xyxy,
                class: number(found.class),
                score: found.score,
            });
            let (found, truths) =
                ([found.collect()], [truths_of(&sample.boxes.unwrap_or_default(), sample.image.size())]);
            counts.update(&Scores::Boxes(&found), &Targets::Boxes(&truths)).map_err(TrainError::from)?;
        }
        Ok((counts.values(), dataset.len()))
    }

    fn found(&self, window: &SlidingWindow, picture: &Picture) -> Result<Vec<striate_core::Detection>, Error> {
        // Values as the classifier takes them, at the picture's own size.
        let how = Preprocessing { size: picture.size(), crop: None, ..self.preprocessing.clone() };
        Ok(window.detect(images(&[picture], &how, &self.device))?)
    }
}

/// The class that stands for nothing.
fn background(classes: &ClassNames) -> Option<usize> {
    classes.iter().position(|name| name == Windows::BACKGROUND)
}
