//! A model file in, answers out.

use std::path::Path;

use striate_backend::Device;
use striate_core::{ClassNames, Prediction, Preprocessing, decode_predictions};
use striate_data::{DecodeLimits, Picture};
use striate_layers::Context;
use striate_network::{ModelFile, Network};

use crate::Error;
use crate::model::{classes, images, model_path, network, preprocessing};

/// Labels pictures by a model file alone: size, channels and scaling travel in it.
#[derive(Debug)]
pub struct Predictor {
    network: Network,
    preprocessing: Preprocessing,
    classes: ClassNames,
    device: Device,
}

impl Predictor {
    /// Reads a model file, or that of a run's folder.
    ///
    /// # Errors
    /// If it can't be read, or isn't a classifier with preprocessing.
    pub fn open(model: &Path, device: &Device) -> Result<Self, Error> {
        let path = model_path(model);
        let mut file = ModelFile::open(&path)?;
        let preprocessing = preprocessing(&file, &path)?;
        let Some(count) = file.spec().classes() else {
            let outputs = file.spec().output_signatures();
            let got = outputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            return Err(Error::NotAClassifier { path, got });
        };
        // The weights first: a count that the file's own bytes don't cover ends here.
        let network = network(&mut file, device)?;
        let classes = classes(&file, count)?;
        Ok(Self { network, preprocessing, classes, device: device.clone() })
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

    /// Labels a picture's file: the `top` most likely classes, best first.
    ///
    /// # Errors
    /// If the picture can't be read.
    pub fn predict_file(&self, image: &Path, top: usize) -> Result<Vec<Prediction>, Error> {
        self.predict(&Picture::open(image, DecodeLimits::default())?, top)
    }

    /// Labels a picture: the `top` most likely classes, best first; equals in the order of their numbers.
    ///
    /// # Errors
    /// If the network doesn't take what the preprocessing makes.
    pub fn predict(&self, picture: &Picture, top: usize) -> Result<Vec<Prediction>, Error> {
        let images = images(&[picture], &self.preprocessing, &self.device);
        let mut outputs = self.network.run(vec![images.into()], &mut Context::evaluation())?;
        let logits: Vec<f32> = outputs.remove(0).float::<2>().into_data().iter::<f32>().collect();
        Ok(Self::of_logits(&logits, &self.classes, top))
    }

    /// The `top` most likely classes by their logits, best first.
    pub(crate) fn of_logits(logits: &[f32], classes: &ClassNames, top: usize) -> Vec<Prediction> {
        let logits: Vec<f64> = logits.iter().map(|&logit| logit.into()).collect();
        decode_predictions(&softmax(&logits), classes, top)
    }
}

pub(crate) fn softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<_> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_is_that_of_the_lecture() {
        // The slide cuts after two digits: 0.46, 0.34, 0.20.
        let rounded: Vec<_> = softmax(&[1.2, 0.9, 0.4]).iter().map(|p| (p * 1000.0).round() / 1000.0).collect();
        assert_eq!(rounded, [0.457, 0.338, 0.205]);
        assert_eq!(softmax(&[1000.0, 0.0]), [1.0, 0.0]);
    }
}
