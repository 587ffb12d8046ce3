//! Options of networks, and what is published beside them.

use striate_models::{Architecture, ModelConfig};

#[test]
fn options_that_a_network_lacks_are_refused_by_name() {
    let cases: [(ModelConfig, &str); 7] = [
        (Architecture::Vgg16.config().width(0.5), "`width`"),
        (Architecture::KerasResNet50.config().depth(2.0), "`depth`"),
        (Architecture::Vgg16.config().backbone(Architecture::Vgg16), "`backbone`"),
        (Architecture::Fcn8s.config().backbone(Architecture::UNet), "`backbone`"),
        (Architecture::UNet.config().grid(7), "`grid`"),
        (Architecture::YoloV1.config().grid(0), "`grid`"),
        (Architecture::YoloV1.config().boxes(65), "`boxes`"),
    ];
    for (config, option) in cases {
        let message = config.spec().unwrap_err().to_string();
        assert!(message.contains(option), "{message}");
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
