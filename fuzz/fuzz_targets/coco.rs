//! Any bytes as COCO's annotations; the picture `a.png` has 4 x 4 px.
#![no_main]

#[path = "../folder.rs"]
mod folder;

use striate_data::{Coco, CocoConfig, Dataset, DecodeLimits, Decoding};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = folder::with(&[("a.png", folder::PNG)], "annotations.json", bytes);
    let limits = DecodeLimits { max_pixels: 1 << 16, ..DecodeLimits::default() };
    let decoding = Decoding { limits, ..Decoding::default() };
    let config = CocoConfig { masks: true, key_points: true, decoding, ..CocoConfig::default() };
    if let Ok(data) = Coco::open(folder, &folder.join("annotations.json"), config) {
        for index in 0..data.len().min(4) {
            let _ = data.get(index);
            let _ = data.masks(index);
        }
    }
});
