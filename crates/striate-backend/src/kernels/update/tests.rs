use super::{adam, amsgrad, sgd};
use crate::backend::{AdamStep, Formulas, SgdStep};
use crate::kernels::simd;
use crate::kernels::testing::{on_threads, values};

/// A step of gradient descent of one value, and its velocity.
fn plain_step(rule: SgdStep, p: &mut f32, v: &mut f32, mut g: f32) {
    let (rate, momentum) = (rule.rate as f32, rule.momentum as f32);
    match rule.formulas {
        Formulas::Keras => {
            if rule.weight_decay != 0.0 {
                *p *= (1.0 - rule.rate * rule.weight_decay) as f32;
            }
            *v = *v * momentum - g * rate;
            *p += if rule.nesterov { *v * momentum - g * rate } else { *v };
        }
        Formulas::Torch => {
            if rule.weight_decay != 0.0 {
                g += *p * rule.weight_decay as f32;
            }
            *v = *v * momentum + g * if rule.number == 1 { 1.0 } else { (1.0 - rule.dampening) as f32 };
            *p -= rate * if rule.nesterov { g + *v * momentum } else { *v };
        }
    }
}

/// What takes a step: parameter, velocity, gradient.
type Step<'a> = &'a dyn Fn(SgdStep, &mut [f32], &mut [f32], &[f32]);

#[test]
fn gradient_descent_is_as_the_formula_to_the_bit() {
    for (formulas, nesterov, weight_decay) in
        [Formulas::Keras, Formulas::Torch].into_iter().flat_map(|f| [(f, false, 0.0), (f, true, 0.01), (f, true, 0.0)])
    {
        let rule = SgdStep { formulas, rate: 0.1, momentum: 0.9, dampening: 0.2, nesterov, weight_decay, number: 1 };
        for arch in simd::all() {
            let steps = |of: Step| {
                let (mut p, mut v) = (values(20_001, 1), vec![0.0; 20_001]);
                for step in 1..4 {
                    of(SgdStep { number: step, ..rule }, &mut p, &mut v, &values(20_001, step));
                }
                [p, v].concat()
            };
            let want = steps(&|rule, p, v, g| {
                p.iter_mut().zip(v).zip(g).for_each(|((p, v), g)| plain_step(rule, p, v, *g));
            });
            assert_eq!(on_threads(|| steps(&|rule, p, v, g| sgd(arch, rule, p, v, g))), want);
        }
    }
}

/// A step of AdamStep of one value, its means, and the largest mean square.
fn adam_step(rule: AdamStep, with_largest: bool, p: &mut f32, slots: &mut [f32; 3], mut g: f32) {
    if rule.weight_decay != 0.0 {
        match rule.decoupled || rule.formulas == Formulas::Keras {
            true => *p *= (1.0 - rule.rate * rule.weight_decay) as f32,
            false => g += *p * rule.weight_decay as f32,
        }
    }
    slots[0] = slots[0] * rule.beta_1 as f32 + g * (1.0 - rule.beta_1) as f32;
    slots[1] = slots[1] * rule.beta_2 as f32 + g * g * (1.0 - rule.beta_2) as f32;
    slots[2] = if with_largest { slots[2].max(slots[1]) } else { slots[1] };
    let corrections = [1.0 - rule.beta_1.powf(rule.number as f64), (1.0 - rule.beta_2.powf(rule.number as f64)).sqrt()];
    let epsilon = rule.epsilon as f32;
    *p -= match rule.formulas {
        Formulas::Keras => {
            slots[0] / (slots[2].sqrt() + epsilon) * (rule.rate * corrections[1] / corrections[0]) as f32
        }
        Formulas::Torch => {
            slots[0] / (slots[2].sqrt() / corrections[1] as f32 + epsilon) * (rule.rate / corrections[0]) as f32
        }
    };
}

#[test]
fn adam_is_as_the_formula_to_the_bit() {
    const LEN: usize = 20_001;
    for (formulas, weight_decay, decoupled, with_largest) in [
        (Formulas::Keras, 0.0, true, false),
        (Formulas::Keras, 0.01, true, true),
        (Formulas::Torch, 0.01, false, false),
        (Formulas::Torch, 0.01, true, true),
    ] {
        let epsilon = 1e-8;
        let rule =
            AdamStep { formulas, rate: 1e-2, beta_1: 0.9, beta_2: 0.999, epsilon, weight_decay, decoupled, number: 1 };
        let mut want = values(LEN, 1);
        let mut slots = vec![[0.0; 3]; LEN];
        for step in 1..4 {
            let rule = AdamStep { number: step, ..rule };
            for (i, g) in values(LEN, step).into_iter().enumerate() {
                adam_step(rule, with_largest, &mut want[i], &mut slots[i], g);
            }
        }
        for arch in simd::all() {
            let got = on_threads(|| {
                let mut p = values(LEN, 1);
                let [mut mean, mut square, mut largest] = [vec![0.0; LEN], vec![0.0; LEN], vec![0.0; LEN]];
                for step in 1..4 {
                    let (rule, g) = (AdamStep { number: step, ..rule }, values(LEN, step));
                    match with_largest {
                        true => amsgrad(arch, rule, &mut p, [&mut mean, &mut square, &mut largest], &g),
                        false => adam(arch, rule, &mut p, [&mut mean, &mut square], &g),
                    }
                }
                p
            });
            assert_eq!(got, want);
        }
    }
}
