//! Recurrent layers and wrappers.

use burn::Tensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Int, TensorData};
use proptest::prelude::*;
use striate_backend::device;
use striate_core::{Scope, Streams};
use striate_layers::{
    Activation, Bidirectional, BidirectionalMerge, Constraint, Context, Conv2d, Custom, CustomLayer, Dense, Flatten,
    Gru, GruGates, Initializer, Layer, LayerConfig, LayerError, LayerModule, LayerSpec, Lstm, MaxPool2d, Preset,
    Recurrent, Regularizer, Shape, Signature, SimpleRnn, State, TimeDistributed, Value, register,
};

fn scope() -> Scope {
    Streams::new(3).scope("layer")
}

fn flex() -> Device {
    device("flex").unwrap()
}

/// Some numbers around 0.
fn sequence<const D: usize>(sides: [usize; D]) -> Tensor<D> {
    let values: Vec<f32> = (0..sides.iter().product()).map(|i: usize| (i as f32 * 0.71).sin()).collect();
    Tensor::from_data(TensorData::new(values, sides), &flex())
}

fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

#[track_caller]
fn close<const D: usize>(a: Tensor<D>, b: Tensor<D>) {
    assert_eq!(a.dims(), b.dims());
    let worst = values((a - b).abs()).into_iter().fold(0.0, f32::max);
    assert!(worst < 1e-5, "they differ by {worst}");
}

/// One of each kind.
fn kinds() -> [Recurrent; 4] {
    let torch = Preset::Torch;
    [
        SimpleRnn::new(4).preset(torch).into(),
        Lstm::new(4).preset(torch).into(),
        Gru::new(4).preset(torch).into(),
        Gru::new(4).preset(torch).reset_after(false).into(),
    ]
}

#[test]
fn last_state_is_the_last_of_the_sequence_and_continues_it() {
    for config in kinds() {
        let layer = config.init(3, &scope(), &flex());
        let x = sequence([2, 7, 3]);
        let context = &mut Context::evaluation();
        let last: Tensor<2> = layer.forward(x.clone(), context);
        let (whole, state) = layer.forward_with_state(x.clone(), None, context);
        close(last.clone(), whole.clone().narrow(1, 6, 1).squeeze_dim(1));
        close(last, state.hidden);
        let (before, state) = layer.forward_with_state(x.clone().narrow(1, 0, 3), None, context);
        let (after, _) = layer.forward_with_state(x.narrow(1, 3, 4), Some(state), context);
        close(whole, Tensor::cat(vec![before, after], 1));
    }
}

#[test]
fn a_state_without_a_cell_has_a_cell_of_zeros() {
    let layer = Lstm::new(4).init(3, &scope(), &flex());
    let zeros = || Tensor::zeros([2, 4], &flex());
    let run = |cell| {
        let state = State { hidden: zeros() + 0.5, cell };
        layer.forward_with_state(sequence([2, 3, 3]), Some(state), &mut Context::evaluation()).0
    };
    close(run(None), run(Some(zeros())));
}

#[test]
fn backwards_reads_from_the_end() {
    let forwards = Gru::new(4).return_sequences();
    let x = sequence([2, 5, 3]);
    let [a, b] = [forwards.clone(), forwards.go_backwards()].map(|config| config.init(3, &scope(), &flex()));
    let context = &mut Context::evaluation();
    close(a.forward::<3>(x.clone().flip([1]), context), b.forward::<3>(x, context));
}

#[test]
fn parameters_are_as_many_as_in_keras_and_pytorch() {
    let parameters = |layer: LayerConfig| layer.cost(&[Signature::float([None, Some(28)])]).parameters;
    assert_eq!(parameters(SimpleRnn::new(64).into()), 64 * (28 + 64 + 1));
    assert_eq!(parameters(Lstm::new(64).into()), 23_808);
    assert_eq!(parameters(Gru::new(64).into()), 18_048);
    assert_eq!(parameters(Gru::new(64).reset_after(false).into()), 17_856);
    assert_eq!(parameters(Lstm::new(64).no_bias().into()), 4 * 64 * (28 + 64));
    assert_eq!(parameters(Lstm::new(64).preset(Preset::Torch).into()), 4 * 64 * (28 + 64 + 2));
    assert_eq!(parameters(Bidirectional::new(Lstm::new(64)).into()), 2 * 23_808);
    assert_eq!(Lstm::new(3).preset(Preset::Torch).preset(Preset::Keras), Lstm::new(3));
}

