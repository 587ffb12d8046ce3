//! Published weights.

use striate_core::Interpolation;
use striate_models::{PUBLISHED, PublishedWeights};

#[test]
fn weights_are_found_by_network_and_version() {
    let found = |name: &str| PublishedWeights::find(name).unwrap().url();
    assert_eq!(found("resnet50"), "https://download.pytorch.org/models/resnet50-11ad3fa6.pth");
    assert_eq!(found("resnet50:v1"), "https://download.pytorch.org/models/resnet50-0676ba61.pth");
    let message = PublishedWeights::find("resnet5").unwrap_err().to_string();
    assert!(message.contains("did you mean \"resnet50\"?"), "{message}");
    assert!(PublishedWeights::find("resnet50:v3").is_err());
}

#[test]
fn every_row_has_a_sum_and_makes_an_input_of_its_networks() {
    for weights in PUBLISHED {
        let name = weights.name();
        assert_eq!(PublishedWeights::find(&name), Ok(weights), "{name} stands twice");
        let sum = weights.sha256();
        assert!(matches!(sum.len(), 8 | 10) && sum.chars().all(|digit| digit.is_ascii_hexdigit()), "{name}: {sum}");
        let preprocessing = weights.preprocessing();
        assert_eq!(preprocessing.validate(), Ok(()), "{name}");
        assert!(preprocessing.size[0] >= preprocessing.output_shape()[1], "{name}");
        let architecture = weights.architecture().unwrap();
        assert_eq!(architecture.default_classes(), weights.class_names().len(), "{name}");
        let spec = architecture.spec(1000).unwrap();
        let input = preprocessing.output_shape().map(Some);
        assert_eq!(spec.input_signatures()[0].shape.sides(), input, "{name}");
    }
}

#[test]
fn preprocessing_is_that_of_the_weights_own_recipe() {
    let preprocessing = |name: &str| PublishedWeights::find(name).unwrap().preprocessing();
    assert_eq!(preprocessing("resnet50:v1").size, [256; 2]);
    assert_eq!(preprocessing("resnet50:v2").size, [232; 2]);
    assert_eq!(preprocessing("efficientnet_b3").interpolation, Interpolation::Bicubic);
    assert_eq!((preprocessing("googlenet").scale, preprocessing("googlenet").offset), (1.0 / 127.5, -1.0));
}
