//! Convolution of each channel by itself: `groups == in_channels`, with any number of outputs per channel.
//!
//! Each plane is copied with its padding into scratch memory where all taps are runs of values ([`Layout`]), so that one
//! loop serves every kernel, stride, dilation and padding. The gradient for the images is the same loop over the output's
//! gradient: for each phase of the stride, a convolution with those taps that meet it.
//!
//! Padding counts as zeros that are multiplied: a weight of infinity or NaN meets them, and so does such a gradient in the
//! gradient for the weight.

mod phases;
mod rows;
#[cfg(test)]
mod tests;

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};

use self::phases::{Axis, divide, interleave};
use self::rows::{Ends, Rows, Square, Tap};
use super::{Finish, Geometry};
use crate::kernels::pointwise::Curve;
use crate::kernels::simd::Arch;
use crate::kernels::window::{Layout, OVER, planes_per_task};
use crate::kernels::{parallel, scratch};

/// Sums over the pictures that a task adds up.
const SUMS: usize = 1 << 10;

/// Whether these kernels serve the convolution.
pub(crate) fn serves(g: &Geometry) -> bool {
    g.groups == g.in_channels && g.groups > 0 && g.out_channels.is_multiple_of(g.groups)
}

/// The output `[batch, out_channels, out_h, out_w]` of `images` `[batch, in_channels, height, width]` and `weight`
/// `[out_channels, 1, k_h, k_w]`.
pub(crate) fn forward(
    arch: Arch,
    g: &Geometry,
    images: &[f32],
    weight: &[f32],
    finish: Finish<'_>,
    output: &mut [MaybeUninit<f32>],
) {
    assert!(serves(g) && images.len() == g.images_len() && weight.len() == g.weight_len());
    assert!(output.len() == g.output_len() && finish.add.is_none_or(|add| add.len() == output.len()));
    if output.is_empty() {
        return;
    }
    let multiplier = g.out_channels / g.in_channels;
    let [out_h, out_w] = g.out_side();
    let layout = Layout::of_images(g);
    let places = layout.taps(g.kernel, g.dilation);
    let task = planes_per_task(layout.len()) * multiplier * out_h * out_w;
    parallel::each_chunk(output, task, &|index, output| {
        let first = index * planes_per_task(layout.len());
        let add = finish.add.map(|add| &add[index * task..][..output.len()]);
        let finish = Finish { add, ..finish };
        scratch::with(layout.len(), |padded| {
            let places = &places;
            arch.dispatch(Forward { g, layout, places, first, images, weight, finish, output, padded });
        });
    });
}

/// The planes from `first` on that `output` has room for.
struct Forward<'a> {
    g: &'a Geometry,
    layout: Layout,
    places: &'a [usize],
    first: usize,
    images: &'a [f32],
    weight: &'a [f32],
    finish: Finish<'a>,
    output: &'a mut [MaybeUninit<f32>],
    padded: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { g, layout, places, first, images, weight, finish, output, padded } = self;
        let multiplier = g.out_channels / g.in_channels;
        let [out_h, out_w] = g.out_side();
        let plane = g.side[0] * g.side[1];
        padded.fill(0.0);
        let mut taps = vec![Tap::default(); places.len()];
        for (i, output) in output.chunks_exact_mut(out_h * out_w).enumerate() {
            let (source, part) = (first + i / multiplier, i % multiplier);
            if part == 0 {
                layout.copy(simd, &images[source * plane..][..plane], padded);
            }
            let channel = source % g.in_channels * multiplier + part;
            let weights = &weight[channel * places.len()..][..places.len()];
            for ((tap, offset), weight) in taps.iter_mut().zip(places).zip(weights) {
                *tap = Tap { offset: *offset, weight: *weight };
            }
            let bias = finish.bias.map_or(0.0, |bias| bias[channel]);
            let add = finish.add.map(|add| add[i * out_h * out_w..][..out_h * out_w].as_ptr());
            let ends = Ends { bias, add, clamp: finish.clamp };
            let run = Rows { from: padded.as_ptr(), from_row: g.stride[0] * layout.row(), rows: out_h, len: out_w };
            let to = output.as_mut_ptr().cast();
            // SAFETY: the layout has every tap of every output, up to whole vectors; the output is a whole plane.
            unsafe { plane_sums(simd, run, small(g, places), &taps, ends, to, out_w) };
            if let Some(function) = finish.curve {
                // The whole plane was just written.
                simd.vectorize(Curve { function, first: to, runs: 1, step: 0, len: out_h * out_w });
            }
        }
    }
}