#[test]
fn gru_of_the_other_order_is_the_same_with_its_blocks_exchanged() {
    let exchange = |x: Tensor<2>| {
        let block = |number: usize| x.clone().narrow(0, 4 * number, 4);
        Tensor::cat(vec![block(1), block(0), block(2)], 0)
    };
    for reset_after in [true, false] {
        let config = Gru::new(4).reset_after(reset_after).return_sequences();
        let first = config.init(3, &scope(), &flex());
        let mut second = config.gate_order(GruGates::Zrh).init(3, &scope(), &flex());
        second.weight_ih = first.weight_ih.clone().map(exchange);
        second.weight_hh = first.weight_hh.clone().map(exchange);
        let context = &mut Context::evaluation();
        let x = sequence([2, 5, 3]);
        close(first.forward::<3>(x.clone(), context), second.forward::<3>(x, context));
    }
}

#[test]
fn first_values_are_those_of_the_library() {
    let keras = Lstm::new(2).init(3, &scope(), &flex());
    assert_eq!(values(keras.bias_ih.unwrap().val()), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert!(keras.bias_hh.is_none());
    // The columns of the recurrent weight are orthonormal, as its rows are in Keras's layout.
    let weight = keras.weight_hh.val();
    close(weight.clone().transpose().matmul(weight), Tensor::eye(2, &flex()));

    let torch = Lstm::new(16).preset(Preset::Torch).init(3, &scope(), &flex());
    for numbers in [values(torch.weight_ih.val()), values(torch.weight_hh.val()), values(torch.bias_hh.unwrap().val())]
    {
        let most = numbers.iter().fold(0f32, |most, value| most.max(value.abs()));
        assert!(most <= 0.25 && most > 0.2, "{most}");
    }
}

/// A state that is the features, or that keeps the previous state.
fn plain(config: SimpleRnn) -> SimpleRnn {
    config.activation(Activation::Linear).kernel_initializer(Initializer::Identity).return_sequences()
}

#[test]
fn dropout_drops_the_same_features_at_each_step_of_training_only() {
    let config = plain(SimpleRnn::new(64)).recurrent_initializer(Initializer::Zeros).dropout(0.25);
    let layer = config.init(64, &scope(), &flex());
    let x = Tensor::<3>::ones([3, 4, 64], &flex());
    let run = |mut context: Context| layer.forward::<3>(x.clone(), &mut context);
    assert!(values(run(Context::evaluation())).iter().all(|value| *value == 1.0));
    let dropped = run(Context::training(Streams::new(1)));
    let first = dropped.clone().narrow(1, 0, 1);
    close(dropped.clone(), first.clone().repeat_dim(1, 4));
    let first = values(first);
    assert!(first.iter().all(|value| *value == 0.0 || (value * 0.75 - 1.0).abs() < 1e-6));
    let zeros = first.iter().filter(|value| **value == 0.0).count();
    assert!((25..75).contains(&zeros), "{zeros} of 192");
    assert!(first[..64] != first[64..128], "sequences have masks of their own");
    close(dropped.clone(), run(Context::training(Streams::new(1))));
    assert!(values(dropped) != values(run(Context::training(Streams::new(2)))));
}

#[test]
fn recurrent_dropout_drops_the_same_units_at_each_step() {
    let config = plain(SimpleRnn::new(64)).recurrent_initializer(Initializer::Identity).recurrent_dropout(0.5);
    let layer = config.init(64, &scope(), &flex());
    let output = layer.forward::<3>(Tensor::ones([1, 3, 64], &flex()), &mut Context::training(Streams::new(1)));
    let steps: Vec<Vec<f32>> = (0..3).map(|step| values(output.clone().narrow(1, step, 1))).collect();
    for ((first, second), third) in steps[0].iter().zip(&steps[1]).zip(&steps[2]) {
        let states = [*first, *second, *third];
        assert!(states == [1.0, 1.0, 1.0] || states == [1.0, 3.0, 7.0], "{states:?}");
    }
    assert!(steps[2].contains(&1.0) && steps[2].contains(&7.0));
}

#[test]
fn no_gate_sees_a_dropped_unit() {
    let device = flex().autodiff();
    let configs: [Recurrent; 4] = [
        SimpleRnn::new(16).recurrent_dropout(0.5).into(),
        Lstm::new(16).recurrent_dropout(0.5).into(),
        Gru::new(16).recurrent_dropout(0.5).into(),
        Gru::new(16).reset_after(false).recurrent_dropout(0.5).into(),
    ];
    for config in configs {
        let layer = config.init(3, &scope(), &device);
        let x = Tensor::<3>::from_data(sequence([1, 4, 3]).into_data(), &device);
        let output = layer.forward::<2>(x, &mut Context::training(Streams::new(1)));
        let gradient = layer.weight_hh.val().grad(&output.sum().backward()).unwrap();
        let blocks = gradient.dims()[0] / 16;
        // Which blocks' weights for a unit have a gradient.
        let of_unit = |unit: usize| -> Vec<bool> {
            let column = values(gradient.clone().narrow(1, unit, 1));
            column.chunks_exact(16).map(|block| block.iter().any(|value| *value != 0.0)).collect()
        };
        let units: Vec<Vec<bool>> = (0..16).map(of_unit).collect();
        let (seen, dropped) = (vec![true; blocks], vec![false; blocks]);
        assert!(units.iter().all(|unit| *unit == seen || *unit == dropped), "{config:?}: {units:?}");
        assert!(units.contains(&seen) && units.contains(&dropped), "{config:?}");
    }
}

#[test]
fn bidirectional_is_two_layers_whose_outputs_meet_at_each_step() {
    let config = Lstm::new(4).preset(Preset::Torch);
    let x = sequence([2, 5, 3]);
    let sequences = config.clone().return_sequences();
    let forward = sequences.init(3, &scope().within("forward"), &flex());
    let backward = sequences.init(3, &scope().within("backward"), &flex());
    let context = &mut Context::evaluation();
    let a = forward.forward::<3>(x.clone(), context);
    let b = backward.forward::<3>(x.clone().flip([1]), context).flip([1]);
    let wanted = [
        (BidirectionalMerge::Concat, Tensor::cat(vec![a.clone(), b.clone()], 2)),
        (BidirectionalMerge::Sum, a.clone() + b.clone()),
        (BidirectionalMerge::Multiply, a.clone() * b.clone()),
        (BidirectionalMerge::Average, (a.clone() + b.clone()) / 2.0),
    ];
    for (merge, want) in wanted {
        let both = Bidirectional::new(sequences.clone()).merge(merge).init(3, &scope(), &flex());
        close(both.forward::<3>(x.clone(), context), want);
    }
    let last = Bidirectional::new(config).init(3, &scope(), &flex());
    let want = Tensor::cat(vec![a.narrow(1, 4, 1), b.narrow(1, 0, 1)], 2).squeeze_dim(1);
    close(last.forward::<2>(x, context), want);
}

#[test]
fn time_distributed_is_the_layer_on_each_step() {
    let inner = Conv2d::new(2, 3).same();
    let layer = inner.init(3, &scope(), &flex());
    let video = sequence([2, 4, 3, 6, 5]);
    let step = Signature::float([4, 3, 6, 5]);
    let each = LayerConfig::from(TimeDistributed::new(inner)).build(&[step], &scope(), &flex());
    let context = &mut Context::evaluation();
    let output = each.call(vec![video.clone().into()], context).float::<5>();
    for time in 0..4 {
        let frame = video.clone().narrow(1, time, 1).squeeze_dim(1);
        close(output.clone().narrow(1, time, 1).squeeze_dim(1), layer.forward(frame, context));
    }
}

/// Whole numbers as real ones; notes how many samples it has seen.
#[derive(Module, Debug)]
struct Counting {
    seen: Param<Tensor<1>>,
}

impl CustomLayer for Counting {
    type Config = ();
    const NAME: &'static str = "counting";

    fn output(_: &(), inputs: &[Signature]) -> Result<Signature, LayerError> {
        Ok(Signature::float(inputs[0].shape.clone()))
    }

    fn init(_: &(), _: &[Signature], _: &Scope, device: &Device) -> Self {
        Self { seen: Param::from_tensor(Tensor::zeros([1], device)) }
    }

    fn forward(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        let x = inputs.remove(0).int::<2>();
        let seen = context.current(&self.seen) + x.dims()[0] as f32;
        context.update(&self.seen, seen);
        x.float().into()
    }
}

#[test]
fn time_distributed_takes_whole_numbers_and_its_layer_learns_in_passing() {
    register::<Counting>();
    let config = LayerConfig::from(TimeDistributed::new(Custom::of::<Counting>(&())));
    let numbers = Tensor::<3, Int>::from_ints([[[1, 2], [3, 4], [5, 6]]], &flex());
    let input = Value::from(numbers.clone()).signature();
    assert_eq!(config.output(std::slice::from_ref(&input)).unwrap(), Signature::float([3, 2]));
    let layer = config.build(std::slice::from_ref(&input), &scope(), &flex());
    let mut context = Context::training(Streams::new(1));
    let output = layer.call(vec![numbers.into()], &mut context).float::<3>();
    assert_eq!(values(output), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let Layer::TimeDistributed(layer) = context.take_updates().apply(layer) else { panic!("another layer") };
    let mut seen = Vec::new();
    layer.visit(&mut Values(&mut seen));
    assert_eq!(seen, [3.0]);

    let error = TimeDistributed::new(Dense::new(1)).output(&[input]).unwrap_err().to_string();
    assert_eq!(error, "dense takes one input [.., features] whose features are known, not [2] of whole numbers");
}

/// The values of all parameters.
struct Values<'a>(&'a mut Vec<f32>);

impl ModuleVisitor for Values<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.extend(values(param.val()));
    }
}

