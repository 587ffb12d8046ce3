//! Gradients beside finite differences, in f64 on flex: for every layer and every loss, over random configs.
//!
//! A test binary of its own, since a device's float type is chosen once a process.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use burn::Tensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, FloatDType, Gradients, Int, TensorData};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use striate_core::{Stream, Streams};
use striate_layers::{Context, Kind, Layer, LayerConfig, LayerModule, Signature, Value};

#[path = "../strategies/mod.rs"]
mod strategies;
#[path = "../support/mod.rs"]
mod support;

use strategies::losses::{LossCase, Target};
use support::{by_rank, draw, random, tensor};

/// The step of the finite differences; their error is of the order of its square.
const STEP: f64 = 1e-5;

/// Layers that choose or count, so that nothing has a slope, and the user's own.
const WITHOUT: [&str; 4] = ["custom", "discretization", "integer_lookup", "lambda"];

/// Flex with autodiff and f64.
fn device() -> Device {
    static DEVICE: OnceLock<Device> = OnceLock::new();
    let make = || {
        let mut device = striate_backend::device("flex").unwrap();
        device.configure(FloatDType::F64).unwrap();
        device.autodiff()
    };
    DEVICE.get_or_init(make).clone()
}

#[test]
fn gradients_equal_finite_differences_for_every_layer() {
    let mut checked: BTreeMap<&str, usize> = LayerConfig::KINDS.iter().map(|kind| (*kind, 0)).collect();
    strategies::sample(40, |layer, inputs, number| {
        if check(layer, inputs, number) {
            *checked.get_mut(layer.kind()).expect("every kind is listed") += 1;
        }
    });
    println!("configs checked: {checked:?}");
    let missing: Vec<_> = checked.iter().filter(|(kind, count)| **count < 5 && !WITHOUT.contains(kind)).collect();
    assert!(missing.is_empty(), "too few configs of {missing:?}");
}

#[test]
fn gradients_equal_finite_differences_for_every_loss() {
    let mut kinds = BTreeMap::new();
    let mut runner =
        TestRunner::new_with_rng(ProptestConfig::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]));
    let losses = strategies::losses::any_loss();
    for number in 0..2000 {
        let LossCase { loss, input: (shape, values), target } = losses.new_tree(&mut runner).unwrap().current();
        *kinds.entry(loss.kind()).or_insert(0) += 1;
        let device = device();
        let target: Value = match target {
            Target::Real(shape, values) => by_rank!(shape.len(), D => tensor::<D>(values, shape, &device).into()),
            Target::Labels(shape, values) => by_rank!(shape.len(), D => {
                Tensor::<D, Int>::from_data(TensorData::new(values, shape), &device).into()
            }),
        };
        let direction = draw(&mut Streams::new(number).open("direction"), values.len());
        let at = |step: f64| {
            let moved = values.iter().zip(&direction).map(|(value, way)| value + step * way).collect();
            let input = asking(by_rank!(shape.len(), D => tensor::<D>(moved, shape.clone(), &device).into()));
            let result = loss.forward(input.clone(), target.clone(), None);
            (result.to_data().iter::<f64>().next().unwrap(), result, input)
        };
        let (value, result, input) = at(0.0);
        let gradients = result.backward();
        let slope = by_rank!(shape.len(), D => {
            let gradient = input.float::<D>().grad(&gradients).expect("a loss has a gradient");
            gradient.into_data().iter::<f64>().zip(&direction).map(|(a, b)| a * b).sum::<f64>()
        });
        let difference = (at(STEP).0 - at(-STEP).0) / (2.0 * STEP);
        let scale = 1.0 + slope.abs() + value.abs();
        assert!((slope - difference).abs() <= 2e-6 * scale, "{loss:?}, {shape:?}: {slope} beside {difference}");
    }
    println!("losses checked: {kinds:?}");
    assert!(kinds.len() >= 16, "some losses are missing: {kinds:?}");
}

/// A function's inputs and parameters at one point.
struct Point {
    inputs: Vec<Value>,
    layer: Layer,
    /// The places of each parameter that have no gradient by definition, though their values count.
    still: Range<usize>,
}

/// The places of a layer's parameters that have no gradient by definition: an embedding's row for padding.
fn still(layer: &LayerConfig) -> Range<usize> {
    match layer {
        LayerConfig::Embedding(embedding) => {
            let dim = embedding.embedding_dim;
            embedding.padding_idx.map_or(0..0, |row| row * dim..(row + 1) * dim)
        }
        _ => 0..0,
    }
}

