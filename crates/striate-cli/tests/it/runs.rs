//! Whole runs: the same seed gives the same bytes, whatever happens in between.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{class_folder, idx_folder, json, run, striate, text};

const RUN: &str = "train --data idx:data --epochs 3 --batch-size 16 --seed 9 --json";

fn model(folder: &Path, out: &str) -> Vec<u8> {
    fs::read(folder.join(out).join("model.safetensors")).unwrap()
}

#[test]
fn runs_with_one_seed_are_equal_killed_or_not_with_any_workers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    idx_folder(&path.join("data"), 800);
    let result = json(&run(path, &format!("{RUN} --workers 1 --out one")));
    assert_eq!(result["epochs"], 3);
    json(&run(path, &format!("{RUN} --workers 4 --out four")));
    let want = model(path, "one");
    assert!(model(path, "four") == want, "the number of workers changes the model");

    // Before the first checkpoint perhaps, within the first epoch, about its end, within the second, near the end.
    let whole = result["seconds"].as_f64().unwrap();
    for (number, part) in [0.02, 0.25, 0.5, 0.7, 0.95].into_iter().enumerate() {
        let out = format!("killed{number}");
        let words = format!("{RUN} --workers 2 --out {out}");
        let mut child =
            striate(path).args(words.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while !path.join(&out).join("checkpoints").exists() && begun.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(2));
        }
        sleep(Duration::from_secs_f64(part * whole));
        child.kill().unwrap();
        child.wait().unwrap();
        let resumed = json(&run(path, &format!("train --resume --out {out} --workers 3 --json")));
        assert_eq!(resumed["accuracy"], result["accuracy"], "killed after {part} of the run");
        assert!(model(path, &out) == want, "killed after {part} of the run");
        let history = |out: &str| fs::read_to_string(path.join(out).join("history.csv")).unwrap();
        assert_eq!(history(&out), history("one"));
    }

    // A complete run says so; a folder with a run is not written over.
    let again = run(path, "train --resume --out one --json");
    assert!(text(&again.stderr).contains("the run was complete"));
    assert_eq!(json(&again), result);
    let over = run(path, &format!("{RUN} --out one"));
    assert_eq!(over.status.code(), Some(2));
    assert!(text(&over.stderr).contains("--resume --out one"), "{}", text(&over.stderr));
    assert!(model(path, "one") == want);

    // Evaluation repeats the test accuracy; the recipe starts the same run again.
    let evaluated = json(&run(path, "evaluate one/model.safetensors --data idx:data --json"));
    assert_eq!(evaluated["accuracy"], result["accuracy"]);
    assert_eq!(evaluated["loss"], result["loss"]);
    json(&run(path, "train --config one/recipe.toml --out by-recipe --workers 0 --json"));
    assert!(model(path, "by-recipe") == want);
}

#[test]
fn recipe_of_the_program_is_known_by_its_name_where_a_folder_has_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    idx_folder(&path.join("fashion-mnist"), 16);
    let words = "train --config fashion-mnist --model lenet5 --epochs 1 --out run --json";
    json(&run(path, words));
    let recipe = fs::read_to_string(path.join("run/recipe.toml")).unwrap();
    assert!(recipe.contains("random_horizontal_flip") && recipe.contains("idx:fashion-mnist"), "{recipe}");
}

#[test]
fn folders_with_names_in_any_script_are_learned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    class_folder(&path.join("data"), "猫", 20, 10);
    class_folder(&path.join("data"), "hell", 220, 10);
    let result = json(&run(path, "train --data folder:data --epochs 8 --batch-size 4 --json"));
    assert_eq!(result["split"], "validation");
    assert_eq!(result["accuracy"], 1.0);
    assert_eq!(result["model"], "runs/0001/model.safetensors");
    let answer = json(&run(path, "predict runs/0001 data/猫/3.png data/hell/3.png --top 1 --json"));
    assert_eq!(answer[0][0]["name"], "猫");
    assert_eq!(answer[1][0]["name"], "hell");
    // The next run without a folder gets the next number; on from the model that was saved.
    json(&run(path, "train --data folder:data --epochs 1 --model runs/0001/model.safetensors --json"));
    assert!(path.join("runs/0002/model.safetensors").exists());
}

#[test]
fn summary_models_and_devices_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let summary = json(&run(folder.path(), "summary lenet5 --json"));
    assert_eq!(summary["parameters"], 61_706);
    assert_eq!(summary["layers"][1]["output"], serde_json::json!([6, 28, 28]));
    let printed = text(&run(folder.path(), "summary lenet5").stdout);
    for part in ["conv2 (conv2d)", "(None, 16, 10, 10)", "2,416", "Total params: 61,706 (241.04 KB)"] {
        assert!(printed.contains(part), "{printed}");
    }
    let models = json(&run(folder.path(), "models --json"));
    assert!(models.as_array().unwrap().iter().any(|model| model["name"] == "lenet5"), "{models}");
    let devices = json(&run(folder.path(), "devices --json"));
    assert_eq!(devices[0], "flex");
}
