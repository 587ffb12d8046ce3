use burn::Tensor;
use burn::tensor::{DType, Device, Int, TensorData};
use proptest::prelude::*;
use striate_backend::device;
use striate_layers::losses::{
    BinaryCrossEntropy, CategoricalCrossEntropy, CategoricalHinge, CosineSimilarity, Dice, Focal, Hinge, Huber,
    KlDivergence, LogCosh, Loss, MeanAbsoluteError, MeanSquaredError, Reduction, SmoothL1,
    SparseCategoricalCrossEntropy, SquaredHinge, YoloV1,
};
use striate_layers::{Preset, Signature, Value};

use crate::strategies::losses::{LossCase, Target, any_loss};
use crate::support::by_rank;

fn flex() -> Device {
    device("flex").unwrap()
}

fn each(logits: [[f32; 3]; 2], labels: [i64; 2], device: &Device) -> Vec<f32> {
    let logits = Tensor::<2>::from_floats(logits, device);
    let labels = Tensor::<1, Int>::from_ints(labels, device);
    SparseCategoricalCrossEntropy::new().each(logits, labels).into_data().iter::<f32>().collect()
}

#[test]
fn cross_entropy_is_minus_the_logarithm_of_the_probability() {
    let device = flex();
    let got = each([[1.2, 0.9, 0.4], [0.0, 0.0, 0.0]], [0, 2], &device);
    // Probabilities 0.45659 and 1/3.
    assert!((got[0] - 0.783_97).abs() < 1e-4 && (got[1] - 3f32.ln()).abs() < 1e-6, "{got:?}");
}

#[test]
fn extreme_logits_stay_finite() {
    let device = flex();
    let got = each([[1e4, -1e4, 0.0], [-3e38, 0.0, 3e38]], [0, 2], &device);
    assert_eq!(got, [0.0, 0.0]);
    assert_eq!(each([[1e4, 0.0, 0.0], [0.0; 3]], [1, 0], &device)[0], 1e4);
}

#[test]
fn gradient_is_probability_minus_label_over_the_batch() {
    let device = flex().autodiff();
    let logits = Tensor::<2>::from_floats([[1.2, 0.9, 0.4], [0.0, 0.0, 0.0]], &device).require_grad();
    let labels = Tensor::<1, Int>::from_ints([0, 2], &device);
    let gradients = SparseCategoricalCrossEntropy::new().forward(logits.clone(), labels).backward();
    let got: Vec<f32> = logits.grad(&gradients).unwrap().into_data().iter::<f32>().collect();
    let want = [-0.271_71, 0.169_12, 0.102_58, 1.0 / 6.0, 1.0 / 6.0, -1.0 / 3.0];
    assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-4), "{got:?}");
}

/// The loss of `[rows, 2]` predictions and targets, and its gradient.
fn pairs<const N: usize>(loss: impl Into<Loss>, input: [[f32; 2]; N], target: [[f32; 2]; N]) -> (f32, Vec<f32>) {
    weighted_pairs(loss, input, target, None)
}

fn weighted_pairs<const N: usize>(
    loss: impl Into<Loss>,
    input: [[f32; 2]; N],
    target: [[f32; 2]; N],
    weight: Option<[f32; N]>,
) -> (f32, Vec<f32>) {
    let device = flex().autodiff();
    let input = Tensor::<2>::from_floats(input, &device).require_grad();
    let target = Tensor::<2>::from_floats(target, &device);
    let weight = weight.map(|weight| Tensor::<1>::from_floats(weight, &device));
    let output = loss.into().forward(input.clone().into(), target.into(), weight);
    let gradient = input.grad(&output.backward()).unwrap().into_data().iter::<f32>().collect();
    (output.into_scalar(), gradient)
}

#[track_caller]
fn check(loss: impl Into<Loss>, input: [f32; 2], target: [f32; 2], want: f64) {
    let loss = loss.into();
    let (got, _) = pairs(loss.clone(), [input], [target]);
    assert!((f64::from(got) - want).abs() < 2e-6 * want.abs().max(1.0), "{loss:?}: {got}, not {want}");
}

