//! Options of networks, and what is published beside them.

use std::collections::{BTreeMap, BTreeSet};

use striate_models::{Architecture, ModelConfig, ModelError, Pooling};

/// Sets an option; beside it the paper's input.
type Change = fn(ModelConfig, [usize; 3]) -> ModelConfig;

const OPTIONS: [(&str, Change); 12] = [
    ("classes", |config, _| config.classes(13)),
    ("in_channels", |config, [channels, ..]| config.in_channels(channels + 1)),
    ("size", |config, [_, height, width]| config.size([height + 32, width + 64])),
    ("pooling", |config, _| config.pooling(Pooling::Average)),
    ("pooling", |config, _| config.pooling(Pooling::Maximum)),
    ("width", |config, _| config.width(0.5)),
    ("width", |config, _| config.width(2.0)),
    ("depth", |config, _| config.depth(0.5)),
    ("depth", |config, _| config.depth(2.0)),
    ("backbone", |config, _| config.backbone(Architecture::Vgg11)),
    ("grid", |config, _| config.grid(5)),
    ("boxes", |config, _| config.boxes(3)),
];

#[test]
fn every_option_changes_a_network_or_is_refused_by_name() {
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut told: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for &architecture in Architecture::ALL {
        for config in [architecture.config(), architecture.config().without_head()] {
            let unchanged = config.spec().unwrap();
            for (option, change) in OPTIONS {
                match change(config.clone(), architecture.input()).spec() {
                    Ok(spec) => {
                        assert!(spec != unchanged, "{architecture} ignores `{option}`");
                        users.entry(option).or_default().insert(architecture.name());
                    }
                    Err(ModelError::Option { architecture: refuses, option: refused, rule, .. }) => {
                        assert_eq!((refuses, refused), (architecture, option));
                        told.entry(option).or_default().insert(rule);
                    }
                    Err(error) => panic!("{architecture}, `{option}`: {error}"),
                }
            }
        }
    }
    for option in ["width", "depth", "backbone", "grid", "boxes"] {
        let names: Vec<_> = Architecture::ALL.iter().map(|known| known.name()).collect();
        let names: Vec<_> = names.into_iter().filter(|name| users[option].contains(name)).collect();
        let rule = format!("it is an option of {}", names.join(", "));
        assert!(told[option].contains(&rule), "{option}: {:?}", told[option]);
    }
}

#[test]
fn values_that_an_option_does_not_allow_are_refused() {
    let cases: [(ModelConfig, &str); 6] = [
        (Architecture::Fcn8s.config().backbone(Architecture::UNet), "`backbone` unet: it must be a classifier"),
        (Architecture::YoloV1.config().grid(0), "`grid` 0: it must be from 1 to 64"),
        (Architecture::YoloV1.config().boxes(65), "`boxes` 65: it must be from 1 to 64"),
        (Architecture::YoloV1.config().without_head().grid(5), "`grid` 5: it is for networks with a head"),
        (Architecture::KerasMobileNetV2.config().depth(0.0), "`depth` 0: it must be from 0.01 to 100"),
        (
            Architecture::Vgg16.config().pooling(Pooling::Average),
            "`pooling` Average: it is for networks without a head",
        ),
    ];
    for (config, part) in cases {
        let message = config.spec().unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn width_and_depth_change_the_channels_and_blocks_of_networks_that_scale() {
    // Keras's `MobileNetV2(alpha=0.35)` and `MobileNetV2(alpha=1.4)`, `MobileNetV3Small(alpha=0.75)`.
    for (config, parameters) in [
        (Architecture::KerasMobileNetV2.config().width(0.35), 1_691_208),
        (Architecture::KerasMobileNetV2.config().width(1.4), 6_156_712),
        (Architecture::KerasMobileNetV3Small.config().width(0.75), 2_051_552),
        // B1's depth, and B4's width and depth.
        (Architecture::KerasEfficientNetB0.config().depth(1.1), 7_856_239),
        (Architecture::KerasEfficientNetB0.config().width(1.4).depth(1.8), 19_466_823),
    ] {
        assert_eq!(config.spec().unwrap().summary().parameters, parameters, "{config:?}");
    }
}

#[test]
fn lite_networks_have_the_keys_of_the_published_weights() {
    let device = striate_backend::device("flex").unwrap();
    let weights = Architecture::EfficientNetLite0.config().spec().unwrap().init(0, &device).reference_weights();
    assert_eq!(weights.len(), 296);
    assert_eq!(weights[0].name, "_conv_stem.weight");
    assert_eq!(weights[12].name, "_blocks.0._project_conv.weight");
    assert_eq!(weights.last().unwrap().name, "_fc.bias");
}

#[test]
fn keras_efficientnet_weights_get_pictures_less_mean_over_deviation() {
    let preprocessing = Architecture::KerasEfficientNetB3.preprocessing();
    assert_eq!(preprocessing.output_shape(), [3, 300, 300]);
    let published = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];
    for (channel, (mean, std)) in published.into_iter().enumerate() {
        for px in [0.0_f32, 100.0, 255.0] {
            let input = (px - preprocessing.mean[channel]) / preprocessing.std[channel];
            // The network's own scaling and normalization, whose published variance is the standard deviation.
            let normalized = (input / 255.0 - mean) / f32::sqrt(std);
            assert!((normalized - (px / 255.0 - mean) / std).abs() < 1e-5, "{px}");
        }
    }
}

#[test]
fn huge_pictures_and_classes_are_refused() {
    for &architecture in Architecture::ALL {
        for side in [1 << 40, usize::MAX] {
            assert!(architecture.config().size([side, side]).spec().is_err(), "{architecture}: {side}");
        }
        assert!(architecture.config().classes(usize::MAX).spec().is_err(), "{architecture}");
    }
}
