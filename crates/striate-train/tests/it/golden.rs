//! Update rules against recorded steps of Keras and PyTorch.

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use striate_backend::devices;
use striate_testkit::{Case, Group};
use striate_train::UpdateRule;
use striate_train::optimizers::{Adam, Preset, Sgd};

#[test]
fn golden_optimizers() {
    let group = Group::read(env!("CARGO_MANIFEST_DIR"), "optimizers").expect("the crate has its golden cases");
    assert!(!group.cases().is_empty());
    for (name, device) in devices() {
        group.cases().iter().for_each(|case| check(&group, case, &device));
        group.passed(&name.to_string());
    }
}

#[track_caller]
fn check(group: &Group, case: &Case, device: &Device) {
    let number = |key: &str| case.config.get(key).and_then(serde_json::Value::as_f64);
    let rate = number("learning_rate").expect("every rule has a rate");
    let or_0 = |key: &str| number(key).unwrap_or(0.0);
    let on = |key: &str| case.config.get(key).is_some_and(|on| on == true);
    let preset = match case.reference.as_str() {
        "keras" => Preset::Keras,
        "torch" => Preset::Torch,
        other => panic!("{}: unknown reference {other}", case.id),
    };
    let adam = |decoupled: bool| Adam {
        preset,
        learning_rate: rate,
        beta_1: number("beta_1").unwrap(),
        beta_2: number("beta_2").unwrap(),
        epsilon: number("epsilon").unwrap(),
        weight_decay: or_0("weight_decay"),
        amsgrad: on("amsgrad"),
        decoupled,
    };
    let rule: Box<dyn UpdateRule> = match case.kind.as_str() {
        "adam" => Box::new(adam(false)),
        "adamw" => Box::new(adam(true)),
        "sgd" => Box::new(Sgd {
            preset,
            learning_rate: rate,
            momentum: or_0("momentum"),
            nesterov: on("nesterov"),
            dampening: or_0("dampening"),
            decay: or_0("decay"),
            weight_decay: or_0("weight_decay"),
        }),
        other => panic!("{}: unknown kind {other}", case.id),
    };
    let start = group.tensor(case, "parameter");
    let gradients = group.tensor(case, "gradients");
    let length = start.values.len();
    let tensor = |values: &[f32]| Tensor::<1>::from_data(TensorData::new(values.to_vec(), [length]), device);
    let mut parameter = tensor(&start.values);
    let mut slots = vec![Tensor::zeros([length], device); rule.slots().len()];
    let mut path = Vec::new();
    for (step, gradient) in gradients.values.chunks_exact(length).enumerate() {
        parameter = rule.update(parameter, tensor(gradient), &mut slots, rate, step as u64 + 1);
        path.extend(parameter.to_data().iter::<f32>());
    }
    group.check(case, "output", &gradients.shape, &path);
}
