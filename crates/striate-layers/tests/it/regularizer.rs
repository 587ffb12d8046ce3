//! Regularizers and constraints through the layers that have them.

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use striate_backend::device;
use striate_core::{Scope, Streams};
use striate_layers::{
    Constraint, Context, Conv2d, Dense, Initializer, LayerSpec, Regularizer, constrain, weight_penalty,
};

fn flex() -> Device {
    device("flex").unwrap().autodiff()
}

fn scope() -> Scope {
    Streams::new(5).scope("layer")
}

fn tensor<const D: usize>(values: &[f32], sides: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), sides), &flex())
}

fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

#[track_caller]
fn close(got: &[f32], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    let fits = got.iter().zip(want).all(|(got, want)| (f64::from(*got) - want).abs() < 1e-6 * want.abs().max(1.0));
    assert!(fits, "{got:?}, not {want:?}");
}

#[test]
fn penalty_is_the_sum_over_all_weights_and_has_its_gradient() {
    let config = Dense::new(2)
        .kernel_regularizer(Regularizer::l1_l2(0.1, 0.01))
        .bias_regularizer(Regularizer::l2(0.5))
        .bias_initializer(Initializer::Constant { value: 2.0 });
    let mut layer = config.init(3, &scope(), &flex());
    layer.weight = layer.weight.map(|_| tensor(&[1.0, -2.0, 0.0, 0.5, 3.0, -1.0], [2, 3]).require_grad());
    let penalty = weight_penalty(&layer, &config.weights()).unwrap();
    // |w| sums to 7.5, w² to 15.25; b² to 8.
    close(&values(penalty.clone()), &[0.1 * 7.5 + 0.01 * 15.25 + 0.5 * 8.0]);
    let gradients = penalty.backward();
    let weight = values(layer.weight.val().grad(&gradients).unwrap());
    close(&weight, &[0.12, -0.14, 0.0, 0.11, 0.16, -0.12]);
    close(&values(layer.bias.unwrap().val().grad(&gradients).unwrap()), &[2.0, 2.0]);
}

#[test]
fn convolution_has_penalties_too_and_no_regularizer_means_none() {
    let config = Conv2d::new(2, 2).kernel_initializer(Initializer::Constant { value: -0.5 });
    let layer = config.init(3, &scope(), &flex());
    assert!(weight_penalty(&layer, &config.weights()).is_none());
    let config = config.kernel_regularizer(Regularizer::l1(0.2));
    close(&values(weight_penalty(&layer, &config.weights()).unwrap()), &[0.2 * 0.5 * 24.0]);
}

#[test]
fn regularizer_with_one_factor_is_that_factor_alone() {
    let x = || tensor(&[3.0, -4.0], [2]);
    close(&values(Regularizer::l1(2.0).penalty(x())), &[14.0]);
    close(&values(Regularizer::l2(2.0).penalty(x())), &[50.0]);
    close(&values(Regularizer::l1_l2(1.0, 2.0).penalty(x())), &[57.0]);
    close(&values(Regularizer::default().penalty(x())), &[0.0]);
}

/// Keras 3's formulas: `w * clip(norm, 0, max) / (1e-7 + norm)` and `w / (1e-7 + norm)`.
#[test]
fn norms_of_a_dense_layer_are_those_of_its_units() {
    let rows = [3.0, 4.0, 0.0, 0.3, 0.0, 0.4];
    let apply = |constraint| {
        let config = Dense::new(2).kernel_constraint(constraint);
        let mut layer = config.init(3, &scope(), &flex());
        layer.weight = layer.weight.map(|_| tensor(&rows, [2, 3]).require_grad());
        let layer = constrain(layer, &config.weights());
        assert!(layer.weight.val().is_require_grad());
        values(layer.weight.val())
    };
    let scaled = |factors: [f64; 2]| -> Vec<f64> {
        rows.iter().enumerate().map(|(place, value)| f64::from(*value) * factors[place / 3]).collect()
    };
    close(&apply(Constraint::MaxNorm { max_value: 2.0 }), &scaled([2.0 / (5.0 + 1e-7), 0.5 / (0.5 + 1e-7)]));
    close(&apply(Constraint::UnitNorm), &scaled([1.0 / (5.0 + 1e-7), 1.0 / (0.5 + 1e-7)]));
}

#[test]
fn norms_of_a_convolution_are_those_of_its_filters() {
    let config = Conv2d::new(2, [1, 2]).kernel_constraint(Constraint::UnitNorm);
    let mut layer = config.init(2, &scope(), &flex());
    layer.weight = layer.weight.map(|_| tensor(&[1.0, 1.0, 1.0, 1.0, 0.0, 3.0, 0.0, -4.0], [2, 2, 1, 2]));
    let got = values(constrain(layer, &config.weights()).weight.val());
    close(&got, &[0.5, 0.5, 0.5, 0.5, 0.0, 0.6, 0.0, -0.8]);
}

#[test]
fn weights_of_zeros_stay_finite_under_every_constraint() {
    for constraint in [Constraint::MaxNorm { max_value: 1.0 }, Constraint::UnitNorm, Constraint::NonNegative] {
        assert_eq!(values(constraint.apply(tensor(&[0.0; 4], [2, 2]))), [0.0; 4]);
    }
}

#[test]
fn non_negative_cuts_at_zero_and_a_bias_is_one_unit() {
    let config = Dense::new(2)
        .kernel_constraint(Constraint::NonNegative)
        .bias_constraint(Constraint::MaxNorm { max_value: 1.0 })
        .bias_initializer(Initializer::Constant { value: 3.0 });
    let mut layer = config.init(2, &scope(), &flex());
    layer.weight = layer.weight.map(|_| tensor(&[1.0, -2.0, -0.5, 0.25], [2, 2]));
    let layer = constrain(layer, &config.weights());
    assert_eq!(values(layer.weight.val()), [1.0, 0.0, 0.0, 0.25]);
    close(&values(layer.bias.unwrap().val()), &[0.5f64.sqrt(); 2]);
}

#[test]
fn activity_penalty_is_divided_by_the_batch_and_comes_in_training_only() {
    let config = Dense::new(2)
        .no_bias()
        .kernel_initializer(Initializer::Ones)
        .activity_regularizer(Regularizer::l1_l2(0.1, 0.01));
    let layer = config.init(2, &scope(), &flex());
    let x = || tensor(&[1.0, 1.0, -1.0, -3.0, 0.0, 0.0, 2.0, -2.0], [4, 2]);
    let mut context = Context::training(Streams::new(1));
    layer.forward(x(), &mut context);
    layer.forward(x(), &mut context);
    // Outputs 2 and -4, twice each; sums of sizes 12, of squares 40; two passes add up.
    let penalty = context.take_penalty().unwrap();
    close(&values(penalty.clone()), &[2.0 * (0.1 * 12.0 + 0.01 * 40.0) / 4.0]);
    // Of one unit: sign and twice the value, times the input.
    let unit = 2.0 / 4.0 * (0.14 * 1.0 + 0.18);
    let other = 2.0 / 4.0 * (0.14 * 1.0 - 0.18 * -3.0);
    let gradient = values(layer.weight.val().grad(&penalty.backward()).unwrap());
    close(&gradient, &[unit, other, unit, other]);
    assert!(context.take_penalty().is_none());

    let mut context = Context::evaluation();
    layer.forward(x(), &mut context);
    assert!(context.take_penalty().is_none());
}
