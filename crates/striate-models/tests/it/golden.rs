//! The groups `models`, `twins` and `params`: names and shapes of the state, counts, and outputs with filled weights.

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use serde::Deserialize;
use striate_backend::devices;
use striate_layers::{Context, Value};
use striate_models::Architecture;
use striate_network::NetworkSpec;
use striate_testkit::{Case, Group, fill};

use crate::support::filled;

/// What of a case isn't a tensor.
#[derive(Deserialize)]
struct Model {
    num_params: u64,
    trainable_params: Option<u64>,
    state: Vec<(String, Vec<usize>)>,
    input: Input,
    logits: String,
    aux_logits: Option<String>,
}

#[derive(Deserialize)]
struct Input {
    shape: Vec<usize>,
    fill_name: String,
    #[serde(default = "one")]
    scale: f64,
    #[serde(default)]
    offset: f64,
}

fn one() -> f64 {
    1.0
}

/// A case's network. A name that no network has is none, if it isn't one that there ought to be.
fn network_of(id: &str) -> Option<NetworkSpec> {
    let (name, head) = match id.strip_suffix("_no_top") {
        Some(name) => (name, false),
        None => (id, true),
    };
    let Ok(architecture) = name.parse::<Architecture>() else {
        assert!(!is_covered(name), "there is no network {name}");
        return None;
    };
    let config = architecture.config();
    let spec = if head { config.spec() } else { config.without_head().spec() };
    Some(spec.unwrap_or_else(|error| panic!("{id}: {error}")))
}

/// Whether the project's list of networks covers a name.
fn is_covered(name: &str) -> bool {
    let name = name.strip_prefix("keras_").unwrap_or(name);
    if name.ends_with("v2") && (name.starts_with("resnet") || name.starts_with("inceptionresnet")) {
        return false;
    }
    if name == "mobilenet" || name.starts_with("efficientnet_v2") || name.starts_with("efficientnetv2") {
        return false;
    }
    const FAMILIES: [&str; 18] = [
        "lenet5",
        "alexnet",
        "vgg",
        "googlenet",
        "inception_v3",
        "inceptionv3",
        "resnet",
        "wide_resnet",
        "resnext",
        "xception",
        "legacy_xception",
        "efficientnet",
        "mobilenet",
        "squeezenet",
        "densenet",
        "fcn",
        "unet",
        "yolo",
    ];
    const COURSES: [&str; 6] = ["cnn_115x51", "cifar10_cnn", "fashion_mnist_cnn", "lecture_", "mini_xception", "canny"];
    FAMILIES.iter().chain(&COURSES).any(|family| name.starts_with(family))
}

#[test]
fn golden_params() {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), "params") else { return };
    assert!(!group.cases().is_empty(), "the group has cases");
    let mut others = Vec::new();
    for case in group.cases() {
        assert_eq!(case.kind, "params", "{}: unknown kind {}", case.id, case.kind);
        let number = |key: &str| case.other.get(key).and_then(serde_json::Value::as_u64);
        let Some(spec) = network_of(&case.id) else {
            others.push(case.id.as_str());
            continue;
        };
        let summary = spec.summary();
        assert_eq!(Some(summary.parameters), number("num_params"), "{}: parameters", case.id);
        if let Some(trainable) = number("trainable_params") {
            assert_eq!(summary.trainable, trainable, "{}: trainable parameters", case.id);
        }
        if let Some(tensors) = number("state_tensors") {
            let device = striate_backend::device("flex").expect("flex is there");
            let weights = spec.init(0, &device).reference_weights();
            assert_eq!(weights.len() as u64, tensors, "{}: tensors of the state", case.id);
        }
    }
    println!("other networks: {} {others:?}", others.len());
    group.passed("flex");
}

#[test]
fn golden_models() {
    check_group("models");
}

/// More of the libraries' networks, at other sizes than their papers'.
#[test]
fn golden_twins() {
    check_group("twins");
}

