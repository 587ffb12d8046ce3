//! Changes that a picture has to stand.

use burn::Tensor;
use burn::tensor::ops::PadMode;
use striate_core::Streams;
use striate_layers::{Context, RandomRotation, RandomZoom};

use super::FeatureVisualization;

/// Moves, zooms and turns pictures a little, each step otherwise. Beyond their edges pictures are gray, as Lucid pads
/// them: mirrored edges would count more often than the rest.
///
/// It is moved by whole px: each interpolation blurs, and a unit's finest structure is the first to go.
pub(super) struct Robust {
    jitter: usize,
    zoom: Option<RandomZoom>,
    rotation: Option<RandomRotation>,
}

impl FeatureVisualization {
    pub(super) fn robust(&self) -> Robust {
        Robust {
            jitter: self.jitter,
            zoom: (self.zoom > 0.0).then(|| RandomZoom::new(self.zoom).fill_value(0.5)),
            rotation: (self.rotation > 0.0).then(|| RandomRotation::new(self.rotation / 360.0).fill_value(0.5)),
        }
    }
}

impl Robust {
    /// The pictures `[batch, channels, height, width]` as the streams of a step change them.
    pub(super) fn change(&self, pictures: Tensor<4>, streams: Streams) -> Tensor<4> {
        let moved = if self.jitter > 0 { moved(pictures, self.jitter, &streams) } else { pictures };
        let mut context = Context::training(streams);
        context.enter("visualize");
        let zoomed = self.zoom.iter().fold(moved, |x, layer| layer.forward(x, &mut context));
        self.rotation.iter().fold(zoomed, |x, layer| layer.forward(x, &mut context))
    }
}

/// Pictures moved by up to so many px down and across.
fn moved(pictures: Tensor<4>, most: usize, streams: &Streams) -> Tensor<4> {
    let [_, _, height, width] = pictures.dims();
    let mut stream = streams.open("jitter");
    let [top, left] = [0, 1].map(|_| stream.below(2 * most + 1));
    pictures.pad((most, most, most, most), PadMode::Constant(0.5)).narrow(2, top, height).narrow(3, left, width)
}
