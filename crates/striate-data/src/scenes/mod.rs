//! Semi-synthetic scenes: real small pictures, such as digits or clothes, on generated canvases, with exact boxes and masks.

mod canvas;
mod compose;
mod thing;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use striate_core::{ClassNames, Streams};

pub use self::canvas::Texture;
use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// How scenes are made, as data.
///
/// By default 1,000 scenes of 112x112 px with one to five things, each a fifth to a half of the canvas, of which no more than
/// a quarter is hidden, in color on textures of every kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SceneConfig {
    /// Scenes, from 1.
    pub count: usize,
    /// Rows and columns of the canvas, each from 16 to 4,096 px.
    pub size: [usize; 2],
    /// The fewest and the most things in a scene, from 1 to 100. There are fewer where they find no room.
    pub objects: [usize; 2],
    /// The least and the greatest part of the canvas's shorter side that a thing's longer side takes, over 0 and at most 1.
    pub scale: [f32; 2],
    /// The greatest part of a thing that others may hide, from 0 to 0.9.
    pub max_hidden: f32,
    /// Whether things and canvases have colors; else scenes are gray.
    pub color: bool,
    /// Whether things have no holes: what their bright px enclose belongs to them, as for clothes. Digits have holes.
    pub solid: bool,
    /// What canvases are made of, at least one; each as likely.
    pub textures: Vec<Texture>,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Default for SceneConfig {
    fn default() -> Self {
        Self {
            count: 1000,
            size: [112, 112],
            objects: [1, 5],
            scale: [0.2, 0.5],
            max_hidden: 0.25,
            color: true,
            solid: false,
            textures: Texture::ALL.to_vec(),
            seed: 42,
        }
    }
}

impl SceneConfig {
    /// Checks that every value is in its range.
    ///
    /// # Errors
    /// [`DataError::Setting`] for the first that isn't.
    pub fn validate(&self) -> Result<(), DataError> {
        let wrong = |field, value: String, rule| Err(DataError::Setting { field, value, rule });
        let Self { count, size, objects, scale, max_hidden, .. } = *self;
        if !(1..=1 << 32).contains(&count) {
            return wrong("count", count.to_string(), "it must be from 1 to 2^32");
        }
        if size.iter().any(|side| !(16..=4096).contains(side)) {
            return wrong("size", format!("{}x{}", size[0], size[1]), "each side must be from 16 to 4,096 px");
        }
        if !(1 <= objects[0] && objects[0] <= objects[1] && objects[1] <= 100) {
            let value = format!("{}-{}", objects[0], objects[1]);
            return wrong("objects", value, "it must be from 1 to 100, the fewest first");
        }
        if !(0.0 < scale[0] && scale[0] <= scale[1] && scale[1] <= 1.0) {
            let value = format!("{}-{}", scale[0], scale[1]);
            return wrong("scale", value, "it must be over 0 and at most 1, the least first");
        }
        if !(0.0..=0.9).contains(&max_hidden) {
            return wrong("max_hidden", max_hidden.to_string(), "it must be from 0 to 0.9");
        }
        if self.textures.is_empty() {
            return wrong("textures", "none".into(), "there must be at least one");
        }
        Ok(())
    }
}

/// A data set of scenes, each made when it is asked for, and the same whenever it is.
///
/// - The things are pictures of another data set, light on dark, cut to their bright px, resized, tinted, and laid over the
///   canvas by how bright they are. A later one hides an earlier one.
/// - A [box](Sample::boxes) encloses exactly those px of its thing that are seen, in px; it is flagged as
///   [occluded](crate::BoxFlags::occluded) where others hide some.
/// - [`instances`](Sample::instances) number the things in the order of the boxes. The [mask](Sample::mask) is one more than
///   a thing's class, and 0 for the canvas; with over 254 classes there is none.
/// - [`labels`](Sample::labels) are the classes that are seen. Scenes of exactly one thing have its class as
///   [label](Sample::label), for classification with localization.
///
/// The [fingerprint](Dataset::fingerprint) covers the config and the other data set's.
///
/// ```
/// use std::sync::Arc;
///
/// use striate_core::ClassNames;
/// use striate_data::{DataError, Dataset, InMemory, Picture, Sample, SceneConfig, Scenes};
///
/// # fn main() -> Result<(), DataError> {
/// let bar = |class: usize| Ok::<_, DataError>(Sample::new(Picture::new(8, 4, 1, vec![255; 32])?).with_label(class));
/// let bars = InMemory::new(vec![bar(0)?, bar(1)?], ClassNames::new(["a", "b"]))?;
/// let scenes = Scenes::new(Arc::new(bars), SceneConfig { size: [64, 96], ..SceneConfig::default() })?;
/// let scene = scenes.get(7)?;
/// assert_eq!(scene.image.size(), [64, 96]);
/// assert_eq!(scene.boxes.map(|boxes| boxes.items.len() > 0), Some(true));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Scenes {
    things: Arc<dyn Dataset>,
    config: SceneConfig,
}

impl Scenes {
    /// Scenes with the things of a data set, which all have a label.
    ///
    /// # Errors
    /// Those of [`SceneConfig::validate`]; [`DataError::NoThings`] if the data set is empty, and [`DataError::Unlabelled`] if
    /// its first sample has no label.
    pub fn new(things: Arc<dyn Dataset>, config: SceneConfig) -> Result<Self, DataError> {
        config.validate()?;
        if things.is_empty() {
            return Err(DataError::NoThings);
        }
        match things.label(0) {
            Some(_) => Ok(Self { things, config }),
            None => Err(DataError::Unlabelled { index: 0 }),
        }
    }

    /// How the scenes are made.
    pub fn config(&self) -> &SceneConfig {
        &self.config
    }

    fn streams(&self, index: usize) -> Streams {
        Streams::new(self.config.seed).at(0, index as u64)
    }

    /// The number of the thing that stands alone in a scene.
    fn only(&self, index: usize) -> Option<usize> {
        let alone = self.config.objects == [1, 1] && index < self.config.count;
        alone.then(|| compose::first_thing(self.things.len(), self.streams(index)))
    }
}

impl fmt::Debug for Scenes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenes").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Dataset for Scenes {
    fn len(&self) -> usize {
        self.config.count
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        if index >= self.len() {
            return Err(DataError::IndexOutOfRange { index, len: self.len() });
        }
        let sample = compose::scene(&*self.things, &self.config, self.streams(index))?;
        Ok(Sample { label: self.label(index), ..sample })
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.things.label(self.only(index)?)
    }

    fn class_names(&self) -> &ClassNames {
        self.things.class_names()
    }

    fn fingerprint(&self) -> String {
        Fingerprint::of("scenes 1")
            .bytes(format!("{:?}", self.config).as_bytes())
            .bytes(self.things.fingerprint().as_bytes())
            .finish()
    }
}
