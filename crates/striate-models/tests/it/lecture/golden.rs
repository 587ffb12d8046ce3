//! The group `lecture`.

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use striate_backend::devices;
use striate_layers::{Activation, Dense, LayerConfig};
use striate_models::Architecture;
use striate_network::{NetworkSpec, State};
use striate_testkit::{Case, Group};

use super::networks::by_name;
use super::table::{self, Row};

#[test]
fn golden_lecture() {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), "lecture") else { return };
    assert!(!group.cases().is_empty(), "the group has cases");
    for (name, device) in devices() {
        group.cases().iter().for_each(|case| check(case, &device));
        group.passed(&name.to_string());
    }
}

fn check(case: &Case, device: &Device) {
    match case.kind.as_str() {
        "softmax" => {
            let input: Vec<f32> = other(case, "input");
            let layer = LayerConfig::from(Activation::Softmax { axis: -1 });
            let output = run::<2, 2>(layer, State::new(), TensorData::new(input.clone(), [1, input.len()]), device);
            near(case, &output, &other::<Vec<f32>>(case, "output"));
        }
        "conv2d" => {
            let kernel: Vec<Vec<f32>> = config(case, "kernel");
            let layer = window_layer(
                case,
                "conv2d",
                json!({"filters": 1, "bias": null}),
                "kernel_size",
                &json!(sides(&kernel)),
            );
            let weight = TensorData::new(kernel.concat(), [1, 1, kernel.len(), kernel[0].len()]);
            check_picture(case, layer, State::from([("layer.weight".into(), weight)]), device);
        }
        "max_pool2d" => {
            let layer = window_layer(case, "max_pool2d", json!({}), "pool_size", &case.config["pool_size"]);
            check_picture(case, layer, State::new(), device);
        }
        "conv_output_size" => {
            let [height, width]: [usize; 2] = config(case, "input");
            let layer = window_layer(case, "conv2d", json!({"filters": 1}), "kernel_size", &case.config["kernel"]);
            let spec = over([1, height, width].into(), layer);
            let sides: Vec<usize> = spec.signature(1).shape.sides().iter().flatten().copied().collect();
            assert_eq!(sides[1..], other::<Vec<usize>>(case, "output"), "{}", case.id);
        }
        "conv_cost" => check_cost(case),
        "parameter_table" => check_table(case),
        "residual_units" => check_units(case),
        "transfer_head" => check_head(case),
        "inverse_time_decay" => {
            // Keras's `InverseTimeDecay` with one decay step.
            let [rate, decay] = ["learning_rate", "decay"].map(|key| config::<f64>(case, key));
            let steps: Vec<f64> = other(case, "steps");
            for (step, want) in steps.iter().zip(other::<Vec<f64>>(case, "output")) {
                assert!((rate / (1.0 + decay * step) - want).abs() <= 1e-12, "{}: step {step}", case.id);
            }
        }
        unknown => panic!("{}: unknown kind {unknown}", case.id),
    }
}

/// A value that stands beside the case's config.
#[track_caller]
fn other<T: DeserializeOwned>(case: &Case, key: &str) -> T {
    let value = case.other.get(key).unwrap_or_else(|| panic!("{}: no {key}", case.id));
    T::deserialize(value).unwrap_or_else(|error| panic!("{}: {key}: {error}", case.id))
}

#[track_caller]
fn config<T: DeserializeOwned>(case: &Case, key: &str) -> T {
    T::deserialize(&case.config[key]).unwrap_or_else(|error| panic!("{}: {key}: {error}", case.id))
}

fn sides(rows: &[Vec<f32>]) -> [usize; 2] {
    [rows.len(), rows[0].len()]
}

/// A layer of windows whose stride and padding are the case's.
fn window_layer(case: &Case, kind: &str, mut layer: Value, size_name: &str, size: &Value) -> LayerConfig {
    layer["kind"] = kind.into();
    layer[size_name] = size.clone();
    for (ours, theirs) in [("stride", "strides"), ("padding", "padding"), ("dilation", "dilation")] {
        if let Some(value) = case.config.get(theirs).filter(|value| !value.is_null()) {
            layer[ours] = value.clone();
        }
    }
    serde_json::from_value(layer).unwrap_or_else(|error| panic!("{}: {error}", case.id))
}

fn over(shape: striate_layers::Shape, layer: LayerConfig) -> NetworkSpec {
    let mut net = NetworkSpec::builder("case");
    let input = net.input("input", shape);
    let x = net.add("layer", layer, input);
    net.output(x).build().unwrap_or_else(|error| panic!("{error}"))
}

