//! The plain loops, in `f64`.

use super::Shape;

/// The places of a channel.
fn places(shape: Shape, channel: usize) -> impl Iterator<Item = usize> + Clone {
    (0..shape.batch).flat_map(move |n| (0..shape.inner).map(move |i| (n * shape.channels + channel) * shape.inner + i))
}

/// Mean and biased variance of each channel.
pub(super) fn statistics(shape: Shape, x: &[f32]) -> Vec<[f64; 2]> {
    let count = (shape.batch * shape.inner) as f64;
    let of_channel = |channel| {
        let mean = places(shape, channel).map(|i| f64::from(x[i])).sum::<f64>() / count;
        let squares = places(shape, channel).map(|i| (f64::from(x[i]) - mean).powi(2)).sum::<f64>();
        [mean, squares / count]
    };
    (0..shape.channels).map(of_channel).collect()
}

/// The output for the given statistics.
pub(super) fn forward(
    shape: Shape,
    x: &[f32],
    statistics: &[[f64; 2]],
    [gamma, beta]: [&[f32]; 2],
    epsilon: f64,
) -> Vec<f32> {
    let mut output = vec![0.0; x.len()];
    for (channel, [mean, variance]) in statistics.iter().enumerate() {
        for i in places(shape, channel) {
            let normal = (f64::from(x[i]) - mean) / (variance + epsilon).sqrt();
            output[i] = (normal * f64::from(gamma[channel]) + f64::from(beta[channel])) as f32;
        }
    }
    output
}

/// Each channel times its factor, plus its summand.
pub(super) fn affine(shape: Shape, x: &[f32], [scale, shift]: [&[f32]; 2]) -> Vec<f32> {
    let mut output = vec![0.0; x.len()];
    for channel in 0..shape.channels {
        for i in places(shape, channel) {
            output[i] = (f64::from(x[i]) * f64::from(scale[channel]) + f64::from(shift[channel])) as f32;
        }
    }
    output
}

/// The gradients of `x`, of gamma and of beta.
pub(super) fn backward(shape: Shape, x: &[f32], gamma: &[f32], epsilon: f64, grad: &[f32]) -> [Vec<f32>; 3] {
    let grad = |i: usize| f64::from(grad[i]);
    let count = (shape.batch * shape.inner) as f64;
    let mut grads = [vec![0.0; x.len()], Vec::new(), Vec::new()];
    for (channel, [mean, variance]) in statistics(shape, x).into_iter().enumerate() {
        let inverse = 1.0 / (variance + epsilon).sqrt();
        let normal = |i: usize| (f64::from(x[i]) - mean) * inverse;
        let plain: f64 = places(shape, channel).map(grad).sum();
        let by_normal: f64 = places(shape, channel).map(|i| grad(i) * normal(i)).sum();
        for i in places(shape, channel) {
            let inner = grad(i) - plain / count - normal(i) * by_normal / count;
            grads[0][i] = (f64::from(gamma[channel]) * inverse * inner) as f32;
        }
        grads[1].push(by_normal as f32);
        grads[2].push(plain as f32);
    }
    grads
}
