//! Damaged and hostile files: an error that says what is wrong, or what can still be read; never a panic.

use std::fs;
use std::path::Path;

use striate_backend::device;
use striate_core::Streams;
use striate_network::formats::WeightsFile;
use striate_network::{ModelFile, NetworkError, Sections};

use crate::hostile_files::cases;
use crate::networks::file;
use crate::support::small;

/// Reads all that is in a file.
fn read(path: &Path) -> Result<(), NetworkError> {
    let mut file = WeightsFile::open(path)?;
    for tensor in file.tensors() {
        let data = file.read(&tensor.name)?;
        assert_eq!(data.shape().as_slice(), tensor.shape);
    }
    if file.is_model_file() {
        ModelFile::open(path)?.network(&device("flex").unwrap())?;
    }
    Ok(())
}

/// One whole file of each reader.
fn whole_files(folder: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let model = folder.join("model");
    ModelFile::save(&model, &small().init(1, &device("flex").unwrap()), Sections::new()).unwrap();
    let names = ["mixed.pth", "mixed.legacy.pth", "kinds.state_dict.pth", "mixed.safetensors"];
    let mut files: Vec<_> = names.into_iter().map(|name| (name, fs::read(file(name)).unwrap())).collect();
    files.push(("model file", fs::read(model).unwrap()));
    files
}

#[test]
fn hostile_files_are_errors_that_say_what_is_wrong_and_run_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile");
    let mut wrong = Vec::new();
    for (name, bytes, part) in cases() {
        fs::write(&path, bytes).unwrap();
        let outcome = read(&path).map_err(|error| error.to_string());
        let expected = match &outcome {
            Err(error) => !part.is_empty() && error.contains(part),
            Ok(()) => part.is_empty(),
        };
        if !expected {
            wrong.push(format!("{name}: {outcome:?}, not {part:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!Path::new("/tmp/owned!").exists());
}

#[test]
fn files_cut_anywhere_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut");
    for (name, bytes) in whole_files(folder.path()) {
        for end in (0..64).map(|part| part * bytes.len() / 64) {
            fs::write(&path, &bytes[..end]).unwrap();
            assert!(read(&path).is_err(), "{name} cut at {end}");
        }
        fs::write(&path, bytes).unwrap();
        read(&path).unwrap();
    }
}

#[test]
fn ten_thousand_flipped_bytes_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flipped");
    let mut noticed = 0;
    let files = whole_files(folder.path());
    for (number, (_, bytes)) in files.iter().enumerate() {
        let mut stream = Streams::new(number as u64).open("flips");
        for _ in 0..10_000 / files.len() {
            let mut bytes = bytes.clone();
            let position = stream.below(bytes.len());
            bytes[position] ^= 1 + stream.below(255) as u8;
            fs::write(&path, &bytes).unwrap();
            noticed += usize::from(read(&path).is_err());
        }
    }
    // A flip in a number is only noticed where there is a checksum, and one in a name gives another name.
    assert!(noticed > 5_000, "{noticed}");
}
