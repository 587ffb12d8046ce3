//! A picture through a narrow code and back.

use serde_json::{Value as Json, json};
use striate_core::Preprocessing;
use striate_data::{Picture, preprocess_to_vec};
use striate_layers::losses::BinaryCrossEntropy;
use striate_models::tasks::TaskError;
use striate_network::NetworkSpec;
use striate_train::metrics::Psnr;
use striate_train::{Head, Target};

use crate::Error;
use crate::task_predictor::TaskPredictor;

/// The heads of a network that gives logits of its own input, whose values are in `[0, 1]`.
pub(super) fn heads(spec: &NetworkSpec) -> Result<Vec<Head>, Error> {
    let (inputs, outputs) = (spec.input_signatures(), spec.output_signatures());
    match (inputs.as_slice(), outputs.as_slice()) {
        ([input], [output]) if input.shape == output.shape && input.shape.rank() == 3 => {
            let head = Head::new(Target::Image, BinaryCrossEntropy::new());
            Ok(vec![head.with_metric(Psnr { from_logits: true, ..Psnr::default() })])
        }
        _ => {
            let got = outputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            let expected = "autoencoding needs one output of the input's shape, as `autoencoder` gives it".into();
            Err(TaskError::Output { network: spec.name().into(), got, expected }.into())
        }
    }
}

/// Refuses preprocessing that doesn't give values in `[0, 1]`.
pub(super) fn check_preprocessing(how: &Preprocessing) -> Result<(), Error> {
    let is_unit = how.scale == 1.0 / 255.0 && how.offset == 0.0;
    match is_unit && how.mean.iter().all(|mean| *mean == 0.0) && how.std.iter().all(|std| *std == 1.0) {
        true => Ok(()),
        false => Err(Error::Preprocessing {
            name: "preprocessing".into(),
            reason: "autoencoding needs values in [0, 1]: a scale of 1/255, an offset and a mean of 0, a standard deviation of 1"
                .into(),
        }),
    }
}

/// The answer to a picture.
pub(crate) fn answer(predictor: &TaskPredictor, picture: &Picture) -> Result<PictureAnswer, Error> {
    let wanted = preprocess_to_vec(picture, predictor.preprocessing());
    let output = predictor.outputs(&[picture])?.remove(0).into_floats();
    let values: Vec<f32> = output.into_iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
    let squares: f64 = values.iter().zip(&wanted).map(|(value, wanted)| f64::from(value - wanted).powi(2)).sum();
    let [channels, height, width] = predictor.preprocessing().output_shape();
    let area = height * width;
    let pixels = (0..area).flat_map(|px| (0..channels).map(move |channel| channel * area + px));
    let pixels = pixels.map(|at| (values[at] * 255.0).round() as u8).collect();
    let mse = squares / values.len().max(1) as f64;
    Ok(PictureAnswer { picture: Picture::new(height, width, channels, pixels)?, mse })
}

/// What comes out for a picture.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PictureAnswer {
    /// The picture that comes out, as large as the network's input; its channels are the network's.
    pub picture: Picture,
    /// The mean squared error of its values in `[0, 1]`.
    pub mse: f64,
}

impl PictureAnswer {
    /// As the command prints it: `size` and `mse`.
    pub fn to_json(&self) -> Json {
        json!({ "size": self.picture.size(), "mse": self.mse })
    }
}
