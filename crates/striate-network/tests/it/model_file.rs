//! Model files, whole, damaged and hostile.

use std::fs;
use std::path::Path;

use burn::tensor::TensorData;
use proptest::prelude::*;
use serde_json::json;
use striate_backend::device;
use striate_layers::Dense;
use striate_network::{ModelFile, NetworkError, NetworkSpec, Sections};

use crate::support::small;

fn saved(path: &Path) -> Vec<u8> {
    let network = small().init(1, &device("flex").unwrap());
    let sections = Sections::from([("classes".to_string(), json!(["a", "b", "c"]))]);
    ModelFile::save(path, &network, sections).unwrap();
    fs::read(path).unwrap()
}

/// Opens and reads a file with these bytes; no error may become a panic.
fn load(bytes: &[u8]) -> Result<(), NetworkError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, bytes).unwrap();
    ModelFile::open(&path)?.network(&device("flex").unwrap()).map(drop)
}

/// A file with this header and these bytes of data.
fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn model_survives_its_file_to_the_bit_and_equal_models_give_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let bytes = saved(&path);
    let mut file = ModelFile::open(&path).unwrap();
    assert_eq!(*file.spec(), small());
    assert_eq!(file.section::<Vec<String>>("classes").unwrap().unwrap(), ["a", "b", "c"]);
    assert!(file.section::<u32>("classes").is_err());
    assert!(file.section::<u32>("nothing").unwrap().is_none());
    let device = device("flex").unwrap();
    let network = file.network(&device).unwrap();
    assert!(network.state() == small().init(1, &device).state());
    assert_eq!(saved(&folder.path().join("again.safetensors")), bytes);
}

#[test]
fn file_of_the_first_format_is_read_and_its_damage_is_told() {
    let bytes = include_bytes!("../format1/small.safetensors");
    load(bytes).unwrap();
    for position in [bytes.len() - 1, bytes.len() - 200] {
        let mut damaged = bytes.to_vec();
        damaged[position] ^= 1;
        assert!(load(&damaged).unwrap_err().to_string().contains("the hash differs"));
    }
}

#[test]
fn weights_of_several_mb_survive_and_a_flip_anywhere_in_them_is_noticed() {
    let mut net = NetworkSpec::builder("large");
    let x = net.input("x", [1_100]);
    let x = net.add("fc1", Dense::new(1_200), x);
    let x = net.add("fc2", Dense::new(3), x);
    let device = device("flex").unwrap();
    let network = net.output(x).build().unwrap().init(1, &device);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    ModelFile::save(&path, &network, Sections::new()).unwrap();
    assert!(ModelFile::open(&path).unwrap().network(&device).unwrap().state() == network.state());
    let bytes = fs::read(&path).unwrap();
    let data = bytes.len() - 4 * (1_100 * 1_200 + 1_200 + 1_200 * 3 + 3);
    for position in [data, data + (1 << 20) - 1, data + (1 << 20), data + (4 << 20), data + (5 << 20), bytes.len() - 1]
    {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x10;
        assert!(load(&damaged).unwrap_err().to_string().contains("the hash differs"), "{position}");
    }
}

#[test]
fn every_truncation_and_header_length_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = saved(&folder.path().join("model.safetensors"));
    for end in (0..bytes.len()).step_by(bytes.len() / 64) {
        assert!(load(&bytes[..end]).is_err(), "cut at {end}");
    }
    for length in [0, 1, 1 << 31, 1 << 62, 1 << 63, u64::MAX] {
        let mut hostile = bytes.clone();
        hostile[..8].copy_from_slice(&length.to_le_bytes());
        assert!(load(&hostile).is_err(), "header of {length}");
    }
    let longer = [&bytes[..], b"more"].concat();
    assert!(load(&longer).unwrap_err().to_string().contains("bytes where its header says"));
}

#[test]
fn headers_that_lie_are_errors() {
    let tensor = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"x":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let lies = [
        with_header("{}", b""),
        with_header("[]", b""),
        with_header("{\"__metadata__\":{\"striate\":\"{\"}}", b""),
        with_header("{\"__metadata__\":{\"striate\":\"{}\"}}", b""),
        with_header("{\"__metadata__\":{\"striate\":\"{\\\"format\\\":99}\"}}", b""),
        with_header(&tensor("F32", "[2]", "[0,4]"), &[0; 4]),
        with_header(&tensor("F32", "[1]", "[4,8]"), &[0; 8]),
        with_header(&tensor("F32", "[4611686018427387904,4]", "[0,4]"), &[0; 4]),
        with_header(&tensor("F99", "[1]", "[0,4]"), &[0; 4]),
    ];
    for lie in lies {
        assert!(load(&lie).is_err());
    }
}

#[test]
fn weights_that_do_not_fit_are_all_named_and_the_network_stays() {
    let network = small().init(1, &device("flex").unwrap());
    let mut state = network.state();
    state.remove("conv1.bias");
    state.insert("fc.weight".into(), TensorData::new(vec![0f32; 4], [2, 2]));
    state.insert("fc.gain".into(), TensorData::new(vec![0f32; 1], [1]));
    let message = network.clone().with_state(state).unwrap_err().to_string();
    for part in ["missing conv1.bias", "unexpected fc.gain", "fc.weight is [2, 2], not [3, 16]"] {
        assert!(message.contains(part), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn flipped_bytes_are_noticed(position in 0usize..10_000, bit in 0u8..8) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = saved(&folder.path().join("model.safetensors"));
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        prop_assert!(load(&bytes).is_err(), "a flip at {} was not noticed", position);
    }

    #[test]
    fn any_bytes_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(load(&bytes).is_err());
    }
}
