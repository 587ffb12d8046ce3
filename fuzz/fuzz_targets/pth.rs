//! Any bytes as a file of PyTorch, of either layout.
#![no_main]

#[path = "../file.rs"]
mod file;

use striate_network::formats::pth::PthFile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut weights) = PthFile::open(&file::with(bytes)) {
        let names: Vec<_> = weights.tensors().map(|tensor| tensor.name).collect();
        for name in names {
            let _ = weights.read(&name);
        }
    }
});
