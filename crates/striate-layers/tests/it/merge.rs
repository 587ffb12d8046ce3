//! Merges.

use burn::Tensor;
use burn::tensor::{DType, TensorData};
use striate_backend::device;
use striate_core::Streams;
use striate_layers::{
    Add, Average, Concatenate, Context, Dot, LayerConfig, LayerModule, Maximum, Minimum, Multiply, Shape, Signature,
    Subtract, Value,
};

fn tensor<const R: usize>(numbers: &[f32], sides: [usize; R]) -> Tensor<R> {
    Tensor::from_data(TensorData::new(numbers.to_vec(), sides), &device("flex").unwrap())
}

fn values<const R: usize>(x: Tensor<R>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

fn run(layer: impl Into<LayerConfig>, inputs: Vec<Value>) -> Value {
    let layer = layer.into();
    let signatures: Vec<_> = inputs.iter().map(Value::signature).collect();
    let promised = layer.output(&signatures).unwrap();
    let module = layer.build(&signatures, &Streams::new(0).scope("merge"), &device("flex").unwrap());
    let output = module.call(inputs, &mut Context::evaluation());
    assert_eq!(output.signature(), promised);
    output
}

fn output(layer: impl Into<LayerConfig>, inputs: &[Shape]) -> Result<String, String> {
    let inputs: Vec<_> = inputs.iter().cloned().map(Signature::float).collect();
    layer.into().output(&inputs).map(|output| output.to_string()).map_err(|error| error.to_string())
}

#[test]
fn sides_of_one_are_stretched() {
    let column = tensor(&[1.0, 2.0], [1, 2, 1]);
    let row = tensor(&[10.0, 0.0, 1.5], [1, 1, 3]);
    let both = || vec![column.clone().into(), row.clone().into()];
    let merged = |layer: LayerConfig| values(run(layer, both()).float::<3>());
    assert_eq!(merged(Add::new().into()), [11.0, 1.0, 2.5, 12.0, 2.0, 3.5]);
    assert_eq!(merged(Subtract::new().into()), [-9.0, 1.0, -0.5, -8.0, 2.0, 0.5]);
    assert_eq!(merged(Multiply::new().into()), [10.0, 0.0, 1.5, 20.0, 0.0, 3.0]);
    assert_eq!(merged(Average::new().into()), [5.5, 0.5, 1.25, 6.0, 1.0, 1.75]);
    assert_eq!(merged(Maximum::new().into()), [10.0, 1.0, 1.5, 10.0, 2.0, 2.0]);
    assert_eq!(merged(Minimum::new().into()), [1.0, 0.0, 1.0, 2.0, 0.0, 1.5]);
}

#[test]
fn an_input_with_fewer_axes_gets_them_after_the_batch() {
    let steps = tensor(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [2, 2, 2]);
    let rows = tensor(&[10.0, 20.0, 30.0, 40.0], [2, 2]);
    let sum = run(Add::new(), vec![rows.into(), steps.into()]).float::<3>();
    assert_eq!(values(sum), [11.0, 22.0, 13.0, 24.0, 35.0, 46.0, 37.0, 48.0]);
}

#[test]
fn unknown_sides_are_what_the_others_are() {
    let shapes = [Shape::from([Some(3), None, None]), Shape::from([Some(3), Some(5), Some(1)])];
    assert_eq!(output(Add::new(), &shapes).unwrap(), "[3, 5, ?]");
    assert_eq!(output(Concatenate::new(), &shapes).unwrap(), "[6, 5, 1]");
    assert_eq!(output(Concatenate::new().axis(-1), &shapes).unwrap(), "[3, 5, ?]");
    assert_eq!(output(Dot::new([2, 1]), &shapes).unwrap(), "[3, ?, 5, 1]");
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let shape = |sides: &[usize]| Shape::new(sides.iter().copied().map(Some));
    let (a, b) = (shape(&[3, 4]), shape(&[3, 5]));
    for layer in [LayerConfig::from(Add::new()), Maximum::new().into(), Concatenate::new().into()] {
        assert!(output(layer, &[a.clone(), b.clone()]).unwrap_err().contains("[3, 4] and [3, 5]"));
    }
    assert!(output(Add::new(), std::slice::from_ref(&a)).is_err());
    assert!(output(Subtract::new(), &[a.clone(), a.clone(), a.clone()]).is_err());
    assert!(output(Concatenate::new(), &[]).is_err());
    assert!(output(Concatenate::new().axis(3), std::slice::from_ref(&a)).is_err());
    assert!(output(Concatenate::new().axis(-3), std::slice::from_ref(&a)).is_err());
    assert!(output(Concatenate::new().axis(isize::MIN), std::slice::from_ref(&a)).is_err());
    assert!(output(Concatenate::new(), &[shape(&[usize::MAX]), shape(&[1])]).is_err());
    assert!(output(Dot::new(2), &[a.clone(), b.clone()]).is_err());
    assert!(output(Dot::new([2, 7]), &[a.clone(), b]).is_err());
    assert!(output(Dot::new(1), &[shape(&[2, 1, 1, 1]), shape(&[2, 1, 1, 1])]).is_err());
    let labels = [Signature::float(a), Signature::int([3, 4])];
    assert!(LayerConfig::from(Add::new()).output(&labels).is_err());
}

#[test]
fn the_first_of_equals_gets_the_gradient() {
    let device = device("flex").unwrap().autodiff();
    let one = || Tensor::<2>::ones([1, 2], &device).require_grad();
    let (a, b) = (one(), one());
    let gradients = Maximum::new().forward([a.clone(), b.clone()]).sum().backward();
    assert_eq!(values(a.grad(&gradients).unwrap()), [1.0, 1.0]);
    assert_eq!(values(b.grad(&gradients).unwrap()), [0.0, 0.0]);
}

#[test]
fn dot_sums_over_any_axes() {
    let numbers: Vec<f32> = (0..24).map(|i| (i as f32 * 0.7).cos()).collect();
    let (left, right) = (tensor(&numbers, [2, 3, 4]), tensor(&numbers, [2, 4, 3]));
    let dot: Tensor<3> = Dot::new([1, 2]).forward(left.clone(), right.clone());
    assert_eq!(dot.dims(), [2, 4, 4]);
    let want = left.swap_dims(1, 2).matmul(right.swap_dims(1, 2));
    assert!(values(dot).iter().zip(values(want)).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn normalized_rows_give_cosines_whatever_their_size() {
    let cosine = |left: [f32; 2], right: [f32; 2]| {
        let (left, right) = (tensor(&left, [1, 2]), tensor(&right, [1, 2]));
        values(Dot::new(1).normalize().forward::<2, 2, 2>(left, right))[0]
    };
    assert!((cosine([3.0, 4.0], [4.0, 3.0]) - 0.96).abs() < 1e-6);
    assert!((cosine([3e30, 4e30], [4e-5, 3e-5]) - 0.96).abs() < 1e-6);
    assert_eq!(cosine([0.0, 0.0], [1.0, 0.0]), 0.0);
    // A row of zeros has a finite gradient.
    let device = device("flex").unwrap().autodiff();
    let zeros = Tensor::<2>::zeros([1, 3], &device).require_grad();
    let dot: Tensor<2> = Dot::new(1).normalize().forward(zeros.clone(), Tensor::<2>::ones([1, 3], &device));
    let gradients = dot.sum().backward();
    assert!(values(zeros.grad(&gradients).unwrap()).iter().all(|value| value.is_finite()));
}

#[test]
fn merging_keeps_the_number_type() {
    let x = || Tensor::<2>::ones([2, 3], (&device("flex").unwrap(), DType::F64));
    assert_eq!(Average::new().forward([x(), x()]).dtype(), DType::F64);
    assert_eq!(Dot::new(1).normalize().forward::<2, 2, 2>(x(), x()).dtype(), DType::F64);
}

/// Configs that no input fits, with the field that the message names.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    vec![(Concatenate::new().axis(0).into(), "axis"), (Dot::new(0).into(), "axes"), (Dot::new([1, 0]).into(), "axes")]
}
