//! Changes that a picture has to stand.

use burn::Tensor;
use striate_core::Streams;
use striate_layers::{Context, RandomRotation, RandomTranslation, RandomZoom};

use super::FeatureVisualization;

/// Moves, zooms and turns pictures a little, each step otherwise. Beyond their edges pictures are gray, as Lucid pads
/// them: mirrored edges would count more often than the rest.
pub(super) struct Robust {
    jitter: Option<RandomTranslation>,
    zoom: Option<RandomZoom>,
    rotation: Option<RandomRotation>,
}

impl FeatureVisualization {
    pub(super) fn robust(&self, height: usize, width: usize) -> Robust {
        let part = |side: usize| (self.jitter / side as f64).min(1.0);
        Robust {
            jitter: (self.jitter > 0.0).then(|| RandomTranslation::new(part(height), part(width)).fill_value(0.5)),
            zoom: (self.zoom > 0.0).then(|| RandomZoom::new(self.zoom).fill_value(0.5)),
            rotation: (self.rotation > 0.0).then(|| RandomRotation::new(self.rotation / 360.0).fill_value(0.5)),
        }
    }
}

impl Robust {
    /// The pictures `[batch, channels, height, width]` as the streams of a step change them.
    pub(super) fn change(&self, pictures: Tensor<4>, streams: Streams) -> Tensor<4> {
        let mut context = Context::training(streams);
        context.enter("visualize");
        let moved = self.jitter.iter().fold(pictures, |x, layer| layer.forward(x, &mut context));
        let zoomed = self.zoom.iter().fold(moved, |x, layer| layer.forward(x, &mut context));
        self.rotation.iter().fold(zoomed, |x, layer| layer.forward(x, &mut context))
    }
}
