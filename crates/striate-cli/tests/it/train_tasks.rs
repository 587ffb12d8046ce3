//! Every task from data to a model file, and from that to answers.

use std::fs;
use std::path::Path;

use image::{GrayImage, ImageBuffer, Luma, RgbImage};
use serde_json::Value;

use crate::support::{fails, idx_folder, json, run, text};

/// Two bright squares on a dark ground, at places that follow from the number: `(left, upper, side)` each.
fn squares(number: u32) -> [(u32, u32, u32); 2] {
    [(2 + number % 5, 3 + number % 7, 9 + number % 3), (22 + number % 4, 24 + number % 3, 8 + number % 4)]
}

fn within(x: u32, y: u32, (left, top, side): (u32, u32, u32)) -> bool {
    (left..left + side).contains(&x) && (top..top + side).contains(&y)
}

/// `images` and `masks` with `train`, `val` and `test`, 40x44 px; a mask has what `mask` says of the number of the square (0 for
/// none) at each px.
fn mask_folder(folder: &Path, mask: impl Fn(u32, u32, u32, u16) -> u16) {
    for (part, numbers) in [("train", 0..6), ("val", 6..8), ("test", 8..10)] {
        for kind in ["images", "masks"] {
            fs::create_dir_all(folder.join(kind).join(part)).unwrap();
        }
        for number in numbers {
            let which =
                |x, y| squares(number).iter().position(|square| within(x, y, *square)).map_or(0, |at| at as u16 + 1);
            let picture = GrayImage::from_fn(44, 40, |x, y| {
                Luma([if which(x, y) > 0 { 200 } else { 40 } + ((x * 7 + y * 13 + number) % 20) as u8])
            });
            picture.save(folder.join(format!("images/{part}/{number}.png"))).unwrap();
            let mask = ImageBuffer::<Luma<u16>, _>::from_fn(44, 40, |x, y| Luma([mask(number, x, y, which(x, y))]));
            mask.save(folder.join(format!("masks/{part}/{number}.png"))).unwrap();
        }
    }
}

/// What `evaluate` says of the test data is what training said.
#[track_caller]
fn evaluates_as_trained(path: &Path, data: &str, trained: &Value, names: &[&str]) {
    let evaluated = json(&run(path, &format!("evaluate run --data {data} --json")));
    for name in names.iter().chain(&["loss"]) {
        assert!(trained[name].is_number(), "{name}: {trained}");
        assert_eq!(trained[name], evaluated[name], "{name}");
    }
}

#[test]
fn single_things_are_segmented_tile_by_tile_at_their_own_scale() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    mask_folder(path, |_, _, _, which| which);
    let data = "pairs:images,masks,instances";
    let options = "--set network.size=[32,32] --set network.width=0.1 --set segment.crops=4 \
                   --set segment.instances.width=2 --set segment.loss=both";
    let words =
        format!("train --task segment --data {data} {options} --epochs 12 --batch-size 4 --lr 0.003 --out run --json");
    let trained = json(&run(path, &words));
    let names = ["mean_iou", "mean_iou_2", "foreground_iou", "accuracy", "things", "things_found", "things_f1"];
    evaluates_as_trained(path, data, &trained, &names);
    assert!(trained["foreground_iou"].as_f64().unwrap() > 0.8, "{trained}");
    assert_eq!(trained["things"], 4.0);

    // A picture that is no multiple of anything, in color.
    let (width, height) = (61, 53);
    let large = (30, 20, 16);
    RgbImage::from_fn(width, height, |x, y| image::Rgb([if within(x, y, large) { 205 } else { 45 }; 3]))
        .save(path.join("large.png"))
        .unwrap();
    let answers = json(&run(path, "predict run large.png images/test/8.png --out answers --json"));
    assert_eq!(answers[0]["size"], serde_json::json!([height, width]));
    assert!(answers[0]["things"].is_array() && answers[1]["classes"][0]["name"] == "background", "{answers}");
    let mask = image::open(path.join("answers/large.mask.png")).unwrap();
    assert_eq!((mask.color(), mask.width(), mask.height()), (image::ColorType::L16, width, height));
    let things = answers[0]["things"].as_array().unwrap().len();
    assert_eq!(usize::from(mask.to_luma16().pixels().map(|px| px.0[0]).max().unwrap()), things);
    let overlay = image::open(path.join("answers/large.overlay.png")).unwrap();
    assert_eq!((overlay.color(), overlay.width()), (image::ColorType::Rgb8, width));
    let frames = text(&run(path, "predict run --frames images/test").stdout);
    assert!(frames.contains("things") && frames.contains("frames per second"), "{frames}");

    fails(path, &format!("train --task segment --data {data} --out no"), &["set `segment.instances`"]);
    fails(path, &format!("train --data {data} {options} --out no"), &["`segment` is set", "set `task` too"]);
    fails(
        path,
        &format!("train --task segment --data {data} {options} --set segment.crops=0 --out no"),
        &["`crops` is 0"],
    );
    fails(
        path,
        &format!("train --task segment --model lenet5 --data {data} --set segment.instances={{}} --out no"),
        &["lenet5", "maps [3, height, width]", "unet"],
    );
    assert!(!path.join("no").exists());
}