/// What a layer with these weights gives for one sample.
fn run<const I: usize, const O: usize>(
    layer: LayerConfig,
    weights: State,
    input: TensorData,
    device: &Device,
) -> Vec<f32> {
    let sides = input.shape().as_slice()[1..].iter().map(|side| Some(*side)).collect::<Vec<_>>();
    let spec = over(striate_layers::Shape::new(sides), layer);
    let network = spec.init(0, device).with_state(weights).unwrap();
    let output: Tensor<O> = network.forward(Tensor::<I>::from_data(input, device));
    output.into_data().try_to_vec::<f32>().unwrap()
}

fn check_picture(case: &Case, layer: LayerConfig, weights: State, device: &Device) {
    let picture: Vec<Vec<f32>> = other(case, "input");
    let [height, width] = sides(&picture);
    let input = TensorData::new(picture.concat(), [1, 1, height, width]);
    let output = run::<4, 4>(layer, weights, input, device);
    let want: Vec<Vec<f32>> = other(case, "output");
    near(case, &output, &want.concat());
}

#[track_caller]
fn near(case: &Case, got: &[f32], want: &[f32]) {
    let equal = got.len() == want.len()
        && got.iter().zip(want).all(|(got, want)| (got - want).abs() <= 1e-6 * want.abs().max(1.0));
    assert!(equal, "{}: {got:?}, not {want:?}", case.id);
}

fn check_cost(case: &Case) {
    let [height, width, channels]: [usize; 3] = config(case, "input");
    let filters: usize = config(case, "filters");
    let layer = window_layer(case, "conv2d", json!({"filters": filters}), "kernel_size", &case.config["kernel"]);
    let cost = over([channels, height, width].into(), layer).node_cost(1);
    let bytes = cost.activations * config::<u64>(case, "bytes_per_value");
    for (key, value) in &case.other {
        let got = match key.as_str() {
            "parameters" => cost.parameters,
            "multiplications" => cost.multiplications,
            "output_bytes" => bytes,
            key => match key.strip_prefix("output_bytes_batch_of_").map(str::parse::<u64>) {
                Some(Ok(batch)) => bytes * batch,
                // What the slide prints, rounded.
                _ if key.starts_with("slide") => continue,
                _ => panic!("{}: unknown number {key}", case.id),
            },
        };
        assert_eq!(json!(got), *value, "{}: {key}", case.id);
    }
}

fn check_table(case: &Case) {
    let rows: Vec<Row> = other(case, "layers");
    let input: Vec<usize> = config(case, "input");
    // A network that isn't one of ours is built from its own table.
    let spec = by_name(&config::<String>(case, "model")).unwrap_or_else(|| table::rebuilt(&case.id, &input, &rows));
    table::check(&case.id, &spec, &rows, other(case, "total"));
}

/// Counts the sums of each stage of a ResNet by their channels.
fn check_units(case: &Case) {
    let model: String = config(case, "model");
    let spec = by_name(&model).unwrap_or_else(|| panic!("{}: unknown network {model}", case.id));
    let mut units: Vec<[usize; 2]> = Vec::new();
    for layer in spec.summary().layers.iter().filter(|layer| layer.kind == "add") {
        let channels = layer.output.sides()[0].unwrap();
        match units.last_mut() {
            Some(last) if last[1] == channels => last[0] += 1,
            _ => units.push([1, channels]),
        }
    }
    assert_eq!(units, other::<Vec<[usize; 2]>>(case, "units"), "{}", case.id);
}

fn check_head(case: &Case) {
    let base: String = config(case, "base");
    let mut net = NetworkSpec::builder("head");
    let mut x = net.input("features", [features(&base).unwrap_or_else(|| panic!("{}: unknown base {base}", case.id))]);
    for (number, units) in config::<Vec<usize>>(case, "head").into_iter().enumerate() {
        x = net.add(format!("dense{number}"), Dense::new(units), x);
    }
    let summary = net.output(x).build().unwrap().summary();
    assert_eq!(summary.parameters, other::<u64>(case, "head_parameters"), "{}", case.id);
}

/// The channels that a network without its head gives.
fn features(name: &str) -> Option<usize> {
    let name = name.strip_suffix("_no_top").unwrap_or(name);
    if let Ok(architecture) = name.parse::<Architecture>()
        && let Ok(spec) = architecture.spec(0)
    {
        return spec.output_signatures()[0].shape.sides()[0];
    }
    Some(match name.strip_prefix("keras_").unwrap_or(name) {
        "efficientnetb0" | "efficientnetb1" | "mobilenet_v2" => 1280,
        "efficientnetb2" => 1408,
        "efficientnetb3" => 1536,
        "efficientnetb4" => 1792,
        "efficientnetb5" | "resnet50" | "resnet101" | "resnet152" | "xception" | "inception_v3" => 2048,
        "efficientnetb6" => 2304,
        "efficientnetb7" => 2560,
        "vgg16" | "vgg19" => 512,
        "densenet121" => 1024,
        "densenet169" => 1664,
        "densenet201" => 1920,
        _ => return None,
    })
}
