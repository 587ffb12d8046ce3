//! Perspective, and pictures like rubber.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Draw, Operation, Targets, check};
use crate::DataError;
use crate::ops::{Geometry, Perspective};

/// Shows the picture in another perspective; torchvision's `RandomPerspective`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomPerspective {
    /// How far the corners move inwards, as a part of half the sides, in `[0, 1]`.
    pub distortion: f64,
    /// How likely it is, in `[0, 1]`.
    pub probability: f32,
    /// How pixels are made.
    pub targets: Targets,
}

/// Stretches and squeezes the picture like rubber; torchvision's `ElasticTransform`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomElastic {
    /// How far pixels move, along x and y; the farther, the more the blur has to smooth.
    pub alpha: [f64; 2],
    /// How smooth the moves are, along x and y: the sigma of a Gaussian, in px.
    pub sigma: [f64; 2],
    /// How pixels are made.
    pub targets: Targets,
}

with_targets!(RandomPerspective, RandomElastic);
with_probability!(RandomPerspective);

impl Default for RandomPerspective {
    /// Half the way, every other time.
    fn default() -> Self {
        Self { distortion: 0.5, probability: 0.5, targets: Targets::default() }
    }
}

impl Default for RandomElastic {
    /// torchvision's: alpha 50 and sigma 5.
    fn default() -> Self {
        Self { alpha: [50.0; 2], sigma: [5.0; 2], targets: Targets::default() }
    }
}

impl Draw for RandomPerspective {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        if !stream.chance(self.probability) {
            return Vec::new();
        }
        let [most_y, most_x] = [height, width].map(|side| (self.distortion * (side / 2) as f64) as usize);
        let (bottom, right) = (height as f64 - 1.0, width as f64 - 1.0);
        let start = [[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]];
        let end = start.map(|[x, y]| {
            let (across, down) = (stream.below(most_x + 1) as f64, stream.below(most_y + 1) as f64);
            [if x == 0.0 { across } else { x - across }, if y == 0.0 { down } else { y - down }]
        });
        // The corners of a picture of one row are on a line: it has no perspective.
        let map = Perspective::from_points(start, end);
        map.map(|map| Operation::moving(Geometry::Perspective(map), self.targets)).into_iter().collect()
    }

    fn check(&self) -> Result<(), DataError> {
        let fits = (0.0..=1.0).contains(&self.distortion);
        check::number("distortion", self.distortion, fits, "it must be in [0, 1]")?;
        check::probability(self.probability)?;
        check::targets(self.targets)
    }
}

impl Draw for RandomElastic {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let Self { alpha, sigma, targets } = *self;
        vec![Operation::moving(Geometry::Elastic { alpha, sigma, seed: stream.next_u64() }, targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        for alpha in self.alpha {
            check::number("alpha", alpha, (0.0..=1e6).contains(&alpha), "each must be in [0, 1e6]")?;
        }
        for sigma in self.sigma {
            check::number("sigma", sigma, (0.0..=1e3).contains(&sigma), "each must be 0 to 1000 px")?;
        }
        check::targets(self.targets)
    }
}
