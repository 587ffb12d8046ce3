//! Any bytes as a model file.
#![no_main]

#[path = "../file.rs"]
mod file;

use striate_network::ModelFile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut model) = ModelFile::open(&file::with(bytes)) {
        let _ = model.verify();
    }
});