#[test]
fn losses_by_hand() {
    let (input, target) = ([0.5, 3.0], [0.0, 1.0]);
    check(MeanSquaredError::new(), input, target, (0.25 + 4.0) / 2.0);
    check(MeanAbsoluteError::new(), input, target, (0.5 + 2.0) / 2.0);
    check(Huber::new(), input, target, (0.125 + 1.5) / 2.0);
    check(Huber::new().delta(0.25), input, target, (0.25 * 0.375 + 0.25 * 1.875) / 2.0);
    check(SmoothL1::new().beta(0.5), input, target, (0.25 + 1.75) / 2.0);
    check(SmoothL1::new().beta(0.0), input, target, (0.5 + 2.0) / 2.0);
    check(LogCosh::new(), input, target, (0.5f64.cosh().ln() + 2f64.cosh().ln()) / 2.0);
    check(Hinge::new(), input, [-1.0, 1.0], 1.5 / 2.0);
    check(SquaredHinge::new(), input, [-1.0, 1.0], 2.25 / 2.0);
    check(CategoricalHinge::new(), [2.0, 1.5], [0.0, 1.0], 1.5);
    check(CosineSimilarity::new(), [3.0, 4.0], [4.0, 3.0], -24.0 / 25.0);
    check(Dice::new(), [0.5, 0.25], [1.0, 0.0], 1.0 - 1.0 / 1.75);
    let divergence = 0.5 * (0.5f64 / 0.25).ln() + 0.5 * (0.5f64 / 0.75).ln();
    check(KlDivergence::new(), [0.25, 0.75], [0.5, 0.5], divergence);
    check(KlDivergence::new().input_is_log(true), [0.25f32.ln(), 0.75f32.ln()], [0.5, 0.5], divergence);

    let [yes, no] = [-(0.25f64.ln()), -(0.75f64.ln())];
    check(BinaryCrossEntropy::new().from_logits(false), [0.25, 0.25], [1.0, 0.0], (yes + no) / 2.0);
    check(
        BinaryCrossEntropy::new().from_logits(false).positive_weight(3.0),
        [0.25, 0.25],
        [1.0, 0.0],
        (3.0 * yes + no) / 2.0,
    );
    let smoothed = BinaryCrossEntropy::new().from_logits(false).label_smoothing(0.2);
    check(smoothed, [0.25, 0.25], [1.0, 0.0], (0.9 * yes + 0.1 * no + 0.1 * yes + 0.9 * no) / 2.0);
    let logit = (1.0f32 / 3.0).ln();
    check(BinaryCrossEntropy::new().from_logits(true), [logit, logit], [1.0, 0.0], (yes + no) / 2.0);
    // Probabilities needn't add up to 1.
    check(CategoricalCrossEntropy::new().from_logits(false), [0.5, 1.5], [1.0, 0.0], yes);
    check(CategoricalCrossEntropy::new().from_logits(true), [logit, 0.0], [1.0, 0.0], yes);
    let smoothed = CategoricalCrossEntropy::new().from_logits(false).label_smoothing(0.2);
    check(smoothed, [0.25, 0.75], [1.0, 0.0], 0.9 * yes + 0.1 * no);
    let weighted = CategoricalCrossEntropy::new().from_logits(false).class_weight([2.0, 5.0]);
    check(weighted, [0.25, 0.75], [0.5, 0.5], yes + 2.5 * no);

    let (far, near) = (0.75f64.powi(2) * yes, 0.25f64.powi(2) * no);
    check(Focal::new().from_logits(false), [0.25, 0.25], [1.0, 0.0], (far + near) / 2.0);
    check(
        Focal::new().from_logits(false).class_balancing(true),
        [0.25, 0.25],
        [1.0, 0.0],
        (0.25 * far + 0.75 * near) / 2.0,
    );
    check(Focal::sigmoid(), [logit, logit], [1.0, 0.0], (0.25 * far + 0.75 * near) / 2.0);
    check(Focal::sigmoid().alpha(None).gamma(0.0), [logit, logit], [1.0, 0.0], (yes + no) / 2.0);
    check(Focal::categorical().from_logits(false), [0.25, 0.75], [1.0, 0.0], 0.25 * far);
    check(Focal::categorical().from_logits(true).gamma(0.5), [logit, 0.0], [1.0, 0.0], 0.25 * 0.75f64.sqrt() * yes);
}

