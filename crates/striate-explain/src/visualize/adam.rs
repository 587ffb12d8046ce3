//! Adam (Kingma & Ba 2015, <https://arxiv.org/abs/1412.6980>, algorithm 1), upwards, with one second moment for all.
//!
//! By its own second moment every coefficient moves as far, those too that the unit hardly follows: its grating drowns in
//! what drifts. With the mean of the second moments the step keeps the gradient's direction.

use burn::Tensor;

/// What is optimised, with the moments of its gradients.
pub(super) struct Adam {
    pub(super) x: Tensor<4>,
    first: Tensor<4>,
    second: Tensor<1>,
    rate: f64,
    steps: i32,
}

const BETAS: [f64; 2] = [0.9, 0.999];

impl Adam {
    pub(super) fn new(x: Tensor<4>, rate: f64) -> Self {
        Self { first: x.zeros_like(), second: Tensor::zeros([1], &x.device()), x, rate, steps: 0 }
    }

    /// One step along the gradient.
    pub(super) fn ascend(&mut self, gradient: Tensor<4>) {
        self.steps += 1;
        self.first = self.first.clone() * BETAS[0] + gradient.clone() * (1.0 - BETAS[0]);
        self.second = self.second.clone() * BETAS[1] + (gradient.clone() * gradient).mean() * (1.0 - BETAS[1]);
        let first = self.first.clone() / (1.0 - BETAS[0].powi(self.steps));
        let second = self.second.clone() / (1.0 - BETAS[1].powi(self.steps));
        self.x = self.x.clone() + first / (second.sqrt() + 1e-8).reshape([1, 1, 1, 1]) * self.rate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::floats;

    #[test]
    fn steps_are_those_of_the_paper_with_one_second_moment() {
        let device = striate_backend::device("flex").unwrap();
        let two = |values: [f64; 2]| Tensor::<1>::from_floats(values.map(|v| v as f32), &device).reshape([1, 1, 1, 2]);
        let mut adam = Adam::new(two([1.0, -3.0]), 0.1);
        let (mut x, mut m, mut v) = ([1.0, -3.0], [0.0, 0.0], 0.0);
        for (step, gradient) in [[0.5, 0.1], [-0.25, 0.2], [2.0, -1.0]].into_iter().enumerate() {
            adam.ascend(two(gradient));
            let t = step as i32 + 1;
            v = 0.999 * v + 0.001 * (gradient[0] * gradient[0] + gradient[1] * gradient[1]) / 2.0;
            let got = floats(adam.x.clone());
            for place in 0..2 {
                m[place] = 0.9 * m[place] + 0.1 * gradient[place];
                x[place] +=
                    0.1 * (m[place] / (1.0 - 0.9_f64.powi(t))) / ((v / (1.0 - 0.999_f64.powi(t))).sqrt() + 1e-8);
                assert!((f64::from(got[place]) - x[place]).abs() < 1e-5);
            }
        }
    }
}
