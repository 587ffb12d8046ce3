//! How much memory files take while they are read, by a counting allocator.
//!
//! One test, since the allocator counts the whole program.

#[path = "../hostile/mod.rs"]
mod hostile;

use std::fs;
use std::path::Path;

use peak_alloc::PeakAlloc;
use striate_backend::{Device, device};
use striate_layers::{Dense, Initializer};
use striate_network::formats::WeightsFile;
use striate_network::{LoadOptions, ModelFile, Network, NetworkSpec, Sections};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The most bytes that are held at once while this runs, beyond what was there before.
fn peak<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let value = run();
    (ALLOCATOR.peak_usage() - before, value)
}

/// 500 MB of weights, most of them in one layer, as in VGG.
fn large() -> NetworkSpec {
    let mut net = NetworkSpec::builder("large");
    let x = net.input("x", [12_500]);
    let layer = |units: usize| Dense { kernel: Initializer::Constant { value: 0.5 }.into(), ..Dense::new(units) };
    let x = net.add("fc1", layer(8_000), x);
    let x = net.add("fc2", layer(2_500), x);
    let x = net.add("fc3", layer(3_500), x);
    net.output(x).build().unwrap()
}

fn check(what: &str, size: usize, device: &Device, load: impl FnOnce(&Device) -> Network) {
    let (peak, network) = peak(|| load(device));
    println!("{what}: {size} bytes load with a peak of {peak}, {:.3} times", peak as f64 / size as f64);
    assert!(network.weight_shapes().len() == 6 && size > 500_000_000);
    assert!(peak < size / 10 * 12, "{what} of {size} bytes takes {peak}");
}

fn large_files(folder: &Path, device: &Device) {
    let (model, plain) = (folder.join("model"), folder.join("plain"));
    {
        let network = large().init(0, device);
        drop(network.state());
        let few = |what: &str, save: &dyn Fn()| {
            let (peak, ()) = peak(save);
            println!("{what} of weights that are there takes {peak} bytes");
            assert!(peak < 16 << 20, "{what} takes {peak}");
        };
        few("saving a model file", &|| ModelFile::save(&model, &network, Sections::new()).unwrap());
        few("writing safetensors", &|| network.save_safetensors(&plain).unwrap());
    }
    let size = |path: &Path| fs::metadata(path).unwrap().len() as usize;
    check("model file", size(&model), device, |device| ModelFile::open(&model).unwrap().network(device).unwrap());
    check("safetensors", size(&plain), device, |device| {
        let mut file = WeightsFile::open(&plain).unwrap();
        large().init(0, device).load_weights(&mut file, &LoadOptions::new()).unwrap().0
    });
}

fn hostile_files(folder: &Path) {
    const ALLOWED: usize = 64 << 20;
    let path = folder.join("hostile");
    let mut most = (0, "");
    for (name, bytes, _) in hostile::cases() {
        fs::write(&path, &bytes).unwrap();
        let (size, _) = (bytes.len(), drop(bytes));
        let (peak, _) = peak(|| {
            let mut file = WeightsFile::open(&path)?;
            file.tensors().iter().try_for_each(|tensor| file.read(&tensor.name).map(drop))
        });
        most = most.max((peak.saturating_sub(2 * size), name));
        assert!(peak < 2 * size + ALLOWED, "{name}: {size} bytes take {peak}");
    }
    println!("hostile files: {} takes most beyond twice its size, {} bytes", most.1, most.0);
}

#[test]
fn files_take_little_more_memory_than_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    hostile_files(folder.path());
    large_files(folder.path(), &device("flex").unwrap());
}