/// A window for which there is a loop of its own.
#[derive(Clone, Copy)]
enum Small {
    Three(Square<3>),
    Five(Square<5>),
    None,
}

/// The window of `g`, whose taps are at `places`.
fn small(g: &Geometry, places: &[usize]) -> Small {
    let down = |k: usize| places[k] - places[0];
    match (g.kernel, g.dilation[0], g.stride[0]) {
        ([3, 3], 1, 1 | 2) => Small::Three(Square { down: down(3), columns: [0, 1, 2].map(|x| places[x]) }),
        ([5, 5], 1, 1 | 2) => Small::Five(Square { down: down(5), columns: [0, 1, 2, 3, 4].map(|x| places[x]) }),
        _ => Small::None,
    }
}

/// The sums of a plane, by the loop for its window. For small windows, `taps` go row by row.
///
/// # Safety
/// As of [`rows::sums`].
#[inline(always)]
unsafe fn plane_sums<S: Simd>(simd: S, run: Rows, window: Small, taps: &[Tap], ends: Ends, to: *mut f32, row: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match window {
            Small::Three(w) if run.from_row == w.down => {
                rows::square_sums::<S, 3, 1>(simd, run, w, &square(taps), ends, to, row);
            }
            Small::Three(w) => rows::square_sums::<S, 3, 2>(simd, run, w, &square(taps), ends, to, row),
            Small::Five(w) if run.from_row == w.down => {
                rows::square_sums::<S, 5, 1>(simd, run, w, &square(taps), ends, to, row);
            }
            Small::Five(w) => rows::square_sums::<S, 5, 2>(simd, run, w, &square(taps), ends, to, row),
            Small::None => rows::sums(simd, run, taps, ends, to, row),
        }
    }
}

fn square<const K: usize>(taps: &[Tap]) -> [[f32; K]; K] {
    std::array::from_fn(|ky| std::array::from_fn(|kx| taps[ky * K + kx].weight))
}

/// The gradient for the images `[batch, in_channels, height, width]` from the output's
/// `[batch, out_channels, out_h, out_w]`.
pub(crate) fn images_grad(
    arch: Arch,
    g: &Geometry,
    weight: &[f32],
    output_grad: &[f32],
    images_grad: &mut [MaybeUninit<f32>],
) {
    divided_images_grad(arch, g, weight, output_grad, None, images_grad);
}

/// As [`images_grad`], with each gradient of an output first divided by the product of `divisors`, that of its row and that
/// of its column.
pub(crate) fn divided_images_grad(
    arch: Arch,
    g: &Geometry,
    weight: &[f32],
    output_grad: &[f32],
    divisors: Option<&[Vec<f32>; 2]>,
    images_grad: &mut [MaybeUninit<f32>],
) {
    assert!(serves(g) && images_grad.len() == g.images_len() && weight.len() == g.weight_len());
    assert!(output_grad.len() == g.output_len());
    if output_grad.is_empty() || images_grad.is_empty() {
        images_grad.fill(MaybeUninit::new(0.0));
        return;
    }
    let multiplier = g.out_channels / g.in_channels;
    let axes = [Axis::new(g, 0), Axis::new(g, 1)];
    let layout = Layout::new(
        g.out_side(),
        axes.map(|a| a.before),
        axes.map(|a| a.places),
        axes.map(|a| a.reach + 1),
        [1, 1],
        [1, 1],
    );
    // For each pair of phases, the taps that meet it: where they lie, and which weight of the channel.
    let phases = (0..axes[0].stride).flat_map(|py| (0..axes[1].stride).map(move |px| (py, px)));
    let places: Vec<Vec<(usize, usize)>> = phases
        .map(|(py, px)| {
            let columns = axes[1].taps(g.kernel[1], px);
            let rows = axes[0].taps(g.kernel[0], py);
            let of_plane: Vec<_> = rows.flat_map(|row| columns.clone().map(move |column| (row, column))).collect();
            let all = (0..multiplier).flat_map(|m| of_plane.iter().map(move |taps| (m, taps)));
            all.map(|(m, ((ky, down), (kx, right)))| {
                let weight = (m * g.kernel[0] + ky) * g.kernel[1] + kx;
                (m * layout.len() + layout.place(*down, *right), weight)
            })
            .collect()
        })
        .collect();
    let divided_len = divisors.map_or(0, |[rows, columns]| rows.len() * columns.len());
    let planes = planes_per_task(layout.len() * multiplier);
    // All phases of a plane, if there is more than one.
    let phases_len = match axes.map(|a| a.stride) {
        [1, 1] => 0,
        [down, right] => down * right * axes[0].places * axes[1].places.next_multiple_of(OVER),
    };
    parallel::each_chunk(images_grad, planes * g.side[0] * g.side[1], &|index, grad| {
        scratch::with(layout.len() * multiplier + phases_len + divided_len, |memory| {
            let (padded, memory) = memory.split_at_mut(layout.len() * multiplier);
            let (phases, divided) = memory.split_at_mut(phases_len);
            let (first, places) = (index * planes, &places[..]);
            arch.dispatch(ImagesGrad {
                g,
                axes,
                layout,
                places,
                first,
                weight,
                output_grad,
                divisors,
                grad,
                padded,
                phases,
                divided,
            });
        });
    });
}