#[test]
fn classes_of_px_are_segmented_with_void_and_resized_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // Nobody knows what the frame is.
    mask_folder(path, |_, x, y, which| if x < 2 || y < 2 { 255 } else { which });
    fs::write(path.join("classes.txt"), "ground\nupper\nlower\n").unwrap();
    let data = "pairs:images,masks";
    let options = "--set network.size=[64,64] --set network.backbone=resnet18 --set segment.loss=dice --model fcn8s";
    let trained = json(&run(
        path,
        &format!("train --task segment --data {data} {options} --epochs 1 --batch-size 3 --out run --json"),
    ));
    evaluates_as_trained(path, data, &trained, &["mean_iou", "mean_iou_1", "accuracy"]);
    let answers = json(&run(path, "predict run images/test/8.png --out answers --json"));
    let px: u64 = answers[0]["classes"].as_array().unwrap().iter().map(|class| class["px"].as_u64().unwrap()).sum();
    assert_eq!((px, answers[0].get("things")), (40 * 44, None));
    let mask = image::open(path.join("answers/8.mask.png")).unwrap().to_luma8();
    assert!(mask.pixels().all(|px| px.0[0] < 3));

    let weights = "--set segment.class_weight=[1,2]";
    fails(
        path,
        &format!("train --task segment --data {data} {weights} --out no"),
        &["2 `class_weight`s, but 3 classes"],
    );
    let instances = "--set segment.instances={}";
    fails(
        path,
        &format!("train --task segment --data {data} {instances} --out no"),
        &["masks of classes have no single things"],
    );
    fails(path, "train --task segment --data digits --out no", &["digits is no data for segmentation"]);
    fails(path, "predict run images/test/8.png --out images/test/8.png", &["cannot create"]);
}

#[test]
fn things_are_detected_in_scenes_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    run(path, "data scenes scenes --from digits --count 40 --val 8 --test 8 --objects 1-3 --size 96x64 --seed 5");
    let data = "coco:scenes/images/{split},scenes/annotations/{split}.json";
    let options =
        "--set network.size=[64,96] --set network.grid=4 --set network.boxes=1 --set detect.lambda_noobj=0.25";
    let keep = "--set detect.keep.min_score=0.0 --set detect.keep.most=3";
    let words =
        format!("train --task detect --data {data} {options} {keep} --epochs 2 --batch-size 8 --out run --json");
    let trained = json(&run(path, &words));
    evaluates_as_trained(path, data, &trained, &["coco_map", "map_50"]);
    let picture = "scenes/images/test/000000000001.png";
    let answers = json(&run(path, &format!("predict run {picture} --out answers --json")));
    let boxes = answers[0]["boxes"].as_array().unwrap();
    assert!(boxes.len() <= 3 && answers[0]["files"][0].as_str().unwrap().ends_with(".boxes.png"), "{answers}");
    for found in boxes {
        let edges: Vec<f64> = found["xyxy"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
        assert!(edges[0] < edges[2] && edges[2] <= 96.0 && edges[1] < edges[3] && edges[3] <= 64.0, "{found}");
        assert_eq!(found["name"], found["class"].to_string());
    }
    // Cells on the maps of another network.
    let other = "--model resnet18 --set network.size=[64,64] --set network.grid=2 --out other --epochs 1 --json";
    let trained = json(&run(path, &format!("train --task detect --data {data} {other} --batch-size 20")));
    assert!(trained["coco_map"].is_number(), "{trained}");

    fails(path, &format!("train --task detect --data {data} --set network.grid=99 --out no"), &["`grid` 99"]);
    fails(
        path,
        "train --task detect --data digits --out no",
        &["digits is no data for detection; voc and coco can be"],
    );
    fails(
        path,
        &format!("train --task detect --data {data} --set detect.keep.min_score=2 --out no"),
        &["`min_score` is 2"],
    );
    fails(path, &format!("train --task detect --data {data} --set network=5 --out no"), &["NetworkOptions"]);
}

