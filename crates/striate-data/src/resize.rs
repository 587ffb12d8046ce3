//! Changing the size of pictures.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use striate_core::Interpolation;

use crate::Picture;

/// Resizes a picture to `[height, width]` px, values rounded to whole numbers.
///
/// Linear and cubic interpolation equal Pillow's `resize` and torchvision's with `antialias=True`, up to 1 in rounding.
/// The nearest pixel is that of torchvision: `floor(i * from / to)`.
pub(crate) fn resize(picture: &Picture, [height, width]: [usize; 2], interpolation: Interpolation) -> Picture {
    let filter = match interpolation {
        Interpolation::Nearest => return nearest(picture, [height, width]),
        Interpolation::Bilinear => FilterType::Bilinear,
        // The cubic with a = -0.5.
        Interpolation::Bicubic => FilterType::CatmullRom,
    };
    let channels = picture.channels();
    let pixel_type = if channels == 1 { PixelType::U8 } else { PixelType::U8x3 };
    let side = |side| u32::try_from(side).expect("sides of pictures and of networks' inputs fit in 32 bits");
    let mut pixels = vec![0; height * width * channels];
    let source = ImageRef::new(side(picture.width()), side(picture.height()), picture.pixels(), pixel_type)
        .expect("a picture has all its pixels");
    let mut target = Image::from_slice_u8(side(width), side(height), &mut pixels, pixel_type)
        .expect("the buffer was made for this size");
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new().resize(&source, &mut target, &options).expect("both have one pixel type");
    Picture::from_parts(height, width, channels, pixels)
}

fn nearest(picture: &Picture, [height, width]: [usize; 2]) -> Picture {
    let source = |target: usize, from: usize, to: usize| (target as u64 * from as u64 / to as u64) as usize;
    let channels = picture.channels();
    let mut pixels = Vec::with_capacity(height * width * channels);
    for row in 0..height {
        let row = source(row, picture.height(), height) * picture.width();
        for column in 0..width {
            let at = (row + source(column, picture.width(), width)) * channels;
            pixels.extend_from_slice(&picture.pixels()[at..at + channels]);
        }
    }
    Picture::from_parts(height, width, channels, pixels)
}

#[cfg(test)]
mod scratch_golden {
    use super::*;
    #[test]
    fn scratch_golden() {
        let dir = "/work/shared/golden";
        let bytes = std::fs::read(format!("{dir}/imageops.safetensors")).unwrap();
        let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + n]).unwrap();
        let get = |key: &str| {
            let t = &header[key];
            let off: Vec<usize> = t["data_offsets"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
            let shape: Vec<usize> = t["shape"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
            (shape, bytes[8 + n + off[0]..8 + n + off[1]].to_vec(), t["dtype"].as_str().unwrap().to_owned())
        };
        let hwc = |(s, v, _): (Vec<usize>, Vec<u8>, String)| {
            let (c, h, w) = (s[0], s[1], s[2]);
            let mut out = vec![0; c * h * w];
            for k in 0..c { for y in 0..h { for x in 0..w { out[(y * w + x) * c + k] = v[(k * h + y) * w + x]; } } }
            Picture::new(h, w, c, out).unwrap()
        };
        for line in std::fs::read_to_string(format!("{dir}/imageops.json")).unwrap().lines() {
            let line = line.trim().trim_end_matches(',');
            let Ok(case) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let kind = case["kind"].as_str().unwrap_or("");
            if !["resize", "center_crop", "grayscale"].contains(&kind) || case["config"]["dtype"] != "u8" { continue }
            let input = hwc(get(case["tensors"]["input"].as_str().unwrap()));
            let want = hwc(get(case["tensors"]["output"].as_str().unwrap()));
            let size = [want.height(), want.width()];
            let got = match kind {
                "resize" => {
                    let up = size[0] >= input.height();
                    if case["config"]["antialias"] == false && case["config"]["interpolation"] != "nearest" && !up { continue }
                    let i = match case["config"]["interpolation"].as_str().unwrap() { "nearest" => Interpolation::Nearest, "bilinear" => Interpolation::Bilinear, _ => Interpolation::Bicubic };
                    resize(&input, size, i)
                }
                _ => {
                    use striate_core::Preprocessing;
                    let mut how = Preprocessing::rgb([input.height(), input.width()]);
                    if kind == "grayscale" { how.pixel_order = striate_core::PixelOrder::Gray; how.mean = vec![0.]; how.std = vec![1.]; }
                    how.scale = 1.0;
                    how.crop = Some(size);
                    let v = crate::preprocess_to_vec(&input, &how);
                    let c = how.pixel_order.channels();
                    let (h, w) = (size[0], size[1]);
                    let mut out = vec![0; 3 * h * w];
                    for k in 0..3 { for y in 0..h { for x in 0..w { out[(y * w + x) * 3 + k] = v[((k % c) * h + y) * w + x] as u8; } } }
                    if want.channels() == 1 { Picture::new(h, w, 1, out.chunks(3).map(|p| p[0]).collect()).unwrap() } else { Picture::new(h, w, 3, out).unwrap() }
                }
            };
            let diff: Vec<i32> = got.pixels().iter().zip(want.pixels()).map(|(a, b)| (*a as i32 - *b as i32).abs()).collect();
            println!("{} {:?}->{:?} {} max {} over1 {:.4} exact {:.4}", case["id"], (input.height(), input.width()), size, case["config"], diff.iter().max().unwrap(),
                diff.iter().filter(|d| **d > 1).count() as f64 / diff.len() as f64, diff.iter().filter(|d| **d == 0).count() as f64 / diff.len() as f64);
        }
    }
}
