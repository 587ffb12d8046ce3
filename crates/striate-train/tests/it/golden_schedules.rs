//! Schedules against the rates of Keras and PyTorch.

use striate_testkit::{Case, Group};
use striate_train::optimizers::Preset;
use striate_train::schedules::{
    Anneal, Cosine, CosineRestarts, Exponential, InverseTime, Level, Linear, Mode, MultiStep, OneCycle,
    PiecewiseConstant, Plateau, Polynomial, Run, Schedule, Span, StepDecay, ThresholdMode, Unit,
};

use crate::golden::Options;

const BY: Unit = Unit::Step;

#[track_caller]
pub(crate) fn check(group: &Group, case: &Case) {
    let options = Options(case);
    let want = group.tensor(case, "output");
    let base = options.number("learning_rate").or(options.number("max_learning_rate")).unwrap_or(1.0);
    if options.text("schedule") == Some("reduce_on_plateau") {
        let config = plateau(&options);
        config.validate().unwrap();
        let mut state = config.start(base);
        let metric = group.tensor(case, "metric");
        let rates: Vec<f32> =
            metric.values.iter().map(|&value| state.observe(&config, f64::from(value)) as f32).collect();
        return group.check(case, "output", &want.shape, &rates);
    }
    let (schedule, base) = schedule(&options, base);
    schedule.validate().unwrap();
    let run = Run::new(1, want.values.len() as u64);
    let steps = 0..want.values.len() as u64;
    let rates: Vec<f32> = steps.clone().map(|step| schedule.rate(base, step, run) as f32).collect();
    group.check(case, "output", &want.shape, &rates);
    if case.tensors.contains_key("momentum") {
        let momenta: Vec<f32> = steps.map(|step| schedule.momentum(step, run).unwrap() as f32).collect();
        group.check(case, "momentum", &want.shape, &momenta);
    }
}

/// The schedule of a case, and the rate that it begins from.
fn schedule(options: &Options<'_>, base: f64) -> (Schedule, f64) {
    let number = |key: &str| options.number(key).unwrap_or_else(|| panic!("{}: no {key}", options.0.id));
    let or = |key: &str, default: f64| options.number(key).unwrap_or(default);
    let span = |key: &str| Span::Steps(number(key));
    let staircase = options.on("staircase");
    let knows = |keys: &[&str]| options.knows(&[&["schedule", "learning_rate"], keys].concat());
    let preset = options.preset();
    let schedule = match (preset, options.text("schedule").expect("a schedule's name")) {
        (Preset::Keras, "cosine") => {
            knows(&["decay_steps", "alpha", "warmup_target", "warmup_steps"]);
            let target = options.number("warmup_target");
            let warmup = options.number("warmup_steps").filter(|steps| target.is_some() && *steps > 0.0);
            let cosine = Cosine {
                over: Some(span("decay_steps")),
                end: Level::Fraction(or("alpha", 0.0)),
                repeats: false,
                warmup: warmup.map(Span::Steps),
                warmup_target: warmup.and(target).map(Level::Rate),
                by: BY,
            };
            // A target without a warm-up is where Keras begins.
            return (Schedule::Cosine(cosine), target.filter(|_| warmup.is_none()).unwrap_or(base));
        }
        (Preset::Keras, "cosine_restarts" | "cosine_decay_restarts") => {
            knows(&["first_decay_steps", "t_mul", "m_mul", "alpha"]);
            Schedule::CosineRestarts(CosineRestarts {
                first: span("first_decay_steps"),
                t_mul: or("t_mul", 2.0),
                m_mul: or("m_mul", 1.0),
                end: Level::Fraction(or("alpha", 0.0)),
                by: BY,
            })
        }
        (Preset::Keras, "exponential") => {
            knows(&["decay_steps", "decay_rate", "staircase"]);
            let (over, decay_rate) = (span("decay_steps"), number("decay_rate"));
            Schedule::Exponential(Exponential { over, decay_rate, staircase, by: BY })
        }
        (Preset::Keras, "inverse_time") => {
            knows(&["decay_steps", "decay_rate", "staircase"]);
            let (over, decay_rate) = (span("decay_steps"), number("decay_rate"));
            Schedule::InverseTime(InverseTime { over, decay_rate, staircase, by: BY })
        }
        (Preset::Keras, "polynomial") => {
            knows(&["decay_steps", "end_learning_rate", "power", "cycle"]);
            Schedule::Polynomial(Polynomial {
                over: span("decay_steps"),
                end: Level::Rate(or("end_learning_rate", 1e-4)),
                power: or("power", 1.0),
                cycle: options.on("cycle"),
                by: BY,
            })
        }
        (Preset::Keras, "piecewise_constant") => {
            knows(&["boundaries", "values"]);
            let boundaries = options.numbers("boundaries").into_iter().map(Span::Steps).collect();
            Schedule::PiecewiseConstant(PiecewiseConstant { boundaries, rates: options.numbers("values"), by: BY })
        }
        (Preset::Torch, "step") => {
            knows(&["step_size", "gamma"]);
            Schedule::Step(StepDecay { step_size: span("step_size"), gamma: or("gamma", 0.1), by: BY })
        }
        (Preset::Torch, "multi_step") => {
            knows(&["milestones", "gamma"]);
            let milestones = options.numbers("milestones").into_iter().map(Span::Steps).collect();
            Schedule::MultiStep(MultiStep { milestones, gamma: or("gamma", 0.1), by: BY })
        }
        (Preset::Torch, "exponential") => {
            knows(&["gamma"]);
            let over = Span::Steps(1.0);
            Schedule::Exponential(Exponential { over, decay_rate: number("gamma"), staircase: false, by: BY })
        }
        (Preset::Torch, "polynomial") => {
            knows(&["total_iters", "power"]);
            let (over, end) = (span("total_iters"), Level::Rate(0.0));
            Schedule::Polynomial(Polynomial { over, end, power: or("power", 1.0), cycle: false, by: BY })
        }
        (Preset::Torch, "linear") => {
            knows(&["total_iters", "start_factor", "end_factor"]);
            Schedule::Linear(Linear {
                over: span("total_iters"),
                start: Level::Fraction(or("start_factor", 1.0 / 3.0)),
                end: Level::Fraction(or("end_factor", 1.0)),
                by: BY,
            })
        }
        (Preset::Torch, "cosine_annealing") => {
            knows(&["t_max", "min_learning_rate"]);
            let end = Level::Rate(or("min_learning_rate", 0.0));
            Schedule::Cosine(Cosine { over: Some(span("t_max")), end, repeats: true, ..Cosine::default() })
        }
        (Preset::Torch, "cosine_restarts" | "cosine_annealing_warm_restarts") => {
            knows(&["t_0", "t_mult", "min_learning_rate"]);
            Schedule::CosineRestarts(CosineRestarts {
                first: span("t_0"),
                t_mul: or("t_mult", 1.0),
                m_mul: 1.0,
                end: Level::Rate(or("min_learning_rate", 0.0)),
                by: BY,
            })
        }
        (Preset::Torch, "one_cycle") => Schedule::OneCycle(one_cycle(options)),
        (_, other) => panic!("{}: unknown schedule {other} of {preset:?}", options.0.id),
    };
    (schedule, base)
}