#[test]
fn class_and_box_of_a_thing_are_localized() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    run(path, "data scenes scenes --from digits --count 30 --val 6 --test 6 --objects 1-1 --size 48x48 --seed 6");
    let data = "coco:scenes/images/{split},scenes/annotations/{split}.json";
    let options = "--model yolo_v1_small --set network.size=[48,48] --set localize.box_channels=8 \
                   --set localize.hidden=[16] --set localize.dropout=0.1 --set localize.loss_weights=[0.5,2]";
    let words = format!("train --task localize --data {data} {options} --epochs 2 --batch-size 10 --out run --json");
    let trained = json(&run(path, &words));
    evaluates_as_trained(path, data, &trained, &["accuracy", "box_iou", "box_loss", "main_loss"]);
    let recipe = fs::read_to_string(path.join("run/recipe.toml")).unwrap();
    assert!(recipe.contains("monitor = \"validation_box_iou\""), "{recipe}");
    let answers = json(&run(path, "predict run scenes/images/test/000000000001.png --json"));
    let found = &answers[0]["boxes"][0];
    assert!(found["score"].as_f64().unwrap() > 0.0 && found["xyxy"][2].as_f64().unwrap() <= 48.0, "{answers}");
    fails(
        path,
        &format!("train --task localize --data {data} --set localize.dropout=1 --out no"),
        &["`localize.dropout` is 1"],
    );
    // A picture without a thing can't be learned.
    let empty = r#"{"images":[{"id":1,"file_name":"000000000001.png","height":48,"width":48},{"id":2,"file_name":"000000000002.png","height":48,"width":48}],"annotations":[],"categories":[{"id":1,"name":"1"}]}"#;
    fs::write(path.join("empty.json"), empty).unwrap();
    let words = "train --task localize --data coco:scenes/images/train,empty.json --set network.size=[32,32] --out no";
    fails(path, words, &["can't be learned", "there is no box"]);
}