#[test]
fn reductions_count_values_as_keras_or_as_torch() {
    let (input, target) = ([[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]], [[0.0; 2]; 3]);
    let loss = MeanAbsoluteError::new();
    let of = |loss: MeanAbsoluteError, reduction| pairs(loss.reduction(reduction), input, target).0;
    assert_eq!(of(loss, Reduction::Mean), 10.0 / 6.0);
    assert_eq!(of(loss, Reduction::Sum), 5.0);
    assert_eq!(of(loss, Reduction::BatchMean), 5.0 / 3.0);
    let torch = loss.preset(Preset::Torch);
    assert_eq!(of(torch, Reduction::Mean), 10.0 / 6.0);
    assert_eq!(of(torch, Reduction::Sum), 10.0);
    assert_eq!(of(torch, Reduction::BatchMean), 10.0 / 3.0);
}

#[test]
fn sample_weights_multiply_and_the_mean_divides_by_the_number() {
    let (input, target) = ([[1.0, 2.0], [3.0, 4.0]], [[0.0; 2]; 2]);
    let of = |loss: Loss| weighted_pairs(loss, input, target, Some([2.0, 0.5])).0;
    assert_eq!(of(MeanAbsoluteError::new().into()), (2.0 * 1.5 + 0.5 * 3.5) / 2.0);
    assert_eq!(of(MeanAbsoluteError::new().reduction(Reduction::Sum).into()), 2.0 * 1.5 + 0.5 * 3.5);
    let torch = MeanAbsoluteError::new().preset(Preset::Torch);
    assert_eq!(of(torch.into()), (2.0 * 3.0 + 0.5 * 7.0) / 4.0);
    // One loss for the whole batch is weighed by each sample.
    let dice = pairs(Dice::new(), input, [[1.0; 2]; 2]).0;
    assert!((weighted_pairs(Dice::new(), input, [[1.0; 2]; 2], Some([2.0, 0.5])).0 - dice * 1.25).abs() < 1e-6);
}

#[test]
fn ignored_labels_and_class_weights_change_the_divisor() {
    let device = flex();
    let logits = Tensor::<2>::from_floats([[0.0, 0.0], [3f32.ln(), 0.0], [9.0, 1.0]], &device);
    let labels = Tensor::<1, Int>::from_ints([0, 1, 255], &device);
    let of =
        |loss: SparseCategoricalCrossEntropy| -> f32 { loss.forward(logits.clone(), labels.clone()).into_scalar() };
    let loss = SparseCategoricalCrossEntropy::new().ignore_index(255);
    let [a, b] = [2f32.ln(), 4f32.ln()];
    assert!((of(loss.clone()) - (a + b) / 2.0).abs() < 1e-6);
    assert!((of(loss.clone().reduction(Reduction::Sum)) - (a + b)).abs() < 1e-6);
    assert!((of(loss.clone().reduction(Reduction::BatchMean)) - (a + b) / 3.0).abs() < 1e-6);
    let weighted = loss.clone().class_weight([1.0, 3.0]);
    assert!((of(weighted.clone()) - (a + 3.0 * b) / 4.0).abs() < 1e-6);
    assert!((of(weighted.reduction(Reduction::Sum)) - (a + 3.0 * b)).abs() < 1e-6);
    let nothing = Tensor::<1, Int>::from_ints([255; 3], &device);
    assert_eq!(loss.forward(logits.clone(), nothing).into_scalar::<f32>(), 0.0);
}

