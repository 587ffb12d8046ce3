//! Scenes, similar pictures, frames.

use std::fs;

use image::{GrayImage, Luma};

use crate::support::{fails, idx_folder, json, run, text};

#[test]
fn scenes_are_written_as_data_that_other_commands_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let options = "--from digits --count 4 --val 2 --test 3 --objects 2-3 --size 80x64 --scale 0.3-0.4 --seed 7";
    let written = json(&run(path, &format!("data scenes out {options} --json")));
    assert_eq!(written["parts"][2][1]["pictures"], 3, "{written}");
    let data = written["data"].as_str().unwrap();
    assert_eq!(data, "coco:out/images/{split},out/annotations/{split}.json");
    let statistics = json(&run(path, &format!("data stats {data} --split test --json")));
    assert_eq!((&statistics["samples"], &statistics["width"]["max"]), (&3.into(), &80.into()), "{statistics}");
    let lines = text(&run(path, &format!("data scenes again {options} --gray --solid --max-hidden 0")).stdout);
    assert!(lines.contains("train: 4 pictures") && lines.contains("data: coco:again/"), "{lines}");
    // The same seed gives the same bytes.
    run(path, &format!("data scenes third {options}"));
    let first = |out: &str| fs::read(path.join(out).join("images/train/000000000001.png")).unwrap();
    assert_eq!(first("out"), first("third"));
    assert_ne!(first("out"), first("again"));

    fails(path, &format!("data scenes out {options}"), &["\"out\" is not empty"]);
    fails(path, "data scenes new --size 8x8", &["`size` is 8x8", "from 16 to 4,096 px"]);
    fails(path, "data scenes new --objects 3-2", &["`objects` is 3-2"]);
    let wrong = run(path, "data scenes new --size 8");
    assert!(text(&wrong.stderr).contains("write it as 160x120"), "{}", text(&wrong.stderr));
}

#[test]
fn model_finds_similar_pictures_and_labels_frames() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    idx_folder(&path.join("data"), 16);
    json(&run(path, "train --data idx:data --epochs 1 --batch-size 8 --out run --json"));
    fs::create_dir(path.join("photos")).unwrap();
    for number in 1..13 {
        let stripes = GrayImage::from_fn(28, 28, |x, y| Luma([((x / number + y) * 37 % 256) as u8]));
        stripes.save(path.join(format!("photos/f{number}.png"))).unwrap();
    }
    let built = json(&run(path, "similar build run photos --out index --json"));
    assert_eq!((&built["pictures"], &built["numbers"], &built["layer"]), (&12.into(), &84.into(), &"fc2".into()));
    let found = json(&run(path, "similar query index photos/f3.png --top 2 --json"));
    assert_eq!(found.as_array().unwrap().len(), 2);
    assert_eq!(found[0]["name"], "f3.png");
    let lines = text(&run(path, "similar query index photos/f3.png").stdout);
    assert!(lines.starts_with("1.0000 f3.png\n") && lines.lines().count() == 5, "{lines}");
    fails(path, "similar build run photos --out index --layer fc9", &["has no layer \"fc9\"", "fc2"]);
    fails(path, "similar query run/model.safetensors photos/f3.png", &["it is no index of pictures"]);
    fs::rename(path.join("run"), path.join("moved")).unwrap();
    fails(path, "similar query index photos/f3.png", &["cannot read"]);
    json(&run(path, "similar query index photos/f3.png --model moved --json"));

    let frames = json(&run(path, "predict moved --frames photos --top 1 --json"));
    assert_eq!(frames["frames"][1], "f2.png");
    assert_eq!(frames["frames"][11], "f12.png");
    assert_eq!(frames["answers"].as_array().unwrap().len(), 12);
    assert!(frames["frames_per_second"].as_f64().unwrap() > 0.0);
    let lines = text(&run(path, "predict moved --frames photos").stdout);
    assert!(lines.contains("frames per second") && lines.starts_with("f1.png: "), "{lines}");
    fails(path, "predict moved --frames nowhere", &["nowhere"]);
}

#[test]
fn classifier_of_windows_slides_over_scenes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let options = "--count 240 --val 6 --test 4 --objects 1-2 --size 64x64 --scale 0.4-0.6 --gray";
    let written = json(&run(path, &format!("data scenes scenes --from digits {options} --json")));
    let data = written["data"].as_str().unwrap();
    let windows = json(&run(path, &format!("data stats windows:{data} --split test --json")));
    assert!(windows["samples"].as_u64() > Some(4 * 3), "{windows}");
    let words =
        format!("train --model lenet5 --data windows:{data} --epochs 8 --lr 0.003 --batch-size 16 --out run --json");
    let trained = json(&run(path, &words));
    assert!(trained["accuracy"].as_f64() > Some(0.5), "most windows are of the background: {trained}");
    let measured = json(&run(path, &format!("evaluate run --slide --scales 1,0.7 --data {data} --json")));
    assert_eq!(measured["samples"], 4);
    assert!(measured["map_50"].as_f64() >= Some(0.0) && measured.get("loss").is_none(), "{measured}");
    let line = text(&run(path, &format!("evaluate run --slide --data {data}")).stdout);
    assert!(line.starts_with("test coco_map"), "{line}");

    let pictures = fs::read_dir(path.join("scenes/images/test")).unwrap().map(|file| file.unwrap().path());
    let pictures: Vec<_> = pictures.map(|file| file.display().to_string()).collect();
    let slide = "--slide --scales 1,0.7 --min-score 0.1 --out seen --json";
    let found = json(&run(path, &format!("predict run {} {slide}", pictures.join(" "))));
    let answers = found.as_array().unwrap();
    assert!(answers.len() == 4 && answers.iter().all(|answer| answer["files"][0].is_string()), "{found}");
    let boxes: Vec<_> = answers.iter().flat_map(|answer| answer["boxes"].as_array().unwrap()).collect();
    assert!(!boxes.is_empty(), "{found}");
    for found in boxes {
        assert!(found["name"] != "background" && found["score"].as_f64() >= Some(0.1), "{found}");
        // A window of 28 px leaves a tenth of a thing free on each side: 28 / 1.2, or that over 0.7.
        let edges: Vec<f64> = found["xyxy"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
        assert!(edges.iter().all(|edge| (0.0..=64.0).contains(edge)), "{found}");
        assert!(edges[2] - edges[0] < 28.0 / 1.2 / 0.69, "{found}");
    }
    let picture = &pictures[0];
    fails(path, &format!("predict run {picture} --slide --scales 0.2"), &["add a larger one"]);
    fails(path, &format!("predict run {picture} --slide --scales 0"), &["`scales` is 0"]);
    fails(path, "train --data windows:digits", &["windows:DATA"]);
    let without = run(path, &format!("predict run {picture} --scales 1"));
    assert!(text(&without.stderr).contains("--slide"), "{}", text(&without.stderr));
}
