//! What torchvision's networks have of their own: sizes, auxiliary heads, answers at the picture's size.

use striate_layers::Signature;
use striate_models::Architecture::{
    self, AlexNet, DenseNet121, EfficientNetB0, EfficientNetB2, FcnResNet50, GoogLeNet, InceptionV3, LegacyXception,
    MobileNetV2, MobileNetV3Large, MobileNetV3Small, ResNet18, ResNet50, SqueezeNet1_0, SqueezeNet1_1,
};
use striate_models::ModelConfig;
use striate_network::NameStyle;

fn parameters(config: ModelConfig) -> u64 {
    config.spec().unwrap().summary().parameters
}

/// The shapes of what comes out.
fn outputs(config: ModelConfig) -> Vec<String> {
    config.spec().unwrap().output_signatures().iter().map(|output| output.shape.to_string()).collect()
}

#[test]
fn networks_of_other_widths_have_as_many_parameters_as_torchvisions() {
    let wide = |architecture: Architecture, width| parameters(architecture.config().width(width));
    assert_eq!([0.5, 1.4].map(|width| wide(MobileNetV2, width)), [1_968_680, 6_108_776]);
    assert_eq!([0.75, 1.3].map(|width| wide(MobileNetV3Small, width)), [1_653_920, 3_928_192]);
    assert_eq!([0.75, 1.3].map(|width| wide(MobileNetV3Large, width)), [3_377_576, 8_713_472]);
    assert_eq!(parameters(EfficientNetB0.config().width(0.5).depth(1.5)), 2_609_630);
}

#[test]
fn b0_scaled_as_b2_has_the_layers_of_b2() {
    let scaled = EfficientNetB0.config().width(1.1).depth(1.2).size([288, 288]).spec().unwrap();
    let own = EfficientNetB2.spec(1000).unwrap();
    assert_eq!(scaled.summary().parameters, own.summary().parameters);
    let shapes = |spec: &striate_network::NetworkSpec| -> Vec<_> {
        spec.summary().layers.iter().map(|layer| (layer.name.clone(), layer.output.clone())).collect()
    };
    assert_eq!(shapes(&scaled), shapes(&own));
}

#[test]
fn a_network_of_one_size_refuses_others() {
    let error = ResNet50.config().width(2.0).spec().unwrap_err().to_string();
    assert!(error.starts_with("resnet50 can't have `width` 2: it is an option of efficientnet_b0, "), "{error}");
    let error = MobileNetV2.config().width(f64::NAN).spec().unwrap_err().to_string();
    assert_eq!(error, "mobilenet_v2 can't have `width` NaN: it must be from 0.01 to 100");
}

#[test]
fn auxiliary_heads_come_after_the_logits_whatever_the_picture() {
    for size in [[224, 224], [15, 31]] {
        assert_eq!(outputs(GoogLeNet.config().classes(7).size(size)), ["[7]"; 3]);
    }
    for size in [[299, 299], [75, 75], [75, 299], [301, 98]] {
        assert_eq!(outputs(InceptionV3.config().classes(7).size(size)), ["[7]"; 2]);
    }
    let error = InceptionV3.config().size([74, 99]).spec().unwrap_err().to_string();
    assert!(error.contains("Mixed_7a"), "{error}");
}

#[test]
fn fcn_answers_for_each_px() {
    assert_eq!(outputs(FcnResNet50.config().classes(7).size([45, 61])), ["[7, 45, 61]"; 2]);
    let any = FcnResNet50.config().classes(7).any_size().spec().unwrap();
    let sized = any.for_inputs(&[Signature::float([3, 48, 64])]).unwrap();
    assert_eq!(sized.output_signatures()[0].shape, [7, 48, 64].into());
}

#[test]
fn the_smallest_pictures_are_those_of_the_docs() {
    let smallest = |architecture: Architecture| {
        let fits = |side: &usize| architecture.config().classes(7).size([*side; 2]).spec().is_ok();
        (1..=80).find(fits).unwrap()
    };
    let cases = [(AlexNet, 63), (SqueezeNet1_0, 21), (SqueezeNet1_1, 17), (DenseNet121, 29), (GoogLeNet, 15)];
    for (architecture, side) in cases.into_iter().chain([(InceptionV3, 75), (LegacyXception, 7)]) {
        assert_eq!(smallest(architecture), side, "{architecture}");
    }
    for any in [ResNet18, EfficientNetB0, MobileNetV2, MobileNetV3Small, FcnResNet50] {
        assert_eq!(smallest(any), 1, "{any}");
    }
}

#[test]
fn a_network_of_any_size_takes_pictures_of_several() {
    let named =
        |architecture: &&Architecture| architecture.style() == NameStyle::Torch && architecture.class_names().is_some();
    for architecture in Architecture::ALL.iter().filter(named) {
        let spec = architecture.config().classes(7).any_size().spec().unwrap();
        for size in [[299, 299], [320, 301]] {
            let sized = spec.for_inputs(&[Signature::float([3, size[0], size[1]])]);
            let sized = sized.unwrap_or_else(|error| panic!("{architecture}: {error}"));
            let outputs = sized.output_signatures();
            assert!(outputs.iter().all(|output| output.shape == [7].into()), "{architecture}: {outputs:?}");
        }
    }
}

#[test]
fn the_main_head_can_be_had_alone() {
    for (architecture, last) in [(GoogLeNet, "fc"), (InceptionV3, "fc"), (FcnResNet50, "classifier.upsampled")] {
        let spec = architecture.spec(7).unwrap();
        let alone = spec.until(&[last]).unwrap();
        assert_eq!(alone.output_signatures(), spec.output_signatures()[..1]);
        assert!(
            !alone.summary().layers.iter().any(|layer| layer.name.to_lowercase().contains("aux")),
            "{architecture}"
        );
    }
    assert_eq!(GoogLeNet.spec(1000).unwrap().until(&["fc"]).unwrap().summary().parameters, 6_624_904);
}