#[test]
fn labels_are_one_hot_targets_whatever_the_axis() {
    let device = flex();
    let logits: Vec<f32> = (0..2 * 3 * 4).map(|i| (i as f32 * 1.7).sin() * 3.0).collect();
    let logits = Tensor::<3>::from_data(TensorData::new(logits, [2, 3, 4]), &device);
    for (axis, sides) in [(1, [2, 4]), (2, [2, 3]), (-1, [2, 3])] {
        let labels: Vec<i64> = (0..sides[0] * sides[1]).map(|i| i as i64 * 7 % 3).collect();
        let labels = Tensor::<2, Int>::from_data(TensorData::new(labels, sides), &device);
        let place = if axis == 1 { 1 } else { 2 };
        let classes = logits.dims()[place];
        let one_hot: Tensor<3> = labels.clone().one_hot::<3>(classes).float();
        let one_hot = if place == 1 { one_hot.movedim(2, 1) } else { one_hot };
        for (smoothing, weights) in [(0.0, None), (0.3, None), (0.3, Some(vec![0.5, 1.0, 2.0, 3.0]))] {
            let weights: Option<Vec<f64>> = weights.map(|weights: Vec<f64>| weights[..classes].to_vec());
            let sparse = SparseCategoricalCrossEntropy {
                class_axis: axis,
                label_smoothing: smoothing,
                class_weight: weights.clone(),
                ..SparseCategoricalCrossEntropy::new()
            };
            let dense = CategoricalCrossEntropy {
                from_logits: true,
                class_axis: axis,
                label_smoothing: smoothing,
                class_weight: weights,
                ..CategoricalCrossEntropy::new()
            };
            let sparse = sparse.each(logits.clone(), labels.clone());
            let dense = dense.each(logits.clone(), one_hot.clone()).squeeze_dim::<2>(place);
            let apart: f32 = (sparse - dense).abs().max().into_scalar();
            assert!(apart < 1e-5, "axis {axis}, smoothing {smoothing}: {apart}");
        }
    }
}

#[test]
fn hinge_takes_targets_of_0_and_1() {
    let input = [[0.5, -0.25], [2.0, 0.75]];
    let signs = pairs(Hinge::new(), input, [[1.0, -1.0], [-1.0, 1.0]]);
    assert_eq!(pairs(Hinge::new(), input, [[1.0, 0.0], [0.0, 1.0]]), signs);
    // Beside -1, 0 is a value like any other.
    assert_eq!(pairs(Hinge::new(), [[5.0, 0.5]], [[0.0, -1.0]]).0, (1.0 + 1.5) / 2.0);
}

/// Every loss of two values, from logits where it takes them.
fn losses() -> Vec<Loss> {
    let logits = true;
    vec![
        MeanSquaredError::new().into(),
        MeanAbsoluteError::new().into(),
        Huber::new().into(),
        SmoothL1::new().into(),
        LogCosh::new().into(),
        BinaryCrossEntropy::new().into(),
        BinaryCrossEntropy::new().from_logits(logits).label_smoothing(0.1).positive_weight(0.5).into(),
        CategoricalCrossEntropy::new().into(),
        CategoricalCrossEntropy::new().from_logits(logits).into(),
        CategoricalCrossEntropy::new().from_logits(logits).label_smoothing(0.1).into(),
        Focal::new().into(),
        Focal::new().from_logits(logits).gamma(0.5).into(),
        Focal::sigmoid().into(),
        Focal::sigmoid().gamma(1.5).into(),
        Focal::categorical().into(),
        Focal::categorical().from_logits(logits).gamma(0.5).into(),
        Dice::new().into(),
        Hinge::new().into(),
        SquaredHinge::new().into(),
        CategoricalHinge::new().into(),
        KlDivergence::new().into(),
        KlDivergence::new().input_is_log(true).into(),
        CosineSimilarity::new().into(),
    ]
}

#[test]
fn extreme_predictions_give_finite_losses_and_gradients() {
    for loss in losses() {
        for (a, b) in [(1e4, -1e4), (-1e4, 1e4), (1e4, 1e4), (0.0, 0.0), (0.0, 1.0), (1e4, 0.0)] {
            // Dice divides by the sum of the predictions.
            let b = if matches!(loss, Loss::Dice(_)) { a } else { b };
            for target in [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]] {
                let (value, gradient) = pairs(loss.clone(), [[a, b]], [target]);
                let finite = value.is_finite() && gradient.iter().all(|slope| slope.is_finite());
                assert!(finite, "{loss:?} at {a}, {b}, {target:?}: {value}, {gradient:?}");
            }
        }
    }
}

