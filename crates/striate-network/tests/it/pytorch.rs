//! Files that PyTorch wrote, and what is written for it.

use burn::tensor::TensorData;
use striate_backend::device;
use striate_layers::{Dense, Kind};
use striate_network::formats::{FileFormat, WeightsFile};
use striate_network::{LoadOptions, NetworkError, NetworkSpec};

use crate::networks::{difference, file, networks};
use crate::support::small;

#[test]
fn networks_of_pytorch_load_from_every_format_and_give_its_outputs() {
    let device = device("flex").unwrap();
    let formats =
        [("pth", FileFormat::PthZip), ("legacy.pth", FileFormat::PthLegacy), ("safetensors", FileFormat::Safetensors)];
    for (name, spec) in networks() {
        for (extension, format) in formats {
            let mut file = WeightsFile::open(&file(&format!("{name}.{extension}"))).unwrap();
            assert_eq!(file.format(), format);
            let network = spec.init(1, &device);
            let untrained = difference(name, &network, &device);
            let (network, report) = network.load_weights(&mut file, &LoadOptions::new()).unwrap();
            assert!(report.difference.is_empty());
            assert_eq!(report.loaded.len(), network.weight_shapes().len());
            let difference = difference(name, &network, &device);
            assert!(difference <= 1e-5, "{name}.{extension}: outputs differ by {difference}");
            assert!(untrained > 1e-2, "{name}: the comparison proves nothing");
        }
    }
}

#[test]
fn exported_weights_are_those_that_pytorch_wrote() {
    let device = device("flex").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, spec) in networks() {
        let mut theirs = WeightsFile::open(&file(&format!("{name}.safetensors"))).unwrap();
        let (network, _) = spec.init(1, &device).load_weights(&mut theirs, &LoadOptions::new()).unwrap();
        let path = folder.path().join(name);
        network.save_safetensors(&path).unwrap();
        let mut ours = WeightsFile::open(&path).unwrap();
        assert_eq!(ours.tensors(), theirs.tensors());
        for tensor in theirs.tensors() {
            assert_eq!(ours.read(&tensor.name).unwrap(), theirs.read(&tensor.name).unwrap(), "{name} {}", tensor.name);
        }
    }
}

#[test]
fn every_type_stride_and_nesting_is_read() {
    let mut plain = WeightsFile::open(&file("kinds.safetensors")).unwrap();
    let names: Vec<_> = plain.tensors().into_iter().map(|tensor| tensor.name).collect();
    assert_eq!(names.len(), 14);
    for pth in ["kinds.state_dict.pth", "kinds.model.pth", "kinds.legacy.pth"] {
        let mut file = WeightsFile::open(&file(pth)).unwrap();
        assert_eq!(file.tensors(), plain.tensors(), "{pth}");
        for name in &names {
            assert_eq!(file.read(name).unwrap(), plain.read(name).unwrap(), "{pth} {name}");
        }
    }
    assert_eq!(plain.read("long").unwrap(), TensorData::new(vec![-1i64, 1 << 40], [1, 2]));
    assert_eq!(plain.read("byte").unwrap(), TensorData::new(vec![200i64], [1]));
    assert_eq!(plain.read("scalar").unwrap(), TensorData::new(vec![2.5f32], [0usize; 0]));
    let turned = plain.tensors().into_iter().find(|tensor| tensor.name == "turned").unwrap();
    assert_eq!((turned.shape, turned.dtype.as_str(), turned.kind), (vec![6, 4], "f32", Some(Kind::Float)));
}

/// A network of two dense layers with these names over three numbers.
fn dense(names: [&str; 2], units: [usize; 2]) -> NetworkSpec {
    let mut net = NetworkSpec::builder("dense");
    let x = net.input("x", [3]);
    let x = net.add(names[0], Dense::new(units[0]), x);
    let x = net.add(names[1], Dense::new(units[1]), x);
    net.output(x).build().unwrap()
}

