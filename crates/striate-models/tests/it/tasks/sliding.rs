//! A classifier at every place.

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use striate_layers::{Activation, AvgPool2d, Conv2d, Dense, Flatten, MaxPool2d};
use striate_models::Architecture;
use striate_models::tasks::{Objectness, Selection, SlidingConfig, SlidingWindow};
use striate_network::{Network, NetworkSpec, State};

fn device() -> Device {
    striate_backend::device("flex").unwrap()
}

/// A classifier of 16x16 px with known weights: class 1 is bright within the middle 8x8 px and dark around them, class 0
/// anything else; with a second output that says the same.
fn bright_middle() -> Network {
    let mut net = NetworkSpec::builder("bright");
    let images = net.input("images", [1, 16, 16]);
    let x = net.add("pool", AvgPool2d::new(4), images);
    let x = net.add("flatten", Flatten::new(), x);
    let class = net.add("class", Dense::new(2), x);
    let thing = net.add("thing", Dense::new(1), x);
    let spec = net.output(class).output(thing).build().unwrap();
    let is_middle = |place: usize| (1..3).contains(&(place / 4)) && (1..3).contains(&(place % 4));
    let bright: Vec<f32> = (0..16).map(|place| if is_middle(place) { 10.0 } else { -10.0 }).collect();
    let state = State::from([
        ("class.weight".into(), TensorData::new([vec![0.0; 16], bright.clone()].concat(), [2, 16])),
        ("class.bias".into(), TensorData::new(vec![30.0_f32, 0.0], [2])),
        ("thing.weight".into(), TensorData::new(bright, [1, 16])),
        ("thing.bias".into(), TensorData::new(vec![-30.0_f32], [1])),
    ]);
    spec.init(0, &device()).with_state(state).unwrap()
}

/// Dark, with a bright square.
fn scene([height, width]: [usize; 2], [top, left]: [usize; 2], side: usize) -> Tensor<4> {
    let is_bright =
        |place: usize| (top..top + side).contains(&(place / width)) && (left..left + side).contains(&(place % width));
    let px: Vec<f32> = (0..height * width).map(|place| f32::from(u8::from(is_bright(place)))).collect();
    Tensor::from_data(TensorData::new(px, [1, 1, height, width]), &device())
}

fn config(objectness: Objectness) -> SlidingConfig {
    SlidingConfig { scales: vec![1.0, 0.5, 0.25], objectness, ..SlidingConfig::default() }
}

#[test]
fn bright_square_is_found_where_it_is_at_each_scale() {
    for objectness in [Objectness::Background(0), Objectness::Output(1)] {
        let window = SlidingWindow::new(&bright_middle(), config(objectness)).unwrap();
        assert_eq!((window.window(), window.stride()), ([16, 16], [4, 4]));
        for (size, corner, side) in [([40, 56], [12, 20], 8), ([64, 80], [16, 24], 16), ([96, 128], [32, 48], 32)] {
            let found = window.detect(scene(size, corner, side)).unwrap();
            assert_eq!(found.len(), 1, "{objectness:?}, {side}: {found:?}");
            // The window around it.
            let [top, left] = corner.map(|edge| (edge - side / 2) as f32);
            let side = 2.0 * side as f32;
            assert_eq!((found[0].xyxy, found[0].class), ([left, top, left + side, top + side], 1));
            assert!(found[0].score > 0.9, "{found:?}");
        }
        // A window of twice the thing's side leaves half of it free on each side.
        let window = SlidingWindow::new(&bright_middle(), SlidingConfig { margin: 0.5, ..config(objectness) }).unwrap();
        let found = window.detect(scene([40, 56], [12, 20], 8)).unwrap();
        assert_eq!(found[0].xyxy, [20.0, 12.0, 28.0, 20.0]);
        let none = window.min_score(1.0).unwrap().detect(scene([40, 56], [12, 20], 8)).unwrap();
        assert!(none.is_empty(), "{none:?}");
    }
}

