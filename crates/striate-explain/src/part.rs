//! The part of a network that gives the number to explain.

use burn::Tensor;
use burn::tensor::TensorData;
use striate_layers::{Context, Value};
use striate_network::Network;

use crate::ExplainError;
use crate::target::{Choice, Slot};

/// The part of a network that gives the number to explain, with the way to this number.
pub(crate) struct Part {
    /// Without gradients.
    pub(crate) network: Network,
    /// On a device with gradients; its weights have none.
    pub(crate) tracked: Network,
    pub(crate) layer: String,
    pub(crate) slot: Slot,
    pub(crate) class: usize,
}

impl Part {
    /// The class scores of pictures `[batch, channels, height, width]`, `[batch, classes]`: at the place, or the means.
    pub(crate) fn classes(network: &Network, slot: Slot, inputs: Vec<Value>) -> Result<Tensor<2>, ExplainError> {
        let output = network.run(inputs, &mut Context::evaluation())?.remove(0);
        let batch = output.dims()[0];
        let numbers = output.reshape(&[batch, slot.classes, slot.places]).float::<3>();
        let numbers = if slot.rectified { burn::tensor::activation::relu(numbers) } else { numbers };
        let numbers = match slot.place {
            Some(place) => numbers.narrow(2, place, 1),
            None => numbers.mean_dim(2),
        };
        Ok(numbers.reshape([batch, slot.classes]))
    }

    /// The number to explain for each picture of `[batch, channels, height, width]`, by the network without gradients.
    pub(crate) fn scores(&self, images: Tensor<4>) -> Result<Vec<f32>, ExplainError> {
        let scores = Self::classes(&self.network, self.slot, vec![images.into()])?;
        Ok(floats(scores.narrow(1, self.class, 1)))
    }

    /// The probability of the class for each picture: the softmax over the classes.
    pub(crate) fn probabilities(&self, images: Tensor<4>) -> Result<Vec<f32>, ExplainError> {
        let scores = Self::classes(&self.network, self.slot, vec![images.into()])?;
        Ok(floats(burn::tensor::activation::softmax(scores, 1).narrow(1, self.class, 1)))
    }

    /// The gradient of the number to explain, by each value of `[batch, channels, height, width]`; and the numbers. A
    /// sample's gradient doesn't depend on the others.
    pub(crate) fn gradients(&self, images: Tensor<4>) -> Result<(Tensor<4>, Vec<f32>), ExplainError> {
        let images = images.autodiff().require_grad();
        let scores = Self::classes(&self.tracked, self.slot, vec![images.clone().into()])?;
        gradient_of(scores.narrow(1, self.class, 1), &images)
    }

    pub(crate) fn choice(&self, score: f32) -> Choice {
        Choice { layer: self.layer.clone(), class: self.class, score }
    }
}

/// The gradient of the sum of the scores, and the scores.
pub(crate) fn gradient_of(scores: Tensor<2>, x: &Tensor<4>) -> Result<(Tensor<4>, Vec<f32>), ExplainError> {
    let values = floats(scores.clone().inner());
    // What depends on nothing that has gradients can't go backward.
    let gradient = scores.is_tracked().then(|| x.grad(&scores.sum().backward())).flatten();
    Ok((gradient.unwrap_or_else(|| x.clone().inner().zeros_like()), values))
}

/// A tensor's numbers in rows.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// Numbers in rows as a tensor beside another one.
pub(crate) fn tensor_like<const A: usize, const B: usize>(
    values: Vec<f32>,
    sides: [usize; A],
    beside: &Tensor<B>,
) -> Tensor<A> {
    Tensor::from_data(TensorData::new(values, sides), &beside.device())
}
