//! Fixed kernels: the table of <https://en.wikipedia.org/wiki/Kernel_(image_processing)>, as of the lecture, and Sobel's.

use std::fmt;
use std::str::FromStr;

use burn::tensor::TensorData;
use striate_core::nearest::suggestion;
use striate_layers::{Conv2d, Device};
use striate_network::{Network, NetworkSpec, State};

use super::TaskError;

/// A kernel with known weights.
///
/// Weights are those of a cross-correlation, as a convolution layer computes it: the table isn't turned round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kernel {
    /// The picture itself.
    Identity,
    /// The derivative by rows of the derivative by columns: corners and slanted edges.
    EdgesDiagonal,
    /// The sum of four neighbours less four times the middle: Laplace's operator.
    EdgesFour,
    /// Eight times the middle less its eight neighbours.
    EdgesEight,
    /// The picture less Laplace's operator.
    Sharpen,
    /// The mean of 3x3 px.
    BoxBlur,
    /// The binomial 1 2 1 in both directions.
    Gaussian3,
    /// The binomial 1 4 6 4 1 in both directions.
    Gaussian5,
    /// Twice the picture less [`Gaussian5`](Self::Gaussian5).
    Unsharp5,
    /// Sobel's difference of columns: edges that go up and down.
    SobelX,
    /// Sobel's difference of rows: edges that go across.
    SobelY,
}

impl Kernel {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Identity,
        Self::EdgesDiagonal,
        Self::EdgesFour,
        Self::EdgesEight,
        Self::Sharpen,
        Self::BoxBlur,
        Self::Gaussian3,
        Self::Gaussian5,
        Self::Unsharp5,
        Self::SobelX,
        Self::SobelY,
    ];

    /// Its name in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::EdgesDiagonal => "edges_diagonal",
            Self::EdgesFour => "edges_four",
            Self::EdgesEight => "edges_eight",
            Self::Sharpen => "sharpen",
            Self::BoxBlur => "box_blur",
            Self::Gaussian3 => "gaussian_3",
            Self::Gaussian5 => "gaussian_5",
            Self::Unsharp5 => "unsharp_5",
            Self::SobelX => "sobel_x",
            Self::SobelY => "sobel_y",
        }
    }

    /// Px of a side: 3 or 5.
    pub fn size(self) -> usize {
        self.whole().0.len().isqrt()
    }

    /// The weights, row by row.
    pub fn weights(self) -> Vec<f32> {
        let (whole, divisor) = self.whole();
        whole.iter().map(|&weight| weight as f32 / divisor as f32).collect()
    }

    /// Whole numbers, and what divides them all.
    fn whole(self) -> (&'static [i16], i16) {
        match self {
            Self::Identity => (&[0, 0, 0, 0, 1, 0, 0, 0, 0], 1),
            Self::EdgesDiagonal => (&[1, 0, -1, 0, 0, 0, -1, 0, 1], 1),
            Self::EdgesFour => (&[0, 1, 0, 1, -4, 1, 0, 1, 0], 1),
            Self::EdgesEight => (&[-1, -1, -1, -1, 8, -1, -1, -1, -1], 1),
            Self::Sharpen => (&[0, -1, 0, -1, 5, -1, 0, -1, 0], 1),
            Self::BoxBlur => (&[1; 9], 9),
            Self::Gaussian3 => (&[1, 2, 1, 2, 4, 2, 1, 2, 1], 16),
            Self::Gaussian5 => {
                (&[1, 4, 6, 4, 1, 4, 16, 24, 16, 4, 6, 24, 36, 24, 6, 4, 16, 24, 16, 4, 1, 4, 6, 4, 1], 256)
            }
            Self::Unsharp5 => {
                (&[1, 4, 6, 4, 1, 4, 16, 24, 16, 4, 6, 24, -476, 24, 6, 4, 16, 24, 16, 4, 1, 4, 6, 4, 1], -256)
            }
            Self::SobelX => (&[-1, 0, 1, -2, 0, 2, -1, 0, 1], 1),
            Self::SobelY => (&[-1, -2, -1, 0, 0, 0, 1, 2, 1], 1),
        }
    }

    /// A network of one convolution with these kernels over each channel of pictures of any size: `[batch, channels, height,
    /// width]` to `[batch, channels * kernels, height, width]`, for each channel the kernels in order. Pictures get zeros
    /// around them. A smaller kernel stands in the middle of one as large as the largest.
    ///
    /// # Errors
    /// [`TaskError::Setting`] without kernels, or without channels or with over 65,536.
    pub fn network(kernels: &[Self], channels: usize, device: &Device) -> Result<Network, TaskError> {
        let Some(size) = kernels.iter().map(|kernel| kernel.size()).max() else {
            return Err(TaskError::setting("kernels", 0, "there must be at least one"));
        };
        if !(1..=1 << 16).contains(&channels) {
            return Err(TaskError::setting("channels", channels, "it must be from 1 to 65,536"));
        }
        let filters = channels * kernels.len();
        let mut net = NetworkSpec::builder("kernels");
        let pictures = net.input("pictures", [Some(channels), None, None]);
        let x = net.add("kernels", Conv2d::new(filters, size).same().groups(channels).no_bias(), pictures);
        let network = net.output(x).build()?.init(0, device);
        let widened = kernels.iter().flat_map(|kernel| kernel.widened(size)).collect::<Vec<_>>();
        let weight = TensorData::new(widened.repeat(channels), [filters, 1, size, size]);
        Ok(network.with_state(State::from([("kernels.weight".into(), weight)]))?)
    }

    /// The weights with zeros around them.
    fn widened(self, size: usize) -> Vec<f32> {
        let (own, weights) = (self.size(), self.weights());
        let border = (size - own) / 2;
        let within = |place: usize| place.checked_sub(border).filter(|place| *place < own);
        let weight = |place: usize| match (within(place / size), within(place % size)) {
            (Some(row), Some(column)) => weights[row * own + column],
            _ => 0.0,
        };
        (0..size * size).map(weight).collect()
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kernel {
    type Err = TaskError;

    fn from_str(name: &str) -> Result<Self, TaskError> {
        let names: Vec<_> = Self::ALL.iter().map(|known| known.name()).collect();
        let found = Self::ALL.iter().find(|kernel| kernel.name() == name);
        found.copied().ok_or_else(|| TaskError::setting("kernel", format!("{name:?}"), suggestion(name, &names)))
    }
}
