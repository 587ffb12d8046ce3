//! The plain loops.

pub(super) fn tanh(values: &[f32]) -> Vec<f32> {
    values.iter().map(|x| f64::from(*x).tanh() as f32).collect()
}

pub(super) fn tanh_grad(outputs: &[f32], grads: &[f32]) -> Vec<f32> {
    outputs.iter().zip(grads).map(|(y, grad)| grad * (1.0 - y * y)).collect()
}
