//! A model file is all that `predict` needs.

use std::fs;

use image::{GrayImage, Luma, Rgb, RgbImage};

use crate::support::{idx_folder, json, run, text};

#[test]
fn model_file_alone_labels_pictures_of_any_size_and_colour() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    idx_folder(&path.join("data"), 40);
    let trained = json(&run(path, "train --data idx:data --epochs 6 --batch-size 8 --out run --json"));
    fs::remove_dir_all(path.join("data")).unwrap();
    fs::rename(path.join("run/model.safetensors"), path.join("alone.safetensors")).unwrap();
    assert_eq!(trained["split"], "test");

    let pattern = |class: u32| GrayImage::from_fn(28, 28, move |x, y| Luma([((y * 28 + x) * (class + 1) % 251) as u8]));
    pattern(0).save(path.join("zero.png")).unwrap();
    pattern(1).save(path.join("one.png")).unwrap();
    // The same picture, its values turned over.
    let mut turned = pattern(1);
    turned.pixels_mut().for_each(|pixel| pixel.0[0] = 255 - pixel.0[0]);
    turned.save(path.join("turned.png")).unwrap();
    RgbImage::from_fn(1600, 1200, |x, y| Rgb([x as u8, y as u8, 80])).save(path.join("photo.jpg")).unwrap();

    let answers = json(&run(path, "predict alone.safetensors zero.png one.png photo.jpg --top 2 --json"));
    assert_eq!(answers[0][0]["class"], 0);
    assert_eq!(answers[1][0]["class"], 1);
    for answer in answers.as_array().unwrap() {
        let sum: f64 = answer.as_array().unwrap().iter().map(|p| p["probability"].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{answer}");
    }
    let inverted = json(&run(path, "predict alone.safetensors turned.png --invert --top 1 --json"));
    let straight = json(&run(path, "predict alone.safetensors one.png --top 1 --json"));
    assert_eq!(inverted, straight);
    let lines = text(&run(path, "predict alone.safetensors zero.png").stdout);
    assert!(lines.starts_with("zero.png: 0 "), "{lines}");
}
