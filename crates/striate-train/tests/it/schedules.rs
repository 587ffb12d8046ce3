//! Schedules: their rates, their composition, and as data.

use proptest::prelude::*;
use striate_train::Schedule;
use striate_train::schedules::{
    Anneal, Cosine, CosineRestarts, Exponential, InverseTime, Level, Linear, Mode, MultiStep, OneCycle, Part,
    PiecewiseConstant, Plateau, PlateauState, Polynomial, Product, Run, Sequence, Span, StepDecay, ThresholdMode, Unit,
};

/// Five epochs of four steps.
const RUN: Run = Run { steps_per_epoch: 4, steps: 20 };

fn read(text: &str) -> Schedule {
    let schedule: Schedule = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    schedule.validate().unwrap();
    schedule
}

#[track_caller]
fn check(text: &str, base: f64, want: &[(u64, f64)]) {
    let schedule = read(text);
    for (step, want) in want {
        let got = schedule.rate(base, *step, RUN);
        assert!((got - want).abs() < 1e-9 * want.max(1.0), "{text}: {got} at step {step}, not {want}");
    }
}

#[test]
fn spans_are_steps_epochs_fractions_or_what_is_counted() {
    for span in ["8", "{ steps = 8 }", "{ epochs = 2 }", "{ fraction = 0.4 }"] {
        let text = format!("name = \"step\"\ngamma = 0.5\nstep_size = {span}");
        check(&text, 2.0, &[(0, 2.0), (7, 2.0), (8, 1.0), (15, 1.0), (16, 0.5)]);
    }
    for span in ["2", "{ steps = 8 }", "{ epochs = 2 }", "{ fraction = 0.4 }"] {
        let text = format!("name = \"exponential\"\nby = \"epoch\"\ndecay_rate = 0.25\nover = {span}");
        // The same within an epoch.
        check(&text, 2.0, &[(0, 2.0), (3, 2.0), (4, 1.0), (7, 1.0), (8, 0.5), (19, 0.125)]);
    }
}

#[test]
fn fraction_that_rounding_spoils_is_still_whole() {
    // 0.7 * 10 is 7.000000000000001 in floating point.
    let milestones = vec![Span::Fraction(0.7)];
    let schedule = Schedule::MultiStep(MultiStep { milestones, gamma: 0.5, by: Unit::Step });
    assert_eq!(schedule.rate(1.0, 7, Run::new(10, 1)), 0.5);
}

#[test]
fn cosine_of_a_recipe_goes_over_the_whole_run() {
    let text = "name = \"cosine\"\nend = 0.1";
    check(text, 2.0, &[(0, 2.0), (10, 1.1), (20, 0.2), (90, 0.2)]);
    assert_eq!(read(text), Schedule::cosine(0.1));
    // A warm-up takes its time from the run.
    let text = "name = \"cosine\"\nwarmup = { epochs = 1 }\nwarmup_target = 10";
    check(text, 0.1, &[(0, 0.1), (2, 0.55), (4, 1.0), (12, 0.5), (20, 0.0)]);
    let text = "name = \"cosine\"\nover = 4\nrepeats = true\nend = { rate = 0.5 }";
    check(text, 1.0, &[(0, 1.0), (4, 0.5), (8, 1.0), (12, 0.5)]);
}

#[test]
fn rates_above_1_are_allowed() {
    check("name = \"linear\"\nover = 4\nstart = 1\nend = 30", 0.1, &[(0, 0.1), (2, 1.55), (4, 3.0), (19, 3.0)]);
    check("name = \"piecewise_constant\"\nboundaries = [4]\nrates = [2, 7.5]", 0.1, &[(4, 2.0), (5, 7.5)]);
    check("name = \"constant\"", 12.5, &[(0, 12.5), (100, 12.5)]);
}

#[test]
fn parts_of_a_sequence_begin_anew_with_times_of_their_own() {
    let text = r#"
        name = "sequence"
        by = "epoch"
        parts = [
            { over = 1, schedule = { name = "linear", over = { fraction = 1 }, start = 0, end = 1 } },
            { over = { steps = 8 }, schedule = { name = "step", step_size = 1, by = "epoch", gamma = 0.5 } },
            { schedule = { name = "polynomial", end = 0, power = 1 } },
        ]
    "#;
    let want =
        [(0, 0.0), (2, 1.0), (4, 2.0), (7, 2.0), (8, 1.0), (11, 1.0), (12, 2.0), (16, 1.0), (20, 0.0), (30, 0.0)];
    check(text, 2.0, &want);
}

