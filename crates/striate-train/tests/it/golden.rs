//! Update rules against recorded steps of Keras and PyTorch, and schedules against their rates.

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use serde_json::Value;
use striate_backend::devices;
use striate_testkit::{Case, Group};
use striate_train::Optimizer;
use striate_train::optimizers::{Adagrad, Adam, Clip, NamedGradients, Preset, RmsProp, Sgd};
use striate_train::schedules::{InverseTime, Run, Schedule, Span, Unit};

use crate::golden_schedules;

#[test]
fn golden_optimizers() {
    let group = Group::read(env!("CARGO_MANIFEST_DIR"), "optimizers").expect("the crate has its golden cases");
    assert!(!group.cases().is_empty());
    for (name, device) in devices() {
        for case in group.cases() {
            match case.kind.as_str() {
                "lr_schedule" => golden_schedules::check(&group, case),
                _ => check(&group, case, &device),
            }
        }
        group.passed(&name.to_string());
    }
}

/// A case's options.
pub(crate) struct Options<'a>(pub(crate) &'a Case);

impl Options<'_> {
    pub(crate) fn preset(&self) -> Preset {
        match self.0.reference.as_str() {
            "keras" => Preset::Keras,
            "torch" => Preset::Torch,
            other => panic!("{}: unknown reference {other}", self.0.id),
        }
    }

    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        let value = self.0.config.get(key).filter(|value| !value.is_null())?;
        Some(value.as_f64().unwrap_or_else(|| panic!("{}: {key} is {value}", self.0.id)))
    }

    pub(crate) fn numbers(&self, key: &str) -> Vec<f64> {
        let values = self.0.config.get(key).and_then(Value::as_array).unwrap_or_else(|| panic!("{}: {key}", self.0.id));
        values.iter().map(|value| value.as_f64().expect("a number")).collect()
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0.config.get(key).and_then(Value::as_str)
    }

    pub(crate) fn on(&self, key: &str) -> bool {
        self.0.config.get(key).is_some_and(|on| on == true)
    }

    /// Fails at an option that nobody asks for: it would be passed over.
    pub(crate) fn knows(&self, keys: &[&str]) {
        let unknown =
            self.0.config.as_object().and_then(|config| config.keys().find(|key| !keys.contains(&key.as_str())));
        assert!(unknown.is_none(), "{}: unknown option {unknown:?}", self.0.id);
    }
}

const COMMON: [&str; 6] = ["learning_rate", "weight_decay", "decay", "clip_norm", "clip_value", "global_clip_norm"];

fn optimizer(options: &Options<'_>) -> Optimizer {
    let (preset, number, on) = (options.preset(), |key| options.number(key), |key| options.on(key));
    let knows = |keys: &[&str]| options.knows(&[&COMMON[..], keys].concat());
    let adam = |defaults: Adam, decoupled: bool| {
        knows(&["beta_1", "beta_2", "epsilon", "amsgrad"]);
        Adam {
            preset,
            learning_rate: number("learning_rate").unwrap_or(defaults.learning_rate),
            beta_1: number("beta_1").unwrap_or(defaults.beta_1),
            beta_2: number("beta_2").unwrap_or(defaults.beta_2),
            epsilon: number("epsilon").unwrap_or(defaults.epsilon),
            weight_decay: number("weight_decay").unwrap_or(defaults.weight_decay),
            amsgrad: on("amsgrad"),
            decoupled,
        }
    };
    match options.0.kind.as_str() {
        "adam" => Optimizer::Adam(adam(Adam::of(preset), false)),
        "adamw" => Optimizer::AdamW(adam(Adam::adamw(preset), true)),
        "adagrad" => {
            knows(&["initial_accumulator_value", "epsilon", "lr_decay"]);
            let defaults = Adagrad::of(preset);
            Optimizer::Adagrad(Adagrad {
                preset,
                learning_rate: number("learning_rate").unwrap_or(defaults.learning_rate),
                initial_accumulator_value: number("initial_accumulator_value")
                    .unwrap_or(defaults.initial_accumulator_value),
                epsilon: number("epsilon").unwrap_or(defaults.epsilon),
                decay: number("lr_decay").unwrap_or(0.0),
                weight_decay: number("weight_decay").unwrap_or(0.0),
            })
        }
        "rmsprop" => {
            knows(&["rho", "alpha", "momentum", "centered", "epsilon"]);
            let defaults = RmsProp::of(preset);
            Optimizer::RmsProp(RmsProp {
                preset,
                learning_rate: number("learning_rate").unwrap_or(defaults.learning_rate),
                rho: number("rho").or(number("alpha")).unwrap_or(defaults.rho),
                momentum: number("momentum").unwrap_or(0.0),
                epsilon: number("epsilon").unwrap_or(defaults.epsilon),
                centered: on("centered"),
                weight_decay: number("weight_decay").unwrap_or(0.0),
            })
        }
        "sgd" => {
            knows(&["momentum", "nesterov", "dampening"]);
            Optimizer::Sgd(Sgd {
                preset,
                learning_rate: number("learning_rate").unwrap_or(Sgd::of(preset).learning_rate),
                momentum: number("momentum").unwrap_or(0.0),
                nesterov: on("nesterov"),
                dampening: number("dampening").unwrap_or(0.0),
                decay: 0.0,
                weight_decay: number("weight_decay").unwrap_or(0.0),
            })
        }
        other => panic!("{}: unknown kind {other}", options.0.id),
    }
}

#[track_caller]
fn check(group: &Group, case: &Case, device: &Device) {
    let options = Options(case);
    let mut optimizer = optimizer(&options);
    // Every rule of Keras before version 3 had this, gradient descent still has it as an option.
    let mut schedule = Schedule::Constant;
    if let Some(decay) = options.number("decay") {
        match &mut optimizer {
            Optimizer::Sgd(sgd) => sgd.decay = decay,
            _ => {
                let over = Span::Steps(1.0);
                schedule =
                    Schedule::InverseTime(InverseTime { over, decay_rate: decay, staircase: false, by: Unit::Step });
            }
        }
    }
    optimizer.validate().unwrap();
    let clips = [
        options.number("clip_norm").map(Clip::Norm),
        options.number("global_clip_norm").map(Clip::GlobalNorm),
        options.number("clip_value").map(Clip::Value),
    ];
    let clip = clips.into_iter().flatten().next();
    let start = group.tensor(case, "parameter");
    let gradients = group.tensor(case, "gradients");
    let length = start.values.len();
    let tensor = |values: &[f32]| Tensor::<1>::from_data(TensorData::new(values.to_vec(), [length]), device);
    let mut parameter = tensor(&start.values);
    let rule = optimizer.rule();
    let mut slots = vec![Tensor::full([length], rule.slot_start(), device); rule.slots().len()];
    let mut path = Vec::new();
    let run = Run::new(1, gradients.shape[0] as u64);
    for (step, gradient) in gradients.values.chunks_exact(length).enumerate() {
        let mut gradient = tensor(gradient);
        if let Some(clip) = clip {
            let named = NamedGradients::from_iter([("parameter".to_owned(), gradient)]);
            gradient = clip.apply(named, options.preset()).get("parameter").unwrap().clone();
        }
        let rate = schedule.rate(optimizer.learning_rate(), step as u64, run);
        parameter = rule.update(parameter, gradient, &mut slots, rate, step as u64 + 1);
        path.extend(parameter.to_data().iter::<f32>());
    }
    group.check(case, "output", &gradients.shape, &path);
}
