//! The group `layers`: forward, gradients for inputs and weights, and what the pass learned.

use std::collections::BTreeMap;

use burn::Tensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Int, TensorData};
use striate_backend::devices;
use striate_core::Streams;
use striate_layers::{Context, Layer, LayerConfig, LayerModule, State, Value};
use striate_testkit::{Case, Golden, Group};

use crate::support::by_rank;

#[test]
fn golden_layers() {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), "layers") else { return };
    assert!(!group.cases().is_empty(), "the group has cases");
    for (name, device) in devices() {
        group.cases().iter().for_each(|case| check(&group, case, &device));
        group.passed(&name.to_string());
    }
}

/// The config of a case; a family for each module.
fn config(case: &Case) -> LayerConfig {
    let families = [
        super::conv::layer,
        super::core::layer,
        super::recurrent::layer,
        super::norm::layer,
        super::merge::layer,
        super::pool::layer,
        super::reshape::layer,
    ];
    let layer = families.iter().find_map(|family| family(case));
    layer.unwrap_or_else(|| panic!("{}: unknown kind {}", case.id, case.kind))
}

fn check(group: &Group, case: &Case, device: &Device) {
    let device = device.clone().autodiff();
    let config = config(case);
    config.validate().unwrap_or_else(|error| panic!("{}: {error}", case.id));
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<LayerConfig>(&json).unwrap(), config, "{}: {json}", case.id);

    let mut roles: Vec<&String> = case.tensors.keys().filter(|role| role.starts_with("input")).collect();
    roles.sort_by_key(|role| role.trim_start_matches("input_").parse::<usize>().unwrap_or(0));
    let inputs: Vec<(&str, Value)> =
        roles.into_iter().map(|role| (role.as_str(), value(group, case, role, &device))).collect();
    let signatures: Vec<_> = inputs.iter().map(|(_, value)| value.signature()).collect();
    let promised = config.output(&signatures).unwrap_or_else(|error| panic!("{}: {error}", case.id));
    let layer = config.build(&signatures, &Streams::new(1).scope("layer"), &device);
    let layer = load(group, case, layer);

    let training = case.config.get("training").is_some_and(|on| on == true);
    let mut context = if training { Context::training(Streams::new(1)) } else { Context::evaluation() };
    let output = layer.call(inputs.iter().map(|(_, value)| value.clone()).collect(), &mut context);
    assert_eq!(output.signature(), promised, "{}: shape rule", case.id);
    let (shape, values) = numbers(output.clone());
    group.check(case, "output", &shape, &values);

    // A step has no gradient.
    if case.tensors.contains_key("grad_output") {
        check_gradients(group, case, &layer, &inputs, backward(output, group.tensor(case, "grad_output"), &device));
    }
    if case.tensors.contains_key("last_hidden") {
        let state = last_state(&layer, inputs[0].1.clone());
        let roles = [("last_hidden", Some(state.hidden)), ("last_cell", state.cell)];
        for (role, state) in roles.into_iter().filter(|(role, _)| case.tensors.contains_key(*role)) {
            let (shape, values) = numbers(state.unwrap_or_else(|| panic!("{}: no {role}", case.id)).into());
            group.check(case, role, &shape, &values);
        }
    }
    let learned = context.take_updates().apply(layer);
    let mut weights = Gather { path: Vec::new(), gradients: None, found: BTreeMap::new() };
    learned.visit(&mut weights);
    for role in case.tensors.keys().filter(|role| role.starts_with("new_")) {
        let (shape, values) = &weights.found[role.trim_start_matches("new_")];
        group.check(case, role, shape, values);
    }
}

fn check_gradients(group: &Group, case: &Case, layer: &Layer, inputs: &[(&str, Value)], gradients: Gradients) {
    for (role, value) in inputs {
        let role = format!("grad_{role}");
        if case.tensors.contains_key(&role) {
            let (shape, values) = gradient(value.clone(), &gradients).expect("inputs have gradients");
            group.check(case, &role, &shape, &values);
        }
    }
    let mut weights = Gather { path: Vec::new(), gradients: Some(&gradients), found: BTreeMap::new() };
    layer.visit(&mut weights);
    for role in case.tensors.keys().filter(|role| role.starts_with("grad_") && *role != "grad_output") {
        let name = role.trim_start_matches("grad_");
        if !name.starts_with("input") {
            let found = weights.found.get(name).unwrap_or_else(|| panic!("{}: no gradient of {name}", case.id));
            group.check(case, role, &found.0, &found.1);
        }
    }
}

/// What a recurrent layer knows after its last step.
fn last_state(layer: &Layer, input: Value) -> State {
    let (Layer::SimpleRnn(layer) | Layer::Lstm(layer) | Layer::Gru(layer)) = layer else {
        panic!("{layer:?} has no state");
    };
    layer.forward_with_state(input.float(), None, &mut Context::evaluation()).1
}

/// A role's tensor; one of real numbers asks for its gradient.
pub(super) fn value(group: &Group, case: &Case, role: &str, device: &Device) -> Value {
    if group.is_integer(case, role) {
        let (shape, values) = group.integers(case, role);
        return by_rank!(shape.len(), D => {
            Tensor::<D, Int>::from_data(TensorData::new(values, shape), device).into()
        });
    }
    let Golden { shape, values } = group.tensor(case, role);
    by_rank!(shape.len(), D => Tensor::<D>::from_data(TensorData::new(values, shape), device).require_grad().into())
}

/// Shape and values.
pub(super) type Numbers = (Vec<usize>, Vec<f32>);

fn numbers(value: Value) -> Numbers {
    let dims = value.dims();
    let values = by_rank!(dims.len(), D => value.float::<D>().into_data().iter::<f32>().collect());
    (dims, values)
}

/// The gradients of the sum of `output * weights`.
fn backward(output: Value, weights: Golden, device: &Device) -> Gradients {
    let Golden { shape, values } = weights;
    by_rank!(shape.len(), D => {
        (output.float::<D>() * Tensor::from_data(TensorData::new(values, shape), device)).sum().backward()
    })
}

pub(super) fn gradient(value: Value, gradients: &Gradients) -> Option<Numbers> {
    by_rank!(value.dims().len(), D => value.float::<D>().grad(gradients).map(|grad| numbers(grad.into())))
}

/// A module's parameters by path, or their gradients.
struct Gather<'a> {
    path: Vec<String>,
    gradients: Option<&'a Gradients>,
    found: BTreeMap<String, Numbers>,
}

impl ModuleVisitor for Gather<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let found = match self.gradients {
            Some(gradients) => param.val().grad(gradients),
            None => Some(param.val()),
        };
        if let Some(found) = found {
            let (shape, values) = (found.dims().to_vec(), found.into_data().iter::<f32>().collect());
            self.found.insert(self.path.join("."), (shape, values));
        }
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
}

/// Sets every parameter to the case's tensor of its name.
fn load(group: &Group, case: &Case, layer: Layer) -> Layer {
    let mut load = Load { path: Vec::new(), group, case };
    layer.map(&mut load)
}

struct Load<'a> {
    path: Vec<String>,
    group: &'a Group,
    case: &'a Case,
}

impl ModuleMapper for Load<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let Golden { shape, values } = self.group.tensor(self.case, &name);
        assert_eq!(param.lazy_shape().as_slice(), shape, "{}: shape of {name}", self.case.id);
        param.map(|old| {
            Tensor::from_data(TensorData::new(values, shape), &old.device()).set_require_grad(old.is_require_grad())
        })
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
}