#[test]
fn warm_up_goes_before_any_schedule() {
    let schedule = Schedule::warm_up(Span::Epochs(1.0), 0.0, Schedule::cosine(0.0));
    schedule.validate().unwrap();
    let rates = [0, 2, 4, 12, 20].map(|step| schedule.rate(1.0, step, RUN));
    assert!(rates.iter().zip([0.0, 0.5, 1.0, 0.5, 0.0]).all(|(got, want)| (got - want).abs() < 1e-12), "{rates:?}");
}

#[test]
fn product_multiplies_what_each_makes_of_the_rate() {
    let text = r#"
        name = "product"
        of = [{ name = "linear", over = 4, start = 0.5 }, { name = "step", step_size = 8, gamma = 0.1 }]
    "#;
    check(text, 2.0, &[(0, 1.0), (4, 2.0), (8, 0.2), (16, 0.02)]);
}

#[test]
fn one_cycle_has_momentum_wherever_it_stands() {
    let cycle = Schedule::OneCycle(OneCycle { over: Span::Epochs(2.0), ..OneCycle::default() });
    assert_eq!(cycle.momentum(0, RUN), Some(0.95));
    let parts = vec![
        Part { over: Some(Span::Steps(4.0)), schedule: Schedule::Constant },
        Part { over: None, schedule: cycle.clone() },
    ];
    let sequence = Schedule::Sequence(Sequence { parts, by: Unit::Step });
    assert_eq!((sequence.momentum(3, RUN), sequence.momentum(4, RUN)), (None, Some(0.95)));
    let product = Schedule::Product(Product { of: vec![Schedule::Constant, cycle] });
    assert_eq!(product.momentum(0, RUN), Some(0.95));
    let without = Schedule::OneCycle(OneCycle { cycle_momentum: false, ..OneCycle::default() });
    assert_eq!(without.momentum(0, RUN), None);
}

#[test]
fn wrong_options_are_named() {
    for (text, message) in [
        ("name = \"cosine\"\nend = -0.5", "`end` is -0.5; it must be a number of at least 0"),
        ("name = \"cosine\"\nend = nan", "`end` is NaN; it must be a number of at least 0"),
        ("name = \"cosine\"\nwarmup = 3", "`warmup` is set in part; `warmup` and `warmup_target` need each other"),
        ("name = \"cosine_restarts\"\nfirst = 0", "`first` is 0; it must be a length above 0"),
        ("name = \"cosine_restarts\"\nfirst = 1\nt_mul = 0.5", "`t_mul` is 0.5; it must be at least 1"),
        ("name = \"exponential\"\nover = 1\ndecay_rate = 0", "`decay_rate` is 0; it must be a number above 0"),
        (
            "name = \"inverse_time\"\nover = { epochs = inf }\ndecay_rate = 1",
            "`over` is inf; it must be a length above 0",
        ),
        ("name = \"linear\"\nover = 1\nstart = -1", "`start` is -1; it must be a number of at least 0"),
        ("name = \"multi_step\"\nmilestones = [1, -2]", "`milestones` is -2; it must be a length above 0"),
        ("name = \"one_cycle\"\npct_start = 1.5", "`pct_start` is 1.5; it must be in [0, 1]"),
        (
            "name = \"one_cycle\"\npct_start = 0.6\nthree_phase = true",
            "`pct_start` is 0.6; it must be at most 0.5 with three phases",
        ),
        (
            "name = \"piecewise_constant\"\nboundaries = [1]\nrates = [1]",
            "`number of rates` is 1; there must be one more of them than of boundaries",
        ),
        ("name = \"polynomial\"\npower = 0", "`power` is 0; it must be a number above 0"),
        ("name = \"product\"\nof = []", "`of` is 0 schedules; there must be one"),
        (
            "name = \"product\"\nof = [{ name = \"step\", step_size = -1 }]",
            "`step_size` is -1; it must be a length above 0",
        ),
        ("name = \"sequence\"\nparts = []", "`parts` is 0 schedules; there must be one"),
        (
            "name = \"sequence\"\nparts = [{ schedule = { name = \"constant\" } }, { schedule = { name = \"constant\" } }]",
            "`parts` is 2 schedules; all but the last need `over`, how long they count",
        ),
        ("name = \"step\"\nstep_size = 1\ngamma = -1", "`gamma` is -1; it must be a number above 0"),
    ] {
        let schedule: Schedule = toml::from_str(text).unwrap();
        assert_eq!(schedule.validate().unwrap_err().to_string(), message, "{text}");
    }
    for (text, part) in [
        ("name = \"cosin\"", "unknown variant `cosin`"),
        ("name = \"cosine\"\nends = 1", "unknown field `ends`"),
        ("name = \"step\"", "missing field `step_size`"),
        ("name = \"step\"\nstep_size = { weeks = 1 }", "unknown field `weeks`"),
        ("name = \"step\"\nstep_size = \"1\"", "a number of steps or epochs, or { steps = x }, or { epochs = x }"),
        ("name = \"step\"\nstep_size = { steps = 1, epochs = 1 }", "one key was expected"),
        ("name = \"cosine\"\nend = { fraction = 1 }", "unknown field `fraction`"),
        ("name = \"constant\"\nend = 1", "unknown field `end`"),
    ] {
        let message = toml::from_str::<Schedule>(text).unwrap_err().to_string();
        assert!(message.contains(part), "{text}: {message}");
    }
}