/// The planes from `first` on that `grad` has room for.
struct ImagesGrad<'a> {
    g: &'a Geometry,
    axes: [Axis; 2],
    layout: Layout,
    places: &'a [Vec<(usize, usize)>],
    first: usize,
    weight: &'a [f32],
    output_grad: &'a [f32],
    grad: &'a mut [MaybeUninit<f32>],
    padded: &'a mut [f32],
    divisors: Option<&'a [Vec<f32>; 2]>,
    /// The plane's gradient by phase: `[stride_h, stride_w, places_h, pitch]`.
    phases: &'a mut [f32],
    /// A plane of divided gradients, if there are divisors.
    divided: &'a mut [f32],
}

impl WithSimd for ImagesGrad<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { g, axes: [down, right], layout, places, first, weight, output_grad, .. } = self;
        let Self { divisors, grad, padded, phases, divided, .. } = self;
        let multiplier = g.out_channels / g.in_channels;
        let out_plane = output_grad.len() / (g.batch * g.out_channels);
        let [height, width] = g.side;
        let pitch = right.places.next_multiple_of(OVER);
        let weights_len = multiplier * g.kernel[0] * g.kernel[1];
        padded.fill(0.0);
        let mut taps: Vec<Vec<Tap>> = places.iter().map(|p| vec![Tap::default(); p.len()]).collect();
        for (plane, grad) in grad.chunks_exact_mut(height * width).enumerate() {
            let plane = first + plane;
            for (m, padded) in padded.chunks_exact_mut(layout.len()).enumerate() {
                let mut grads = &output_grad[(plane * multiplier + m) * out_plane..][..out_plane];
                if let Some(divisors) = divisors {
                    divide(grads, divisors, divided);
                    grads = divided;
                }
                layout.copy(simd, grads, padded);
            }
            let weights = &weight[plane % g.in_channels * weights_len..][..weights_len];
            for (tap, (offset, weight)) in taps.iter_mut().flatten().zip(places.iter().flatten()) {
                *tap = Tap { offset: *offset, weight: weights[*weight] };
            }
            let run = Rows { from: padded.as_ptr(), from_row: layout.row(), rows: height, len: width };
            if [down.stride, right.stride] == [1, 1] {
                // The last tap of the weight is the first of the window that the gradient meets.
                taps[0].reverse();
                let offsets: Vec<usize> = taps[0].iter().map(|tap| tap.offset).collect();
                let window = if multiplier == 1 { small(g, &offsets) } else { Small::None };
                // SAFETY: with stride 1 the places are the px; the layout has `reach` rows and columns besides them, up to
                // whole vectors.
                unsafe { plane_sums(simd, run, window, &taps[0], Ends::NONE, grad.as_mut_ptr().cast(), width) };
                continue;
            }
            let plane = down.places * pitch;
            for (phase, taps) in phases.chunks_exact_mut(plane).zip(&taps) {
                let run = Rows { rows: down.places, len: right.places, ..run };
                // SAFETY: as above, and a phase has a row of `pitch` values for each place.
                unsafe { rows::sums(simd, run, taps, Ends::NONE, phase.as_mut_ptr(), pitch) };
            }
            for (y, to) in grad.chunks_exact_mut(width).enumerate() {
                let (place, phase) = ((y + down.shift) / down.stride, (y + down.shift) % down.stride);
                let phases = &phases[phase * right.stride * plane + place * pitch..];
                interleave(phases, plane, right, to);
            }
        }
    }
}

