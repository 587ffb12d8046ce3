//! Training starts from weights that others published.

use std::fs;
use std::path::Path;

use striate::network::formats::WeightsFile;

use crate::support::{class_folder, fails, idx_folder, json, run, text};

/// A rate so small that no weight moves.
const STILL: &str = "--epochs 1 --lr 1e-12 --json";

/// The run `two`, which knows two classes, and its weights alone in `plain.safetensors`.
fn two_classes(folder: &Path) -> serde_json::Value {
    idx_folder(&folder.join("data"), 40);
    let result = json(&run(folder, "train --data idx:data --epochs 2 --batch-size 8 --out two --json"));
    assert!(run(folder, "export two plain.safetensors").status.success());
    result
}

fn three_classes(folder: &Path) {
    for (class, brightness) in [("dark", 10), ("gray", 120), ("light", 220)] {
        class_folder(&folder.join("three"), class, brightness, 4);
    }
}

/// A tensor's numbers in a file.
fn tensor(path: &Path, name: &str) -> Vec<f32> {
    WeightsFile::open(path).unwrap().read(name).unwrap().iter::<f32>().collect()
}

#[track_caller]
fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-8), "{a:?}\n{b:?}");
}

#[test]
fn training_goes_on_from_the_weights_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let first = two_classes(path);
    for weights in ["plain.safetensors", "two/model.safetensors"] {
        let out = weights.split(['.', '/']).next().unwrap();
        let words = format!("train --model lenet5 --weights {weights} --data idx:data --out on-{out} {STILL}");
        let output = run(path, &words);
        let on = json(&output);
        assert!(!text(&output.stderr).contains("note:"), "{}", text(&output.stderr));
        let losses = [&first, &on].map(|result| result["loss"].as_f64().unwrap());
        assert!((losses[0] - losses[1]).abs() < 1e-5, "{weights}: {losses:?}");
    }
    let recipe = fs::read_to_string(path.join("on-plain/recipe.toml")).unwrap();
    assert!(recipe.contains("model = \"lenet5\"\nweights = \"plain.safetensors\"\n"), "{recipe}");
    // The recipe alone starts the same run again.
    json(&run(path, "train --config on-plain/recipe.toml --out again --json"));
    let model = |out: &str| fs::read(path.join(out).join("model.safetensors")).unwrap();
    assert!(model("again") == model("on-plain"));
}

#[test]
fn a_head_for_other_classes_is_drawn_anew_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    two_classes(path);
    three_classes(path);
    let train = "train --model lenet5 --data folder:three";
    let output = run(path, &format!("{train} --weights plain.safetensors --out three-run {STILL}"));
    json(&output);
    let note = "note: the weights are for 2 classes, the data has 3: fc3.weight, fc3.bias begin anew\n";
    assert!(text(&output.stderr).contains(note), "{}", text(&output.stderr));
    json(&run(path, &format!("{train} --out drawn {STILL}")));
    let (plain, model) = (path.join("plain.safetensors"), path.join("three-run/model.safetensors"));
    for kept in ["conv1.weight", "conv2.bias", "fc2.weight"] {
        assert_close(&tensor(&plain, kept), &tensor(&model, kept));
    }
    // The head is that of a network which starts without weights.
    assert_close(&tensor(&path.join("drawn/model.safetensors"), "fc3.weight"), &tensor(&model, "fc3.weight"));
    assert_eq!(tensor(&model, "fc3.bias").len(), 3);
}

#[test]
fn pictures_are_prepared_as_the_model_file_says_unless_the_recipe_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    two_classes(path);
    three_classes(path);
    let preprocessing =
        |file: &str| json(&run(path, &format!("inspect {file} --json")))["sections"]["preprocessing"].clone();
    let usual = preprocessing("two/model.safetensors");
    let mut own = usual.clone();
    own["offset"] = (-0.5).into();
    fs::write(path.join("own.json"), own.to_string()).unwrap();
    let train = "train --model lenet5 --data folder:three";
    json(&run(path, &format!("{train} --preprocessing own.json --out own {STILL}")));
    assert_eq!(preprocessing("own/model.safetensors"), own);
    json(&run(path, &format!("{train} --weights own/model.safetensors --out kept {STILL}")));
    assert_eq!(preprocessing("kept/model.safetensors"), own);
    fs::write(path.join("usual.json"), usual.to_string()).unwrap();
    json(&run(path, &format!("{train} --weights own/model.safetensors --preprocessing usual.json --out said {STILL}")));
    assert_eq!(preprocessing("said/model.safetensors"), usual);
    // `import` takes what a model file says as well.
    assert!(run(path, "import own/model.safetensors imported.safetensors --arch lenet5").status.success());
    assert_eq!(preprocessing("imported.safetensors"), own);
}

#[test]
fn a_run_is_not_resumed_with_other_weights() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    two_classes(path);
    json(&run(path, &format!("train --model lenet5 --weights plain.safetensors --data idx:data --out on {STILL}")));
    let model = fs::read(path.join("on/model.safetensors")).unwrap();
    fs::remove_file(path.join("on/model.safetensors")).unwrap();
    fails(path, "train --resume --out on --weights plain.safetensors", &["--weights can't be given with --resume"]);
    // The same name, other numbers.
    let same = fs::read(path.join("plain.safetensors")).unwrap();
    json(&run(path, "train --data idx:data --epochs 1 --seed 7 --out other --json"));
    assert!(run(path, "export other plain.safetensors").status.success());
    fails(path, "train --resume --out on", &["weights was ", ", is "]);
    fs::remove_file(path.join("plain.safetensors")).unwrap();
    fails(path, "train --resume --out on", &["cannot read \"plain.safetensors\""]);
    fs::write(path.join("plain.safetensors"), same).unwrap();
    json(&run(path, "train --resume --out on --json"));
    assert!(fs::read(path.join("on/model.safetensors")).unwrap() == model);
}

#[test]
fn weights_that_cannot_be_used_are_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    two_classes(path);
    let plain = "train --data idx:data --out x --weights plain.safetensors";
    fails(path, plain, &["say with `--model NAME` whose weights these are"]);
    fails(
        path,
        &format!("{plain} --model two/model.safetensors"),
        &["`weights`", "a file, which has weights of its own"],
    );
    fails(path, &format!("{plain} --model lenet"), &["did you mean \"lenet5\"?"]);
    fails(path, &format!("{plain} --model fashion_mnist_cnn"), &["weights do not fit", "missing ", "unexpected conv1"]);
    fails(path, &format!("{plain} --model lenet5 --preprocessing torch"), &["makes pictures [3, 28, 28]"]);
    let train = "train --data idx:data --out x --weights";
    fails(path, &format!("{train} resnet5"), &["no weights are known as \"resnet5\"; did you mean \"resnet50\"?"]);
    fails(path, &format!("{train} none.pth --model lenet5"), &["cannot read \"none.pth\""]);
    fs::write(path.join("text.pth"), "these are no weights").unwrap();
    fails(
        path,
        &format!("{train} text.pth --model lenet5"),
        &["neither safetensors nor weights that torch.save wrote"],
    );
    assert!(!path.join("x").exists());
}

/// Weights that lack a layer, or have the head of another number of inputs, are another network's whatever the classes.
#[test]
fn only_the_number_of_classes_may_differ() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    two_classes(path);
    let theirs = concat!(env!("CARGO_MANIFEST_DIR"), "/../striate-network/tests/pytorch/lenet5.pth");
    let words = format!("train --data idx:data --out x --model lenet5 --weights {theirs}");
    fails(path, &words, &["missing fc3", "fc1.weight is [32, 400], not [120, 400]"]);
}
