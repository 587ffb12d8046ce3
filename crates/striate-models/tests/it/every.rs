//! What holds for every network of the list.

use std::collections::HashMap;

use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, TensorData};
use striate_layers::{Context, Value};
use striate_models::{Architecture, ModelConfig};
use striate_network::{ModelFile, Network, NetworkSpec, Sections};
use striate_testkit::fill;
use striate_testkit::sizes::{MOST_PARAMETERS, smallest};

use crate::support::filled;

const CLASSES: usize = 7;

/// The network for small pictures of odd sides, if it takes them.
fn small(architecture: Architecture) -> ModelConfig {
    let config = architecture.config().classes(CLASSES);
    let sized = |size: Option<_>| size.map_or_else(|| config.clone(), |size| config.clone().size(size));
    let found = smallest(|size| Some(sized(size)).filter(|config| config.spec().is_ok()));
    found.unwrap_or_else(|| panic!("{architecture}: {}", config.spec().unwrap_err()))
}

fn built(config: &ModelConfig) -> NetworkSpec {
    config.spec().unwrap_or_else(|error| panic!("{config:?}: {error}"))
}

#[test]
fn every_network_has_as_many_logits_as_classes_for_pictures_of_odd_sizes() {
    for &architecture in Architecture::ALL {
        let spec = built(&small(architecture));
        let logits = spec.output_signatures()[0].shape.clone();
        assert!(matches!(logits.sides(), [Some(CLASSES), ..]), "{architecture}: {logits}");
        for auxiliary in &spec.output_signatures()[1..] {
            assert_eq!(auxiliary.shape, logits, "{architecture}");
        }
    }
}

#[test]
fn every_network_without_a_head_gives_its_last_maps() {
    for &architecture in Architecture::ALL {
        let spec = built(&small(architecture).without_head());
        let outputs = spec.output_signatures();
        assert_eq!((outputs.len(), outputs[0].shape.rank()), (1, 3), "{architecture}");
        assert!(spec.summary().parameters < built(&small(architecture)).summary().parameters, "{architecture}");
    }
}

#[test]
fn every_network_takes_pictures_of_any_number_of_channels() {
    for &architecture in Architecture::ALL {
        let channels = architecture.input()[0] + 2;
        let spec = built(&small(architecture).in_channels(channels));
        assert_eq!(spec.input_signatures()[0].shape.sides()[0], Some(channels), "{architecture}");
    }
}