#[test]
fn without_objectness_every_place_is_a_thing() {
    let window = SlidingWindow::new(&bright_middle(), config(Objectness::None)).unwrap();
    let found = window.detect(scene([24, 24], [8, 8], 8)).unwrap();
    assert!(found.iter().any(|thing| thing.class == 0) && found.iter().any(|thing| thing.class == 1));
}

#[test]
fn votes_equal_the_classifier_on_each_window() {
    let device = device();
    let mut net = NetworkSpec::builder("small");
    let images = net.input("images", [1, 12, 10]);
    let x = net.add("conv", Conv2d::new(4, 3).activation(Activation::Tanh), images);
    let x = net.add("pool", MaxPool2d::new(2), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc", Dense::new(3), x);
    let network = net.output(x).build().unwrap().init(4, &device);
    let keep = Selection {
        min_score: 0.0,
        suppression: striate_models::tasks::Suppression::None,
        most: 1000,
        ..Selection::default()
    };
    let config = SlidingConfig { scales: vec![1.0], keep, ..SlidingConfig::default() };
    let window = SlidingWindow::new(&network, config).unwrap();
    assert_eq!(window.stride(), [2, 2]);
    let (height, width) = (21, 19);
    let px: Vec<f32> = (0..height * width).map(|place| ((place * 29) % 83) as f32 / 83.0).collect();
    let picture = Tensor::<4>::from_data(TensorData::new(px, [1, 1, height, width]), &device);
    let found = window.detect(picture.clone()).unwrap();
    assert_eq!(found.len(), 5 * 5);
    for thing in found {
        let [left, top, ..] = thing.xyxy.map(|edge| edge as usize);
        let part = picture.clone().slice([0..1, 0..1, top..top + 12, left..left + 10]);
        let logits: Tensor<2> = network.forward(part);
        let wanted: Vec<f32> = burn::tensor::activation::softmax(logits, 1).into_data().iter().collect();
        let best = wanted.iter().copied().fold(0.0, f32::max);
        assert!(
            (wanted[thing.class] - best).abs() < 1e-6 && (thing.score - best).abs() < 1e-5,
            "{thing:?}: {wanted:?}"
        );
    }
}

#[test]
fn classifiers_of_the_list_slide() {
    for (architecture, size, stride) in [
        (Architecture::LeNet5, [28, 28], 4),
        (Architecture::SqueezeNet1_1, [65, 49], 16),
        (Architecture::Cifar10Cnn, [32, 32], 8),
    ] {
        let spec = architecture.config().size(size).classes(3).spec().unwrap();
        let window = SlidingWindow::new(&spec.init(1, &device()), SlidingConfig::default()).unwrap();
        assert_eq!((window.window(), window.stride()), (size, [stride; 2]), "{architecture}");
    }
}

#[test]
fn what_cannot_slide_is_said() {
    let message = |config: SlidingConfig| SlidingWindow::new(&bright_middle(), config).unwrap_err().to_string();
    assert!(message(config(Objectness::Background(2))).contains("`background` is 2; it must be one of the 2 classes"));
    assert!(message(config(Objectness::Output(0))).contains("`output` is 0"));
    assert!(
        message(SlidingConfig { margin: -0.5, ..SlidingConfig::default() }).contains("`margin` is -0.5; it must be")
    );
    assert!(message(SlidingConfig { scales: vec![], ..SlidingConfig::default() }).contains("from 1 to 64"));
    assert!(
        message(SlidingConfig { scales: vec![1.0, f32::NAN], ..SlidingConfig::default() }).contains("`scales` is NaN")
    );
    let window = SlidingWindow::new(&bright_middle(), config(Objectness::None)).unwrap();
    let small = window.detect(scene([7, 20], [0, 0], 1)).unwrap_err().to_string();
    assert!(small.contains("a picture of 7x20 px is as large as the classifier's input of 16x16 px"), "{small}");
    let unet = Architecture::UNet.config().size([32, 32]).spec().unwrap();
    assert!(SlidingWindow::new(&unet.init(0, &device()), SlidingConfig::default()).is_err());
    let json = serde_json::to_string(&config(Objectness::Background(3))).unwrap();
    assert_eq!(serde_json::from_str::<SlidingConfig>(&json).unwrap(), config(Objectness::Background(3)));
}
