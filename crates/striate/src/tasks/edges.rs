//! Whether each px is on an edge.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use striate_core::ClassNames;
use striate_data::{MaskKind, Picture, Purpose};
use striate_layers::losses::{LossSpec as _, SegmentationLoss};
use striate_models::tasks::segment::Maps;
use striate_network::NetworkSpec;
use striate_train::metrics::{EdgeF1, Metric};
use striate_train::{Head, Target, TrainError};

use super::segment::{check_crops, check_maps};
use crate::task_predictor::TaskPredictor;
use crate::{DataSource, Error};

/// How a network learns edges, from masks that are black and white.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeOptions {
    /// Factor of the cross-entropy of px that are edges, of which there are few; at least 0.
    pub positive_weight: f64,
    /// The probability over which a px counts as an edge, in `[0, 1]`.
    pub threshold: f64,
    /// How far beside a true edge one still counts as found, in px.
    pub tolerance: usize,
    /// Random crops of the network's input size from each picture in an epoch, at the pictures' own scale; what is evaluated
    /// and predicted then goes tile by tile. None: whole pictures are resized to the input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crops: Option<usize>,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self { positive_weight: 1.0, threshold: 0.5, tolerance: 1, crops: None }
    }
}

impl EdgeOptions {
    pub(super) fn validate(&self) -> Result<(), Error> {
        check_crops(self.crops)?;
        Metric::from(self.metric()).validate().map_err(TrainError::from)?;
        Ok(self.loss().validate().map_err(TrainError::from)?)
    }

    pub(super) fn purpose(&self, source: &DataSource) -> Result<Purpose, Error> {
        match source {
            DataSource::Pairs(.., MaskKind::Binary) => Ok(Purpose::Segmentation),
            _ => {
                let rule = "edges are learned from pictures and edge maps in two folders: pairs:IMAGES,EDGES,binary";
                Err(Error::Option { option: "data", value: source.to_string(), rule })
            }
        }
    }

    fn loss(&self) -> SegmentationLoss {
        SegmentationLoss::new().positive_weight(self.positive_weight)
    }

    fn metric(&self) -> EdgeF1 {
        EdgeF1 { threshold: self.threshold, tolerance: self.tolerance, ..EdgeF1::default() }
    }

    /// Every output learns the edges: the first is the answer, others are side outputs.
    pub(super) fn heads(&self, spec: &NetworkSpec) -> Result<Vec<Head>, Error> {
        check_maps(spec, 1)?;
        let head = Head::new(Target::Mask, self.loss());
        let mut heads = vec![head; spec.outputs().len()];
        heads[0].metrics.push(self.metric().into());
        Ok(heads)
    }

    /// The answer to a picture.
    pub(crate) fn answer(&self, predictor: &TaskPredictor, picture: &Picture) -> Result<EdgeAnswer, Error> {
        let maps = predictor.maps(picture)?;
        let probability = |maps: Maps| Ok(maps.probabilities().class(0).to_vec());
        let probabilities = predictor.on_picture(maps, picture, 0.0, probability)?;
        Ok(EdgeAnswer { size: picture.size(), probabilities, threshold: self.threshold as f32 })
    }
}

/// The classes of masks of edges.
pub(super) fn edge_classes() -> ClassNames {
    ClassNames::new(["edge"])
}

/// How likely each px of a picture is on an edge.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EdgeAnswer {
    /// Height and width of the picture, in px.
    pub size: [usize; 2],
    /// The probability of each px, `[height, width]`.
    pub probabilities: Vec<f32>,
    /// Over which a px counts as an edge.
    pub threshold: f32,
}

impl EdgeAnswer {
    /// Px that count as edges.
    pub fn edge_px(&self) -> usize {
        self.probabilities.iter().filter(|probability| **probability > self.threshold).count()
    }

    /// The part of all px that count as edges, in `[0, 1]`.
    pub fn part(&self) -> f64 {
        self.edge_px() as f64 / self.probabilities.len().max(1) as f64
    }

    /// As the command prints it: `size`, `edge_px`, and the `part` of all px that they are.
    pub fn to_json(&self) -> Json {
        json!({ "size": self.size, "edge_px": self.edge_px(), "part": self.part() })
    }

    /// White where a px counts as an edge, black elsewhere.
    pub(crate) fn map(&self) -> Vec<u8> {
        self.probabilities.iter().map(|&probability| if probability > self.threshold { 255 } else { 0 }).collect()
    }

    /// The probabilities as gray.
    pub(crate) fn gray(&self) -> Vec<u8> {
        self.probabilities.iter().map(|probability| (probability * 255.0).round() as u8).collect()
    }
}
