use super::{adagrad, lerp, rmsprop};
use crate::backend::{AdagradStep, Formulas, RmsPropStep};
use crate::kernels::simd;
use crate::kernels::testing::{on_threads, values};

const LEN: usize = 20_001;

/// Weight decay of one value, and the gradient after it.
fn decayed(formulas: Formulas, rate: f64, decay: f64, p: &mut f32, g: f32) -> f32 {
    match (decay != 0.0, formulas) {
        (false, _) => g,
        (true, Formulas::Keras) => {
            *p *= (1.0 - rate * decay) as f32;
            g
        }
        (true, Formulas::Torch) => g + *p * decay as f32,
    }
}

fn divided(formulas: Formulas, g: f32, square: f32, epsilon: f64) -> f32 {
    match formulas {
        Formulas::Keras => g / (square + epsilon as f32).sqrt(),
        Formulas::Torch => g / (square.sqrt() + epsilon as f32),
    }
}

/// A step of one value: its parameter, then its mean square, mean and velocity.
fn plain_rmsprop(rule: RmsPropStep, [p, square, mean, velocity]: &mut [f32; 4], g: f32) {
    let g = decayed(rule.formulas, rule.rate, rule.weight_decay, p, g);
    let (rho, rest) = (rule.rho as f32, (1.0 - rule.rho) as f32);
    *square = *square * rho + g * g * rest;
    let mut spread = *square;
    if rule.centered {
        *mean = *mean * rho + g * rest;
        spread = (*square - *mean * *mean).max(0.0);
    }
    let quotient = divided(rule.formulas, g, spread, rule.epsilon);
    let rate = rule.rate as f32;
    let mut gain = if rule.formulas == Formulas::Keras { quotient * rate } else { quotient };
    if rule.momentum != 0.0 {
        *velocity = *velocity * rule.momentum as f32 + gain;
        gain = *velocity;
    }
    *p -= if rule.formulas == Formulas::Keras { gain } else { gain * rate };
}

#[test]
fn rmsprop_is_as_the_formula_to_the_bit() {
    let options = [(false, 0.0, 0.0), (true, 0.0, 0.01), (false, 0.9, 0.01), (true, 0.8, 0.0)];
    for formulas in [Formulas::Keras, Formulas::Torch] {
        for (centered, momentum, weight_decay) in options {
            let rule = RmsPropStep { formulas, rate: 1e-2, rho: 0.95, epsilon: 1e-6, momentum, centered, weight_decay };
            let mut want: Vec<_> = values(LEN, 1).into_iter().map(|p| [p, 0.0, 0.0, 0.0]).collect();
            for step in 1..4 {
                want.iter_mut().zip(values(LEN, step)).for_each(|(w, g)| plain_rmsprop(rule, w, g));
            }
            let column = |i: usize| want.iter().map(move |w| w[i]);
            let want: Vec<f32> = (0..4).flat_map(column).collect();
            for arch in simd::all() {
                let got = on_threads(|| {
                    let [mut p, mut s, mut m, mut v] = [values(LEN, 1), vec![0.0; LEN], vec![0.0; LEN], vec![0.0; LEN]];
                    for step in 1..4 {
                        rmsprop(arch, rule, &mut p, [&mut s, &mut m, &mut v], &values(LEN, step));
                    }
                    [p, s, m, v].concat()
                });
                assert_eq!(got, want, "{rule:?}");
            }
        }
    }
}

#[test]
fn adagrad_is_as_the_formula_to_the_bit() {
    for (formulas, weight_decay) in [(Formulas::Keras, 0.02), (Formulas::Torch, 0.02), (Formulas::Torch, 0.0)] {
        let rule = AdagradStep { formulas, rate: 0.05, epsilon: 1e-7, weight_decay };
        let mut want: Vec<_> = values(LEN, 1).into_iter().map(|p| (p, 0.1)).collect();
        for step in 1..4 {
            for ((p, sum), g) in want.iter_mut().zip(values(LEN, step)) {
                let g = decayed(formulas, rule.rate, weight_decay, p, g);
                *sum += g * g;
                *p -= divided(formulas, g, *sum, rule.epsilon) * rule.rate as f32;
            }
        }
        let want: Vec<f32> = want.iter().map(|w| w.0).chain(want.iter().map(|w| w.1)).collect();
        for arch in simd::all() {
            let got = on_threads(|| {
                let (mut p, mut sum) = (values(LEN, 1), vec![0.1; LEN]);
                for step in 1..4 {
                    adagrad(arch, rule, &mut p, &mut sum, &values(LEN, step));
                }
                [p, sum].concat()
            });
            assert_eq!(got, want, "{rule:?}");
        }
    }
}

#[test]
fn lerp_goes_a_fraction_of_the_way() {
    for fraction in [0.0, 0.3, 1.0] {
        let to = values(LEN, 2);
        let want: Vec<f32> =
            values(LEN, 1).iter().zip(&to).map(|(from, to)| from + (to - from) * fraction as f32).collect();
        for arch in simd::all() {
            let got = on_threads(|| {
                let mut from = values(LEN, 1);
                lerp(arch, &mut from, &to, fraction);
                from
            });
            assert_eq!(got, want);
        }
    }
}
