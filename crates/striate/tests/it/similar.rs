//! Similar pictures, from a model's file to an index's.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use striate::core::{ClassNames, Preprocessing};
use striate::data::Picture;
use striate::layers::Flatten;
use striate::network::{ModelFile, Sections};
use striate::prelude::*;
use striate::{Embedder, Error, SimilarIndex, over_frames};

fn flex() -> Device {
    device("flex").unwrap()
}

/// A model whose features are the means of maps, and a folder with stripes of eight widths and a damaged picture.
fn prepared(folder: &Path) {
    let mut net = NetworkSpec::builder("small");
    let images = net.input("images", [1, 16, 16]);
    let x = net.add("conv", Conv2d::new(6, 3).same().activation(Activation::Relu), images);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("features", Dense::new(12).activation(Activation::Tanh), x);
    let x = net.add("classes", Dense::new(3), x);
    let network = net.output(x).build().unwrap().init(7, &flex());
    let section = |value: serde_json::Value| value;
    let sections = Sections::from([
        ("preprocessing".to_owned(), section(serde_json::to_value(Preprocessing::gray([16, 16])).unwrap())),
        ("classes".to_owned(), section(serde_json::to_value(ClassNames::numbered(3)).unwrap())),
    ]);
    ModelFile::save(&folder.join("model.safetensors"), &network, sections).unwrap();
    fs::create_dir_all(folder.join("photos/more")).unwrap();
    for width in 1..9 {
        let stripes =
            image::GrayImage::from_fn(16, 16, |x, _| image::Luma([if x / width % 2 == 0 { 240 } else { 10 }]));
        let name = if width > 4 { format!("more/猫{width}.png") } else { format!("{width}.png") };
        stripes.save(folder.join("photos").join(name)).unwrap();
    }
    fs::write(folder.join("photos/broken.png"), b"no picture").unwrap();
}

#[test]
fn each_picture_is_most_like_itself() {
    let folder = tempfile::tempdir().unwrap();
    prepared(folder.path());
    let model = folder.path().join("model.safetensors");
    for (layer, length) in [(None, 12), (Some("conv"), 6), (Some("classes"), 3), (Some("flatten"), 6 * 16 * 16)] {
        let embedder = Embedder::open(&model, layer, &flex()).unwrap();
        let built = SimilarIndex::build(&embedder, &folder.path().join("photos")).unwrap();
        assert_eq!((built.index.len(), built.index.length(), built.unreadable.len()), (8, length, 1), "{layer:?}");
        let path = folder.path().join("index.safetensors");
        built.index.save(&path).unwrap();
        let index = SimilarIndex::open(&path).unwrap();
        assert_eq!(index, built.index);
        let embedder = Embedder::of_index(index.origin(), None, &flex()).unwrap();
        for name in ["3.png", "more/猫7.png"] {
            let picture =
                Picture::open(&folder.path().join("photos").join(name), striate::data::DecodeLimits::default())
                    .unwrap();
            let numbers = embedder.embed(&[picture]).unwrap().remove(0);
            let found = index.query(&numbers, 3).unwrap();
            assert_eq!((found.len(), found[0].name.as_str()), (3, name), "{layer:?}");
            assert!((found[0].similarity - 1.0).abs() < 1e-5 && found[1].similarity <= found[0].similarity);
        }
    }
}

#[test]
fn another_model_and_other_mistakes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    prepared(folder.path());
    let model = folder.path().join("model.safetensors");
    let message = Embedder::open(&model, Some("featurs"), &flex()).unwrap_err().to_string();
    assert!(message.contains("has no layer \"featurs\"") && message.contains("features"), "{message}");
    let embedder = Embedder::open(&model, None, &flex()).unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(SimilarIndex::build(&embedder, &empty).is_err());
    fs::write(empty.join("broken.png"), b"no picture").unwrap();
    assert!(SimilarIndex::build(&embedder, &empty).unwrap_err().to_string().contains("has no picture"));

    let mut origin = embedder.origin().clone();
    origin.sha256 = "another".into();
    assert!(matches!(Embedder::of_index(&origin, None, &flex()), Err(Error::OtherIndex { .. })));
    let moved = folder.path().join("moved.safetensors");
    fs::rename(&model, &moved).unwrap();
    assert!(Embedder::of_index(embedder.origin(), None, &flex()).is_err());
    assert!(Embedder::of_index(embedder.origin(), Some(&moved), &flex()).is_ok());
    let message = SimilarIndex::open(&moved).unwrap_err().to_string();
    assert!(message.contains("it is no index of pictures"), "{message}");
}

#[test]
fn frames_are_asked_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for number in [10, 9, 11, 1] {
        image::GrayImage::from_pixel(4, 4, image::Luma([number]))
            .save(folder.path().join(format!("f{number}.png")))
            .unwrap();
    }
    let run = over_frames(folder.path(), |frame| Ok(frame.pixels()[0])).unwrap();
    let answers: Vec<_> = run.frames.iter().map(|frame| (frame.frame.as_str(), frame.answer)).collect();
    assert_eq!(answers, [("f1.png", 1), ("f9.png", 9), ("f10.png", 10), ("f11.png", 11)]);
    assert!(run.seconds > 0.0 && (run.frames_per_second - 4.0 / run.seconds).abs() < 1e-6 * run.frames_per_second);
    let failed = over_frames(folder.path(), |_| Err::<(), _>(Error::NoRun { path: "x".into() }));
    assert!(failed.is_err());
}
