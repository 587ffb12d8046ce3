//! Configs as data, and the shape rule beside what `forward` gives.

use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use proptest::prelude::*;
use striate_backend::device;
use striate_core::Streams;
use striate_layers::{AvgPool2d, Context, Conv2d, LayerConfig, LayerModule, Mode, Shape, Signature};

use crate::strategies::any_layer;
use crate::support::random;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn shape_rule_equals_the_output_and_config_survives_json((layer, inputs) in any_layer()) {
        let json = serde_json::to_string(&layer).unwrap();
        prop_assert_eq!(&serde_json::from_str::<LayerConfig>(&json).unwrap(), &layer, "{}", json);
        prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&json).unwrap()["kind"], layer.kind());
        let Ok(want) = layer.output(&inputs) else { return Ok(()) };
        let device = device("flex").unwrap();
        let module = layer.build(&inputs, &Streams::new(0).scope("layer"), &device);
        let mut stream = Streams::new(1).open("inputs");
        let values = random(&layer, &inputs, &mut stream, &device);
        let output = module.call(values, &mut Context::evaluation());
        // A name that no parameter has would be a regularizer that does nothing.
        let mut paths = Paths::default();
        module.visit(&mut paths);
        for (name, _) in layer.weights() {
            prop_assert!(paths.found.contains(&name), "{} isn't among {:?}", name, paths.found);
        }
        // A side that isn't known beforehand may be any.
        prop_assert!(agrees(&want, &output.signature()), "{} gives {}, not {want}", layer.kind(), output.signature());
        let cost = layer.cost(&inputs);
        prop_assert_eq!(cost.activations as usize, want.shape.elements().unwrap_or(0));
        prop_assert_eq!((cost.parameters + cost.non_trainable) as usize, module.num_params());
        // The walk over a network's memory goes on from what a layer's last operation gives.
        if let (Some(elements), true) = (want.shape.elements(), inputs.iter().all(|x| x.shape.elements().is_some())) {
            for mode in [Mode::Training, Mode::Evaluation] {
                let operations = layer.operations(&inputs, 3, mode, false);
                prop_assert_eq!(operations.last().map(|last| last.output), Some(3 * 4 * elements as u64));
            }
        }
        // A side that isn't known stays so, or is what it would be.
        let unknown: Vec<_> = inputs.iter().map(without_sides).collect();
        if let Ok(open) = layer.output(&unknown) {
            prop_assert!(agrees(&open, &want));
        }
    }
}

/// Whether what is known of one is so in the other.
fn agrees(open: &Signature, known: &Signature) -> bool {
    let mut pairs = open.shape.sides().iter().zip(known.shape.sides());
    (open.kind, open.shape.rank()) == (known.kind, known.shape.rank()) && pairs.all(|(a, b)| a.is_none() || a == b)
}

/// The same picture with sides that aren't known; channels stay.
fn without_sides(signature: &Signature) -> Signature {
    let sides = signature.shape.sides().iter().enumerate();
    Signature { shape: Shape::new(sides.map(|(axis, side)| side.filter(|_| axis == 0))), kind: signature.kind }
}

/// The paths of a module's parameters.
#[derive(Default)]
struct Paths {
    here: Vec<String>,
    found: Vec<String>,
}

impl ModuleVisitor for Paths {
    fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
        self.found.push(self.here.join("."));
    }

    fn enter_module(&mut self, name: &str, _: &str) {
        self.here.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.here.pop();
    }
}

#[test]
fn unknown_values_in_json_are_errors() {
    let wrong = [
        r#"{"kind": "conv4d", "filters": 1}"#,
        r#"{"kind": "conv2d", "filters": 1}"#,
        r#"{"kind": "conv2d", "filters": 1, "kernel_size": 3, "kernal": 3}"#,
        r#"{"kind": "conv2d", "filters": -1, "kernel_size": 3}"#,
        r#"{"kind": "conv2d", "filters": 1, "kernel_size": [3, 3, 3]}"#,
        r#"{"kind": "conv2d", "filters": 1, "kernel_size": 3, "padding": "sane"}"#,
        r#"{"kind": "activation", "function": "relo"}"#,
        r#"{"kind": "dense", "units": 1, "activation": {"tanh": {"slope": 1}}}"#,
        r#"{"kind": "flatten", "axis": 1}"#,
    ];
    for wrong in wrong {
        assert!(serde_json::from_str::<LayerConfig>(wrong).is_err(), "{wrong}");
    }
    let short = r#"{"kind": "conv2d", "filters": 2, "kernel_size": [3, 5], "padding": "same"}"#;
    assert_eq!(serde_json::from_str::<LayerConfig>(short).unwrap(), Conv2d::new(2, [3, 5]).same().into());
}

#[test]
fn same_average_counts_pixels_within_the_picture_only() {
    // TensorFlow: windows of 3 with stride 2 over 1 to 16, the padding after the end, gives 7.5 at the end.
    let device = device("flex").unwrap();
    let images = Tensor::<1>::from_floats(std::array::from_fn::<f32, 16, _>(|i| i as f32 + 1.0), &device);
    let pooled = AvgPool2d::new(3).stride(2).same().forward(images.reshape([1, 1, 4, 4]));
    let values: Vec<f32> = pooled.into_data().iter::<f32>().collect();
    assert_eq!(values, [6.0, 7.5, 12.0, 13.5]);
}

#[test]
fn shape_is_written_with_its_unknown_sides() {
    assert_eq!(Shape::from([Some(3), None]).to_string(), "[3, ?]");
    assert_eq!(Signature::int([4]).to_string(), "[4] of whole numbers");
    assert_eq!(Shape::new([Some(usize::MAX), Some(2)]).elements(), None);
}
