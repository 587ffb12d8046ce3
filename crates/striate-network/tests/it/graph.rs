//! Random networks.

use burn::Tensor;
use burn::tensor::{Int, TensorData};
use proptest::prelude::*;
use proptest::sample::Index;
use striate_backend::Device;
use striate_core::Stream;
use striate_layers::{
    Activation, BatchNorm, Context, Conv2d, Dropout, Kind, LayerConfig, Signature, SpatialDropout, Value,
};
use striate_network::{Network, NetworkSpec, State};

use crate::layers::any_layer;

/// A layer that may be put in, and where to begin to look for what it takes.
#[derive(Debug, Clone)]
struct Attempt {
    layer: LayerConfig,
    inputs: Vec<Index>,
    /// Whether an earlier layer is used again instead.
    reuse: Option<Index>,
}

fn attempt(layer: BoxedStrategy<LayerConfig>, inputs: usize) -> impl Strategy<Value = Attempt> {
    let inputs = prop::collection::vec(any::<Index>(), inputs);
    (layer, inputs, prop::option::weighted(0.1, any::<Index>())).prop_map(|(layer, inputs, reuse)| Attempt {
        layer,
        inputs,
        reuse,
    })
}

/// The layers that most networks are made of, so that they follow each other.
fn common() -> BoxedStrategy<LayerConfig> {
    prop_oneof![
        Just(BatchNorm::new().into()),
        Just(Activation::Relu.into()),
        Just(Activation::Tanh.into()),
        Just(Dropout::new(0.3).into()),
        Just(SpatialDropout::new(0.3).into()),
        (1usize..4, 1usize..4).prop_map(|(filters, size)| Conv2d::new(filters, size).into()),
        (1usize..4, 1usize..4).prop_map(|(filters, size)| Conv2d::new(filters, size).same().no_bias().into()),
    ]
    .boxed()
}

/// Networks of up to 16 layers of any kind that `keep` lets through, over a picture, a vector and whole numbers.
pub(crate) fn graph(keep: fn(&LayerConfig) -> bool) -> impl Strategy<Value = NetworkSpec> {
    let of_any_kind = any_layer().prop_flat_map(|(layer, inputs)| attempt(Just(layer).boxed(), inputs.len()));
    let attempts = prop::collection::vec(prop_oneof![2 => of_any_kind, 1 => attempt(common(), 1)], 1..24);
    (attempts, [1usize..4, 1..8, 1..8], 1usize..6, 1usize..4, any::<[Index; 2]>()).prop_map(
        move |(attempts, picture, vector, whole, outputs)| {
            let mut draft = Draft::new(picture, vector, whole);
            attempts.iter().filter(|attempt| keep(&attempt.layer)).for_each(|attempt| draft.attempt(attempt));
            draft.build(&outputs)
        },
    )
}

/// A network that grows as far as layers fit.
struct Draft {
    builder: striate_network::Builder,
    nodes: Vec<(striate_network::Node, Signature)>,
    /// Nodes with a layer of their own, and what they take.
    owners: Vec<(usize, LayerConfig, Vec<Signature>)>,
}

impl Draft {
    fn new(picture: [usize; 3], vector: usize, whole: usize) -> Self {
        let mut builder = NetworkSpec::builder("random");
        let nodes = vec![
            (builder.input("picture", picture), Signature::float(picture)),
            (builder.input("vector", [vector]), Signature::float([vector])),
            (builder.int_input("whole", [whole]), Signature::int([whole])),
        ];
        Self { builder, nodes, owners: Vec::new() }
    }

    fn attempt(&mut self, attempt: &Attempt) {
        let owner = attempt.reuse.filter(|_| !self.owners.is_empty()).map(|index| index.index(self.owners.len()));
        let layer = owner.map_or(&attempt.layer, |owner| &self.owners[owner].1).clone();
        let count = owner.map_or(attempt.inputs.len(), |owner| self.owners[owner].2.len());
        // From each place on, the first nodes that fit.
        for turn in 0..self.nodes.len() {
            let place = |input: usize| {
                let start = attempt.inputs.get(input).map_or(input, |index| index.index(self.nodes.len()));
                (start + turn) % self.nodes.len()
            };
            let places: Vec<usize> = (0..count).map(place).collect();
            let inputs: Vec<_> = places.iter().map(|&place| self.nodes[place].1.clone()).collect();
            let taken: Vec<_> = places.iter().map(|&place| self.nodes[place].0).collect();
            // Weights that are shared fit equal inputs; what else they fit is the network's to say.
            if owner.is_some_and(|owner| self.owners[owner].2 != inputs) {
                continue;
            }
            let Ok(output) = layer.output(&inputs) else { continue };
            if output.shape.elements().is_none_or(|elements| elements == 0 || elements > 3000) {
                continue;
            }
            let name = format!("node{}", self.nodes.len());
            let node = match owner {
                Some(owner) => self.builder.reuse(name, self.nodes[self.owners[owner].0].0, taken.as_slice()),
                None => self.builder.add(name, layer.clone(), taken.as_slice()),
            };
            if owner.is_none() {
                self.owners.push((self.nodes.len(), layer, inputs));
            }
            self.nodes.push((node, output));
            return;
        }
    }

