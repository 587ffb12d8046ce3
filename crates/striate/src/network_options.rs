//! What a recipe may choose of a network by name.

use serde::{Deserialize, Serialize};
use striate_core::{PixelOrder, Preprocessing};
use striate_models::{Architecture, ModelConfig};

use crate::Error;

/// What a recipe may choose of a network of the list; what is left out is as the network usually has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkOptions {
    /// `[height, width]` of its input in px.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Channels of its input: 1 for gray, 3 for red, green and blue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// Factor of the number of channels, where the network has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Factor of the number of blocks, where the network has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<f64>,
    /// The classifier that it stands on, where it may stand on any (FCN).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backbone: Option<String>,
    /// Cells on each side, for detection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<usize>,
    /// Boxes of each cell, for detection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boxes: Option<usize>,
}

impl NetworkOptions {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The network's config with these options, without those of cells.
    pub(crate) fn config(&self, architecture: Architecture) -> Result<ModelConfig, Error> {
        let mut config = architecture.config();
        if let Some(size) = self.size {
            config = config.size(size);
        }
        if let Some(channels) = self.channels {
            config = config.in_channels(channels);
        }
        if let Some(width) = self.width {
            config = config.width(width);
        }
        if let Some(depth) = self.depth {
            config = config.depth(depth);
        }
        if let Some(backbone) = &self.backbone {
            config = config.backbone(backbone.parse()?);
        }
        Ok(config)
    }

    /// The config with its cells, of a network that has some.
    pub(crate) fn with_cells(&self, mut config: ModelConfig) -> ModelConfig {
        if let Some(grid) = self.grid {
            config = config.grid(grid);
        }
        if let Some(boxes) = self.boxes {
            config = config.boxes(boxes);
        }
        config
    }

    /// How pictures become the input of a network with these options, which otherwise takes them so.
    pub(crate) fn preprocessing(&self, usual: Preprocessing) -> Preprocessing {
        let mut how = usual;
        if let Some(size) = self.size {
            // As much is cut off around the middle as ever.
            let [_, height, width] = how.output_shape();
            how.size = [size[0] * how.size[0] / height.max(1), size[1] * how.size[1] / width.max(1)];
            how.crop = how.crop.map(|_| size);
        }
        match (self.channels, how.pixel_order) {
            (Some(1), PixelOrder::Rgb | PixelOrder::Bgr) => {
                let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
                how.pixel_order = PixelOrder::Gray;
                (how.mean, how.std) = (vec![mean(&how.mean)], vec![mean(&how.std)]);
            }
            (Some(3), PixelOrder::Gray) => {
                how.pixel_order = PixelOrder::Rgb;
                (how.mean, how.std) = (how.mean.repeat(3), how.std.repeat(3));
            }
            _ => {}
        }
        how
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preprocessing_follows_the_size_and_the_channels() {
        let options = NetworkOptions { size: Some([112, 96]), channels: Some(1), ..NetworkOptions::default() };
        let how = options.preprocessing(Preprocessing::torch(256, 224));
        assert_eq!((how.output_shape(), how.size), ([1, 112, 96], [128, 109]));
        how.validate().unwrap();
        let color = NetworkOptions { channels: Some(3), ..NetworkOptions::default() };
        assert_eq!(color.preprocessing(Preprocessing::gray([28, 28])), Preprocessing::rgb([28, 28]));
    }
}
