//! The group `losses`: output, gradient for the predictions, and YOLO's components.

use burn::Tensor;
use burn::tensor::Device;
use serde_json::{Value as Json, json};
use striate_backend::devices;
use striate_layers::losses::Loss;
use striate_testkit::{Case, Group};

use super::layers::{gradient, value};

const ROLES: [&str; 7] = ["input", "target", "class_weight", "sample_weight", "output", "grad_input", "components"];

/// The kinds of which PyTorch counts each value by itself, Keras the mean over the last axis or the sum over the classes.
const ELEMENTWISE: [&str; 10] = [
    "mse",
    "mae",
    "huber",
    "smooth_l1",
    "log_cosh",
    "binary_crossentropy",
    "focal",
    "hinge",
    "squared_hinge",
    "kl_div",
];

#[test]
fn golden_losses() {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), "losses") else { return };
    assert!(!group.cases().is_empty(), "the group has cases");
    for (name, device) in devices() {
        group.cases().iter().for_each(|case| check(&group, case, &device));
        group.passed(&name.to_string());
    }
}

/// The loss of a case: its kind and config are those of the loss in JSON.
fn loss(group: &Group, case: &Case) -> Loss {
    let mut config = case.config.as_object().expect("a config is a table").clone();
    // What is null has its default; an alpha that is null is none at all.
    config.retain(|key, value| !value.is_null() || key == "alpha");
    if ELEMENTWISE.contains(&case.kind.as_str()) {
        config.insert("elementwise".into(), json!(case.reference == "torch"));
    }
    if config.get("alpha").and_then(Json::as_f64).is_some_and(|alpha| alpha < 0.0) {
        config.insert("alpha".into(), Json::Null);
    }
    if case.tensors.contains_key("class_weight") {
        config.insert("class_weight".into(), json!(group.tensor(case, "class_weight").values));
    }
    let loss = serde_json::from_value(json!({ case.kind.as_str(): config }));
    loss.unwrap_or_else(|error| panic!("{}: {}: {error}", case.id, case.kind))
}

fn check(group: &Group, case: &Case, device: &Device) {
    let device = device.clone().autodiff();
    let loss = loss(group, case);
    let unknown = case.tensors.keys().find(|role| !ROLES.contains(&role.as_str()));
    assert_eq!(unknown, None, "{}: unknown role", case.id);

    let [input, target] = ["input", "target"].map(|role| value(group, case, role, &device));
    let weight = case.tensors.contains_key("sample_weight");
    let weight = weight.then(|| value(group, case, "sample_weight", &device).float::<1>());
    loss.check(&input.signature(), &target.signature()).unwrap_or_else(|error| panic!("{}: {error}", case.id));

    let output = loss.forward(input.clone(), target.clone(), weight);
    group.check(case, "output", &output.dims(), &numbers(output.clone()));
    if case.tensors.contains_key("grad_input") {
        let (shape, values) = gradient(input.clone(), &output.backward()).expect("inputs have gradients");
        group.check(case, "grad_input", &shape, &values);
    }
    if case.tensors.contains_key("components") {
        let Loss::YoloV1(yolo) = loss else { panic!("{}: {} has no components", case.id, case.kind) };
        let parts = yolo.components(input.float(), target.float());
        let parts = Tensor::cat(vec![parts.coord, parts.object, parts.no_object, parts.class], 0);
        group.check(case, "components", &parts.dims(), &numbers(parts));
    }
}

fn numbers(x: Tensor<1>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}
