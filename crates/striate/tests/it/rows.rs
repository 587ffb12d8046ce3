//! Rows of a table into a network, and what they become in a model file.

use striate::core::Preprocessing;
use striate::core::features::{Cell, Feature, FeatureSpec, Hashing, Moments, Normalization, StringLookup};
use striate::data::Picture;
use striate::layers::Embedding;
use striate::network::{ModelFile, Sections};
use striate::prelude::*;
use striate::{Error, RowPredictor};

/// A number and a category, as they are when they have learned.
fn features() -> FeatureSpec {
    let age = Normalization { moments: Some(Moments::of_all(40.0, 100.0)), ..Normalization::default() };
    let town = StringLookup { vocabulary: Some(vec!["Oslo".into(), "Лима".into()]), ..StringLookup::default() };
    FeatureSpec::new().with("age", "numbers", Feature::Normalization(age)).with(
        "town",
        "town",
        Feature::StringLookup(town),
    )
}

/// A network for them, with a picture if one is wanted.
fn network(picture: bool) -> Network {
    let mut net = NetworkSpec::builder("rows");
    let numbers = net.input("numbers", [1]);
    let town = net.int_input("town", [1]);
    let town = net.add("embedding", Embedding::new(3, 2), town);
    let mut parts = vec![numbers, net.add("flatten", Flatten::new(), town)];
    if picture {
        let images = net.input("images", [1, 2, 2]);
        parts.push(net.add("flatten_images", Flatten::new(), images));
    }
    let x = net.add("all", Concatenate::new(), &parts[..]);
    let x = net.add("fc", Dense::new(2), x);
    net.output(x).build().unwrap().init(3, &device("flex").unwrap())
}

fn row(age: i64, town: &str) -> [(&str, Cell); 2] {
    [("town", town.into()), ("age", age.into())]
}

#[test]
fn what_features_learned_travels_in_the_model_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.safetensors");
    let (device, picture) = (device("flex").unwrap(), Picture::new(2, 2, 1, vec![0, 50, 100, 255]).unwrap());
    let how = Some(Preprocessing::gray([2, 2]));
    let saved = RowPredictor::new(network(true), &features(), how.clone()).unwrap();
    let more = Sections::from([("classes".to_owned(), serde_json::json!(["no", "yes"]))]);
    saved.save(&path, more.clone()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let file = ModelFile::open(&path).unwrap();
    assert_eq!(file.section::<FeatureSpec>("features").unwrap().unwrap(), features());
    assert_eq!(file.section::<Vec<String>>("classes").unwrap().unwrap(), ["no", "yes"]);

    let read = RowPredictor::open(&path, &device).unwrap();
    for row in [row(25, "Oslo"), row(40, "Лима"), row(-3, "nowhere")] {
        let answer = read.predict(&row, Some(&picture)).unwrap();
        assert_eq!(answer, saved.predict(&row, Some(&picture)).unwrap());
    }
    // Equal models give equal bytes.
    read.save(&path, more).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    let other = read.predict(&row(40, "Oslo"), Some(&picture)).unwrap();
    assert_ne!(other, read.predict(&row(40, "Лима"), Some(&picture)).unwrap());
}

#[test]
fn rows_that_lack_something_are_refused_by_name() {
    let rows = RowPredictor::new(network(false), &features(), None).unwrap();
    assert_eq!(rows.predict(&row(40, "Oslo"), None).unwrap()[0].len(), 2);
    let said = |row: &[(&str, Cell)]| {
        let error = rows.predict(row, None).unwrap_err();
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text += &format!(": {error}");
            cause = error.source();
        }
        text
    };
    assert!(said(&[("age", 40.into()), ("twon", "Oslo".into())]).contains("\"town\"; did you mean \"twon\"?"));
    assert!(said(&[("age", "old".into()), ("town", "Oslo".into())]).contains("column \"age\" has Text(\"old\")"));
    let picture = Picture::new(2, 2, 1, vec![0; 4]).unwrap();
    let error = rows.predict(&row(40, "Oslo"), Some(&picture)).unwrap_err();
    assert_eq!(error.to_string(), "the network takes no picture beside the row");
    let rows = RowPredictor::new(network(true), &features(), Some(Preprocessing::gray([2, 2]))).unwrap();
    let error = rows.predict(&row(40, "Oslo"), None).unwrap_err();
    assert!(matches!(error, Error::PictureBesideRow { wanted: true }), "{error}");
}

#[test]
fn features_that_are_not_what_the_network_takes_are_refused() {
    let error = |features: &FeatureSpec| RowPredictor::new(network(false), features, None).unwrap_err();
    let turned = FeatureSpec { features: features().features.into_iter().rev().collect() };
    let said = error(&turned).to_string();
    assert!(
        said.starts_with("network \"rows\" takes \"numbers\" ") && said.contains("gets \"town\" int [1]"),
        "{said}"
    );
    let mixed = features().with("town", "numbers", Feature::Hashing(Hashing::new(9)));
    assert!(matches!(error(&mixed), Error::Data(_)));
    let mut fresh = features();
    fresh.features[0].feature = Feature::Normalization(Normalization::default());
    assert!(matches!(error(&fresh), Error::Data(_)));
    let how = Preprocessing::gray([2, 2]);
    let error = RowPredictor::check(network(false).spec(), &features(), Some(&how)).unwrap_err();
    assert!(error.to_string().contains("gets pictures [1, 2, 2]"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.safetensors");
    let device = device("flex").unwrap();
    ModelFile::save(&path, &network(false), Sections::new()).unwrap();
    let error = RowPredictor::open(&path, &device).unwrap_err();
    assert!(matches!(error, Error::NoSection { section: "features", .. }), "{error}");
    for section in [serde_json::json!({"features": []}), serde_json::json!(7), serde_json::to_value(&turned).unwrap()] {
        let sections = Sections::from([("features".to_owned(), section)]);
        ModelFile::save(&path, &network(false), sections).unwrap();
        let error = RowPredictor::open(&path, &device).unwrap_err().to_string();
        assert!(error.contains("rows.safetensors") && error.contains("features"), "{error}");
    }
}
