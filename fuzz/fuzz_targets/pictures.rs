//! Any bytes as a picture of up to 2^16 px, and as the mask of one.
#![no_main]

#[path = "../folder.rs"]
mod folder;

use striate_data::{Dataset, DecodeLimits, Decoding, Image, MaskKind, Pairs, PairsConfig};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = folder::with(&[("images/a.png", folder::PNG)], "masks/a.png", bytes);
    let limits = DecodeLimits { max_pixels: 1 << 16, ..DecodeLimits::default() };
    let decoding = Decoding { limits, ..Decoding::default() };
    if let Ok(image) = Image::open(&folder.join("masks/a.png"), decoding) {
        assert!(image.height() * image.width() <= 1 << 16);
    }
    let config = PairsConfig { kind: MaskKind::Instances, decoding, ..PairsConfig::default() };
    if let Ok(data) = Pairs::open(&folder.join("images"), &folder.join("masks"), config) {
        let _ = data.get(0);
    }
});
