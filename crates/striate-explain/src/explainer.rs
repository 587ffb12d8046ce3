//! A network to look into.

use burn::Tensor;
use burn::module::Module;
use image::RgbImage;
use striate_backend::Device;
use striate_core::Preprocessing;
use striate_layers::{Kind, Signature};
use striate_network::{Network, NetworkSpec};

use crate::part::{Part, floats};
use crate::pixels::Pixels;
use crate::target::{Choice, Target};
use crate::{ExplainError, HeatMap};

/// A network to look into. It answers as in evaluation: nothing drops, batch norms use their running statistics.
#[derive(Debug, Clone)]
pub struct Explainer {
    network: Network,
    tracked: Network,
    device: Device,
    channels: Option<usize>,
    pixels: Pixels,
}

impl Explainer {
    /// Takes a network that takes one picture `[channels, height, width]`.
    ///
    /// # Errors
    /// [`ExplainError::NotAPicture`] if it takes something else.
    pub fn new(network: &Network) -> Result<Self, ExplainError> {
        let spec = network.spec();
        let channels = match spec.input_signatures().as_slice() {
            [input] if input.kind == Kind::Float && input.shape.rank() == 3 => input.shape.sides()[0],
            got => return Err(ExplainError::NotAPicture { network: spec.name().into(), got: got.to_vec() }),
        };
        let device = network.device().inner();
        let network = network.valid().to_device(&device);
        let tracked = network.clone().to_device(&device.clone().autodiff()).no_grad();
        Ok(Self { network, tracked, device, channels, pixels: Pixels::default() })
    }

    /// Says how pictures became the network's input. Without it values count as px in `[0, 1]`, red first.
    ///
    /// # Errors
    /// If it can't be applied, or makes another number of channels than the network takes.
    pub fn with_preprocessing(self, preprocessing: &Preprocessing) -> Result<Self, ExplainError> {
        preprocessing.validate()?;
        let got = preprocessing.pixel_order.channels();
        match self.channels {
            Some(expected) if expected != got => Err(ExplainError::Channels { expected, got }),
            _ => Ok(Self { pixels: Pixels::of(preprocessing), ..self }),
        }
    }

    /// The network, without gradients.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Where the network is.
    pub fn device(&self) -> &Device {
        &self.device
    }

    pub(crate) fn pixels(&self) -> &Pixels {
        &self.pixels
    }

    pub(crate) fn channels(&self) -> Option<usize> {
        self.channels
    }

    /// What a target means for a picture `[channels, height, width]`: the class that it has the largest score for, if no
    /// class was said.
    ///
    /// # Errors
    /// If there is no such layer or class, or the network doesn't take such a picture.
    pub fn choose(&self, image: &Tensor<3>, target: &Target) -> Result<Choice, ExplainError> {
        let part = self.part(image, target)?;
        let score = part.scores(self.batch(image))?[0];
        Ok(part.choice(score))
    }

    /// The layers that give maps of more than one px on the way to what is explained, for pictures of this size, in order;
    /// not the layer that is explained itself.
    ///
    /// # Errors
    /// If there is no such layer, or the network doesn't take such a picture.
    pub fn spatial_layers(&self, image: &Tensor<3>, target: &Target) -> Result<Vec<String>, ExplainError> {
        let spec = self.spec_for(image)?;
        let output = self.layer_of(&spec, target);
        let cut = spec.until(&[&output])?;
        let has_maps = |number: &usize| cut.layer(*number).is_some() && maps(cut.signature(*number)).is_some();
        let names = (0..cut.nodes().len()).filter(has_maps).map(|number| cut.nodes()[number].name().to_owned());
        Ok(names.filter(|name| *name != output).collect())
    }

    /// The picture that an input `[channels, height, width]` was made of, as far as the network sees it. Of other than 1 or
    /// 3 channels the mean, spread from black to white.
    pub fn picture(&self, image: &Tensor<3>) -> RgbImage {
        let [channels, height, width] = image.dims();
        let values = floats(image.clone());
        match channels {
            1 | 3 => self.pixels.picture(&values, channels, [height, width]),
            _ => {
                let plane = height * width;
                let mean = |px: usize| {
                    (0..channels).map(|channel| values[channel * plane + px]).sum::<f32>() / channels as f32
                };
                HeatMap::new(height, width, (0..plane).map(mean).collect()).colored(crate::render::ColorMap::Gray)
            }
        }
    }

    /// The network's shapes for a picture of this size.
    pub(crate) fn spec_for(&self, image: &Tensor<3>) -> Result<NetworkSpec, ExplainError> {
        Ok(self.network.spec().for_inputs(&[Signature::float(image.dims())])?)
    }

    /// A batch of one picture, without gradients, where the network is.
    pub(crate) fn batch(&self, image: &Tensor<3>) -> Tensor<4> {
        image.clone().inner().to_device(&self.device).unsqueeze_dim(0)
    }

    fn layer_of(&self, spec: &NetworkSpec, target: &Target) -> String {
        target.layer().unwrap_or_else(|| spec.nodes()[spec.outputs()[0]].name()).to_owned()
    }

    /// The part of the network that gives what is to be explained of a picture.
    pub(crate) fn part(&self, image: &Tensor<3>, target: &Target) -> Result<Part, ExplainError> {
        let spec = self.spec_for(image)?;
        let layer = self.layer_of(&spec, target);
        let slot = target.within(&layer, spec.signature(spec.number(&layer)?))?;
        let network = self.network.until(&[&layer])?;
        let class = match slot.class {
            Some(class) => class,
            None => largest(&floats(Part::classes(&network, slot, vec![self.batch(image).into()])?)),
        };
        Ok(Part { tracked: self.tracked.until(&[&layer])?, network, layer, slot, class })
    }
}

/// The sides `[height, width]` of a layer's maps, if it gives maps of more than one px.
pub(crate) fn maps(output: &Signature) -> Option<[usize; 2]> {
    match *output.shape.sides() {
        [Some(_), Some(height), Some(width)] if output.kind == Kind::Float && height * width > 1 => {
            Some([height, width])
        }
        _ => None,
    }
}

/// The place of the largest number, of equal ones the first; 0 if none is a number.
fn largest(values: &[f32]) -> usize {
    let best = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    values.iter().position(|&value| value == best).unwrap_or(0)
}
