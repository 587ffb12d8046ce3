//! A model file to look into.

use std::path::Path;

use burn::Tensor;
use striate_backend::Device;
use striate_core::{ClassNames, Preprocessing};
use striate_data::Picture;
use striate_explain::{Choice, ExplainError, Explainer, Target};
use striate_layers::Context;
use striate_network::ModelFile;

use crate::Error;
use crate::model::{images, model_path, preprocessing};
use crate::predictor::softmax;

/// A model file to look into: its network, and how pictures become its input.
#[derive(Debug)]
pub struct ExplainedModel {
    explainer: Explainer,
    preprocessing: Preprocessing,
    classes: Option<ClassNames>,
}

impl ExplainedModel {
    /// Reads a model file, or that of a run's folder.
    ///
    /// # Errors
    /// If it can't be read, or isn't a network of pictures with preprocessing.
    pub fn open(model: &Path, device: &Device) -> Result<Self, Error> {
        let path = model_path(model);
        let mut file = ModelFile::open(&path)?;
        let preprocessing = preprocessing(&file, &path)?;
        let explainer = Explainer::new(&file.network(device)?)?.with_preprocessing(&preprocessing)?;
        let classes: Option<ClassNames> = file.section("classes")?;
        if let (Some(count), Some(classes)) = (file.spec().classes(), &classes)
            && classes.len() != count
        {
            return Err(Error::Classes { model: count, data: classes.len() });
        }
        Ok(Self { explainer, preprocessing, classes })
    }

    /// The network to look into.
    pub fn explainer(&self) -> &Explainer {
        &self.explainer
    }

    /// The way from a picture to the network's input.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// The names of the classes, if the file has some.
    pub fn classes(&self) -> Option<&ClassNames> {
        self.classes.as_ref()
    }

    /// A picture as the network's input, `[channels, height, width]`.
    pub fn input(&self, picture: &Picture) -> Tensor<3> {
        images(&[picture], &self.preprocessing, self.explainer.device()).squeeze_dim(0)
    }

    /// What to explain: a class by its number or name, of this output or the first. Without a class it is the one with the
    /// largest score.
    ///
    /// # Errors
    /// If no class has that name.
    pub fn target(&self, class: Option<&str>, output: Option<&str>) -> Result<Target, Error> {
        let target = match class {
            None => Target::top(),
            Some(class) => match (class.parse(), &self.classes) {
                (Ok(number), _) => Target::class(number),
                (Err(_), Some(names)) => Target::named(names, class)?,
                (Err(_), None) => {
                    return Err(ExplainError::UnknownClass { name: class.into(), known: Vec::new() }.into());
                }
            },
        };
        Ok(match output {
            Some(output) => target.of(output),
            None => target,
        })
    }

    /// The name of a class of the first output; of other outputs its number.
    pub(super) fn class_name(&self, choice: &Choice) -> String {
        let spec = self.explainer.network().spec();
        let is_first = spec.nodes()[spec.outputs()[0]].name() == choice.layer;
        let name = self.classes.as_ref().filter(|_| is_first).and_then(|names| names.get(choice.class));
        name.map_or_else(|| choice.class.to_string(), str::to_owned)
    }

    /// The class's probability, if the network labels pictures and the class is one of its first output.
    pub(super) fn probability(&self, input: &Tensor<3>, choice: &Choice) -> Result<Option<f64>, Error> {
        let network = self.explainer.network();
        let spec = network.spec();
        if spec.classes().is_none_or(|classes| classes < 2) || spec.nodes()[spec.outputs()[0]].name() != choice.layer {
            return Ok(None);
        }
        let images = input.clone().unsqueeze_dim::<4>(0).into();
        let logits = network.run(vec![images], &mut Context::evaluation())?.remove(0).float::<2>();
        let logits: Vec<f64> = logits.into_data().iter::<f64>().collect();
        Ok(softmax(&logits).get(choice.class).copied())
    }
}
