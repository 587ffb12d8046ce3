//! Weights come from others and go to others.

use std::fs;

use crate::support::{fails, idx_folder, json, run, text};

/// A file that PyTorch wrote.
const THEIRS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../striate-network/tests/pytorch/lenet5.pth");

#[test]
fn exported_model_is_imported_again_with_its_classes_and_gives_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    idx_folder(&path.join("data"), 20);
    json(&run(path, "train --data idx:data --epochs 1 --out run --json"));
    assert!(run(path, "export run plain.safetensors").status.success());
    fs::write(path.join("names.txt"), "even\nodd\n").unwrap();
    let imported = run(path, "import plain.safetensors model.safetensors --arch lenet5 --classes names.txt");
    assert!(text(&imported.stdout).contains("lenet5 with 10 tensors, 61026 numbers, 2 classes"), "{imported:?}");
    let evaluate = |model: &str| json(&run(path, &format!("evaluate {model} --data idx:data --json")))["loss"].clone();
    assert_eq!(evaluate("model.safetensors"), evaluate("run"));

    let plain = json(&run(path, "inspect plain.safetensors --json"));
    assert_eq!((&plain["format"], &plain["hash"]), (&"safetensors".into(), &serde_json::Value::Null));
    assert_eq!(plain["tensors"].as_array().unwrap().len(), 10);
    let model = json(&run(path, "inspect model.safetensors --json"));
    assert_eq!(model["format"], "striate model");
    assert_eq!(model["sections"]["classes"], serde_json::json!(["even", "odd"]));
    assert_eq!(model["hash"], model["sections"]["hash"]);
    assert_eq!(model["numbers"], 61_026);
}

#[test]
fn files_of_pytorch_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let lines = text(&run(folder.path(), &format!("inspect {THEIRS}")).stdout);
    for part in ["PyTorch (zip) with 8 tensors, 15734 numbers", "sha256 ", "conv1.weight  f32   [6, 1, 5, 5]"] {
        assert!(lines.contains(part), "{lines}\nlacks: {part}");
    }
}

#[test]
fn imports_that_cannot_be_are_told_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fails(path, &format!("import {THEIRS} x"), &["--arch NAME"]);
    fails(path, "import resnet5 x", &["no weights are known as \"resnet5\"; did you mean \"resnet50\"?"]);
    fails(path, &format!("import {THEIRS} x --arch lenet"), &["did you mean \"lenet5\"?"]);
    fails(
        path,
        &format!("import {THEIRS} x --arch lenet5"),
        &["missing fc3", "fc1.weight is [32, 400], not [120, 400]"],
    );
    fails(
        path,
        &format!("import {THEIRS} x --arch lenet5 --classes cifar"),
        &["unknown classes", "imagenet, cifar10, cifar100, coco, voc"],
    );
    fails(path, &format!("import {THEIRS} x --arch lenet5 --classes imagenet"), &["1000 names", "10 classes"]);
    fails(path, &format!("import {THEIRS} x --arch lenet5 --preprocessing torsch"), &["torch, tf, caffe, lite"]);
    fails(path, &format!("import {THEIRS} x --arch lenet5 --preprocessing torch"), &["makes pictures [3, 28, 28]"]);
    fs::write(path.join("wrong.json"), "{").unwrap();
    fails(path, &format!("import {THEIRS} x --arch lenet5 --preprocessing wrong.json"), &["wrong.json"]);
    fails(path, "import none.pth x --arch lenet5", &["cannot read \"none.pth\""]);
    fails(path, "export none.safetensors x", &["cannot read \"none.safetensors\""]);
    fs::write(path.join("text.pth"), "these are no weights").unwrap();
    fails(path, "inspect text.pth", &["text.pth", "neither safetensors nor weights that torch.save wrote"]);
    assert!(!path.join("x").exists());
}