#[test]
fn edges_are_learned_with_side_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let edge = |number: u32, x: u32, y: u32, which: u16| {
        let inside = |x: u32, y: u32| squares(number).iter().any(|square| within(x, y, *square));
        let beside = [(x + 1, y), (x.wrapping_sub(1), y), (x, y + 1), (x, y.wrapping_sub(1))];
        if which > 0 && beside.iter().any(|(x, y)| !inside(*x, *y)) { 65535 } else { 0 }
    };
    mask_folder(path, edge);
    let data = "pairs:images,masks,binary";
    let options = "--set network.size=[32,32] --set edges.crops=6 --set edges.positive_weight=2 --epochs 8 --lr 0.01";
    let trained =
        json(&run(path, &format!("train --task edges --data {data} {options} --batch-size 6 --out run --json")));
    evaluates_as_trained(path, data, &trained, &["edge_f1", "edge_precision", "edge_recall"]);
    assert!(trained["edge_f1"].as_f64().unwrap() > 0.8, "{trained}");
    let answers = json(&run(path, "predict run images/test/8.png --out answers --json"));
    assert!(answers[0]["edge_px"].as_u64().unwrap() > 20, "{answers}");
    let map = image::open(path.join("answers/8.edges.png")).unwrap().to_luma8();
    let white = map.pixels().filter(|px| px.0[0] == 255).count();
    assert_eq!((map.dimensions(), white as u64), ((44, 40), answers[0]["edge_px"].as_u64().unwrap()));

    // Other options than those that the model was saved with.
    let px = |threshold: &str| {
        let words = format!("predict run images/test/8.png --set edges.threshold={threshold} --json");
        json(&run(path, &words))[0]["edge_px"].as_u64().unwrap()
    };
    assert!(px("0.05") > px("0.95"), "{} {}", px("0.05"), px("0.95"));
    let precision = |threshold: &str| {
        let words = format!("evaluate run --data {data} --set edges.threshold={threshold} --json");
        json(&run(path, &words))["edge_precision"].as_f64().unwrap()
    };
    assert!(precision("0.05") < precision("0.5"));
    fails(path, "predict run images/test/8.png --set edges.treshold=0.3", &["did you mean `threshold`"]);
    fails(path, "predict run images/test/8.png --set edges.threshold=2", &["`threshold` is 2"]);
    fails(
        path,
        &format!("evaluate run --data {data} --set segment.crops=2"),
        &["`segment` is none of them", "`edges.`"],
    );

    let hed = "--model hed --set network.size=[32,48] --set network.width=0.05 --epochs 1 --out hed";
    let trained = json(&run(path, &format!("train --task edges --data {data} {hed} --json")));
    assert!(trained["edge_f1"].is_number() && trained["main_loss"].is_number(), "{trained}");
    fails(path, "train --task edges --data pairs:images,masks --out no", &["pairs:IMAGES,EDGES,binary"]);
    fails(path, &format!("train --task edges --data {data} --set edges.tolerance=99 --out no"), &["`tolerance` is 99"]);
}

#[test]
fn pictures_come_back_from_their_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    idx_folder(&path.join("data"), 24);
    let words =
        "train --task autoencode --data idx:data --epochs 3 --batch-size 8 --set network.width=0.5 --out run --json";
    let trained = json(&run(path, words));
    evaluates_as_trained(path, "idx:data", &trained, &["psnr", "mse"]);
    GrayImage::from_pixel(50, 60, Luma([90])).save(path.join("gray.png")).unwrap();
    let answers = json(&run(path, "predict run gray.png --out answers --json"));
    assert_eq!(answers[0]["size"], serde_json::json!([28, 28]));
    let decoded = image::open(path.join("answers/gray.decoded.png")).unwrap();
    assert_eq!((decoded.color(), decoded.width()), (image::ColorType::L8, 28));
    let color =
        "train --task autoencode --data idx:data --set network.channels=3 --set network.size=[20,24] --epochs 1";
    assert!(json(&run(path, &format!("{color} --out color --json")))["psnr"].is_number());
    fails(
        path,
        "train --task autoencode --data idx:data --model resnet18 --out no",
        &["one output of the input's shape"],
    );
    fails(
        path,
        "train --task autoencode --data idx:data --preprocessing tf --set network.channels=3 --out no",
        &["values in [0, 1]"],
    );
}

#[test]
fn settings_and_pictures_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    idx_folder(&path.join("data"), 8);
    json(&run(path, "train --data idx:data --epochs 1 --set network.size=[32,36] --set seed=3 --out run --json"));
    fails(path, "predict run data --out x", &["a classifier's answer has no pictures"]);
    fails(path, "train --data idx:data --set network.wdith=2 --out no", &["did you mean `width`?"]);
    fails(path, "train --data idx:data --set network.width=2 --out no", &["lenet5 can't have `width` 2"]);
    fails(path, "train --data idx:data --model run --set network.size=[9,9] --out no", &["a file has its network"]);
    fails(path, "train --resume --out run --set seed=4", &["--set can't be given with --resume"]);
    fails(path, "train --task edges --data pairs:a,b,binary --out no", &["\"a\""]);
    let wrong = run(path, "train --set epochs");
    assert!(text(&wrong.stderr).contains("write it as KEY=VALUE"), "{}", text(&wrong.stderr));
}
