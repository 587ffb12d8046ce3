//! Adam (Kingma & Ba 2015, <https://arxiv.org/abs/1412.6980>, algorithm 1), upwards.

use burn::Tensor;

/// What is optimised, with the moments of its gradients.
pub(super) struct Adam {
    pub(super) x: Tensor<4>,
    first: Tensor<4>,
    second: Tensor<4>,
    rate: f64,
    steps: i32,
}

const BETAS: [f64; 2] = [0.9, 0.999];

impl Adam {
    pub(super) fn new(x: Tensor<4>, rate: f64) -> Self {
        Self { first: x.zeros_like(), second: x.zeros_like(), x, rate, steps: 0 }
    }

    /// One step along the gradient.
    pub(super) fn ascend(&mut self, gradient: Tensor<4>) {
        self.steps += 1;
        self.first = self.first.clone() * BETAS[0] + gradient.clone() * (1.0 - BETAS[0]);
        self.second = self.second.clone() * BETAS[1] + gradient.clone() * gradient * (1.0 - BETAS[1]);
        let unbiased = |moment: &Tensor<4>, beta: f64| moment.clone() / (1.0 - beta.powi(self.steps));
        let (first, second) = (unbiased(&self.first, BETAS[0]), unbiased(&self.second, BETAS[1]));
        self.x = self.x.clone() + first / (second.sqrt() + 1e-8) * self.rate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::floats;

    #[test]
    fn steps_are_those_of_the_paper() {
        let device = striate_backend::device("flex").unwrap();
        let one = |value: f32| Tensor::<1>::from_floats([value], &device).reshape([1, 1, 1, 1]);
        let mut adam = Adam::new(one(1.0), 0.1);
        let (mut x, mut m, mut v) = (1.0_f64, 0.0, 0.0);
        for (step, gradient) in [0.5, -0.25, 2.0].into_iter().enumerate() {
            adam.ascend(one(gradient as f32));
            m = 0.9 * m + 0.1 * gradient;
            v = 0.999 * v + 0.001 * gradient * gradient;
            let t = step as i32 + 1;
            x += 0.1 * (m / (1.0 - 0.9_f64.powi(t))) / ((v / (1.0 - 0.999_f64.powi(t))).sqrt() + 1e-8);
            assert!((f64::from(floats(adam.x.clone())[0]) - x).abs() < 1e-5);
        }
    }
}
