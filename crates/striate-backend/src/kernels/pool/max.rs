//! The largest value of each window, and where it is.

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::planes;
use crate::kernels::conv::Geometry;
use crate::kernels::simd::Arch;
use crate::kernels::window::{Layout, planes_per_task};
use crate::kernels::{lanes, parallel, scratch};

/// Writes the largest value of each window to `output` `[batch, channels, out_h, out_w]`, and if wanted its place within
/// its plane, row by row, to `places` of the same shape. Of equal values the first in row order counts; NaN counts as
/// larger than all, and the last NaN as the largest. A window of padding alone gives negative infinity, at its first row and
/// column inside the plane (0 if none is).
pub(crate) fn max(
    arch: Arch,
    g: &Geometry,
    images: &[f32],
    output: &mut [MaybeUninit<f32>],
    places: Option<&mut [MaybeUninit<u32>]>,
) {
    let (count, plane, out_plane) = planes(g);
    assert!(images.len() == count * plane && output.len() == count * out_plane);
    assert!(u32::try_from(plane).is_ok() && places.as_ref().is_none_or(|places| places.len() == output.len()));
    if output.is_empty() {
        return;
    }
    let layout = Layout::of_images(g);
    let taps = &layout.taps(g.kernel, g.dilation)[..];
    let planes = planes_per_task(plane);
    let task = |index: usize, output: &mut [_], places| {
        let images = &images[index * planes * plane..][..output.len() / out_plane * plane];
        scratch::with(layout.len(), |padded| {
            arch.dispatch(Max { g, layout, taps, images, output, places, padded });
        });
    };
    // Two outputs side by side, of which one may be missing: more than `parallel` does.
    let parts = output.par_chunks_mut(planes * out_plane).enumerate();
    match places {
        Some(places) => {
            let places = places.par_chunks_mut(planes * out_plane);
            parts.zip(places).for_each(|((index, output), places)| task(index, output, Some(places)));
        }
        None => parts.for_each(|(index, output)| task(index, output, None)),
    }
}

/// Values and perhaps places of some planes.
struct Max<'a> {
    g: &'a Geometry,
    layout: Layout,
    taps: &'a [usize],
    images: &'a [f32],
    output: &'a mut [MaybeUninit<f32>],
    places: Option<&'a mut [MaybeUninit<u32>]>,
    padded: &'a mut [f32],
}

impl WithSimd for Max<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        match self.places.take() {
            Some(places) => self.with_places(simd, places),
            None => self.alone(simd),
        }
    }
}