#[test]
fn strict_load_names_all_that_does_not_fit_and_what_may_be_meant() {
    let device = device("flex").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights");
    dense(["fc1", "head"], [4, 2]).init(1, &device).save_safetensors(&path).unwrap();
    let mut file = WeightsFile::open(&path).unwrap();
    let network = dense(["fc_1", "head"], [4, 5]).init(1, &device);
    let error = network.load_weights(&mut file, &LoadOptions::new()).unwrap_err();
    let message = error.to_string();
    let parts = [
        "missing fc_1.weight (is it fc1.weight?), fc_1.bias (is it fc1.bias?)",
        "unexpected fc1.bias, fc1.weight",
        "head.weight is [2, 4], not [5, 4]",
        "head.bias is [2], not [5]",
    ];
    for part in parts {
        assert!(message.contains(part), "{message}\nlacks: {part}");
    }
    let NetworkError::Weights { difference, .. } = error else { panic!("{error}") };
    assert_eq!(difference.nearest["fc_1.weight"], "fc1.weight");
}

#[test]
fn partial_load_takes_what_fits_and_reports_the_rest() {
    let device = device("flex").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights");
    let source = dense(["fc1", "head"], [4, 2]).init(1, &device);
    source.save_safetensors(&path).unwrap();
    let mut file = WeightsFile::open(&path).unwrap();
    let fresh = dense(["fc1", "head"], [4, 5]).init(2, &device);
    let (network, report) = fresh.clone().load_weights(&mut file, &LoadOptions::new().partial()).unwrap();
    assert_eq!(report.loaded, ["fc1.weight", "fc1.bias"]);
    let misshaped: Vec<_> = report.difference.misshaped.iter().map(|(name, _, _)| name.as_str()).collect();
    assert_eq!(misshaped, ["head.weight", "head.bias"]);
    assert!(network.state()["fc1.weight"] == source.state()["fc1.weight"]);
    assert!(network.state()["head.weight"] == fresh.state()["head.weight"]);
}

#[test]
fn names_are_stripped_renamed_and_counts_passed_over() {
    let device = device("flex").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights");
    let source = dense(["module.encoder.fc1", "module.head"], [4, 2]).init(1, &device);
    source.save_safetensors(&path).unwrap();
    let mut file = WeightsFile::open(&path).unwrap();
    let options = LoadOptions::new().strip_prefix("module.").rename(|name| name.replace("encoder.", ""));
    let target = dense(["fc1", "head"], [4, 2]).init(2, &device);
    let (network, _) = target.load_weights(&mut file, &options).unwrap();
    assert!(network.state()["fc1.weight"] == source.state()["module.encoder.fc1.weight"]);
    // Two names of the file for one of the network: the second is one too many.
    let target = dense(["fc1", "fc2"], [3, 3]).init(2, &device);
    target.save_safetensors(&path).unwrap();
    let mut file = WeightsFile::open(&path).unwrap();
    let twice = LoadOptions::new().rename(|name| name.replace("fc2", "fc1"));
    let message = target.load_weights(&mut file, &twice).unwrap_err().to_string();
    assert!(message.contains("missing fc2") && message.contains("unexpected fc2"), "{message}");
}

#[test]
fn whole_numbers_for_real_ones_are_told() {
    let mut state = small().init(1, &device("flex").unwrap()).state();
    state.insert("fc.bias".into(), TensorData::new(vec![1i64, 2, 3], [3]));
    let message = small().init(1, &device("flex").unwrap()).with_state(state).unwrap_err().to_string();
    assert!(message.contains("of wrong type: fc.bias"), "{message}");
}

#[test]
fn files_of_other_formats_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.pth");
    for (bytes, part) in [
        (&b"this is text, and no weights"[..], "neither safetensors nor weights that torch.save wrote"),
        (b"PK\x05\x06", "too few"),
        (b"PK\x03\x04 and no end", "zip directory is missing"),
        (b"", "too few"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let message = WeightsFile::open(&path).unwrap_err().to_string();
        assert!(message.contains(part) && message.contains("weights.pth"), "{message}\nlacks: {part}");
    }
}