    fn build(mut self, outputs: &[Index]) -> NetworkSpec {
        let last = self.nodes.len() - 1;
        self.builder.output(self.nodes[last].0);
        for output in outputs {
            self.builder.output(self.nodes[output.index(self.nodes.len())].0);
        }
        self.builder.build().expect("every layer fits")
    }
}

/// A batch of two samples for each input: numbers in `[-1, 1)`, or zeros.
pub(crate) fn inputs(spec: &NetworkSpec, stream: &mut Stream, device: &Device) -> Vec<Value> {
    spec.input_signatures().iter().map(|signature| input(signature, stream, device)).collect()
}

fn input(signature: &Signature, stream: &mut Stream, device: &Device) -> Value {
    let sides: Vec<usize> =
        [2].into_iter().chain(signature.shape.sides().iter().map(|side| side.expect("known"))).collect();
    let count: usize = sides.iter().product();
    match signature.kind {
        Kind::Int => Value::from(Tensor::<1, Int>::zeros([count], device)).reshape(&sides),
        Kind::Float => {
            let values: Vec<f32> = (0..count).map(|_| stream.uniform_in(-1.0..1.0)).collect();
            Value::from(Tensor::<1>::from_data(TensorData::new(values, [count]), device)).reshape(&sides)
        }
    }
}

/// The network with weights and statistics as training could have left them: none is at its first value.
pub(crate) fn trained(network: Network, stream: &mut Stream) -> Network {
    let draw = |(name, data): (String, TensorData)| {
        let mut shift = || stream.uniform_in(0.1..0.5);
        // A variance stays more than 0.
        let values: Vec<f32> = match name.ends_with("running_var") {
            true => data.iter::<f32>().map(|_| 0.5 + shift()).collect(),
            false => data.iter::<f32>().map(|value| value + shift() - 0.3).collect(),
        };
        let shape = data.shape().clone();
        let whole = !matches!(data.dtype(), burn::tensor::DType::F32);
        (name, if whole { data } else { TensorData::new(values, shape) })
    };
    let state: State = network.state().into_iter().map(draw).collect();
    network.with_state(state).expect("these are the network's own weights")
}

/// What came out: sides and numbers.
pub(crate) type Numbers = (Vec<usize>, Vec<f32>);

/// Runs a network in evaluation.
pub(crate) fn run(network: &Network, inputs: &[Value]) -> Vec<Numbers> {
    let outputs = network.run(inputs.to_vec(), &mut Context::evaluation()).expect("the inputs fit");
    outputs.into_iter().map(numbers).collect()
}

/// A value's sides and numbers.
pub(crate) fn numbers(value: Value) -> Numbers {
    let sides = value.dims();
    let count = sides.iter().product();
    let data = match value.signature().kind {
        Kind::Float => value.reshape(&[count]).float::<1>().into_data(),
        Kind::Int => value.reshape(&[count]).int::<1>().into_data(),
    };
    (sides, data.iter::<f32>().collect())
}

/// Checks that outputs are equal but for rounding: each within `tolerance` of the largest number of its output.
#[track_caller]
pub(crate) fn assert_close(got: &[Numbers], want: &[Numbers], tolerance: f32) {
    assert_eq!(got.len(), want.len());
    for ((sides, got), (want_sides, want)) in got.iter().zip(want) {
        assert_eq!(sides, want_sides);
        let scale = want.iter().fold(0f32, |most, value| most.max(value.abs())).max(1e-3);
        for (a, b) in got.iter().zip(want) {
            assert!((a - b).abs() <= tolerance * scale || a.is_nan() && b.is_nan(), "{a} is not {b} of {scale}");
        }
    }
}
