//! Any bytes as an annotation of Pascal VOC, of a picture of 4 x 4 px.
#![no_main]

#[path = "../folder.rs"]
mod folder;

use striate_data::{Dataset, Voc, VocConfig};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = folder::with(&[("JPEGImages/a.png", folder::PNG)], "Annotations/a.xml", bytes);
    for one_based in [true, false] {
        if let Ok(data) = Voc::open(folder, VocConfig { one_based, ..VocConfig::default() }) {
            let _ = data.get(0);
        }
    }
});
