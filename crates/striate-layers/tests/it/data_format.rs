//! Channels last beside channels first.

use std::collections::BTreeMap;

use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use striate_core::Streams;
use striate_layers::{Context, Kind, LayerConfig, LayerModule, Shape, Signature, Value};

use crate::strategies::sample;
use crate::support::{by_rank, random};

#[test]
fn channels_last_gives_what_channels_first_gives_with_the_axis_moved() {
    let device = striate_backend::device("flex").unwrap();
    let mut compared = BTreeMap::new();
    sample(40, |layer, inputs, number| {
        let mut json = serde_json::to_value(layer).unwrap();
        if json["data_format"] != "channels_first" {
            return;
        }
        json["data_format"] = "channels_last".into();
        let last: LayerConfig = serde_json::from_value(json).unwrap();
        let last_inputs: Vec<_> = inputs.iter().map(moved_signature).collect();
        assert_eq!(last.output(&last_inputs), layer.output(inputs).map(|output| moved_signature(&output)), "{last:?}");
        assert_eq!(last.cost(&last_inputs), layer.cost(inputs), "{last:?}");

        let values = random(layer, inputs, &mut Streams::new(number).open("inputs"), &device);
        let run = |layer: &LayerConfig, inputs: &[Signature], values: Vec<Value>| {
            let module = layer.build(inputs, &Streams::new(number).scope("layer"), &device);
            let mut context = match number % 2 {
                0 => Context::training(Streams::new(number)),
                _ => Context::evaluation(),
            };
            let output = module.call(values, &mut context);
            let mut state = State::default();
            context.take_updates().apply(module).visit(&mut state);
            (output, state.0)
        };
        let (first_output, first_state) = run(layer, inputs, values.clone());
        let (last_output, last_state) = run(&last, &last_inputs, values.into_iter().map(moved).collect());
        let first_output = moved(first_output);
        assert_eq!(last_output.dims(), first_output.dims(), "{last:?}");
        check(&numbers(last_output), &numbers(first_output), &last);
        check(&last_state, &first_state, &last);
        *compared.entry(layer.kind().to_string()).or_insert(0) += 1;
    });
    println!("configs compared: {compared:?}");
    for kind in ["batch_norm", "group_norm", "instance_norm", "local_response_norm", "spatial_dropout", "prelu"] {
        assert!(compared.contains_key(kind), "{kind} has no data format");
    }
    assert!(compared.values().all(|count| *count >= 3), "too few configs: {compared:?}");
}

#[track_caller]
fn check(got: &[f32], want: &[f32], layer: &LayerConfig) {
    let scale = want.iter().fold(1f32, |most, value| most.max(value.abs()));
    let near = got.iter().zip(want).all(|(got, want)| (got - want).abs() <= 2e-5 * scale);
    assert!(got.len() == want.len() && near, "{layer:?}: {got:?}, not {want:?}");
}

/// The same sample with its first axis last.
fn moved_signature(signature: &Signature) -> Signature {
    let mut sides = signature.shape.sides().to_vec();
    sides.rotate_left(1);
    Signature { shape: Shape::new(sides), kind: signature.kind }
}

/// The same batch with its samples' first axis last.
fn moved(value: Value) -> Value {
    assert_eq!(value.signature().kind, Kind::Float);
    by_rank!(value.dims().len(), D => value.float::<D>().movedim(1, D - 1).into())
}

fn numbers(value: Value) -> Vec<f32> {
    by_rank!(value.dims().len(), D => value.float::<D>().into_data().iter::<f32>().collect())
}

/// All numbers of a module.
#[derive(Default)]
struct State(Vec<f32>);

impl ModuleVisitor for State {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.extend(param.val().into_data().iter::<f32>());
    }
}
