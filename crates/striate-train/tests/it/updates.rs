//! Update rules over a network: groups, clipping, accumulation, averages, and what is kept of them.

use burn::Tensor;
use burn::module::Module;
use burn::tensor::{Device, Gradients, TensorData};
use striate_backend::{device, devices};
use striate_core::Streams;
use striate_layers::{Activation, BatchNorm, Context, Conv2d, Dense, Flatten};
use striate_network::{Network, NetworkSpec, State};
use striate_train::Optimizer;
use striate_train::optimizers::{
    Accumulator, Adagrad, Adam, Clip, Ema, EmaProgress, EmaWeights, GroupRule, NamedGradients, ParameterGroups, Preset,
    RmsProp, Sgd, Statistics, Updates,
};

/// Two convolutions, the first with a norm, and a head.
fn spec() -> NetworkSpec {
    let mut net = NetworkSpec::builder("small");
    let x = net.input("images", [1, 6, 6]);
    let x = net.add("stem.conv", Conv2d::new(3, 3), x);
    let x = net.add("stem.norm", BatchNorm::new(), x);
    let x = net.add("stem.relu", Activation::Relu, x);
    let x = net.add("middle", Conv2d::new(2, 2), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("head", Dense::new(3), x);
    net.output(x).build().unwrap()
}

/// A network in which no sample sees another.
fn plain() -> NetworkSpec {
    let mut net = NetworkSpec::builder("plain");
    let x = net.input("images", [1, 6, 6]);
    let x = net.add("conv", Conv2d::new(3, 3), x);
    let x = net.add("tanh", Activation::Tanh, x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("head", Dense::new(3), x);
    net.output(x).build().unwrap()
}

fn random<const D: usize>(name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut stream = Streams::new(4).open(name);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.uniform_in(-1.0..1.0)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The gradients of the mean over these samples of something like a loss.
fn gradients(network: &Network, samples: std::ops::Range<usize>) -> Gradients {
    let device = network.device();
    let images = random("images", [16, 1, 6, 6], &device).slice([samples.clone()]);
    let mask = random("mask", [16, 3], &device).slice([samples.clone()]);
    let streams = Streams::new(1).at(0, 0);
    let logits: Tensor<2> = network.forward_in(images, &mut Context::training(streams));
    ((logits.powf_scalar(2.0) * mask).sum() / samples.len() as f64).backward()
}

fn training(spec: &NetworkSpec, device: &Device) -> Network {
    spec.init(2, device).train()
}

fn flex() -> Device {
    device("flex").unwrap()
}

fn values(state: &State, name: &str) -> Vec<f32> {
    state[name].iter::<f32>().collect()
}

/// The network's state after some steps.
fn stepped(network: &mut Network, updates: &mut Updates, steps: std::ops::Range<usize>) -> State {
    for step in steps {
        let mut gradients = gradients(network, step..step + 4);
        updates.apply(network, &mut gradients, 0.05);
    }
    network.valid().state()
}

fn rules() -> Vec<Optimizer> {
    vec![
        Optimizer::Adagrad(Adagrad { decay: 0.1, ..Adagrad::torch() }),
        Optimizer::Adam(Adam { amsgrad: true, ..Adam::keras() }),
        Optimizer::AdamW(Adam::adamw(Preset::Torch)),
        Optimizer::GradientDescent(Sgd::keras()),
        Optimizer::RmsProp(RmsProp { centered: true, momentum: 0.5, ..RmsProp::torch() }),
        Optimizer::RmsProp(RmsProp { momentum: 0.9, ..RmsProp::keras() }),
        Optimizer::Sgd(Sgd { nesterov: true, momentum: 0.9, ..Sgd::torch() }),
    ]
}

#[test]
fn every_rule_goes_on_to_the_bit_from_what_it_kept() {
    for (_, device) in devices() {
        for optimizer in rules() {
            optimizer.validate().unwrap();
            let (mut network, mut updates) = (training(&plain(), &device), Updates::new(optimizer));
            stepped(&mut network, &mut updates, 0..3);
            let (weights, kept, step) = (network.valid().state(), updates.state(), updates.step());
            let want = stepped(&mut network, &mut updates, 3..6);
            assert_ne!(want, weights);
            let mut again = training(&plain(), &device).with_state(weights).unwrap().train();
            let mut updates = Updates::new(optimizer);
            updates.restore(step, kept.clone(), &device);
            assert_eq!(updates.state(), kept, "{}", optimizer.name());
            assert!(stepped(&mut again, &mut updates, 3..6) == want, "{}", optimizer.name());
        }
    }
}

#[test]
fn groups_train_at_rates_and_decays_of_their_own() {
    let optimizer = Optimizer::Sgd(Sgd { weight_decay: 0.1, ..Sgd::keras() });
    let groups = ParameterGroups {
        rules: vec![
            GroupRule::new("stem").learning_rate_factor(0.5),
            GroupRule::new("middle.weight").weight_decay(0.0),
            GroupRule::new("mid*").learning_rate_factor(0.0),
        ],
        ..ParameterGroups::default()
    };
    let network = training(&spec(), &flex());
    let before = network.valid().state();
    let gradient = |name: &str| {
        let named = NamedGradients::take(&network, &mut gradients(&network, 0..4));
        named.get(name).unwrap().to_data().iter::<f32>().collect::<Vec<_>>()
    };
    let cases = [
        ("stem.conv.weight", 0.5, 0.1, 0.1),
        ("stem.norm.weight", 0.5, 0.1, 0.0),
        ("stem.conv.bias", 0.5, 0.1, 0.0),
        ("middle.weight", 1.0, 0.0, 0.0),
        ("middle.bias", 0.0, 0.1, 0.0),
        ("head.weight", 1.0, 0.1, 0.1),
        ("head.bias", 1.0, 0.1, 0.0),
    ];
    for no_decay_on_norms_and_biases in [false, true] {
        let groups = ParameterGroups { no_decay_on_norms_and_biases, ..groups.clone() };
        let mut updates = Updates::new(optimizer).with_groups(&groups, &network).unwrap();
        let mut changed = network.clone();
        let after = stepped(&mut changed, &mut updates, 0..1);
        for (name, factor, decay, decay_without) in cases {
            let rate = 0.05 * factor;
            let decay: f64 = if no_decay_on_norms_and_biases { decay_without } else { decay };
            let want = values(&before, name).into_iter().zip(gradient(name));
            let want = want.map(|(p, g)| p * (1.0 - rate * decay) as f32 - g * rate as f32);
            for (got, want) in values(&after, name).into_iter().zip(want) {
                assert!((got - want).abs() < 1e-6, "{name}: {got}, not {want}");
            }
        }
    }
}

#[test]
fn pattern_that_fits_nothing_is_an_error_with_what_is_near() {
    let network = training(&spec(), &flex());
    let with = |rule: GroupRule| {
        let groups = ParameterGroups { rules: vec![rule], ..ParameterGroups::default() };
        Updates::new(Optimizer::default()).with_groups(&groups, &network).unwrap_err().to_string()
    };
    let message = with(GroupRule::new("midle"));
    assert!(message.contains("midle") && message.contains("did you mean \"middle\"?"), "{message}");
    let message = with(GroupRule::new("middle").learning_rate_factor(-1.0));
    assert_eq!(message, "`learning_rate_factor` is -1; it must be a number of at least 0");
}

#[test]
fn discriminative_rates_fall_with_the_distance_to_the_output() {
    let groups = ParameterGroups::discriminative(&spec(), 0.5).unwrap();
    let factor = |name: &str| groups.rules.iter().find(|rule| rule.nodes == name).unwrap().learning_rate_factor;
    assert_eq!([factor("head"), factor("middle")], [1.0, 0.5]);
    // A norm has the rate of what it follows.
    assert_eq!([factor("stem.conv"), factor("stem.norm")], [0.25, 0.25]);
    assert_eq!(groups.rules.len(), 4);
    Updates::new(Optimizer::default()).with_groups(&groups, &training(&spec(), &flex())).unwrap();
    assert!(ParameterGroups::discriminative(&spec(), 0.0).is_err());
}

#[test]
fn groups_survive_json_and_toml() {
    let text = "no_decay_on_norms_and_biases = true\n[[rules]]\nnodes = \"head.*\"\nweight_decay = 1\n[[rules]]\nnodes = \"stem\"\nlearning_rate_factor = 0.1\n";
    let groups: ParameterGroups = toml::from_str(text).unwrap();
    let rules = vec![GroupRule::new("head.*").weight_decay(1.0), GroupRule::new("stem").learning_rate_factor(0.1)];
    assert_eq!(groups, ParameterGroups { no_decay_on_norms_and_biases: true, rules });
    assert_eq!(toml::from_str::<ParameterGroups>(&toml::to_string(&groups).unwrap()).unwrap(), groups);
    let json = serde_json::to_string(&groups).unwrap();
    assert_eq!(serde_json::from_str::<ParameterGroups>(&json).unwrap(), groups);
    assert!(toml::from_str::<ParameterGroups>("[[rules]]\nnodes = \"a\"\nrate = 1").is_err());
}

fn named(values: &[(&str, &[f32])], device: &Device) -> NamedGradients {
    let tensor = |values: &[f32]| Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device);
    values.iter().map(|(name, values)| (name.to_string(), tensor(values))).collect()
}

fn read(gradients: &NamedGradients, name: &str) -> Vec<f32> {
    gradients.get(name).unwrap().to_data().iter::<f32>().collect()
}

#[test]
fn clipping_bounds_values_norms_or_the_common_norm() {
    for (_, device) in devices() {
        let gradients = || named(&[("a", &[3.0, -4.0]), ("b", &[0.0, 12.0, 0.0])], &device);
        assert_eq!(gradients().global_norm(), 13.0);
        let clipped = Clip::Value(3.5).apply(gradients(), Preset::Keras);
        assert_eq!((read(&clipped, "a"), read(&clipped, "b")), (vec![3.0, -3.5], vec![0.0, 3.5, 0.0]));
        let clipped = Clip::Norm(6.0).apply(gradients(), Preset::Keras);
        assert_eq!((read(&clipped, "a"), read(&clipped, "b")), (vec![3.0, -4.0], vec![0.0, 6.0, 0.0]));
        let clipped = Clip::GlobalNorm(6.5).apply(gradients(), Preset::Keras);
        assert_eq!((read(&clipped, "a"), read(&clipped, "b")), (vec![1.5, -2.0], vec![0.0, 6.0, 0.0]));
        let clipped = Clip::GlobalNorm(13.0).apply(gradients(), Preset::Torch);
        assert!((read(&clipped, "b")[1] - 12.0 * 13.0 / 13.000001).abs() < 1e-6);
        let clipped = Clip::GlobalNorm(14.0).apply(gradients(), Preset::Torch);
        assert_eq!(read(&clipped, "a"), [3.0, -4.0]);
        let bad = named(&[("a", &[f32::INFINITY]), ("b", &[1.0])], &device);
        assert!(!bad.is_finite() && gradients().is_finite() && !named(&[("a", &[f32::NAN])], &device).is_finite());
        let clipped = Clip::GlobalNorm(1.0).apply(bad, Preset::Keras);
        assert!(read(&clipped, "b")[0].is_nan());
        assert!(Clip::Norm(0.0).validate().is_err() && Clip::Value(f64::NAN).validate().is_err());
    }
    let clip: Clip = serde_json::from_str(r#"{"global_norm": 1}"#).unwrap();
    assert_eq!(clip, Clip::GlobalNorm(1.0));
    assert!(serde_json::from_str::<Clip>(r#"{"globl_norm": 1}"#).is_err());
}

#[test]
fn steps_clip_as_the_rules_library_does() {
    let mut network = training(&plain(), &flex());
    let before = network.valid().state();
    let bound = Some(Clip::GlobalNorm(1e-3));
    let mut updates = Updates::new(Optimizer::Sgd(Sgd::keras())).with_clip(bound).unwrap();
    let after = stepped(&mut network, &mut updates, 0..1);
    let squares = |(name, data): (&String, &TensorData)| {
        let pairs = data.iter::<f32>().zip(values(&before, name));
        pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
    };
    let moved = after.iter().map(squares).sum::<f64>().sqrt();
    assert!((moved - 0.05 * 1e-3).abs() < 1e-6, "{moved}");
    assert!(Updates::new(Optimizer::default()).with_clip(Some(Clip::GlobalNorm(-1.0))).is_err());
}

#[test]
fn global_norm_has_the_same_bits_on_any_number_of_threads() {
    let device = flex();
    // Large enough for several tasks.
    let big = random("big", [3_000_001], &device);
    let small = random("small", [77], &device);
    let norm = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let gradients: NamedGradients =
            [("a".to_owned(), big.clone()), ("b".to_owned(), small.clone())].into_iter().collect();
        pool.install(|| gradients.global_norm().to_bits())
    };
    let one = norm(1);
    assert!((f64::from_bits(one) - 1000.0).abs() < 2.0);
    assert!([2, 3, 7].into_iter().all(|threads| norm(threads) == one));
}

#[test]
fn several_batches_give_the_gradient_of_all_their_samples() {
    for (_, device) in devices() {
        let network = training(&plain(), &device);
        let whole = NamedGradients::take(&network, &mut gradients(&network, 0..16));
        for cuts in [vec![0, 4, 8, 12, 16], vec![0, 7, 14, 16], vec![0, 1, 15, 16], vec![0, 16]] {
            let mut accumulator = Accumulator::new();
            for pair in cuts.windows(2) {
                let part = NamedGradients::take(&network, &mut gradients(&network, pair[0]..pair[1]));
                accumulator.add(part, pair[1] - pair[0]);
            }
            assert_eq!((accumulator.counts().batches, accumulator.counts().samples), (cuts.len() as u64 - 1, 16));
            let mean = accumulator.take();
            assert_eq!(accumulator.counts(), Default::default());
            assert_eq!(mean.names().collect::<Vec<_>>(), whole.names().collect::<Vec<_>>());
            for name in whole.names() {
                for (got, want) in read(&mean, name).into_iter().zip(read(&whole, name)) {
                    assert!((got - want).abs() < 2e-5 * want.abs().max(1.0), "{name} in {cuts:?}: {got}, not {want}");
                }
            }
        }
    }
}

#[test]
fn parameter_without_a_gradient_in_a_batch_counts_as_zero_there() {
    let device = flex();
    let mut accumulator = Accumulator::new();
    accumulator.add(named(&[("a", &[4.0])], &device), 1);
    accumulator.add(named(&[("b", &[4.0])], &device), 3);
    accumulator.add(named(&[("b", &[9.0])], &device), 0);
    let mean = accumulator.take();
    assert_eq!((read(&mean, "a"), read(&mean, "b")), (vec![1.0], vec![3.0]));
}

#[test]
fn accumulation_goes_on_to_the_bit_in_the_middle() {
    let device = flex();
    let network = training(&plain(), &device);
    let add = |accumulator: &mut Accumulator, samples: std::ops::Range<usize>| {
        let count = samples.len();
        accumulator.add(NamedGradients::take(&network, &mut gradients(&network, samples)), count);
    };
    let mut first = Accumulator::new();
    add(&mut first, 0..5);
    add(&mut first, 5..8);
    let mut second = Accumulator::new();
    let counts = serde_json::from_str(&serde_json::to_string(&first.counts()).unwrap()).unwrap();
    second.restore(counts, first.state(), &device);
    for accumulator in [&mut first, &mut second] {
        add(accumulator, 8..11);
    }
    assert_eq!(first.counts(), second.counts());
    assert!(first.state() == second.state() && !first.state().is_empty());
}

/// A network whose weights are all this number, as training has it.
fn filled(spec: &NetworkSpec, value: f32, device: &Device) -> Network {
    let network = spec.init(0, device);
    let fill = |(name, data): (String, TensorData)| {
        let count = data.shape().num_elements();
        (name, TensorData::new(vec![value; count], data.shape()))
    };
    let state = network.state().into_iter().map(fill).collect();
    network.with_state(state).unwrap().train()
}

/// The averages of a weight and of a running mean after weights of 1, 2 and so on.
fn averages(config: Ema, steps: usize, device: &Device) -> (Vec<[f32; 2]>, EmaWeights) {
    let mut ema = EmaWeights::new(config).unwrap();
    let all = (1..=steps).map(|step| {
        ema.update(&filled(&spec(), step as f32, device));
        let state = ema.state();
        let first = |name: &str| state.get(name).map_or(0.0, |data| data.iter::<f32>().next().unwrap());
        [first("middle.weight"), first("stem.norm.running_mean")]
    });
    (all.collect(), ema)
}

#[test]
fn averages_follow_the_sequence_worked_out_by_hand() {
    for (_, device) in devices() {
        let config = Ema { decay: 0.75, ..Ema::default() };
        // The first copies 1; then 1 + (2 - 1) / 4, and so on.
        let (got, _) = averages(config, 4, &device);
        assert_eq!(got, [[1.0; 2], [1.25; 2], [1.6875; 2], [2.265625; 2]]);
        let (got, _) = averages(Ema { statistics: Statistics::Copy, ..config }, 3, &device);
        assert_eq!(got, [[1.0, 1.0], [1.25, 2.0], [1.6875, 3.0]]);
        let (got, _) = averages(Ema { every: 2, after: 1, ..config }, 6, &device);
        assert_eq!(got, [[0.0; 2], [0.0; 2], [3.0; 2], [3.0; 2], [3.5; 2], [3.5; 2]]);
        // min(0.75, 2/11), min(0.75, 3/12).
        let (got, _) = averages(Ema { warm_up: true, ..config }, 3, &device);
        let second = 2.0 - 2.0 / 11.0;
        let want = [1.0, second, second + (3.0 - second) * 0.75];
        for (got, want) in got.into_iter().zip(want) {
            assert!((f64::from(got[0]) - want).abs() < 1e-6, "{got:?}, not {want}");
        }
    }
}

#[test]
fn averages_become_the_weights_and_survive_being_kept() {
    for (_, device) in devices() {
        let config = Ema { decay: 0.5, overwrite_every: Some(2), ..Ema::keras() };
        let (_, mut ema) = averages(config, 3, &device);
        assert_eq!(ema.progress(), EmaProgress { steps: 3, updates: 3 });
        let applied = ema.apply_to(spec().init(5, &device));
        assert_eq!(values(&applied.state(), "head.weight")[0], 2.25);
        assert_eq!(applied.state(), ema.state());
        let trained = ema.apply_to(filled(&spec(), 9.0, &device));
        assert!(!NamedGradients::take(&trained, &mut gradients(&trained, 0..4)).names().collect::<Vec<_>>().is_empty());
        let progress = serde_json::from_str(&serde_json::to_string(&ema.progress()).unwrap()).unwrap();
        let mut again = EmaWeights::new(config).unwrap();
        again.restore(progress, ema.state(), &trained).unwrap();
        let next = filled(&spec(), 0.3, &device);
        assert!(ema.update(&next) && again.update(&next), "the fourth step replaces the weights");
        assert!(!ema.update(&next) && !again.update(&next));
        assert!(ema.state() == again.state());
        let mut missing = ema.state();
        missing.remove("middle.bias");
        let error = again.restore(progress, missing, &trained).unwrap_err().to_string();
        assert!(error.contains("middle.bias"), "{error}");
        assert!(ema.state() == again.state());
    }
}

#[test]
fn averages_options_are_checked_and_survive_json() {
    for (config, option) in [
        (Ema { decay: 1.0, ..Ema::default() }, "decay"),
        (Ema { every: 0, ..Ema::default() }, "every"),
        (Ema { overwrite_every: Some(0), ..Ema::default() }, "overwrite_every"),
    ] {
        let error = EmaWeights::new(config).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`{option}` is ")), "{error}");
    }
    let config = Ema { warm_up: true, overwrite_every: Some(3), ..Ema::keras() };
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<Ema>(&json).unwrap(), config);
    assert!(serde_json::from_str::<Ema>(r#"{"dekay": 0.9}"#).is_err());
}

#[test]
fn momentum_that_changes_is_that_of_the_next_step() {
    let device = flex();
    let (mut network, mut updates) = (training(&plain(), &device), Updates::new(Optimizer::Sgd(Sgd::torch())));
    stepped(&mut network, &mut updates, 0..1);
    assert!(updates.state().is_empty());
    updates.set_momentum(0.9);
    stepped(&mut network, &mut updates, 1..2);
    assert!(updates.state().contains_key("velocity/conv.weight"));
    let (mut same, mut other) = (updates.clone(), updates.clone());
    same.set_momentum(0.9);
    other.set_momentum(0.5);
    let after = [&mut updates, &mut same, &mut other].map(|updates| stepped(&mut network.clone(), updates, 2..3));
    assert!(after[0] == after[1] && after[0] != after[2]);
    other.set_momentum(0.0);
    assert!(other.state().is_empty());
}