/// The gradient for the weight `[out_channels, 1, k_h, k_w]`. Each picture's sums are in `f32`, those over the batch in
/// `f64`.
pub(crate) fn weight_grad(
    arch: Arch,
    g: &Geometry,
    images: &[f32],
    output_grad: &[f32],
    weight_grad: &mut [MaybeUninit<f32>],
) {
    assert!(serves(g) && images.len() == g.images_len() && weight_grad.len() == g.weight_len());
    assert!(output_grad.len() == g.output_len());
    if output_grad.is_empty() {
        weight_grad.fill(MaybeUninit::new(0.0));
        return;
    }
    let layout = Layout::of_images(g);
    let places = &layout.taps(g.kernel, g.dilation)[..];
    let len = g.weight_len();
    let planes = planes_per_task(layout.len());
    scratch::with(g.batch * len, |of_pictures| {
        let sums_per_plane = len / g.in_channels;
        parallel::each_chunk(of_pictures, planes * sums_per_plane, &|index, totals| {
            let first = index * planes;
            scratch::with(layout.len(), |padded| {
                arch.dispatch(WeightGrad { g, layout, places, first, images, output_grad, totals, padded });
            });
        });
        let of_pictures = &*of_pictures;
        parallel::each_chunk(weight_grad, SUMS, &|index, sums| {
            for (i, to) in (index * SUMS..).zip(sums) {
                let sum: f64 = of_pictures.iter().skip(i).step_by(len).map(|total| f64::from(*total)).sum();
                to.write(sum as f32);
            }
        });
    });
}

/// The sums of the pictures' planes from `first` on that `totals` has room for: `[planes, multiplier, taps]`.
struct WeightGrad<'a> {
    g: &'a Geometry,
    layout: Layout,
    places: &'a [usize],
    first: usize,
    images: &'a [f32],
    output_grad: &'a [f32],
    totals: &'a mut [f32],
    padded: &'a mut [f32],
}

impl WithSimd for WeightGrad<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { g, layout, places, first, images, output_grad, totals, padded } = self;
        let multiplier = g.out_channels / g.in_channels;
        let out_side = g.out_side();
        let (plane, out_plane) = (g.side[0] * g.side[1], out_side[0] * out_side[1]);
        padded.fill(0.0);
        for (i, totals) in totals.chunks_exact_mut(places.len()).enumerate() {
            let (source, part) = (first + i / multiplier, i % multiplier);
            if part == 0 {
                layout.copy(simd, &images[source * plane..][..plane], padded);
            }
            let grads = output_grad[(source * multiplier + part) * out_plane..][..out_plane].as_ptr();
            totals.fill(0.0);
            let from_row = g.stride[0] * layout.row();
            let run = Rows { from: padded.as_ptr(), from_row, rows: out_side[0], len: out_side[1] };
            // SAFETY: the layout has every tap of every output; the gradients are a whole plane.
            unsafe {
                match small(g, places) {
                    Small::Three(w) if g.stride[0] == 1 => {
                        rows::square_products::<S, 3, 1>(simd, run, grads, w, totals)
                    }
                    Small::Three(w) => rows::square_products::<S, 3, 2>(simd, run, grads, w, totals),
                    Small::Five(w) if g.stride[0] == 1 => rows::square_products::<S, 5, 1>(simd, run, grads, w, totals),
                    Small::Five(w) => rows::square_products::<S, 5, 2>(simd, run, grads, w, totals),
                    Small::None => rows::products(simd, run, grads, places, totals),
                }
            }
        }
    }
}