/// The rates after epochs with these values.
fn rates(config: &Plateau, values: &[f64]) -> Vec<f64> {
    config.validate().unwrap();
    let mut state = config.start(1.0);
    let observe = |value: &f64| {
        // Kept and read between any two epochs.
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<PlateauState>(&text).unwrap(), state);
        state.observe(config, *value)
    };
    values.iter().map(observe).collect()
}

#[test]
fn plateau_counts_as_the_preset_does() {
    let values = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let keras = Plateau { factor: 0.5, patience: 2, ..Plateau::keras() };
    assert_eq!(rates(&keras, &values), [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]);
    let torch = Plateau { factor: 0.5, patience: 2, ..Plateau::torch() };
    assert_eq!(rates(&torch, &values), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]);
    // A cooldown's last epoch counts in Keras alone.
    let values = [1.0; 8];
    assert_eq!(rates(&Plateau { cooldown: 2, ..keras }, &values), [1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
    let torch = Plateau { cooldown: 2, ..torch };
    assert_eq!(rates(&torch, &[1.0; 9]), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25]);
}

#[test]
fn plateau_knows_what_is_better() {
    let patient = Plateau { factor: 0.5, patience: 1, ..Plateau::keras() };
    // Higher is better by a tenth at least.
    let higher = Plateau { mode: Mode::Max, min_delta: 0.25, ..patient };
    assert_eq!(rates(&higher, &[0.5, 1.0, 1.25, 2.0]), [1.0, 1.0, 0.5, 0.5]);
    let relative = Plateau { threshold_mode: ThresholdMode::Relative, min_delta: 0.5, ..patient };
    assert_eq!(rates(&relative, &[8.0, 3.0, 2.0, 0.5]), [1.0, 1.0, 0.5, 0.5]);
    // No number is never better.
    assert_eq!(rates(&patient, &[f64::NAN, 1.0, f64::NAN]), [0.5, 0.5, 0.25]);
    // Down to the lowest rate, and by no less than epsilon.
    let low = Plateau { min_rate: 0.4, ..patient };
    assert_eq!(rates(&low, &[1.0; 5]), [1.0, 0.5, 0.4, 0.4, 0.4]);
    let coarse = Plateau { epsilon: 0.3, patience: 0, factor: 0.5, ..Plateau::torch() };
    assert_eq!(rates(&coarse, &[1.0; 4]), [1.0, 0.5, 0.5, 0.5]);
}

#[test]
fn plateau_has_the_presets_defaults_and_names_wrong_options() {
    assert_eq!(toml::from_str::<Plateau>("").unwrap(), Plateau::keras());
    let torch: Plateau = toml::from_str("preset = \"torch\"\nthreshold = 0.5\nthreshold_mode = \"abs\"").unwrap();
    let want = Plateau { min_delta: 0.5, threshold_mode: ThresholdMode::Absolute, ..Plateau::torch() };
    assert_eq!(torch, want);
    let text = toml::to_string(&torch).unwrap();
    assert_eq!(toml::from_str::<Plateau>(&text).unwrap(), torch);
    assert!(toml::from_str::<Plateau>("patiense = 1").is_err());
    let error = Plateau { factor: 1.0, ..Plateau::keras() }.validate().unwrap_err();
    assert_eq!(error.to_string(), "`factor` is 1; it must be in [0, 1)");
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Step), Just(Unit::Epoch)]
}

fn any_span() -> impl Strategy<Value = Span> {
    let length = prop_oneof![1e-3..50.0_f64, (1..40_u32).prop_map(f64::from)];
    (0..4, length, 1e-3..2.0_f64).prop_map(|(kind, length, part)| match kind {
        0 => Span::Units(length),
        1 => Span::Steps(length),
        2 => Span::Epochs(length),
        _ => Span::Fraction(part),
    })
}