#[test]
fn largest_logits_give_finite_losses_and_gradients() {
    let squares = |loss: &Loss| matches!(loss, Loss::Mse(_) | Loss::SquaredHinge(_) | Loss::Dice(_));
    for loss in losses().into_iter().filter(|loss| !squares(loss)) {
        for (a, b) in [(3e38, 0.0), (-3e38, 0.0), (0.0, 3e38), (3e38, -3e38), (-3e38, 3e38)] {
            for target in [[1.0, 0.0], [0.0, 1.0]] {
                let (value, gradient) = pairs(loss.clone(), [[a, b]], [target]);
                // What is more than a number holds, such as the loss of 6e38 apart, is infinite.
                let fits = !value.is_nan() && (value.is_finite() || a * b != 0.0);
                let finite = gradient.iter().all(|slope| slope.is_finite());
                assert!(fits && finite, "{loss:?} at {a}, {b}, {target:?}: {value}, {gradient:?}");
            }
        }
    }
    // The gradient of a logit so wrong still says where to go.
    let wrong = CategoricalCrossEntropy::new().from_logits(true);
    assert_eq!(pairs(wrong.clone(), [[3e38, -3e38]], [[0.0, 1.0]]).1, [1.0, -1.0]);
    // Smoothing meets the logarithm of no probability at all, and no infinity.
    let (value, _) = pairs(wrong.label_smoothing(0.1), [[3e38, -3e38]], [[1.0, 0.0]]);
    assert!((value / 3e37 - 1.0).abs() < 1e-5, "{value}");
    assert_eq!(pairs(BinaryCrossEntropy::new().from_logits(true), [[3e38, 0.0]], [[0.0, 1.0]]).1, [0.5, -0.25]);
}

#[test]
fn logit_of_0_has_its_gradient() {
    // A network whose last layer starts with zeros would else never learn.
    assert_eq!(pairs(BinaryCrossEntropy::new().from_logits(true), [[0.0; 2]], [[1.0, 0.0]]).1, [-0.25, 0.25]);
    let focal = pairs(Focal::sigmoid().alpha(None).gamma(0.0), [[0.0; 2]], [[1.0, 0.0]]);
    assert_eq!(focal.1, [-0.25, 0.25]);
    assert_eq!(pairs(LogCosh::new(), [[0.0; 2]], [[0.0; 2]]), (0.0, vec![0.0, 0.0]));
}

#[test]
fn probabilities_of_0_and_1_count_as_1e_7_off() {
    let most = -(1e-7f64.ln());
    check(BinaryCrossEntropy::new().from_logits(false), [0.0, 1.0], [1.0, 0.0], most);
    check(CategoricalCrossEntropy::new().from_logits(false), [1.0, 0.0], [0.0, 1.0], most);
    check(CategoricalCrossEntropy::new().from_logits(false), [0.0, 0.0], [0.0, 1.0], most);
    // Keras's focal losses clip the probabilities of logits too.
    check(Focal::new().from_logits(true).gamma(0.0), [-100.0, 100.0], [1.0, 0.0], most);
}

