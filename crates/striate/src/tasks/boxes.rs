//! What tasks with boxes have in common.

use serde::Serialize;
use serde_json::{Value as Json, json};
use striate_core::{ClassNames, Detection};
use striate_data::{Batch, BoundingBox, Boxes, Picture};
use striate_models::tasks::draw_boxes;
use striate_train::TrainError;
use striate_train::metrics::Truth;

use crate::Error;

/// A thing that was found in a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FoundBox {
    /// Left, upper, right and lower edge in the picture, px.
    pub xyxy: [f32; 4],
    /// Its class, from 0.
    pub class: usize,
    /// The class's name.
    pub name: String,
    /// How sure the network is, in `[0, 1]` if it has learned.
    pub score: f32,
}

impl FoundBox {
    pub(crate) fn of(thing: &Detection, classes: &ClassNames) -> Self {
        let &Detection { xyxy, class, score } = thing;
        let name = classes.get(class).map_or_else(|| class.to_string(), str::to_owned);
        Self { xyxy, class, name, score }
    }
}

/// The things that were found in a picture, the surest first.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BoxAnswer {
    /// The things.
    pub boxes: Vec<FoundBox>,
}

impl BoxAnswer {
    pub(crate) fn new(boxes: impl IntoIterator<Item = FoundBox>) -> Self {
        Self { boxes: boxes.into_iter().collect() }
    }

    /// As the command prints it.
    pub fn to_json(&self) -> Json {
        json!({ "boxes": self.boxes })
    }

    /// The picture with the boxes' outlines in their classes' colors.
    ///
    /// # Errors
    /// None in practice: a picture has its px.
    pub fn drawn(&self, picture: &Picture) -> Result<Picture, Error> {
        let mut shown = crate::task_predictor::in_color(picture);
        let [height, width] = shown.size();
        let line = 1 + height.max(width) / 400;
        let boxes = self.boxes.iter().rev().map(|found| (found.xyxy, found.class));
        draw_boxes(shown.pixels_mut(), [height, width], boxes, line)?;
        Ok(shown)
    }
}

/// What is there, of boxes in a picture of `[height, width]` px. What is found in crowds, and where things are hard to recognise,
/// counts neither as right nor as wrong.
pub(crate) fn truths_of(boxes: &Boxes, size: [usize; 2]) -> Vec<Truth> {
    let truth = |(item, xyxy): (&BoundingBox, [f32; 4])| {
        let crowd = item.flags.crowd || item.flags.difficult;
        Some(Truth { xyxy, class: item.label?, crowd, area: None })
    };
    boxes.items.iter().zip(boxes.edges(size)).filter_map(truth).collect()
}

/// The edges of a sample's things in px with their classes.
pub(super) type Things = Vec<([f32; 4], usize)>;

/// Each sample's index with its boxes that can be learned: no crowds, and none without area or class.
pub(super) fn things_of(batch: &Batch) -> Result<Vec<(usize, Things)>, TrainError> {
    if batch.boxes.len() != batch.indices.len() {
        return Err(TrainError::NoTarget { target: "boxes".into() });
    }
    let [_, _, height, width] = batch.shape;
    let samples = batch.indices.iter().zip(&batch.boxes).map(|(&index, boxes)| {
        let edges = boxes.edges([height, width]);
        let things = boxes.items.iter().zip(edges).filter_map(|(item, edges)| {
            let has_area = edges[2] > edges[0] && edges[3] > edges[1];
            Some((edges, item.label?)).filter(|_| has_area && !item.flags.crowd)
        });
        (index, things.collect())
    });
    Ok(samples.collect())
}
