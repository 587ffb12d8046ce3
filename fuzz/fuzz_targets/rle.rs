//! Any text as COCO's runs, and any numbers as a polygon, in pictures of up to 64 x 64 px.
#![no_main]

use striate_data::datasets::Rle;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [height, width, rest @ ..] = bytes else { return };
    let size = [height, width].map(|side| u32::from(side % 64) + 1);
    if let Ok(text) = std::str::from_utf8(rest) {
        if let Ok(runs) = Rle::from_text(size, text) {
            assert!(runs.area() <= u64::from(size[0]) * u64::from(size[1]));
            assert_eq!(runs.to_mask().size(), size.map(|side| side as usize));
        }
    }
    let corners: Vec<f64> = rest.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect();
    if let Ok(runs) = Rle::from_polygon(size, &corners) {
        let _ = runs.to_mask();
    }
});
