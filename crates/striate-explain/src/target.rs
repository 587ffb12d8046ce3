//! Which number of a network is explained.

use serde::{Deserialize, Serialize};
use striate_core::ClassNames;
use striate_layers::{Kind, Signature};

use crate::ExplainError;

/// Which number of a network is explained: a class of an output, or a unit of any layer.
///
/// A layer gives `[classes]` or `[channels, …]`. Of a layer with maps the mean of a channel counts, as for a class of a
/// segmentation, or the number at one [place](Self::at).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    layer: Option<String>,
    class: Option<usize>,
    #[serde(default)]
    place: Place,
}

/// Where in a layer's maps the number is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Everywhere: the mean.
    #[default]
    Mean,
    /// In the middle; of two middle places the second.
    Centre,
    /// At these places along the axes after the channels', `[row, column]` in maps.
    At(Vec<usize>),
}

/// What a [`Target`] means for a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The layer.
    pub layer: String,
    /// The class or channel.
    pub class: usize,
    /// The number itself.
    pub score: f32,
}

impl Target {
    /// The class with the largest score in the network's first output.
    pub fn top() -> Self {
        Self::default()
    }

    /// A class of the network's first output.
    pub fn class(class: usize) -> Self {
        Self { class: Some(class), ..Self::default() }
    }

    /// A class of the network's first output, by its name or one of the names that stand in it between commas; upper and
    /// lower case are alike.
    ///
    /// # Errors
    /// [`ExplainError::UnknownClass`], which has the nearest name.
    pub fn named(names: &ClassNames, name: &str) -> Result<Self, ExplainError> {
        let fits = |known: &str| known.trim().eq_ignore_ascii_case(name.trim());
        let whole = names.iter().position(fits);
        let class = whole.or_else(|| names.iter().position(|known| known.split(',').any(fits)));
        class.map(Self::class).ok_or_else(|| ExplainError::UnknownClass {
            name: name.into(),
            known: names.iter().map(str::to_owned).collect(),
        })
    }

    /// A channel of any layer: the mean of its map.
    pub fn unit(layer: impl Into<String>, channel: usize) -> Self {
        Self::class(channel).of(layer)
    }

    /// The same class of this output or layer instead of the first output.
    pub fn of(self, layer: impl Into<String>) -> Self {
        Self { layer: Some(layer.into()), ..self }
    }

    /// At one place instead of everywhere.
    pub fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// The layer, if it isn't the first output.
    pub fn layer(&self) -> Option<&str> {
        self.layer.as_deref()
    }

    /// The class or channel; none: the one with the largest score.
    pub fn class_number(&self) -> Option<usize> {
        self.class
    }

    /// Where this is in what a layer gives for one sample.
    pub(crate) fn within(&self, layer: &str, output: &Signature) -> Result<Slot, ExplainError> {
        let sides: Option<Vec<usize>> = output.shape.sides().iter().copied().collect();
        let (Some(sides), Kind::Float) = (sides.filter(|sides| !sides.is_empty()), output.kind) else {
            return Err(ExplainError::NotNumbers { layer: layer.into(), got: output.clone() });
        };
        let (classes, maps) = (sides[0], &sides[1..]);
        if let Some(class) = self.class.filter(|class| *class >= classes) {
            return Err(ExplainError::Class { layer: layer.into(), class, classes });
        }
        let place = match &self.place {
            Place::Mean => None,
            Place::Centre => Some(maps.iter().map(|side| side / 2).collect::<Vec<_>>()),
            Place::At(place) => Some(place.clone()),
        };
        let place = place.map(|place| {
            let inside = place.len() == maps.len() && place.iter().zip(maps).all(|(at, side)| at < side);
            let number = || place.iter().zip(maps).fold(0, |number, (at, side)| number * side + at);
            let outside = || ExplainError::Place { layer: layer.into(), place: place.clone(), got: output.clone() };
            inside.then(number).ok_or_else(outside)
        });
        let place = place.transpose()?;
        Ok(Slot { class: self.class, classes, places: maps.iter().product(), place, rectified: false })
    }
}

/// Where a number is among those of a layer's output, `[classes, places]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) class: Option<usize>,
    pub(crate) classes: usize,
    pub(crate) places: usize,
    /// None: the mean over all places.
    pub(crate) place: Option<usize>,
    /// Whether numbers below 0 count as 0.
    pub(crate) rectified: bool,
}
