//! Boxes and classes of several things, by YOLO v1's cells.

use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::ClassNames;
use striate_data::{Batch, Picture, Placement};
use striate_layers::Value;
use striate_layers::losses::{LossSpec as _, YoloV1};
use striate_models::tasks::{Selection, TaskError, YoloCells, YoloHead};
use striate_models::{Architecture, ModelConfig};
use striate_network::NetworkSpec;
use striate_train::metrics::{CocoMap, Detection, TargetKind};
use striate_train::{Found, Head, OwnTarget, Target, TrainError};

use super::boxes::{BoxAnswer, FoundBox, things_of, truths_of};
use crate::task_predictor::TaskPredictor;
use crate::{Error, NetworkOptions};

/// How a network learns to find things.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectOptions {
    /// Factor of the loss of boxes' places and sides, at least 0; 5 as in the paper.
    pub lambda_coord: f64,
    /// Factor of the loss of boxes where there is no thing, at least 0; 0.5 as in the paper.
    pub lambda_noobj: f64,
    /// Which of the boxes a prediction keeps. What is measured keeps all from a score of 0.001.
    pub keep: Selection,
}

impl Default for DetectOptions {
    fn default() -> Self {
        let YoloV1 { lambda_coord, lambda_noobj, .. } = YoloV1::new();
        Self { lambda_coord, lambda_noobj, keep: Selection::default() }
    }
}

/// The lowest score that an average precision looks at.
pub(crate) const MEASURED: f32 = 0.001;

impl DetectOptions {
    pub(super) fn validate(&self) -> Result<(), Error> {
        self.keep.validate()?;
        let cells = YoloCells { grid: 1, boxes: 1, classes: 1 };
        Ok(self.loss(cells).validate().map_err(TrainError::from)?)
    }

    fn loss(&self, cells: YoloCells) -> YoloV1 {
        cells.loss().lambda_coord(self.lambda_coord).lambda_noobj(self.lambda_noobj)
    }

    /// A network of the list with its own cells, or with a head that has some.
    pub(super) fn spec(
        architecture: Architecture,
        config: ModelConfig,
        options: &NetworkOptions,
        classes: usize,
    ) -> Result<NetworkSpec, Error> {
        if matches!(architecture, Architecture::YoloV1 | Architecture::YoloV1Small) {
            return Ok(options.with_cells(config).classes(classes).spec()?);
        }
        let cells = YoloCells { grid: options.grid.unwrap_or(7), boxes: options.boxes.unwrap_or(2), classes };
        Ok(YoloHead::new(config, cells).spec()?)
    }

    pub(super) fn heads(&self, spec: &NetworkSpec, classes: &ClassNames) -> Result<Vec<Head>, Error> {
        let cells = YoloCells::of(spec, classes.len())?;
        let head = Head::new(Target::Own(std::sync::Arc::new(Cells(cells))), self.loss(cells));
        Ok(vec![head.with_metric(CocoMap::default())])
    }

    /// The answer to a picture, in its px.
    pub(crate) fn answer(&self, predictor: &TaskPredictor, picture: &Picture) -> Result<BoxAnswer, Error> {
        let cells = YoloCells::of(predictor.spec(), predictor.classes().len())?;
        let output = predictor.outputs(&[picture])?.remove(0);
        let placement = Placement::of(picture.size(), predictor.preprocessing());
        let found = cells.decode(&output.into_floats(), placement.size(), &self.keep)?;
        let found = found.into_iter().filter_map(|thing| placement.detection_back(thing));
        Ok(BoxAnswer::new(found.map(|thing| FoundBox::of(&thing, predictor.classes()))))
    }
}

/// What the cells of a network learn.
struct Cells(YoloCells);

impl OwnTarget for Cells {
    fn name(&self) -> &str {
        "boxes"
    }

    fn make(&self, batch: &Batch, device: &Device) -> Result<Value, TrainError> {
        let YoloCells { grid, classes, .. } = self.0;
        let [count, _, height, width] = batch.shape;
        let mut rows = Vec::with_capacity(count * grid * grid * (5 + classes));
        for (index, things) in things_of(batch)? {
            let wrong =
                |error: TaskError| TrainError::Target { target: "boxes".into(), index, reason: error.to_string() };
            rows.extend(self.0.encode(&things, [height, width]).map_err(wrong)?.values);
        }
        let sides = [count, grid, grid, 5 + classes];
        Ok(burn::Tensor::<4>::from_data(burn::tensor::TensorData::new(rows, sides), device).into())
    }

    fn kind(&self) -> TargetKind {
        TargetKind::Boxes
    }

    fn found(&self, scores: &[f32], shape: &[usize], batch: &Batch) -> Option<Found> {
        let [_, _, height, width] = batch.shape;
        let length: usize = shape.get(1..)?.iter().product();
        let keep = Selection { min_score: MEASURED, ..Selection::default() };
        let found = |output: &[f32]| {
            let found = self.0.decode(output, [height, width], &keep).ok()?;
            let found =
                found.iter().map(|thing| Detection { xyxy: thing.xyxy, class: thing.class, score: thing.score });
            Some(found.collect())
        };
        let found = scores.chunks_exact(length.max(1)).map(found).collect::<Option<Vec<Vec<_>>>>()?;
        Some((found, batch.boxes.iter().map(|boxes| truths_of(boxes, [height, width])).collect()))
    }
}
