//! Update rules as data.

use proptest::prelude::*;
use striate_train::Optimizer;
use striate_train::optimizers::{Adagrad, Adam, Preset, RmsProp, Sgd};

fn read(text: &str) -> Result<Optimizer, String> {
    let json: serde_json::Value = serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    let from_json = serde_json::from_value::<Optimizer>(json).map_err(|error| error.to_string());
    let from_toml = toml::from_str(text).map_err(|error| error.message().to_owned());
    assert_eq!(from_json.is_ok(), from_toml.is_ok(), "{text}");
    if let (Ok(json), Ok(toml)) = (&from_json, &from_toml) {
        assert_eq!(json, toml);
    }
    from_toml
}

#[test]
fn what_is_left_out_is_the_presets_default() {
    for preset in [Preset::Keras, Preset::Torch] {
        for name in Optimizer::NAMES {
            let of = if preset == Preset::Keras { "" } else { "preset = \"torch\"" };
            let rule = read(&format!("name = {name:?}\n{of}")).unwrap();
            assert_eq!(rule, Optimizer::named(name, preset).unwrap());
            assert_eq!((rule.name(), rule.preset()), (name, preset));
            rule.validate().unwrap();
        }
    }
    let adam = read("name = \"adam\"\npreset = \"torch\"\nbeta_1 = 0.5").unwrap();
    assert_eq!(adam, Optimizer::Adam(Adam { beta_1: 0.5, ..Adam::torch() }));
    let adamw = read("name = \"adamw\"").unwrap();
    assert_eq!(adamw, Optimizer::AdamW(Adam { weight_decay: 0.004, decoupled: true, ..Adam::keras() }));
    let rmsprop = read("name = \"rmsprop\"\npreset = \"torch\"\nalpha = 0.5\ncentered = true").unwrap();
    assert_eq!(rmsprop, Optimizer::RmsProp(RmsProp { rho: 0.5, centered: true, ..RmsProp::torch() }));
    let adagrad = read("name = \"adagrad\"\npreset = \"torch\"\nlr_decay = 1").unwrap();
    assert_eq!(adagrad, Optimizer::Adagrad(Adagrad { decay: 1.0, ..Adagrad::torch() }));
}

#[test]
fn wrong_options_are_named() {
    for (text, option) in [
        ("name = \"adam\"\nbeta1 = 0.5", "beta1"),
        ("name = \"sgd\"\nrho = 0.5", "rho"),
        ("name = \"rmsprop\"\npresets = \"torch\"", "presets"),
        ("name = \"adagrad\"\nmomentum = 0.5", "momentum"),
        ("name = \"adamw\"\nnesterov = true", "nesterov"),
        ("name = \"adamax\"", "adamax"),
    ] {
        let message = read(text).unwrap_err();
        assert!(message.contains(&format!("`{option}`")), "{message}");
    }
    for (text, message) in [
        ("name = \"rmsprop\"\nrho = 1", "`rho` is 1; it must be in [0, 1)"),
        ("name = \"rmsprop\"\nepsilon = 0", "`epsilon` is 0; it must be a number above 0"),
        ("name = \"adagrad\"\nlearning_rate = nan", "`learning_rate` is NaN; it must be a number above 0"),
        (
            "name = \"adagrad\"\ninitial_accumulator_value = -1",
            "`initial_accumulator_value` is -1; it must be a number of at least 0",
        ),
        (
            "name = \"adamw\"\ndecoupled = false",
            "`decoupled` is false; AdamW's decay is decoupled; `adam` has it otherwise",
        ),
        (
            "name = \"gradient_descent\"\nmomentum = 0.5",
            "`momentum` is 0.5; plain gradient descent has none; `sgd` has",
        ),
        ("name = \"sgd\"\nmomentum = 1.5", "`momentum` is 1.5; it must be in [0, 1)"),
        ("name = \"adam\"\nweight_decay = inf", "`weight_decay` is inf; it must be a number of at least 0"),
    ] {
        let rule = toml::from_str::<Optimizer>(text).unwrap();
        assert_eq!(rule.validate().unwrap_err().to_string(), message);
    }
    let message = Optimizer::named("rmsprob", Preset::Keras).unwrap_err().to_string();
    assert!(message.contains("did you mean \"rmsprop\"?"), "{message}");
}

#[test]
fn rate_decay_and_momentum_can_be_replaced() {
    for name in Optimizer::NAMES {
        let rule = Optimizer::named(name, Preset::Torch).unwrap();
        let changed = rule.with_learning_rate(3.5).with_weight_decay(0.25).with_momentum(0.5);
        assert_eq!(changed.learning_rate(), 3.5);
        let json = serde_json::to_value(changed).unwrap();
        assert_eq!(json["weight_decay"], 0.25, "{name}");
        let momentum = json.get("beta_1").or(json.get("momentum")).and_then(serde_json::Value::as_f64);
        let want = match name {
            "adagrad" => None,
            "gradient_descent" => Some(0.0),
            _ => Some(0.5),
        };
        assert_eq!(momentum, want, "{name}");
    }
}

fn any_optimizer() -> impl Strategy<Value = Optimizer> {
    let preset = prop_oneof![Just(Preset::Keras), Just(Preset::Torch)];
    let numbers = prop::array::uniform4(0.0..0.999_f64);
    (0..Optimizer::NAMES.len(), preset, 1e-6..10.0_f64, numbers, any::<[bool; 2]>()).prop_map(
        |(name, preset, learning_rate, [a, b, epsilon, weight_decay], [one, two])| {
            let epsilon = epsilon + 1e-9;
            match Optimizer::NAMES[name] {
                "adagrad" => Optimizer::Adagrad(Adagrad {
                    preset,
                    learning_rate,
                    initial_accumulator_value: a,
                    epsilon,
                    decay: b,
                    weight_decay,
                }),
                "rmsprop" => Optimizer::RmsProp(RmsProp {
                    preset,
                    learning_rate,
                    rho: a,
                    momentum: b,
                    epsilon,
                    centered: one,
                    weight_decay,
                }),
                name @ ("adam" | "adamw") => {
                    let decoupled = one || name == "adamw";
                    let adam = Adam {
                        preset,
                        learning_rate,
                        beta_1: a,
                        beta_2: b,
                        epsilon,
                        weight_decay,
                        decoupled,
                        amsgrad: two,
                    };
                    if name == "adam" { Optimizer::Adam(adam) } else { Optimizer::AdamW(adam) }
                }
                name => {
                    let momentum = if name == "sgd" { a } else { 0.0 };
                    let nesterov = one && momentum > 0.0;
                    let dampening = if preset == Preset::Torch && !nesterov { b } else { 0.0 };
                    let sgd =
                        Sgd { preset, learning_rate, momentum, nesterov, dampening, decay: epsilon, weight_decay };
                    if name == "sgd" { Optimizer::Sgd(sgd) } else { Optimizer::GradientDescent(sgd) }
                }
            }
        },
    )
}

proptest! {
    #[test]
    fn any_rule_survives_json_and_toml(rule in any_optimizer()) {
        rule.validate().unwrap();
        let json = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Optimizer>(&json).unwrap(), rule);
        let text = toml::to_string(&rule).unwrap();
        prop_assert_eq!(toml::from_str::<Optimizer>(&text).unwrap(), rule);
    }
}
