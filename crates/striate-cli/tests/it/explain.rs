//! Looking inside a model file.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma};

use crate::support::{fails, idx_folder, json, run, text};

/// A folder with a trained model `run` and a picture `picture.png`.
fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    idx_folder(&folder.path().join("data"), 40);
    json(&run(folder.path(), "train --data idx:data --epochs 4 --batch-size 8 --out run --json"));
    let picture = GrayImage::from_fn(40, 40, |x, y| Luma([((y * 28 + x) * 2 % 251) as u8]));
    picture.save(folder.path().join("picture.png")).unwrap();
    folder
}

fn size(path: &Path) -> (u32, u32) {
    image::open(path).unwrap().to_rgb8().dimensions()
}

#[test]
fn model_file_is_explained_by_every_method_and_for_data_in_one_report() {
    let folder = trained();
    let path = folder.path();
    let words = "explain run picture.png --steps 32 --data idx:data --samples 30 --out seen --json";
    let found = json(&run(path, words));
    let figures = found["figures"].as_array().unwrap();
    let methods: Vec<_> = figures.iter().map(|figure| figure["method"].as_str().unwrap()).collect();
    let expected = [
        "grad-cam",
        "saliency",
        "smooth-grad",
        "integrated-gradients",
        "occlusion",
        "feature-maps-1",
        "filters",
        "visualize",
        "confusion",
        "embedding-pca",
        "embedding-tsne",
    ];
    expected.iter().for_each(|method| assert!(methods.contains(method), "{methods:?} lacks {method}"));
    let report = fs::read_to_string(path.join("seen/report.html")).unwrap();
    assert!(!report.contains("<script") && !report.contains("src=\"http"), "one page, nothing runs");
    assert_eq!(report.matches("data:image/png;base64,").count(), figures.len() + 1, "and the picture itself");
    for figure in figures {
        let file = path.join(figure["file"].as_str().unwrap());
        assert!(file.starts_with(path.join("seen")) && size(&file).0 > 0, "{figure}");
    }
    assert_eq!(size(&path.join("seen/grad-cam.png")), (28, 28));
    let integral = &figures[methods.iter().position(|method| *method == "integrated-gradients").unwrap()]["numbers"];
    let number = |name: &str| integral[name].as_f64().unwrap();
    let wanted = number("score") - number("baseline_score");
    assert!((number("sum") - wanted).abs() < 0.05 * wanted.abs(), "{integral}");
    assert!((number("score") - found["score"].as_f64().unwrap()).abs() < 1e-4, "{found}");

    // The answer is that of `predict`, and the data's numbers agree with each other.
    let answer = json(&run(path, "predict run picture.png --top 1 --json"));
    assert_eq!(found["class"], answer[0][0]["class"]);
    assert!((found["probability"].as_f64().unwrap() - answer[0][0]["probability"].as_f64().unwrap()).abs() < 1e-5);
    let data = &found["data"];
    let counts = |row: usize, column: usize| data["confusion"][row][column].as_u64().unwrap();
    let all: u64 = (0..2).map(|row| (0..2).map(|column| counts(row, column)).sum::<u64>()).sum();
    let right: u64 = (0..2).map(|class| counts(class, class)).sum();
    assert_eq!((all, data["samples"].as_u64()), (30, Some(30)));
    assert!((data["accuracy"].as_f64().unwrap() - right as f64 / 30.0).abs() < 1e-12, "{data}");
    assert_eq!(data["mistakes"].as_array().unwrap().len() as u64, (30 - right).min(24));
    assert_eq!(data["map"]["layer"], "fc2");
    for map in ["pca", "tsne"] {
        assert_eq!(data["map"][map].as_array().unwrap().len(), 30);
    }
}

#[test]
fn layer_class_channel_and_method_are_chosen() {
    let folder = trained();
    let path = folder.path();
    let words = "explain run picture.png --method grad-cam --method filters --layer conv1 --class 1 --out seen --json";
    let found = json(&run(path, words));
    assert_eq!((&found["class"], &found["name"]), (&1.into(), &"1".into()));
    let figures = found["figures"].as_array().unwrap();
    assert_eq!(figures.len(), 2);
    assert!(figures.iter().all(|figure| figure["layer"] == "conv1"), "{found}");
    let words = "explain run picture.png --method visualize --layer conv2 --channel 5 --steps 20 --out unit --json";
    let unit = json(&run(path, words));
    assert!(unit["figures"][0]["caption"].as_str().unwrap().starts_with("channel 5 of conv2: "), "{unit}");
    let numbers = &unit["figures"][0]["numbers"];
    assert!(numbers["score"].as_f64() > numbers["picture_score"].as_f64(), "{numbers}");
    let again = json(&run(path, &words.replace("unit", "again")));
    assert_eq!(again["figures"][0]["numbers"], *numbers, "the same seed");
    assert_eq!(fs::read(path.join("unit/visualize.png")).unwrap(), fs::read(path.join("again/visualize.png")).unwrap());
    let other = json(&run(path, &(words.replace("unit", "other") + " --seed 1")));
    assert_ne!(other["figures"][0]["numbers"], *numbers);
    let printed = text(&run(path, "explain run picture.png --method occlusion").stdout);
    assert!(printed.contains("explain/occlusion.png: red") && printed.ends_with("explain/report.html\n"), "{printed}");
}

#[test]
fn what_is_not_there_is_told() {
    let folder = trained();
    let path = folder.path();
    let cases = [
        ("--method grad-kam", "did you mean \"grad-cam\"?"),
        ("--class 10", "has 2 classes"),
        ("--class tabby", "no class is named \"tabby\""),
        ("--method grad-cam --layer conv9", "no layer \"conv9\""),
        ("--method grad-cam --layer fc1", "would do"),
        ("--method filters --layer pool1", "has no kernels"),
        ("--output logits", "no layer \"logits\""),
        ("--steps 0", "`steps` is 0"),
        ("--data idx:data --samples 0 --method filters", "`samples` is 0"),
        ("--data folders:x", "folder"),
    ];
    for (words, part) in cases {
        fails(path, &format!("explain run picture.png --out none {words}"), &[part]);
    }
    fails(path, "explain run none.png", &["none.png"]);
    fails(path, "explain picture.png picture.png", &["picture.png"]);
}