#[test]
fn unknown_lengths_pass() {
    let open = |shape: [Option<usize>; 2]| Signature::float(shape);
    let output = |layer: LayerConfig, input: Signature| layer.output(&[input]).unwrap().shape.to_string();
    let sequence = open([None, Some(3)]);
    assert_eq!(output(Lstm::new(5).return_sequences().into(), sequence.clone()), "[?, 5]");
    assert_eq!(output(Lstm::new(5).into(), sequence.clone()), "[5]");
    assert_eq!(output(Bidirectional::new(Gru::new(5).return_sequences()).into(), sequence.clone()), "[?, 10]");
    assert_eq!(output(TimeDistributed::new(Dense::new(5)).into(), sequence), "[?, 5]");
    let video = Signature::float(Shape::new([None, Some(3), Some(8), None]));
    assert_eq!(output(TimeDistributed::new(MaxPool2d::new(2)).into(), video), "[?, 3, 4, ?]");
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let refused: [(LayerConfig, Signature, &str); 7] = [
        (Lstm::new(5).into(), Signature::float([3]), "add a time axis"),
        (Gru::new(5).into(), Signature::float([2, 3, 4]), "flatten each step"),
        (SimpleRnn::new(5).into(), Signature::int([4, 3]), "whole numbers"),
        (SimpleRnn::new(5).into(), Signature::float([0, 3]), "at least one step"),
        (Bidirectional::new(Lstm::new(5)).into(), Signature::float([Some(4), None]), "[4, ?]"),
        (TimeDistributed::new(Flatten::new()).into(), Signature::float(Shape::new([])), "add a time axis"),
        (TimeDistributed::new(Dense::new(1)).into(), Signature::float([1, 1, 1, 1, 1, 1]), "at most 6 axes"),
    ];
    for (layer, input, part) in refused {
        let error = layer.output(&[input]).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn short_configs_are_keras_defaults() {
    let read = |json: &str| serde_json::from_str::<LayerConfig>(json);
    assert_eq!(read(r#"{"kind": "simple_rnn", "units": 3}"#).unwrap(), SimpleRnn::new(3).into());
    assert_eq!(read(r#"{"kind": "lstm", "units": 3}"#).unwrap(), Lstm::new(3).into());
    assert_eq!(read(r#"{"kind": "gru", "units": 3}"#).unwrap(), Gru::new(3).into());
    let both = r#"{"kind": "bidirectional", "layer": {"kind": "gru", "units": 3}, "merge": "sum"}"#;
    assert_eq!(read(both).unwrap(), Bidirectional::new(Gru::new(3)).merge(BidirectionalMerge::Sum).into());
    let each = r#"{"kind": "time_distributed", "layer": {"kind": "dense", "units": 3}}"#;
    assert_eq!(read(each).unwrap(), TimeDistributed::new(Dense::new(3)).into());
    for wrong in [
        r#"{"kind": "lstm", "units": 3, "reset_after": true}"#,
        r#"{"kind": "gru", "units": 3, "gate_order": "nzr"}"#,
        r#"{"kind": "bidirectional", "layer": {"kind": "dense", "units": 3}}"#,
        r#"{"kind": "bidirectional", "layer": {"kind": "gru", "units": 3, "unit": 3}}"#,
        r#"{"kind": "time_distributed", "layer": {"kind": "dense", "units": 3, "unit": 3}}"#,
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_units_and_features_are_costed_without_overflow(units in any::<usize>(), features in any::<usize>()) {
        let layer = LayerConfig::from(Bidirectional::new(Lstm::new(units)));
        let input = [Signature::float([usize::MAX, features])];
        if layer.output(&input).is_ok() {
            layer.cost(&input);
        }
        prop_assert_eq!(layer.validate().is_ok(), (1..=1 << 16).contains(&units));
    }
}

/// Configs that are wrong by themselves, and the field that the message names.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    let infinite = Initializer::Constant { value: f32::INFINITY };
    vec![
        (SimpleRnn::new(0).into(), "units"),
        (Lstm::new(usize::MAX).into(), "units"),
        (Gru::new(3).dropout(1.0).into(), "dropout"),
        (Gru::new(3).dropout(f64::NAN).into(), "dropout"),
        (SimpleRnn::new(3).recurrent_dropout(-0.1).into(), "recurrent_dropout"),
        (Lstm::new(3).activity_regularizer(Regularizer::l1(-1.0)).into(), "activity_regularizer"),
        (Lstm::new(3).kernel_initializer(infinite).into(), "weight_ih"),
        (Lstm::new(3).recurrent_constraint(Constraint::MaxNorm { max_value: 0.0 }).into(), "weight_hh"),
        (Gru::new(3).bias_initializer(infinite).into(), "bias_ih"),
        (Bidirectional::new(Gru::new(0)).into(), "units"),
        (Bidirectional::new(Gru::new(3).go_backwards()).into(), "layer.go_backwards"),
        (TimeDistributed::new(Dense::new(0)).into(), "units"),
        (TimeDistributed::new(Lstm::new(3).recurrent_dropout(2.0)).into(), "recurrent_dropout"),
    ]
}

/// Brings every parameter to a type of number.
struct Cast(DType);

impl ModuleMapper for Cast {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let learns = tensor.is_require_grad();
            tensor.cast(self.0).detach().set_require_grad(learns)
        })
    }
}

#[test]
fn other_types_of_numbers_stay_what_they_are() {
    for dtype in [DType::F64, DType::F16] {
        for config in kinds() {
            let config = Bidirectional::new(config);
            let layer = config.init(3, &scope(), &flex()).map(&mut Cast(dtype));
            let x = sequence([2, 5, 3]).cast(dtype);
            let output = layer.forward::<2>(x, &mut Context::evaluation());
            assert_eq!(output.dtype(), dtype);
        }
        let config = Gru::new(4).dropout(0.5).recurrent_dropout(0.5);
        let layer = config.init(3, &scope(), &flex()).map(&mut Cast(dtype));
        let output = layer.forward::<2>(sequence([2, 5, 3]).cast(dtype), &mut Context::training(Streams::new(1)));
        assert_eq!(output.dtype(), dtype);
    }
}

#[test]
fn gradients_are_the_slopes_of_the_output() {
    let device = flex().autodiff();
    let configs: Vec<Recurrent> = kinds().into_iter().chain([Gru::new(4).gate_order(GruGates::Zrh).into()]).collect();
    for config in configs {
        let layer = Bidirectional::new(config).merge(BidirectionalMerge::Multiply).init(3, &scope(), &device);
        let layer = layer.map(&mut Cast(DType::F64));
        let x = Tensor::<3>::from_data(sequence([2, 4, 3]).into_data(), (&device, DType::F64));
        // One stream each time, so the same is dropped.
        let run = |x: Tensor<3>| {
            let output = layer.forward::<2>(x, &mut Context::training(Streams::new(1)));
            let weights = sequence(output.dims()).into_data();
            (output * Tensor::from_data(weights, (&device, DType::F64))).sum()
        };
        let input = x.clone().require_grad();
        let gradient: Vec<f64> =
            input.grad(&run(input.clone()).backward()).unwrap().into_data().iter::<f64>().collect();
        for (place, slope) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut step = [0.0; 24];
                step[place] = by;
                let step = Tensor::<3>::from_data(TensorData::new(step.to_vec(), [2, 4, 3]), (&device, DType::F64));
                run(x.clone() + step).into_scalar::<f64>()
            };
            let measured = (moved(1e-4) - moved(-1e-4)) / 2e-4;
            assert!((measured - slope).abs() < 1e-7, "{slope}, measured {measured}");
        }
    }
}
