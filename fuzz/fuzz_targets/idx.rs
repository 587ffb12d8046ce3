//! Any bytes as pictures in MNIST's format.
#![no_main]

#[path = "../file.rs"]
mod file;

use striate_data::{Dataset, Idx};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(data) = Idx::open(&file::with(bytes), None) {
        let _ = data.get(0);
    }
});