#[test]
fn every_network_is_found_by_its_name_and_its_preprocessing_makes_its_input() {
    let mut names: Vec<_> = Architecture::ALL.iter().map(|architecture| architecture.name()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    for &architecture in Architecture::ALL {
        assert_eq!(architecture.name().parse(), Ok(architecture));
        assert_eq!(architecture.preprocessing().output_shape(), architecture.input(), "{architecture}");
        let classes = architecture.class_names().map(|names| names.len());
        assert!(classes.is_none_or(|count| count == architecture.default_classes()), "{architecture}");
    }
}

/// Of each paper's networks in each style of names the smallest, if it isn't too large: the others are the same code with
/// other numbers.
#[test]
fn the_smallest_network_of_each_paper_runs_learns_and_is_saved() {
    let mut smallest: HashMap<_, (u64, Architecture)> = HashMap::new();
    for &architecture in Architecture::ALL {
        let parameters = built(&runnable(architecture)).summary().parameters;
        let family = (architecture.paper(), format!("{:?}", architecture.style()));
        let found = smallest.entry(family).or_insert((parameters, architecture));
        if parameters < found.0 {
            *found = (parameters, architecture);
        }
    }
    let mut found: Vec<_> = smallest.into_values().filter(|(parameters, _)| *parameters <= MOST_PARAMETERS).collect();
    found.sort_by_key(|(parameters, architecture)| (*parameters, architecture.name()));
    found.into_iter().for_each(|(_, architecture)| check(architecture));
}

#[test]
#[ignore = "takes some 15 minutes; the test above has one network of each kind; to be run with `--ignored` when blocks change"]
fn every_network_runs_learns_and_is_saved() {
    Architecture::ALL.iter().for_each(|&architecture| check(architecture));
}

/// The network for small pictures, with its head unless that is too large.
fn runnable(architecture: Architecture) -> ModelConfig {
    let config = small(architecture);
    match built(&config).summary().parameters > MOST_PARAMETERS {
        true => config.without_head(),
        false => config,
    }
}

fn check(architecture: Architecture) {
    let spec = built(&runnable(architecture));
    let device = striate_backend::device("flex").unwrap();
    let network = filled(spec.init(1, &device));
    let images = pictures(&spec, 2);
    let outputs = run(&network, &images, &device);
    println!("{architecture}: {} parameters, {:?}", spec.summary().parameters, images.shape());
    assert!(outputs.iter().flatten().all(|value| value.is_finite()), "{architecture}: outputs");

    let alone = TensorData::new(halves(&images.try_to_vec::<f32>().unwrap()).1.to_vec(), one(&images));
    for (batch, alone) in outputs.iter().zip(run(&network, &alone, &device)) {
        assert_close(halves(batch).1, &alone, 1e-5, &format!("{architecture}: one picture alone"));
    }
    for (before, after) in outputs.iter().zip(run(&network.for_inference(), &images, &device)) {
        assert_close(before, &after, 1e-4, &format!("{architecture}: for inference"));
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    ModelFile::save(&path, &network, Sections::new()).unwrap();
    let again = ModelFile::open(&path).unwrap().network(&device).unwrap();
    assert_eq!(run(&again, &images, &device), outputs, "{architecture}: read from a file");
    check_gradients(architecture, network, &images, &device.autodiff());
}

/// A batch of pictures for a network.
fn pictures(spec: &NetworkSpec, count: usize) -> TensorData {
    let input = spec.input_signatures().remove(0).shape;
    let shape: Vec<_> = std::iter::once(count).chain(input.sides().iter().map(|side| side.unwrap())).collect();
    TensorData::new(fill::values("input", shape.iter().product(), 1.0, 0.0), shape)
}

fn one(images: &TensorData) -> Vec<usize> {
    std::iter::once(1).chain(images.shape().as_slice()[1..].iter().copied()).collect()
}

fn halves(values: &[f32]) -> (&[f32], &[f32]) {
    values.split_at(values.len() / 2)
}

fn outputs(network: &Network, images: &TensorData, device: &Device) -> Vec<Tensor<1>> {
    let images: Value = Tensor::<4>::from_data(images.clone(), device).into();
    let outputs = network.run(vec![images], &mut Context::evaluation()).unwrap();
    let row = |output: Value| {
        let count = output.dims().iter().product();
        output.reshape(&[count]).float()
    };
    outputs.into_iter().map(row).collect()
}

fn run(network: &Network, images: &TensorData, device: &Device) -> Vec<Vec<f32>> {
    outputs(network, images, device).into_iter().map(|output| output.into_data().try_to_vec().unwrap()).collect()
}

#[track_caller]
fn assert_close(wanted: &[f32], got: &[f32], tolerance: f32, what: &str) {
    assert_eq!(wanted.len(), got.len(), "{what}");
    let largest = wanted.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let distance = wanted.iter().zip(got).fold(0.0_f32, |distance, (a, b)| distance.max((a - b).abs()));
    assert!(distance <= tolerance * largest, "{what}: {distance:e} away, where the largest value is {largest:e}");
}

/// Every weight that training learns has a gradient, and it isn't all 0.
fn check_gradients(architecture: Architecture, network: Network, images: &TensorData, device: &Device) {
    let network = network.valid().to_device(device).train();
    let losses = outputs(&network, images, device).into_iter().map(|output| {
        let weights = fill::values("loss", output.dims()[0], 1.0, 0.0);
        (output * Tensor::<1>::from_data(weights.as_slice(), device)).sum()
    });
    let gradients = losses.reduce(|sum, loss| sum + loss).unwrap().backward();
    let mut seen = Seen { gradients: &gradients, path: Vec::new(), learned: 0, wrong: Vec::new() };
    network.visit(&mut seen);
    assert!(seen.wrong.is_empty(), "{architecture}: {:?}", seen.wrong);
    assert!(seen.learned > 0, "{architecture} learns nothing");
}

struct Seen<'a> {
    gradients: &'a Gradients,
    path: Vec<String>,
    learned: usize,
    /// Weights without a gradient, or with one that is no number or 0.
    wrong: Vec<String>,
}

impl ModuleVisitor for Seen<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !param.val().is_require_grad() {
            return;
        }
        self.learned += 1;
        let gradient =
            param.val().grad(self.gradients).map(|gradient| gradient.into_data().try_to_vec::<f32>().unwrap());
        let is_right = gradient.is_some_and(|values| {
            values.iter().all(|value| value.is_finite()) && values.iter().any(|value| *value != 0.0)
        });
        if !is_right {
            self.wrong.push(self.path.join("."));
        }
    }

    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
}

/// The variance of a weight's first values.
fn variance(architecture: Architecture, weight: &str) -> f64 {
    let (node, parameter) = weight.rsplit_once('.').unwrap();
    let network = built(&small(architecture)).init(3, &striate_backend::device("flex").unwrap());
    let values: Vec<f64> = network.layer_state(node).unwrap()[parameter].iter::<f64>().collect();
    values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64
}

#[test]
fn first_weights_are_spread_as_the_reference_spreads_them() {
    use Architecture::*;
    // The variance of He's normal by what comes out, of even draws by what goes in, and fixed ones: torchvision's.
    let cases = [
        (ResNet18, "layer2.0.conv1.weight", 2.0 / (128.0 * 9.0)),
        (ResNet18, "fc.weight", 1.0 / (3.0 * 512.0)),
        (MobileNetV2, "features.4.conv.1.0.weight", 2.0 / (144.0 * 9.0)),
        (MobileNetV3Small, "classifier.0.weight", 0.01 * 0.01),
        (DenseNet121, "features.denseblock1.denselayer1.conv2.weight", 2.0 / (128.0 * 9.0)),
        (SqueezeNet1_1, "features.3.expand3x3.weight", 2.0 / (16.0 * 9.0)),
        (EfficientNetB0, "classifier.1.weight", 1.0 / (3.0 * CLASSES as f64)),
        (GoogLeNet, "aux1.fc1.weight", 0.01 * 0.01),
        (AlexNet, "features.3.weight", 1.0 / (3.0 * 64.0 * 25.0)),
        (InceptionV3, "AuxLogits.conv1.conv.weight", 0.01 * 0.01),
        (InceptionV3, "Mixed_6b.branch7x7_2.conv.weight", 0.1 * 0.1),
    ];
    for (architecture, weight, wanted) in cases {
        let got = variance(architecture, weight);
        assert!((got / wanted - 1.0).abs() < 0.1, "{architecture}: {weight} has {got}, not {wanted}");
    }
}
