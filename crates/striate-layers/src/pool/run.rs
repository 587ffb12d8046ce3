//! Pooling of one, two or three directions on tensors.

use burn::Tensor;
use burn::tensor::TensorData;
use burn::tensor::ops::PadMode;
use striate_backend::ops::{PoolOptions, avg_pool2d, max_pool2d};

use super::pooling::{Pooling, Way};
use crate::value::cast;

/// What is taken of each window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Of {
    Maximum,
    /// The mean; the config's padding counts as zeros or doesn't.
    Average {
        with_padding: bool,
    },
}

/// Pools a batch of pictures of `D` directions.
pub(super) fn pool<const D: usize, const R: usize>(images: Tensor<R>, pooling: &Pooling<D>, of: Of) -> Tensor<R> {
    let images = pooling.data_format.channels_first(images);
    let dims = images.dims();
    let ways = pooling.ways(std::array::from_fn(|d| dims[d + 2]));
    pooling.data_format.restore(match D {
        // A sequence is a picture of one row.
        1 => {
            let row = cast::<R, 3>(images).unsqueeze_dim::<4>(2);
            cast(pool2d(row, [Way::of_each_px(1), ways[0]], of).squeeze_dim::<3>(2))
        }
        2 => cast(pool2d(cast(images), [ways[0], ways[1]], of)),
        // A window of a volume is one of a picture, and then one over the results in depth.
        3 => {
            let volumes = cast::<R, 5>(images);
            let [n, channels, depth, height, width] = volumes.dims();
            let slices = volumes.reshape([n, channels * depth, height, width]);
            let slices = pool2d(slices, [ways[1], ways[2]], of);
            let [_, _, height, width] = slices.dims();
            let columns = slices.reshape([n * channels, 1, depth, height * width]);
            let columns = pool2d(columns, [ways[0], Way::of_each_px(height * width)], of);
            cast(columns.reshape([n, channels, ways[0].count, height, width]))
        }
        _ => unreachable!("there is pooling of one to three directions"),
    })
}

/// Pools `[batch, channels, height, width]`.
pub(super) fn pool2d(images: Tensor<4>, ways: [Way; 2], of: Of) -> Tensor<4> {
    if ways.iter().all(|way| *way == Way::of_each_px(way.side)) {
        return images;
    }
    let alike = ways.iter().all(Way::is_alike);
    let size = ways.map(|way| way.window.size);
    let stride = ways.map(|way| way.window.stride);
    let outside = if of == Of::Maximum { f32::NEG_INFINITY } else { 0.0 };
    let (images, padding) = match alike {
        true => (images, ways.map(|way| way.padding.0)),
        false => (images.pad(ways.map(|way| (way.padding.0, way.overhang())), PadMode::Constant(outside)), [0; 2]),
    };
    match of {
        Of::Maximum => {
            let dilation = ways.map(|way| way.window.dilation);
            max_pool2d(images, PoolOptions { size, stride, padding, dilation })
        }
        Of::Average { with_padding } => {
            let options = PoolOptions { size, stride, padding, dilation: [1; 2] };
            if alike && !with_padding {
                return avg_pool2d(images, options, false);
            }
            let means = avg_pool2d(images, options, true);
            match corrections(ways, with_padding) {
                Some(factors) => {
                    let shape = [1, 1, ways[0].count, ways[1].count];
                    let factors = TensorData::new(factors, shape);
                    let factors = Tensor::<4>::from_data(factors, (&means.device(), means.dtype()));
                    means * factors
                }
                None => means,
            }
        }
    }
}

/// For each window its px over those that count; none if all count everywhere.
fn corrections(ways: [Way; 2], with_padding: bool) -> Option<Vec<f64>> {
    let [rows, columns] = ways.map(|way| {
        let (before, after) = if with_padding { way.padding } else { (0, 0) };
        way.taps(before, after).map(|taps| way.window.size as f64 / taps as f64).collect::<Vec<_>>()
    });
    if rows.iter().chain(&columns).all(|factor| *factor == 1.0) {
        return None;
    }
    Some(rows.iter().flat_map(|row| columns.iter().map(move |column| row * column)).collect())
}