/// Whether there was a gradient to check.
fn check(layer: &LayerConfig, signatures: &[Signature], number: u64) -> bool {
    let device = device();
    let streams = Streams::new(number);
    let mut stream = streams.open("point");
    let inputs = random(layer, signatures, &mut stream, &device).into_iter().map(asking).collect();
    // Weights that begin as 0 or 1 say little.
    let module = layer.build(signatures, &streams.scope("layer"), &device);
    let module = module.map(&mut Shift { stream: streams.open("weights"), by: 0.3, still: 0..0 });
    let here = Point { inputs, layer: module, still: still(layer) };
    let training = number.is_multiple_of(2);

    let Some((value, gradients)) = run(&here, training, number) else { return false };
    let at = |step: f64| run(&moved(&here, step, number), training, number).expect("the same layer").0;
    let slope = dot(&here, &gradients, number);
    let difference = |step: f64| (at(step) - at(-step)) / (2.0 * step);
    let scale = 1.0 + slope.abs() + value.abs();
    let agrees = |difference: f64| (slope - difference).abs() <= 2e-6 * scale;
    // A kink, as where the larger of two values changes, may lie within the step; hardly one within a hundredth of it.
    let difference = Some(difference(STEP)).filter(|found| agrees(*found)).unwrap_or_else(|| difference(STEP / 100.0));
    assert!(
        agrees(difference),
        "{}, {signatures:?}, training {training}: the gradient says {slope}, the finite difference {difference}",
        serde_json::to_string(layer).unwrap()
    );
    true
}

/// Asks for a value's gradient, if it is of real numbers.
fn asking(value: Value) -> Value {
    match value.signature().kind {
        Kind::Int => value,
        Kind::Float => by_rank!(value.dims().len(), D => value.float::<D>().require_grad().into()),
    }
}

/// The sum of the outputs, weighted at random, and its gradients; none if the output has no slope: whole numbers, or a
/// choice of them.
fn run(point: &Point, training: bool, number: u64) -> Option<(f64, Gradients)> {
    let streams = Streams::new(number);
    let mut context = if training { Context::training(streams) } else { Context::evaluation() };
    let output = point.layer.call(point.inputs.clone(), &mut context);
    if output.signature().kind == Kind::Int {
        return None;
    }
    let sides = output.dims();
    let weights = draw(&mut streams.open("output"), sides.iter().product());
    let sum = by_rank!(sides.len(), D => {
        let output = output.float::<D>();
        let device = output.device();
        (output * tensor::<D>(weights, sides, &device)).sum()
    });
    let value = sum.to_data().iter::<f64>().next().unwrap();
    sum.is_tracked().then(|| (value, sum.backward()))
}

/// The same point a little further in a random direction.
fn moved(point: &Point, step: f64, number: u64) -> Point {
    let mut stream = Streams::new(number).open("direction");
    let shift = |value: &Value| {
        let sides = value.dims();
        match value.signature().kind {
            Kind::Int => value.clone(),
            Kind::Float => by_rank!(sides.len(), D => {
                let x = value.clone().float::<D>();
                let direction = draw(&mut stream, sides.iter().product());
                (x.clone() + tensor::<D>(direction, sides, &x.device()) * step).detach().require_grad().into()
            }),
        }
    };
    let inputs = point.inputs.iter().map(shift).collect();
    let layer = point.layer.clone().map(&mut Shift { stream, by: step, still: point.still.clone() });
    Point { inputs, layer, still: point.still.clone() }
}

/// Moves all parameters that have gradients, but for what stays still.
struct Shift {
    stream: Stream,
    by: f64,
    still: Range<usize>,
}

impl ModuleMapper for Shift {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let value = param.val();
        if !value.is_require_grad() {
            return param;
        }
        let sides = value.dims().to_vec();
        let mut direction = draw(&mut self.stream, sides.iter().product());
        direction[self.still.clone()].fill(0.0);
        let direction = tensor::<D>(direction, sides, &value.device());
        param.map(|value| (value + direction * self.by).detach().require_grad())
    }
}

/// The gradients times the direction of [`moved`].
fn dot(point: &Point, gradients: &Gradients, number: u64) -> f64 {
    let mut stream = Streams::new(number).open("direction");
    let mut sum = 0.0;
    for input in &point.inputs {
        if input.signature().kind == Kind::Float {
            sum += by_rank!(input.dims().len(), D => along(&input.clone().float::<D>(), gradients, &mut stream, 0..0));
        }
    }
    let mut weights = Along { gradients, stream, still: point.still.clone(), sum };
    point.layer.visit(&mut weights);
    weights.sum
}

/// One tensor's share; no gradient is one of 0. What stays still must have none.
fn along<const D: usize>(x: &Tensor<D>, gradients: &Gradients, stream: &mut Stream, still: Range<usize>) -> f64 {
    let direction = draw(stream, x.dims().iter().product());
    let Some(gradient) = x.grad(gradients) else { return 0.0 };
    let gradient: Vec<f64> = gradient.into_data().iter::<f64>().collect();
    assert!(gradient[still].iter().all(|slope| *slope == 0.0), "what stays still has a gradient");
    gradient.into_iter().zip(direction).map(|(a, b)| a * b).sum()
}

struct Along<'a> {
    gradients: &'a Gradients,
    stream: Stream,
    still: Range<usize>,
    sum: f64,
}

impl ModuleVisitor for Along<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        if value.is_require_grad() {
            self.sum += along(&value, self.gradients, &mut self.stream, self.still.clone());
        }
    }
}
