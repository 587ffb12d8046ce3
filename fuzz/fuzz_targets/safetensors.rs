//! Any bytes as a safetensors file.
#![no_main]

#[path = "../file.rs"]
mod file;

use striate_network::formats::safetensors::TensorFile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut tensors) = TensorFile::open(&file::with(bytes)) {
        let _ = tensors.read_all("", "");
    }
});