#[test]
fn vectors_without_length_have_no_angle() {
    let (value, gradient) = pairs(CosineSimilarity::new(), [[0.0, 0.0], [2.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]);
    assert_eq!(value, 0.0);
    // Keras divides by 1e-7 in place of the length.
    assert!((gradient[0] / -5e6 - 1.0).abs() < 1e-5 && gradient[1..] == [0.0; 3], "{gradient:?}");
    // The gradient of a vector along an axis is across it.
    assert_eq!(pairs(CosineSimilarity::new(), [[2.0, 0.0]], [[1.0, 1.0]]).1[0], 0.0);
}

pub(super) fn wrong_losses() -> Vec<(Loss, &'static str)> {
    vec![
        (Huber::new().delta(0.0).into(), "delta"),
        (Huber::new().delta(f64::INFINITY).into(), "delta"),
        (SmoothL1::new().beta(-1.0).into(), "beta"),
        (BinaryCrossEntropy::new().label_smoothing(1.5).into(), "label_smoothing"),
        (BinaryCrossEntropy::new().positive_weight(f64::NAN).into(), "positive_weight"),
        (CategoricalCrossEntropy::new().label_smoothing(-0.1).into(), "label_smoothing"),
        (CategoricalCrossEntropy::new().class_axis(0).into(), "class_axis"),
        (CategoricalCrossEntropy::new().class_weight([1.0, -1.0]).into(), "class_weight"),
        (SparseCategoricalCrossEntropy::new().label_smoothing(f64::NAN).into(), "label_smoothing"),
        (SparseCategoricalCrossEntropy::new().class_axis(6).into(), "class_axis"),
        (SparseCategoricalCrossEntropy::new().class_weight([0.0, 0.0]).into(), "class_weight"),
        (Focal::new().gamma(-1.0).into(), "gamma"),
        (Focal::sigmoid().alpha(1.25).into(), "alpha"),
        (Focal::categorical().class_axis(i64::MIN).into(), "class_axis"),
        (Dice::new().smooth(-1.0).into(), "smooth"),
        (Dice::new().axes([2, 2]).into(), "axes"),
        (Dice::new().axes([]).into(), "axes"),
        (Dice::new().axes([i64::MAX]).into(), "axes"),
        (CategoricalHinge::new().class_axis(-7).into(), "class_axis"),
        (KlDivergence::new().class_axis(0).into(), "class_axis"),
        (CosineSimilarity::new().axis(17).into(), "axis"),
        (YoloV1::new().grid(0).into(), "grid"),
        (YoloV1::new().boxes(usize::MAX).into(), "boxes"),
        (YoloV1::new().classes(0).into(), "classes"),
        (YoloV1::new().lambda_coord(-5.0).into(), "lambda_coord"),
        (YoloV1::new().lambda_noobj(f64::INFINITY).into(), "lambda_noobj"),
    ]
}

#[test]
fn wrong_losses_name_field_and_value() {
    for (loss, field) in wrong_losses() {
        let error = loss.validate().expect_err(field).to_string();
        assert!(error.starts_with(&format!("{} `{field}` is ", loss.kind())), "{error}");
        let fed = Signature::float([1]);
        assert_eq!(loss.check(&fed, &fed).unwrap_err().to_string(), error);
    }
}

#[test]
fn targets_that_do_not_fit_are_refused() {
    let float = |sides: &[usize]| Signature::float(striate_layers::Shape::new(sides.iter().copied().map(Some)));
    let int = |sides: &[usize]| Signature { kind: striate_layers::Kind::Int, ..float(sides) };
    let fits = |loss: Loss, input: &Signature, target: &Signature| loss.check(input, target).map_err(|e| e.to_string());
    let sparse = || Loss::from(SparseCategoricalCrossEntropy::new());
    let dense = || Loss::from(CategoricalCrossEntropy::new());
    let answers = || Loss::from(BinaryCrossEntropy::new());

    let good = [
        (sparse(), float(&[10]), int(&[])),
        (sparse(), float(&[21, 8, 9]), int(&[8, 9])),
        (sparse(), Signature::float([Some(21), None, None]), int(&[8, 9])),
        (dense(), float(&[10]), float(&[10])),
        (dense(), float(&[10]), int(&[10])),
        (answers(), float(&[1]), int(&[])),
        (answers(), float(&[4, 1]), float(&[4])),
        (YoloV1::new().into(), float(&[7, 7, 30]), float(&[7, 7, 25])),
        (Dice::new().axes([-1, -2]).into(), float(&[1, 8, 8]), int(&[1, 8, 8])),
        (CosineSimilarity::new().axis(0).into(), float(&[3]), float(&[3])),
    ];
    for (loss, input, target) in good {
        assert_eq!(fits(loss.clone(), &input, &target), Ok(()), "{loss:?}");
    }

    let bad = [
        (sparse(), float(&[10]), float(&[]), "give the labels as whole numbers"),
        (sparse(), float(&[10]), float(&[10]), "use categorical_crossentropy"),
        (sparse(), float(&[10]), int(&[3]), "[10] and [3] of whole numbers"),
        (sparse(), int(&[10]), int(&[]), "predictions"),
        (sparse(), float(&[]), int(&[]), "predictions"),
        (SparseCategoricalCrossEntropy::new().class_axis(3).into(), float(&[10]), int(&[]), "class_axis"),
        (SparseCategoricalCrossEntropy::new().class_axis(-2).into(), float(&[10]), int(&[]), "class_axis"),
        (SparseCategoricalCrossEntropy::new().class_weight([1.0]).into(), float(&[10]), int(&[]), "class_weight"),
        (dense(), float(&[10]), int(&[]), "use sparse_categorical_crossentropy"),
        (dense(), float(&[10]), float(&[9]), "one shape"),
        (answers(), float(&[2]), int(&[]), "one shape"),
        (answers(), float(&[1; 6]), float(&[1; 6]), "up to 6 axes"),
        (CosineSimilarity::new().axis(2).into(), float(&[3]), float(&[3]), "axis 2"),
        (Dice::new().axes([1, -1]).into(), float(&[3]), float(&[3]), "axes"),
        (YoloV1::new().into(), float(&[7, 7, 25]), float(&[7, 7, 25]), "[7, 7, 30]"),
    ];
    for (loss, input, target, part) in bad {
        let error = fits(loss.clone(), &input, &target).expect_err(part);
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn classes_that_are_the_batch_are_refused() {
    let loss = Loss::from(KlDivergence::new().class_axis(-2));
    assert!(loss.check(&Signature::float([3]), &Signature::float([3])).is_err());
    assert!(loss.check(&Signature::float([3, 4]), &Signature::float([3, 4])).is_ok());
}

#[test]
fn labels_serve_as_answers() {
    let device = flex();
    let input = Tensor::<2>::from_floats([[0.25], [0.25]], &device);
    let labels = Tensor::<1, Int>::from_ints([1, 0], &device);
    let got: f32 = Loss::from(BinaryCrossEntropy::new().from_logits(false))
        .forward(input.into(), labels.into(), None)
        .into_scalar();
    assert!((got + (0.25f32.ln() + 0.75f32.ln()) / 2.0).abs() < 1e-6, "{got}");
}

#[test]
#[should_panic(expected = "one shape")]
fn shapes_that_would_broadcast_panic() {
    let device = flex();
    MeanSquaredError::new().forward(Tensor::<2>::zeros([4, 1], &device), Tensor::<2>::zeros([4, 4], &device));
}

/// A tensor of f64, whatever its rank.
fn tensor(shape: &[usize], values: &[f64], device: &Device) -> Value {
    let data = TensorData::new(values.to_vec(), shape.to_vec());
    by_rank!(shape.len(), D => Tensor::<D>::from_data(data, (device, DType::F64)).require_grad().into())
}

fn labels(shape: &[usize], values: &[i64], device: &Device) -> Value {
    let data = TensorData::new(values.to_vec(), shape.to_vec());
    by_rank!(shape.len(), D => Tensor::<D, Int>::from_data(data, device).into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn loss_of_what_fits_is_finite_and_its_config_survives_json(LossCase { loss, input, target } in any_loss()) {
        let json = serde_json::to_string(&loss).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Loss>(&json).unwrap(), &loss, "{}", json);

        let device = flex().autodiff();
        let input = tensor(&input.0, &input.1, &device);
        let target = match target {
            Target::Real(shape, values) => tensor(&shape, &values, &device),
            Target::Labels(shape, values) => labels(&shape, &values, &device),
        };
        loss.check(&input.signature(), &target.signature()).unwrap();
        let output = loss.forward(input, target, None);
        prop_assert_eq!(output.dims(), [1]);
        prop_assert_eq!(output.dtype(), DType::F64);
        prop_assert!(output.into_scalar::<f64>().is_finite());
    }
}

#[test]
fn half_precision_gives_finite_losses_and_gradients() {
    let device = flex().autodiff();
    for (loss, dtype) in losses().into_iter().flat_map(|loss| [(loss.clone(), DType::F16), (loss, DType::BF16)]) {
        for values in [[0.3, 0.6, 0.2, 0.1], [1.0, 0.0, 0.0, 0.0], [100.0, 1.0, 0.2, 0.1]] {
            let tensor = |values: [f64; 4]| {
                Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, 2]), (&device, dtype)).require_grad()
            };
            let input = tensor(values);
            let weight = Tensor::<1>::from_floats([1.0, 0.5], &device);
            let output = loss.forward(input.clone().into(), tensor([1.0, 0.0, 0.0, 1.0]).into(), Some(weight));
            assert_eq!(output.dtype(), dtype, "{loss:?}");
            let gradient = input.grad(&output.backward()).unwrap().into_data().iter::<f32>().collect::<Vec<_>>();
            let value: f32 = output.into_scalar();
            let finite = value.is_finite() && gradient.iter().all(|slope| slope.is_finite());
            assert!(finite, "{dtype:?} {loss:?} at {values:?}: {value}, {gradient:?}");
        }
    }
}
