//! What a convolution has learned.

use image::RgbImage;
use serde::{Deserialize, Serialize};
use striate_network::{Network, NodeSpec};

use crate::render::{ColorMap, Tile};
use crate::{ExplainError, HeatMap};

/// The kernels of a layer, `[out, in, height, width]` as PyTorch has them; a transposed convolution's begin with what goes
/// in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filters {
    /// The layer's name.
    pub layer: String,
    shape: [usize; 4],
    values: Vec<f32>,
}

impl Filters {
    /// The kernels of a layer; of several kernels the first that covers more than one px.
    ///
    /// # Errors
    /// If there is no such layer, or it has no kernels of two sides.
    pub fn of(network: &Network, layer: &str) -> Result<Self, ExplainError> {
        match kernels(network, layer)? {
            Some(filters) => Ok(filters),
            None => {
                let spec = network.spec();
                let kind = spec.layer(spec.number(layer)?).map_or("input", |layer| layer.kind()).to_owned();
                Err(ExplainError::NoFilters { layer: layer.into(), kind, known: Self::layers(network) })
            }
        }
    }

    /// The layers that have kernels of more than one px, in order.
    pub fn layers(network: &Network) -> Vec<String> {
        let is_kernel = |shape: &[usize]| matches!(shape, [_, _, height, width] if height * width > 1);
        let weights = network.weight_shapes();
        let kernels: Vec<_> = weights.iter().filter(|(_, shape)| is_kernel(shape)).map(|(name, _)| name).collect();
        let nodes = network.spec().nodes().iter().map(NodeSpec::name);
        let has_kernel = |node: &&str| kernels.iter().any(|name| owner(network, name) == Some(node));
        nodes.filter(has_kernel).map(str::to_owned).collect()
    }

    /// Kernels, channels, height and width.
    pub fn shape(&self) -> [usize; 4] {
        self.shape
    }

    /// The numbers in rows.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One kernel's part over one channel.
    ///
    /// # Panics
    /// If there is no such kernel or channel.
    pub fn kernel(&self, kernel: usize, channel: usize) -> HeatMap {
        let [kernels, channels, height, width] = self.shape;
        assert!(kernel < kernels && channel < channels, "there are {kernels} kernels over {channels} channels");
        let from = (kernel * channels + channel) * height * width;
        HeatMap::new(height, width, self.values[from..][..height * width].to_vec())
    }

    /// The first `most` kernels as pictures `zoom` times as large. Over three channels each is in color, spread about gray;
    /// over others there is a picture for each of the first `most` pairs of kernel and channel, blue below and red above 0.
    pub fn tiles(&self, most: usize, zoom: usize) -> Vec<Tile> {
        let [kernels, channels, height, width] = self.shape;
        let size = [height * zoom.max(1), width * zoom.max(1)];
        if channels == 3 {
            return (0..kernels.min(most))
                .map(|kernel| Tile::new(kernel, enlarged(&self.color(kernel), size)))
                .collect();
        }
        let pairs = (0..kernels).flat_map(|kernel| (0..channels).map(move |channel| (kernel, channel)));
        let tile = |(kernel, channel)| {
            let label = if channels == 1 { format!("{kernel}") } else { format!("{kernel}:{channel}") };
            Tile::new(label, enlarged(&self.kernel(kernel, channel).colored(ColorMap::Diverging), size))
        };
        pairs.take(most).map(tile).collect()
    }

    /// A kernel over three channels in color: 0 is gray, the largest magnitude black or white.
    fn color(&self, kernel: usize) -> RgbImage {
        let [_, _, height, width] = self.shape;
        let plane = height * width;
        let values = &self.values[kernel * 3 * plane..][..3 * plane];
        let largest = values.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        RgbImage::from_fn(width as u32, height as u32, |x, y| {
            let px = y as usize * width + x as usize;
            let level = |channel: usize| ((values[channel * plane + px] / largest + 1.0) * 127.5).round() as u8;
            image::Rgb([level(0), level(1), level(2)])
        })
    }
}

fn enlarged(picture: &RgbImage, [height, width]: [usize; 2]) -> RgbImage {
    image::imageops::resize(picture, width as u32, height as u32, image::imageops::FilterType::Nearest)
}

/// A layer's kernels; of several the first that covers more than one px.
fn kernels(network: &Network, layer: &str) -> Result<Option<Filters>, ExplainError> {
    let mut best: Option<Filters> = None;
    for data in network.layer_state(layer)?.values() {
        let Ok(shape) = <[usize; 4]>::try_from(data.shape().as_slice()) else { continue };
        let covers_more = |shape: &[usize; 4]| shape[2] * shape[3] > 1;
        if best.as_ref().is_none_or(|found| !covers_more(&found.shape) && covers_more(&shape)) {
            best = Some(Filters { layer: layer.into(), shape, values: data.iter::<f32>().collect() });
        }
    }
    Ok(best)
}

/// The node that a weight belongs to: of those whose name it begins with, the one with the longest.
fn owner<'a>(network: &'a Network, weight: &str) -> Option<&'a str> {
    let nodes = network.spec().nodes().iter().map(NodeSpec::name);
    let begins = |node: &&str| weight.strip_prefix(node).is_some_and(|rest| rest.starts_with('.'));
    nodes.filter(begins).max_by_key(|node| node.len())
}