fn any_level() -> impl Strategy<Value = Level> {
    (any::<bool>(), 0.0..20.0_f64).prop_map(|(rate, x)| if rate { Level::Rate(x) } else { Level::Fraction(x) })
}

fn any_leaf() -> impl Strategy<Value = Schedule> {
    let numbers = prop::array::uniform4(0.01..4.0_f64);
    let spans = prop::array::uniform3(any_span());
    let levels = prop::array::uniform2(any_level());
    (0..11, spans, levels, numbers, any::<[bool; 3]>(), any_unit()).prop_map(
        |(kind, [over, second, third], [end, other], [a, b, c, d], [one, two, three], by)| match kind {
            0 => Schedule::Constant,
            1 => Schedule::Cosine(Cosine {
                over: one.then_some(over),
                end,
                repeats: two,
                warmup: three.then_some(second),
                warmup_target: three.then_some(other),
                by,
            }),
            2 => Schedule::CosineRestarts(CosineRestarts {
                first: over,
                t_mul: 1.0 + a * f64::from(one),
                m_mul: b,
                end,
                by,
            }),
            3 => Schedule::Exponential(Exponential { over, decay_rate: a, staircase: one, by }),
            4 => Schedule::InverseTime(InverseTime { over, decay_rate: a, staircase: one, by }),
            5 => Schedule::Linear(Linear { over, start: other, end, by }),
            6 => Schedule::MultiStep(MultiStep { milestones: vec![over, second, third], gamma: a, by }),
            7 => Schedule::OneCycle(OneCycle {
                over,
                pct_start: a / 8.0,
                div_factor: 1.0 + b,
                final_div_factor: 1.0 + c,
                anneal: if one { Anneal::Cos } else { Anneal::Linear },
                three_phase: two,
                cycle_momentum: three,
                base_momentum: c / 5.0,
                max_momentum: d / 5.0,
                by,
            }),
            8 => Schedule::PiecewiseConstant(PiecewiseConstant {
                boundaries: vec![over, second],
                rates: vec![a, b, c],
                by,
            }),
            9 => Schedule::Polynomial(Polynomial { over, end, power: a, cycle: one, by }),
            _ => Schedule::Step(StepDecay { step_size: over, gamma: a, by }),
        },
    )
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    any_leaf().prop_recursive(2, 8, 3, |inner| {
        let part = (any_span(), inner.clone()).prop_map(|(over, schedule)| Part { over: Some(over), schedule });
        let parts = (prop::collection::vec(part, 1..3), inner.clone(), any_unit()).prop_map(|(mut parts, last, by)| {
            parts.push(Part { over: None, schedule: last });
            Schedule::Sequence(Sequence { parts, by })
        });
        let product = prop::collection::vec(inner, 1..3).prop_map(|of| Schedule::Product(Product { of }));
        prop_oneof![parts, product]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_schedule_gives_finite_rates_for_any_step(
        schedule in any_schedule(),
        base in 1e-9..100.0_f64,
        step in prop_oneof![0..200_u64, any::<u64>()],
        run in prop_oneof![(1..50_u64, 1..50_u64), any::<(u64, u64)>()],
    ) {
        schedule.validate().unwrap();
        let run = Run::new(run.0, run.1);
        let rate = schedule.rate(base, step, run);
        prop_assert!(rate.is_finite() && rate >= 0.0 && (rate as f32).is_finite(), "{rate}");
        if let Some(momentum) = schedule.momentum(step, run) {
            prop_assert!((0.0..1.0).contains(&momentum), "{momentum}");
        }
    }

    #[test]
    fn any_schedule_survives_json_and_toml(schedule in any_schedule()) {
        let json = serde_json::to_string(&schedule).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Schedule>(&json).unwrap(), &schedule, "{}", json);
        let name = serde_json::to_value(&schedule).unwrap()["name"].as_str().unwrap().to_owned();
        prop_assert!(Schedule::NAMES.contains(&name.as_str()));
        let text = toml::to_string(&schedule).unwrap();
        prop_assert_eq!(&toml::from_str::<Schedule>(&text).unwrap(), &schedule, "{}", text);
    }
}

#[test]
fn the_guide_names_every_schedule_and_its_example_can_be_read() {
    let guide = include_str!("../../../../docs/training.md");
    let examples = guide.split("```toml").skip(1).filter_map(|rest| rest.split("```").next());
    let example = examples.into_iter().find(|example| example.contains("[schedule]")).unwrap();
    let table: toml::Table = toml::from_str(example).unwrap();
    let schedule: Schedule = table["schedule"].clone().try_into().unwrap();
    schedule.validate().unwrap();
    for name in Schedule::NAMES.iter().chain(&striate_train::Optimizer::NAMES) {
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
}
