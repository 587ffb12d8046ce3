//! The plain loops.

use super::Logits;

/// The losses.
pub(super) fn forward(logits: Logits<'_>) -> Vec<f32> {
    (0..logits.labels.len())
        .map(|label| {
            let targets = targets(logits, label);
            let logs = logs(logits, label);
            -logs.iter().zip(targets).map(|(log, target)| if target == 0.0 { 0.0 } else { log * target }).sum::<f64>()
                as f32
        })
        .collect()
}

/// The gradients of the logits.
pub(super) fn backward(logits: Logits<'_>, losses_grad: &[f32]) -> Vec<f32> {
    let mut grads = vec![0.0; logits.values.len()];
    for (label, grad) in losses_grad.iter().enumerate().filter(|(_, grad)| **grad != 0.0) {
        let targets = targets(logits, label);
        for (class, (log, target)) in logs(logits, label).into_iter().zip(targets).enumerate() {
            grads[place(logits, label, class)] = (f64::from(*grad) * (log.exp() - target)) as f32;
        }
    }
    grads
}

fn place(logits: Logits<'_>, label: usize, class: usize) -> usize {
    let Logits { classes, inner, .. } = logits;
    (label / inner * classes + class) * inner + label % inner
}

/// What each class should have.
fn targets(logits: Logits<'_>, label: usize) -> Vec<f64> {
    let (share, right) = (f64::from(logits.smoothing) / logits.classes as f64, logits.labels[label] as usize);
    (0..logits.classes).map(|c| share + if c == right { 1.0 - f64::from(logits.smoothing) } else { 0.0 }).collect()
}

/// The logarithms of the probabilities.
fn logs(logits: Logits<'_>, label: usize) -> Vec<f64> {
    let of = |class| f64::from(logits.values[place(logits, label, class)]);
    let max = (0..logits.classes).map(of).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = (0..logits.classes).map(|class| (of(class) - max).exp()).sum();
    (0..logits.classes).map(|class| of(class) - max - sum.ln()).collect()
}
