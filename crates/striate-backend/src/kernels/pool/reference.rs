//! The plain loops.

use crate::kernels::conv::Geometry;

/// For each window of each plane: the number of the output, and the places of its px in row order.
fn windows(g: &Geometry) -> Vec<(usize, Vec<usize>)> {
    let [out_h, out_w] = g.out_side();
    let mut windows = Vec::new();
    for plane in 0..g.batch * g.in_channels {
        for (y, x) in (0..out_h).flat_map(|y| (0..out_w).map(move |x| (y, x))) {
            let mut places = Vec::new();
            for (ky, kx) in (0..g.kernel[0]).flat_map(|ky| (0..g.kernel[1]).map(move |kx| (ky, kx))) {
                let row = (y * g.stride[0] + ky * g.dilation[0]).wrapping_sub(g.padding[0].0);
                let column = (x * g.stride[1] + kx * g.dilation[1]).wrapping_sub(g.padding[1].0);
                if row < g.side[0] && column < g.side[1] {
                    places.push((plane * g.side[0] + row) * g.side[1] + column);
                }
            }
            windows.push(((plane * out_h + y) * out_w + x, places));
        }
    }
    windows
}

/// The largest values and their places within their planes.
pub(super) fn max(g: &Geometry, images: &[f32]) -> (Vec<f32>, Vec<u32>) {
    let plane = g.side[0] * g.side[1];
    let out_side = g.out_side();
    let first_inside = |d: usize, at: usize| {
        let px = |k: usize| (at * g.stride[d] + k * g.dilation[d]).wrapping_sub(g.padding[d].0);
        (0..g.kernel[d]).map(px).find(|i| *i < g.side[d]).unwrap_or(0)
    };
    let of_window = |(output, places): (usize, Vec<usize>)| {
        let (row, column) = (output / out_side[1] % out_side[0], output % out_side[1]);
        let first = first_inside(0, row) * g.side[1] + first_inside(1, column);
        let mut found = (f32::NEG_INFINITY, first as u32);
        for i in places {
            if images[i] > found.0 || images[i].is_nan() {
                found = (images[i], (i % plane) as u32);
            }
        }
        found
    };
    windows(g).into_iter().map(of_window).unzip()
}

pub(super) fn max_grad(g: &Geometry, places: &[u32], output_grad: &[f32]) -> Vec<f32> {
    let (plane, out_plane) = (g.side[0] * g.side[1], g.out_side()[0] * g.out_side()[1]);
    let mut grad = vec![0.0; g.batch * g.in_channels * plane];
    for (i, (place, output_grad)) in places.iter().zip(output_grad).enumerate() {
        grad[i / out_plane * plane + *place as usize] += output_grad;
    }
    grad
}

fn divisor(g: &Geometry, places: &[usize], with_padding: bool) -> f64 {
    let count = if with_padding { g.kernel[0] * g.kernel[1] } else { places.len() };
    count.max(1) as f64
}

pub(super) fn average(g: &Geometry, images: &[f32], with_padding: bool) -> Vec<f32> {
    let sum = |places: &[usize]| places.iter().map(|i| f64::from(images[*i])).sum::<f64>();
    windows(g).iter().map(|(_, places)| (sum(places) / divisor(g, places, with_padding)) as f32).collect()
}

pub(super) fn average_grad(g: &Geometry, with_padding: bool, output_grad: &[f32]) -> Vec<f32> {
    let mut grad = vec![0f64; g.batch * g.in_channels * g.side[0] * g.side[1]];
    for (output, places) in windows(g) {
        let part = f64::from(output_grad[output]) / divisor(g, &places, with_padding);
        places.into_iter().for_each(|i| grad[i] += part);
    }
    grad.into_iter().map(|v| v as f32).collect()
}