impl Max<'_> {
    #[inline(always)]
    fn alone<S: Simd>(self, simd: S) {
        let Self { g, layout, taps, images, output, padded, .. } = self;
        let [out_h, out_w] = g.out_side();
        padded.fill(f32::NEG_INFINITY);
        let planes = images.chunks_exact(g.side[0] * g.side[1]).zip(output.chunks_exact_mut(out_h * out_w));
        for (image, output) in planes {
            layout.copy(simd, image, padded);
            for (y, output) in output.chunks_exact_mut(out_w).enumerate() {
                let from = padded[y * g.stride[0] * layout.row()..].as_ptr();
                for (x, output) in output.chunks_mut(S::F32_LANES).enumerate() {
                    let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
                    for tap in taps {
                        // SAFETY: the layout has every tap of every output, up to whole vectors.
                        let values = unsafe { lanes::load(simd, from.add(tap + x * S::F32_LANES)) };
                        largest = simd.select_f32s(larger(simd, values, largest), values, largest);
                    }
                    let mask = lanes::first(simd, output.len());
                    // SAFETY: the mask has as many lanes as are left of the row.
                    unsafe { simd.mask_store_ptr_f32s(mask, output.as_mut_ptr().cast(), largest) };
                }
            }
        }
    }

    #[inline(always)]
    fn with_places<S: Simd>(self, simd: S, places: &mut [MaybeUninit<u32>]) {
        let Self { g, layout, taps, images, output, padded, .. } = self;
        let ([height, width], [out_h, out_w]) = (g.side, g.out_side());
        let step = u32::try_from(g.stride[1]).expect("a plane's places fit");
        let (out_plane, offset) = (out_h * out_w, |k: usize, d: usize| (k * g.dilation[d]) as u32);
        padded.fill(f32::NEG_INFINITY);
        // The first px of windows that begin in the padding.
        let first_inside = |d: usize, at: usize| {
            let start = (at * g.stride[d]) as isize - g.padding[d].0 as isize;
            let skipped = (0..g.kernel[d] as isize).map(|k| start + k * g.dilation[d] as isize);
            skipped.clone().find(|i| (0..g.side[d] as isize).contains(i)).unwrap_or(0) as u32
        };
        let columns: Vec<u32> = (0..out_w.next_multiple_of(S::F32_LANES)).map(|x| first_inside(1, x)).collect();
        let counting: Vec<u32> = (0..S::F32_LANES as u32).map(|lane| lane.wrapping_mul(step)).collect();
        let counting = simd.partial_load_u32s(&counting);
        let before = [0, 1].map(|d| g.padding[d].0 as u32);
        let outputs = output.chunks_exact_mut(out_plane).zip(places.chunks_exact_mut(out_plane));
        for (image, (output, places)) in images.chunks_exact(height * width).zip(outputs) {
            layout.copy(simd, image, padded);
            for y in 0..out_h {
                let from = padded[y * g.stride[0] * layout.row()..].as_ptr();
                let first_row = simd.splat_u32s(first_inside(0, y) * width as u32);
                let top = ((y * g.stride[0]) as u32).wrapping_sub(before[0]);
                for x in (0..out_w).step_by(S::F32_LANES) {
                    let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
                    let mut place = simd.add_u32s(first_row, simd.partial_load_u32s(&columns[x..][..S::F32_LANES]));
                    for ky in 0..g.kernel[0] {
                        // Where the lanes' first tap of this row is; wrong in the padding, which is never the largest.
                        let row = top.wrapping_add(offset(ky, 0)).wrapping_mul(width as u32);
                        let start = row.wrapping_add((x as u32).wrapping_mul(step)).wrapping_sub(before[1]);
                        for kx in 0..g.kernel[1] {
                            let tap = taps[ky * g.kernel[1] + kx];
                            // SAFETY: the layout has every tap of every output, up to whole vectors.
                            let values = unsafe { lanes::load(simd, from.add(tap + x)) };
                            let here = simd.add_u32s(counting, simd.splat_u32s(start.wrapping_add(offset(kx, 1))));
                            let taken = larger(simd, values, largest);
                            largest = simd.select_f32s(taken, values, largest);
                            place = simd.select_u32s(taken, here, place);
                        }
                    }
                    let (left, at) = (S::F32_LANES.min(out_w - x), y * out_w + x);
                    let (output, places) = (&mut output[at..][..left], &mut places[at..][..left]);
                    let mask = lanes::first(simd, left);
                    // SAFETY: the mask has as many lanes as are left of the row.
                    unsafe {
                        simd.mask_store_ptr_f32s(mask, output.as_mut_ptr().cast(), largest);
                        simd.mask_store_ptr_u32s(mask, places.as_mut_ptr().cast(), place);
                    }
                }
            }
        }
    }
}

/// Where `values` are larger than `largest`, or NaN.
#[inline(always)]
fn larger<S: Simd>(simd: S, values: S::f32s, largest: S::f32s) -> S::m32s {
    let number = simd.equal_f32s(values, values);
    simd.or_m32s(simd.greater_than_f32s(values, largest), simd.not_m32s(number))
}

/// The gradient for the images: each output's gradient goes to the place that [`max`] gave.
pub(crate) fn max_grad(g: &Geometry, places: &[u32], output_grad: &[f32], images_grad: &mut [MaybeUninit<f32>]) {
    let (count, plane, out_plane) = planes(g);
    assert!(output_grad.len() == count * out_plane && places.len() == output_grad.len());
    assert!(images_grad.len() == count * plane);
    if images_grad.is_empty() {
        return;
    }
    let planes = planes_per_task(plane);
    parallel::each_chunk(images_grad, planes * plane, &|index, grads| {
        let first = index * planes * out_plane;
        for (i, grad) in grads.chunks_exact_mut(plane).enumerate() {
            let start = first + i * out_plane;
            // SAFETY: every value is written at once, and stays initialized.
            let grad = unsafe {
                grad.fill(MaybeUninit::new(0.0));
                std::slice::from_raw_parts_mut(grad.as_mut_ptr().cast::<f32>(), plane)
            };
            let of_plane = places[start..][..out_plane].iter().zip(&output_grad[start..][..out_plane]);
            of_plane.for_each(|(place, output_grad)| grad[*place as usize] += output_grad);
        }
    });
}