/// Devices whose buffers are too small for the weights of a VGG's head, as Vulkan in software, still have its features.
#[test]
fn golden_models_features_of_a_vgg_are_the_probe_on_every_device() {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), "models") else { return };
    let Some(case) = group.cases().iter().find(|case| case.id == "vgg11") else { return };
    let probes: Vec<(String, Vec<usize>, f64, f64)> = serde_json::from_value(case.other["probes"].clone()).unwrap();
    let (name, shape, mean, size) = probes.into_iter().rfind(|probe| probe.0.starts_with("features")).unwrap();
    let features = Architecture::Vgg11.spec(1000).unwrap().until(&[&name]).unwrap();
    for (device_name, device) in devices() {
        let network = filled(features.init(0, &device));
        let images = TensorData::new(fill::values("input", 3 * 224 * 224, 1.0, 0.0), [1, 3, 224, 224]);
        let output = network.forward::<4, 4>(Tensor::from_data(images, &device));
        assert_eq!(output.dims().as_slice(), shape, "on {device_name}");
        let values: Vec<f32> = output.into_data().iter::<f32>().collect();
        let average = |of: fn(f64) -> f64| values.iter().map(|x| of(f64::from(*x))).sum::<f64>() / values.len() as f64;
        println!("{name} on {device_name}: mean {}, of sizes {}", average(|x| x), average(f64::abs));
        // The probes have six digits.
        assert!((average(|x| x) - mean).abs() <= 1e-5 * size, "mean {} on {device_name}, not {mean}", average(|x| x));
        assert!((average(f64::abs) - size).abs() <= 1e-5 * size, "{} on {device_name}, not {size}", average(f64::abs));
    }
}

fn check_group(name: &str) {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), name) else { return };
    assert!(!group.cases().is_empty(), "the group has cases");
    for (name, device) in devices() {
        let others: Vec<_> =
            group.cases().iter().filter(|case| !check(&group, case, &device)).map(|case| case.id.as_str()).collect();
        println!("other networks: {} {others:?}", others.len());
        group.passed(&name.to_string());
    }
}

/// Whether there is such a network.
fn check(group: &Group, case: &Case, device: &Device) -> bool {
    assert_eq!(case.kind, "model", "{}: unknown kind {}", case.id, case.kind);
    let Some(spec) = network_of(&case.id) else { return false };
    let model = Model::deserialize(serde_json::to_value(&case.other).expect("a case is JSON"))
        .unwrap_or_else(|error| panic!("{}: {error}", case.id));
    let network = spec.init(0, device);
    let weights = network.reference_weights();
    let names: Vec<_> = weights.iter().map(|weight| (weight.name.clone(), weight.shape.clone())).collect();
    let differs = names.iter().zip(&model.state).position(|(ours, theirs)| ours != theirs);
    if let Some(place) = differs {
        panic!("{}: weight {place} is {:?}, not {:?}", case.id, names[place], model.state[place]);
    }
    assert_eq!(names.len(), model.state.len(), "{}: number of weights", case.id);
    let summary = network.spec().summary();
    assert_eq!(summary.parameters, model.num_params, "{}: parameters", case.id);
    if let Some(trainable) = model.trainable_params {
        assert_eq!(summary.trainable, trainable, "{}: trainable parameters", case.id);
    }
    let network = filled(network);
    let [batch, channels, height, width] = model.input.shape[..] else { panic!("{}: one picture", case.id) };
    let values =
        fill::values(&model.input.fill_name, height * width * channels * batch, model.input.scale, model.input.offset);
    let images = TensorData::new(values, [batch, channels, height, width]);
    let images = Tensor::<4>::from_data(images, device);
    // Pictures of another size than the paper's are for networks that take any.
    let network = match network.spec().for_inputs(&[Value::from(images.clone()).signature()]) {
        Ok(_) => network,
        Err(_) => {
            network.rebuilt(case.id.parse::<Architecture>().unwrap().config().size([height, width]).spec().unwrap(), 0)
        }
    };
    let outputs = network.run(vec![images.into()], &mut Context::evaluation()).unwrap();
    let wanted = [("logits", Some(&model.logits)), ("aux_logits", model.aux_logits.as_ref())];
    for ((role, key), output) in wanted.into_iter().filter_map(|(role, key)| Some((role, key?))).zip(outputs) {
        let sides = output.dims();
        let flat: Tensor<1> = output.reshape(&[sides.iter().product()]).float();
        let got: Vec<f32> = flat.into_data().iter::<f32>().collect();
        let worst = group.distance(case, key, &sides, &got, case.atol[role]);
        println!("{} {role}: {worst:.3} of the tolerance", case.id);
        assert!(worst <= 1.0, "{}: {role} is {worst:.2} times the tolerance away", case.id);
    }
    true
}
