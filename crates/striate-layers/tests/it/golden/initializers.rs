//! The group `initializers`: formulas and draws.

use serde_json::{Value, json};
use striate_core::Streams;
use striate_layers::{Distribution, FanMode, Fans, Initializer, ScaledDistribution};
use striate_testkit::{Case, Group};

use super::{find, read};

#[test]
fn golden_initializers() {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), "initializers") else { return };
    assert!(!group.cases().is_empty(), "the group has cases");
    group.cases().iter().for_each(check);
    group.passed("host");
}

/// The initializer by its name in files; one with a mode has it beside its name.
fn initializer(case: &Case) -> Initializer {
    let name: String = match read::<String>(case, "initializer").as_str() {
        // PyTorch's names; its normal one isn't cut.
        "xavier_uniform" => "glorot_uniform".into(),
        "xavier_normal" => {
            return Initializer::VarianceScaling {
                scale: 1.0,
                mode: FanMode::FanAvg,
                distribution: ScaledDistribution::UntruncatedNormal,
            };
        }
        name => name.into(),
    };
    let numbers: serde_json::Map<String, Value> = ["mode", "scale", "gain", "mean", "value", "low", "high"]
        .into_iter()
        .filter_map(|key| Some((key.to_string(), find(case, key)?)))
        .collect();
    let written = if numbers.is_empty() { json!(name) } else { json!({ name: numbers }) };
    serde_json::from_value(written).unwrap_or_else(|error| panic!("{}: {error}", case.id))
}

fn check(case: &Case) {
    assert_eq!(case.kind, "initializer", "{}: unknown kind", case.id);
    let initializer = initializer(case);
    let shape: Vec<usize> = read(case, "shape");
    let fans = match read::<String>(case, "layer").as_str() {
        "keras_depthwise" => Fans::keras_depthwise(&shape, read(case, "depth_multiplier")),
        _ => Fans::of(&shape),
    };
    assert_eq!(
        [fans.fan_in, fans.fan_out],
        [read::<usize>(case, "fan_in"), read(case, "fan_out")],
        "{}: fans",
        case.id
    );

    let distribution = initializer.distribution(fans);
    let (name, base_std) = match distribution {
        Distribution::Uniform { low, high } => {
            assert_eq!(low, -high, "{}", case.id);
            ("uniform", None)
        }
        Distribution::Normal { mean, std } => {
            assert_eq!(mean, 0.0, "{}", case.id);
            ("normal", Some(std))
        }
        Distribution::TruncatedNormal { mean, base_std } => {
            assert_eq!(mean, 0.0, "{}", case.id);
            ("truncated_normal", Some(base_std))
        }
        other => panic!("{}: {other:?}", case.id),
    };
    assert_eq!(name, read::<String>(case, "distribution"), "{}", case.id);
    let mut known = vec![("limit", distribution.limit()), ("std", distribution.std()), ("base_std", base_std)];
    if initializer == Initializer::TorchDefault {
        // A layer draws its bias with its weight's fans.
        known.push(("bias_limit", distribution.limit()));
    }
    for key in ["limit", "std", "base_std", "bias_limit"] {
        let Some(want) = find::<f64>(case, key) else { continue };
        let got = known.iter().find(|(name, _)| *name == key).and_then(|(_, value)| *value);
        let got = got.unwrap_or_else(|| panic!("{}: no {key}", case.id));
        assert!((got / want - 1.0).abs() < 1e-12, "{}: {key} is {got}, not {want}", case.id);
    }
    draws_fit(case, initializer, &shape, fans, distribution);
}

/// Many draws are within the limit, reach near it, and have the mean, the deviation and the kurtosis of the distribution.
fn draws_fit(case: &Case, initializer: Initializer, shape: &[usize], fans: Fans, distribution: Distribution) {
    let size: usize = shape.iter().product();
    let seeds = 200_000usize.div_ceil(size) as u64;
    let values: Vec<f64> = (0..seeds)
        .flat_map(|seed| initializer.draw(shape, fans, &mut Streams::new(seed).open("weight")))
        .map(f64::from)
        .collect();
    let n = values.len() as f64;
    let moment = |power: i32| values.iter().map(|value| value.powi(power)).sum::<f64>() / n;
    let std = distribution.std().expect("the cases' distributions have one");
    let kurtosis = match distribution {
        Distribution::Uniform { .. } => 1.8,
        // A normal's fourth moment between -2 and 2 over the square of its second there.
        Distribution::TruncatedNormal { .. } => 2.365,
        _ => 3.0,
    };
    // Five standard errors.
    assert!(moment(1).abs() < 5.0 * std / n.sqrt(), "{}: mean {}", case.id, moment(1));
    let error = 5.0 * ((kurtosis - 1.0) / n).sqrt();
    assert!((moment(2) / (std * std) - 1.0).abs() < error, "{}: std {}, not {std}", case.id, moment(2).sqrt());
    let got = moment(4) / moment(2).powi(2);
    assert!((got - kurtosis).abs() < 0.1, "{}: kurtosis {got}, not {kurtosis}", case.id);
    if let Some(limit) = distribution.limit() {
        let most = values.iter().fold(0f64, |most, value| most.max(value.abs()));
        assert!(most <= limit * (1.0 + 1e-6) && most > 0.99 * limit, "{}: {most}, limit {limit}", case.id);
    }
}
