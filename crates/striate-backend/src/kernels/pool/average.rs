//! Means of windows and of whole planes.

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};

use super::planes;
use crate::kernels::conv::{Geometry, depthwise};
use crate::kernels::simd::Arch;
use crate::kernels::window::{Layout, planes_per_task};
use crate::kernels::{lanes, parallel, scratch};

/// For each output along axis `d`, how many taps fall within the pictures; all taps if padding counts.
fn counts(g: &Geometry, d: usize, with_padding: bool) -> Vec<f32> {
    let mut counts = vec![0f32; g.out_side()[d]];
    for tap in 0..g.kernel[d] {
        let outputs = if with_padding { 0..counts.len() } else { g.inside(d, tap).0 };
        // Where no output meets the tap, the range may lie past the last.
        counts.iter_mut().take(outputs.end).skip(outputs.start).for_each(|count| *count += 1.0);
    }
    // A window of padding alone has the sum 0, which is to be its mean.
    counts.iter_mut().for_each(|count| *count = count.max(1.0));
    counts
}

/// The mean of each window, `[batch, channels, out_h, out_w]`; of the px within the pictures alone, or `with_padding`'s zeros.
pub(crate) fn average(arch: Arch, g: &Geometry, images: &[f32], with_padding: bool, output: &mut [MaybeUninit<f32>]) {
    let (count, plane, out_plane) = planes(g);
    assert!(images.len() == count * plane && output.len() == count * out_plane);
    if output.is_empty() {
        return;
    }
    let layout = Layout::of_images(g);
    let taps = &layout.taps(g.kernel, g.dilation)[..];
    let counts = &[counts(g, 0, with_padding), counts(g, 1, with_padding)];
    let planes = planes_per_task(plane);
    parallel::each_chunk(output, planes * out_plane, &|index, output| {
        let images = &images[index * planes * plane..][..output.len() / out_plane * plane];
        scratch::with(layout.len(), |padded| {
            arch.dispatch(Average { g, layout, taps, counts, images, output, padded });
        });
    });
}

/// The means of some planes.
struct Average<'a> {
    g: &'a Geometry,
    layout: Layout,
    taps: &'a [usize],
    counts: &'a [Vec<f32>; 2],
    images: &'a [f32],
    output: &'a mut [MaybeUninit<f32>],
    padded: &'a mut [f32],
}

impl WithSimd for Average<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { g, layout, taps, counts: [rows, columns], images, output, padded } = self;
        let ([height, width], [out_h, out_w]) = (g.side, g.out_side());
        padded.fill(0.0);
        for (image, output) in images.chunks_exact(height * width).zip(output.chunks_exact_mut(out_h * out_w)) {
            layout.copy(simd, image, padded);
            for (y, output) in output.chunks_exact_mut(out_w).enumerate() {
                let from = padded[y * g.stride[0] * layout.row()..].as_ptr();
                let row = simd.splat_f32s(rows[y]);
                for (x, output) in output.chunks_mut(S::F32_LANES).enumerate() {
                    let x = x * S::F32_LANES;
                    let mut sum = simd.splat_f32s(0.0);
                    for tap in taps {
                        // SAFETY: the layout has every tap of every output, up to whole vectors.
                        sum = simd.add_f32s(sum, unsafe { lanes::load(simd, from.add(tap + x)) });
                    }
                    let mask = lanes::first(simd, output.len());
                    // SAFETY: the mask has as many lanes as are left of the row.
                    unsafe {
                        let count = simd.mul_f32s(row, simd.mask_load_ptr_f32s(mask, columns[x..].as_ptr()));
                        simd.mask_store_ptr_f32s(mask, output.as_mut_ptr().cast(), simd.div_f32s(sum, count));
                    }
                }
            }
        }
    }
}

/// The gradient of [`average`] for the images.
pub(crate) fn average_grad(
    arch: Arch,
    g: &Geometry,
    with_padding: bool,
    output_grad: &[f32],
    images_grad: &mut [MaybeUninit<f32>],
) {
    let (count, plane, out_plane) = planes(g);
    assert!(output_grad.len() == count * out_plane && images_grad.len() == count * plane);
    // Each output's gradient is divided as its sum was; the rest is a convolution with weights of 1.
    let counts = [counts(g, 0, with_padding), counts(g, 1, with_padding)];
    let g = &Geometry { out_channels: g.in_channels, groups: g.in_channels, ..*g };
    let ones = vec![1.0; g.weight_len()];
    depthwise::divided_images_grad(arch, g, &ones, output_grad, Some(&counts), images_grad);
}
