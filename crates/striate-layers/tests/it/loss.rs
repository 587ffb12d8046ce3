use burn::Tensor;
use burn::tensor::{Device, Int};
use striate_backend::device;
use striate_layers::losses::SparseCategoricalCrossEntropy;

fn each(logits: [[f32; 3]; 2], labels: [i64; 2], device: &Device) -> Vec<f32> {
    let logits = Tensor::<2>::from_floats(logits, device);
    let labels = Tensor::<1, Int>::from_ints(labels, device);
    SparseCategoricalCrossEntropy::new().each(logits, labels).into_data().iter::<f32>().collect()
}

#[test]
fn cross_entropy_is_minus_the_logarithm_of_the_probability() {
    let device = device("flex").unwrap();
    let got = each([[1.2, 0.9, 0.4], [0.0, 0.0, 0.0]], [0, 2], &device);
    // Probabilities 0.45659 and 1/3.
    assert!((got[0] - 0.783_97).abs() < 1e-4 && (got[1] - 3f32.ln()).abs() < 1e-6, "{got:?}");
}

#[test]
fn extreme_logits_stay_finite() {
    let device = device("flex").unwrap();
    let got = each([[1e4, -1e4, 0.0], [-3e38, 0.0, 3e38]], [0, 2], &device);
    assert_eq!(got, [0.0, 0.0]);
    assert_eq!(each([[1e4, 0.0, 0.0], [0.0; 3]], [1, 0], &device)[0], 1e4);
}

#[test]
fn gradient_is_probability_minus_label_over_the_batch() {
    let device = device("flex").unwrap().autodiff();
    let logits = Tensor::<2>::from_floats([[1.2, 0.9, 0.4], [0.0, 0.0, 0.0]], &device).require_grad();
    let labels = Tensor::<1, Int>::from_ints([0, 2], &device);
    let gradients = SparseCategoricalCrossEntropy::new().forward(logits.clone(), labels).backward();
    let got: Vec<f32> = logits.grad(&gradients).unwrap().into_data().iter::<f32>().collect();
    let want = [-0.271_71, 0.169_12, 0.102_58, 1.0 / 6.0, 1.0 / 6.0, -1.0 / 3.0];
    assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-4), "{got:?}");
}
