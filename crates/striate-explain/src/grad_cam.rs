//! Grad-CAM (Selvaraju et al. 2017, <https://arxiv.org/abs/1610.02391>).

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_network::Network;

use crate::explainer::maps;
use crate::part::{Part, floats, gradient_of};
use crate::{ExplainError, Explainer, HeatMap, Target};

/// Where a class is seen: a layer's maps, each weighted by how the class's score depends on it, equations 1 and 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradCam {
    /// The layer; none: the last that gives maps of more than one px, before what is explained.
    pub layer: Option<String>,
    /// Whether places that speak against the class become 0.
    pub relu: bool,
    /// How much each number of a map counts.
    pub weights: CamWeights,
}

/// How much each number of a map counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CamWeights {
    /// By the mean of the map's gradient: Grad-CAM.
    #[default]
    Mean,
    /// By its own gradient: HiResCAM (Draelos & Carin 2020, <https://arxiv.org/abs/2011.08891>), which is the same where
    /// a mean over each map comes next.
    Each,
}

/// What [`GradCam`] finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cam {
    /// The layer.
    pub layer: String,
    /// The weighted sum of its maps, as large as they are; [`HeatMap::resized`] makes it as large as the picture.
    pub map: HeatMap,
    /// What the maps say about the class, which a map that is 0 everywhere doesn't tell by itself.
    pub evidence: Evidence,
}

/// What a layer's maps say about a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Some place speaks for it.
    For,
    /// No place speaks for it and some speak against it: the map is 0 everywhere, unless [`GradCam::relu`] is off. This is
    /// not rare for classes that the network doesn't find.
    Against,
    /// No place speaks for or against it, since the score doesn't follow the maps here: behind a ReLU that gives 0 for
    /// example. The map is 0 everywhere.
    None,
}

impl Evidence {
    fn of(signed: &[f32]) -> Self {
        if signed.iter().any(|value| *value > 0.0) {
            return Self::For;
        }
        if signed.iter().any(|value| *value < 0.0) { Self::Against } else { Self::None }
    }
}

impl Default for GradCam {
    /// The last layer with maps, without what speaks against the class.
    fn default() -> Self {
        Self { layer: None, relu: true, weights: CamWeights::Mean }
    }
}

impl GradCam {
    /// The last layer with maps, without what speaks against the class.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at this layer.
    pub fn layer(self, layer: impl Into<String>) -> Self {
        Self { layer: Some(layer.into()), ..self }
    }

    /// Whether places that speak against the class become 0.
    pub fn relu(self, relu: bool) -> Self {
        Self { relu, ..self }
    }

    /// Says how much each number of a map counts.
    pub fn weights(self, weights: CamWeights) -> Self {
        Self { weights, ..self }
    }

    /// Where the class is seen in a picture `[channels, height, width]`.
    ///
    /// # Errors
    /// If there is no such layer or class, the layer gives no maps or isn't on the way to the class's score, or the network
    /// doesn't take such a picture.
    pub fn run(&self, explainer: &Explainer, image: &Tensor<3>, target: &Target) -> Result<Cam, ExplainError> {
        let part = explainer.part(image, target)?;
        let known = || explainer.spatial_layers(image, target);
        let layer = match &self.layer {
            Some(layer) => layer.clone(),
            None => known()?.pop().ok_or_else(|| ExplainError::NoSpatialLayer {
                network: explainer.network().spec().name().into(),
                output: part.layer.clone(),
            })?,
        };
        let spec = explainer.spec_for(image)?;
        let got = spec.signature(spec.number(&layer)?);
        if maps(got).is_none() {
            return Err(ExplainError::NotSpatial { layer, got: got.clone(), known: known()? });
        }
        let image = explainer.batch(image);
        let activations = explainer.network().until(&[&layer])?;
        let activations: Tensor<4> = activations.forward(image.clone());
        let activations = activations.autodiff().require_grad();
        let scores = rest_of(&part, &layer, image, activations.clone())?;
        let (gradients, _) = gradient_of(scores, &activations)?;
        let activations = activations.inner();
        let weights = match self.weights {
            CamWeights::Mean => gradients.mean_dim(2).mean_dim(3),
            CamWeights::Each => gradients,
        };
        let map = (activations * weights).sum_dim(1);
        let [_, _, height, width] = map.dims();
        let mut map = floats(map);
        let evidence = Evidence::of(&map);
        if self.relu {
            map.iter_mut().for_each(|value| *value = value.max(0.0));
        }
        Ok(Cam { layer, map: HeatMap::new(height, width, map), evidence })
    }
}

/// The score by what a layer gives, and by the picture where other layers take it.
fn rest_of(part: &Part, layer: &str, image: Tensor<4>, activations: Tensor<4>) -> Result<Tensor<2>, ExplainError> {
    let away = || ExplainError::NotOnTheWay { layer: layer.into(), output: part.layer.clone() };
    if part.tracked.spec().number(layer).is_err() {
        return Err(away());
    }
    let rest: Network = part.tracked.after(&[layer])?;
    let spec = rest.spec();
    let names: Vec<_> = spec.inputs().map(|number| spec.nodes()[number].name().to_owned()).collect();
    let image = image.autodiff();
    let input = |name: &String| if name == layer { activations.clone().into() } else { image.clone().into() };
    let scores = Part::classes(&rest, part.slot, names.iter().map(input).collect())?;
    Ok(scores.narrow(1, part.class, 1))
}
