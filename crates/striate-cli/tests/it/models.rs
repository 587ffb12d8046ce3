//! The list of networks.

use std::process::Stdio;

use crate::support::{json, run, striate, text};

const README: &str = include_str!("../../../../README.md");

#[test]
fn list_has_the_numbers_of_each_network() {
    let here = std::path::Path::new(".");
    let models = json(&run(here, "models --json"));
    let find = |name: &str| models.as_array().unwrap().iter().find(|model| model["name"] == name).unwrap().clone();
    let vgg16 = find("vgg16");
    // The paper's table 2: 138 million.
    assert_eq!((&vgg16["parameters"], &vgg16["year"]), (&138_357_544.into(), &2014.into()));
    assert_eq!(vgg16["input"], serde_json::json!([3, 224, 224]));
    // fvcore counts 15,470,264,320 for the same network.
    assert_eq!(vgg16["multiplications"], 15_470_264_320u64);
    let table = text(&run(here, "models").stdout);
    assert!(table.contains("138,357,544") && table.contains("3x224x224"), "{table}");
}

#[test]
fn readme_has_the_list_as_it_is() {
    let table = text(&run(std::path::Path::new("."), "models --markdown").stdout);
    assert!(README.contains(&table), "put the output of `cargo xtask models --markdown` into the README:\n{table}");
}

#[test]
fn published_weights_are_listed_with_address_and_sum() {
    let weights = json(&run(std::path::Path::new("."), "models --weights --json"));
    let vgg16 = weights.as_array().unwrap().iter().find(|weights| weights["name"] == "vgg16:v1").unwrap();
    assert_eq!(vgg16["url"], "https://download.pytorch.org/models/vgg16-397923af.pth");
    assert_eq!((&vgg16["sha256"], &vgg16["source"]), (&"397923af".into(), &"torchvision".into()));
}

#[test]
fn a_reader_that_has_enough_is_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = striate(folder.path());
    let output = command.arg("models").stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output();
    let output = output.unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}
