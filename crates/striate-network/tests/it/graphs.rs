//! What holds for any network.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::Tensor;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Gradients;
use proptest::prelude::*;
use proptest::sample::Index;
use striate_backend::device;
use striate_core::Streams;
use striate_layers::{Activation, Context, Kind, LayerConfig, Value};
use striate_network::{ModelFile, Network, NetworkError, NetworkSpec, Nodes, Sections};

use crate::graph::{assert_close, graph, inputs, numbers, run, trained};

fn any_layer(_: &LayerConfig) -> bool {
    true
}

/// Layers whose outputs move as little as their inputs, so that rounding stays rounding.
fn smooth(layer: &LayerConfig) -> bool {
    let steps =
        matches!(layer, LayerConfig::Activation(layer) if matches!(layer.function, Activation::Heaviside { .. }));
    let kinds = [
        "conv",
        "dense",
        "batch_norm",
        "activation",
        "pool",
        "add",
        "subtract",
        "average",
        "maximum",
        "minimum",
        "concatenate",
        "dropout",
        "noise",
        "flatten",
        "reshape",
        "permute",
        "padding",
        "cropping",
        "upsample",
        "constant",
        "random_flip",
        "random_rotation",
    ];
    !steps && !layer.kind().contains("weight_norm") && kinds.iter().any(|kind| layer.kind().contains(kind))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn network_that_builds_runs_and_gives_what_it_says(spec in graph(any_layer)) {
        let device = device("flex").unwrap();
        let network = spec.init(1, &device);
        let taken = inputs(&spec, &mut Streams::new(2).open("inputs"), &device);
        for mut context in [Context::evaluation(), Context::training(Streams::new(3))] {
            let outputs = catch_unwind(AssertUnwindSafe(|| network.run(taken.clone(), &mut context)));
            let outputs = outputs.unwrap_or_else(|_| panic!("{}", serde_json::to_string(&spec).unwrap())).unwrap();
            for (output, want) in outputs.iter().zip(spec.output_signatures()) {
                prop_assert_eq!(output.dims()[0], 2);
                let got = output.signature();
                prop_assert!(want.shape.admits(&got.shape) && got.kind == want.kind, "{got} is not {want}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn network_survives_its_file(spec in graph(any_layer)) {
        let json = serde_json::to_string(&spec).unwrap();
        prop_assert_eq!(&serde_json::from_str::<NetworkSpec>(&json).unwrap(), &spec, "{}", json);
        let device = device("flex").unwrap();
        let mut stream = Streams::new(2).open("values");
        let network = trained(spec.init(1, &device), &mut stream);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        ModelFile::save(&path, &network, Sections::new()).unwrap();
        let read = ModelFile::open(&path).unwrap().network(&device).unwrap();
        prop_assert_eq!(read.spec(), &spec);
        let bits = |network: &Network| -> Vec<_> {
            let state = network.state().into_iter();
            state.map(|(name, data)| (name, data.as_bytes().to_vec())).collect()
        };
        prop_assert_eq!(bits(&read), bits(&network));
        let taken = inputs(&spec, &mut stream, &device);
        let as_bits = |network| -> Vec<_> {
            run(network, &taken).into_iter().flat_map(|(_, values)| values).map(f32::to_bits).collect()
        };
        prop_assert_eq!(as_bits(&read), as_bits(&network));
    }

    #[test]
    fn network_for_inference_gives_the_same(spec in graph(smooth)) {
        let device = device("flex").unwrap();
        let mut stream = Streams::new(4).open("values");
        let network = trained(spec.init(1, &device), &mut stream);
        let taken = inputs(&spec, &mut stream, &device);
        let want = run(&network, &taken);
        assert_close(&run(&network.without_noise(), &taken), &want, 0.0);
        assert_close(&run(&network.with_constants(), &taken), &want, 0.0);
        assert_close(&run(&network.fold_batch_norms(), &taken), &want, 1e-5);
        assert_close(&run(&network.for_inference(), &taken), &want, 1e-5);
    }

    #[test]
    fn network_cut_in_two_gives_the_same(spec in graph(any_layer), place in any::<Index>()) {
        let device = device("flex").unwrap();
        let mut stream = Streams::new(5).open("values");
        let network = trained(spec.init(1, &device), &mut stream);
        let taken = inputs(&spec, &mut stream, &device);
        let name = spec.nodes()[place.index(spec.nodes().len())].name();
        let (head, tail) = (network.until(&[name]), network.after(&[name]));
        // What no input reaches can't be a network of its own.
        prop_assume!(![&head, &tail].iter().any(|part| matches!(part, Err(NetworkError::Incomplete { .. }))));
        let (head, tail) = (head.unwrap(), tail.unwrap());
        let of = |part: &Network, found: Option<&Value>| -> Vec<Value> {
            let wanted = part.spec().inputs().map(|number| part.spec().nodes()[number].name().to_string());
            let given = |input: String| match found.filter(|_| input == name) {
                Some(value) => value.clone(),
                None => taken[spec.inputs().position(|number| spec.nodes()[number].name() == input).unwrap()].clone(),
            };
            wanted.map(given).collect()
        };
        let middle = head.run(of(&head, None), &mut Context::evaluation()).unwrap().remove(0);
        let outputs = tail.run(of(&tail, Some(&middle)), &mut Context::evaluation()).unwrap();
        let outputs: Vec<_> = outputs.into_iter().map(numbers).collect();
        assert_close(&outputs, &run(&network, &taken), 0.0);
    }

    #[test]
    fn frozen_layers_stay_as_they_are(spec in graph(any_layer), place in any::<Index>()) {
        let device = device("flex").unwrap();
        let name = spec.nodes()[place.index(spec.nodes().len())].name();
        let mut stream = Streams::new(6).open("values");
        let network = trained(spec.init(1, &device), &mut stream).freeze(Nodes::up_to(name)).unwrap();
        let frozen: Vec<_> = network.spec().nodes().iter().filter(|node| node.is_frozen()).map(|node| node.name().to_string()).collect();
        let before = network.state();
        let after = ten_steps(network, &mut stream).state();
        for (weight, data) in &before {
            let is_frozen = frozen.iter().any(|node| weight.starts_with(&format!("{node}.")));
            let same = after[weight].as_bytes() == data.as_bytes();
            prop_assert!(same || !is_frozen, "{weight} changed");
        }
    }
}

/// Ten steps of plain descent towards 0, running statistics included.
fn ten_steps(network: Network, stream: &mut striate_core::Stream) -> Network {
    let device = network.device().autodiff();
    let mut network = network.valid().to_device(&device).train();
    for step in 0..10 {
        let taken = inputs(network.spec(), stream, &device);
        let mut context = Context::training(Streams::new(step));
        let outputs = network.run(taken, &mut context).unwrap();
        let floats = outputs.into_iter().filter(|output| output.signature().kind == Kind::Float);
        let squares = floats.map(|output| {
            let count = output.dims().iter().product();
            output.reshape(&[count]).float::<1>().square().mean()
        });
        if let Some(loss) = squares.reduce(|sum, square| sum + square)
            && loss.is_tracked()
        {
            let mut gradients = loss.backward();
            network = network.map(&mut Descend(&mut gradients));
        }
        network = context.take_updates().apply(network.constrained());
    }
    network.valid()
}

struct Descend<'a>(&'a mut Gradients);

impl ModuleMapper for Descend<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let tensor = match tensor.grad_remove(self.0) {
            Some(gradient) => Tensor::from_inner(tensor.inner() - gradient * 0.01).require_grad(),
            None => tensor,
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}
