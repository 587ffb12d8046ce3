//! What layers give for a picture.

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_layers::{Context, Kind};

use crate::part::floats;
use crate::{ExplainError, Explainer, HeatMap};

/// What a layer gives for a picture, `[channels, height, width]`. A layer that gives a row of numbers has channels of one px.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureMaps {
    /// The layer's name.
    pub layer: String,
    /// Its maps, one a channel.
    pub maps: Vec<HeatMap>,
}

impl FeatureMaps {
    /// The channels with the largest means of magnitudes, the largest first; of equal ones the first.
    pub fn strongest(&self, count: usize) -> Vec<usize> {
        let strength = |map: &HeatMap| map.values().iter().map(|value| f64::from(value.abs())).sum::<f64>();
        let strengths: Vec<_> = self.maps.iter().map(strength).collect();
        let mut channels: Vec<_> = (0..self.maps.len()).collect();
        channels.sort_by(|&a, &b| strengths[b].total_cmp(&strengths[a]));
        channels.truncate(count);
        channels
    }
}

impl Explainer {
    /// What layers give for a picture `[channels, height, width]`, in one pass.
    ///
    /// # Errors
    /// If there is no such layer, it gives whole numbers or more than maps, or the network doesn't take such a picture.
    pub fn feature_maps(&self, image: &Tensor<3>, layers: &[&str]) -> Result<Vec<FeatureMaps>, ExplainError> {
        let spec = self.spec_for(image)?;
        for layer in layers {
            let got = spec.signature(spec.number(layer)?);
            if got.kind != Kind::Float || !(1..=3).contains(&got.shape.rank()) {
                return Err(ExplainError::NotNumbers { layer: (*layer).into(), got: got.clone() });
            }
        }
        if layers.is_empty() {
            return Ok(Vec::new());
        }
        let outputs = self.network().until(layers)?.run(vec![self.batch(image).into()], &mut Context::evaluation())?;
        let named = layers.iter().zip(outputs).map(|(layer, output)| {
            let sides = output.dims();
            let [channels, height, width] = match sides[1..] {
                [channels] => [channels, 1, 1],
                [channels, width] => [channels, 1, width],
                _ => [sides[1], sides[2], sides[3]],
            };
            let values = floats(output.reshape(&[channels * height * width]).float::<1>());
            let maps = values.chunks_exact(height * width).map(|map| HeatMap::new(height, width, map.to_vec()));
            FeatureMaps { layer: (*layer).into(), maps: maps.collect() }
        });
        Ok(named.collect())
    }
}