fn one_cycle(options: &Options<'_>) -> OneCycle {
    options.knows(&[
        "schedule",
        "max_learning_rate",
        "total_steps",
        "pct_start",
        "anneal",
        "div_factor",
        "final_div_factor",
        "three_phase",
        "base_momentum",
        "max_momentum",
    ]);
    let or = |key: &str, default: f64| options.number(key).unwrap_or(default);
    OneCycle {
        over: Span::Steps(options.number("total_steps").expect("total_steps")),
        pct_start: or("pct_start", 0.3),
        div_factor: or("div_factor", 25.0),
        final_div_factor: or("final_div_factor", 1e4),
        anneal: match options.text("anneal") {
            None | Some("cos") => Anneal::Cos,
            Some("linear") => Anneal::Linear,
            Some(other) => panic!("unknown way {other}"),
        },
        three_phase: options.on("three_phase"),
        cycle_momentum: true,
        base_momentum: or("base_momentum", 0.85),
        max_momentum: or("max_momentum", 0.95),
        by: BY,
    }
}

fn plateau(options: &Options<'_>) -> Plateau {
    options.knows(&[
        "schedule",
        "learning_rate",
        "factor",
        "patience",
        "mode",
        "min_delta",
        "threshold",
        "threshold_mode",
        "cooldown",
        "min_learning_rate",
        "eps",
    ]);
    let defaults = Plateau::of(options.preset());
    let count = |key: &str, default: u64| options.number(key).map_or(default, |count| count as u64);
    Plateau {
        factor: options.number("factor").unwrap_or(defaults.factor),
        patience: count("patience", defaults.patience),
        min_delta: options.number("min_delta").or(options.number("threshold")).unwrap_or(defaults.min_delta),
        mode: match options.text("mode") {
            None | Some("min" | "auto") => Mode::Min,
            Some("max") => Mode::Max,
            Some(other) => panic!("unknown mode {other}"),
        },
        threshold_mode: match options.text("threshold_mode") {
            None => defaults.threshold_mode,
            Some("abs") => ThresholdMode::Absolute,
            Some("rel") => ThresholdMode::Relative,
            Some(other) => panic!("unknown threshold mode {other}"),
        },
        cooldown: count("cooldown", defaults.cooldown),
        min_rate: options.number("min_learning_rate").unwrap_or(defaults.min_rate),
        epsilon: options.number("eps").unwrap_or(defaults.epsilon),
        ..defaults
    }
}
