//! A picture's class, and the box of its largest thing.

use burn::Tensor;
use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};
use striate_core::ClassNames;
use striate_data::{Batch, Picture, Placement};
use striate_layers::Value;
use striate_layers::losses::{CategoricalCrossEntropy, MeanSquaredError};
use striate_models::ModelConfig;
use striate_models::tasks::{BoxActivation, LargestThing, Localization, TaskError};
use striate_network::NetworkSpec;
use striate_train::metrics::{BoxIou, ClassAccuracy};
use striate_train::{Head, Target, TrainError};

use super::boxes::{BoxAnswer, FoundBox, things_of};
use crate::Error;
use crate::task_predictor::TaskPredictor;

/// How a network learns what a picture shows, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalizeOptions {
    /// Units of dense layers before the heads: the same for both, or with `box_channels` its own for each.
    pub hidden: Vec<usize>,
    /// The part of what each dense layer takes that is dropped, in `[0, 1)`.
    pub dropout: f64,
    /// Channels of the 1x1 convolution that gives the box head all px of the last maps, which know where things are; 0 leaves
    /// it each map's mean, as the class head has it. See [`Localization::box_channels`].
    pub box_channels: usize,
    /// How numbers become edges.
    pub box_activation: BoxActivation,
    /// What the losses of class and box count, at least 0; 0.8 and 0.2 unless given.
    pub loss_weights: [f64; 2],
}

impl Default for LocalizeOptions {
    fn default() -> Self {
        Self {
            hidden: Vec::new(),
            dropout: 0.0,
            box_channels: 0,
            box_activation: BoxActivation::default(),
            loss_weights: Localization::LOSS_WEIGHTS,
        }
    }
}

impl LocalizeOptions {
    pub(super) fn validate(&self) -> Result<(), Error> {
        if !(0.0..1.0).contains(&self.dropout) {
            let value = self.dropout.to_string();
            return Err(Error::Option { option: "localize.dropout", value, rule: "it must be from 0 to below 1" });
        }
        match self.loss_weights.iter().all(|weight| *weight >= 0.0 && weight.is_finite()) {
            true => Ok(()),
            false => {
                let value = format!("{:?}", self.loss_weights);
                Err(Error::Option { option: "localize.loss_weights", value, rule: "each must be at least 0" })
            }
        }
    }

    pub(super) fn spec(&self, config: ModelConfig, classes: usize) -> Result<NetworkSpec, Error> {
        let task = Localization::new(config, classes).hidden(self.hidden.clone()).dropout(self.dropout);
        Ok(task.box_activation(self.box_activation).box_channels(self.box_channels).spec()?)
    }

    pub(super) fn heads(&self, spec: &NetworkSpec, classes: &ClassNames) -> Result<Vec<Head>, Error> {
        let count = classes.len();
        let outputs = spec.output_signatures();
        if !matches!(outputs.as_slice(), [class, edges] if class.shape == [count].into() && edges.shape == [4].into()) {
            let got = outputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            let expected = format!("localization needs logits [{count}] and a box [4]");
            return Err(TaskError::Output { network: spec.name().into(), got, expected }.into());
        }
        let [class_weight, box_weight] = self.loss_weights;
        let class = Target::own("classes of boxes", move |batch, device| {
            let classes = largest(batch, count)?.into_iter().map(|(class, _)| class);
            let rows: Vec<f32> = classes.flat_map(|class| (0..count).map(move |at| f32::from(at == class))).collect();
            Ok(Tensor::<2>::from_data(TensorData::new(rows, [batch.indices.len(), count]), device).into())
        });
        let edges = Target::own("boxes", move |batch, device| {
            let rows: Vec<f32> = largest(batch, count)?.into_iter().flat_map(|(_, edges)| edges).collect();
            Ok(Tensor::<2>::from_data(TensorData::new(rows, [batch.indices.len(), 4]), device).into())
        });
        Ok(vec![
            Head::new(class, CategoricalCrossEntropy::new())
                .with_weight(class_weight)
                .with_metric(ClassAccuracy::default()),
            Head::new(edges, MeanSquaredError::new()).with_weight(box_weight).with_metric(BoxIou::default()),
        ])
    }

    /// The answer to a picture, in its px.
    pub(crate) fn answer(&self, predictor: &TaskPredictor, picture: &Picture) -> Result<BoxAnswer, Error> {
        let outputs: Vec<_> = predictor.outputs(&[picture])?.into_iter().map(Value::into_floats).collect();
        let placement = Placement::of(picture.size(), predictor.preprocessing());
        let task = LargestThing { classes: predictor.classes().len() };
        let found = task.decode(&outputs[0], &outputs[1], placement.size())?;
        let found = placement.detection_back(found);
        Ok(BoxAnswer::new(found.map(|thing| FoundBox::of(&thing, predictor.classes()))))
    }
}

/// The class of each sample's largest box, and its edges in parts of the picture's sides.
fn largest(batch: &Batch, classes: usize) -> Result<Vec<(usize, [f32; 4])>, TrainError> {
    let [_, _, height, width] = batch.shape;
    let task = LargestThing { classes };
    let encode = |(index, things): (usize, super::boxes::Things)| {
        task.encode(&things, [height, width]).map_err(|error| TrainError::Target {
            target: "boxes".into(),
            index,
            reason: error.to_string(),
        })
    };
    things_of(batch)?.into_iter().map(encode).collect()
}
