//! The networks and numbers of the lecture on convolutional networks.

mod golden;
mod networks;
mod table;

use striate_layers::Conv2d;
use striate_models::Architecture;
use striate_network::{NetworkSpec, Summary};

use self::networks::small_dropout_network;

fn spec(architecture: Architecture) -> NetworkSpec {
    architecture.config().spec().unwrap()
}

/// The parameters of the layers that have some.
fn parameters(summary: &Summary) -> Vec<u64> {
    summary.layers.iter().map(|layer| layer.trainable).filter(|count| *count > 0).collect()
}

#[test]
fn cifar10_network_of_three_blocks_has_the_eight_numbers() {
    let summary = spec(Architecture::Cifar10Cnn).summary();
    assert_eq!(parameters(&summary), [896, 9_248, 18_496, 36_928, 36_928, 36_928, 131_584, 5_130]);
    assert_eq!(summary.parameters, 276_138);
    let text = summary.to_string();
    for part in [
        "dense (dense)",
        "(None, 64, 13, 13)",
        "131,584",
        "Total params: 276,138 (1.05 MB)",
        "Trainable params: 276,138 (1.05 MB)",
        "Non-trainable params: 0 (0.00 B)",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
}

#[test]
fn lecture_networks_have_the_parameters_of_the_slides() {
    for (spec, count) in [
        (spec(Architecture::Cifar10CnnTwoBlocks), 1_250_858),
        (spec(Architecture::FashionMnistCnn), 1_413_834),
        (small_dropout_network(), 266_610),
        (spec(Architecture::MiniXceptionBinary), 2_782_649),
        (spec(Architecture::Cnn115x51), 16_198_277),
    ] {
        let summary = spec.summary();
        assert_eq!(summary.trainable + summary.non_trainable, count, "{}", spec.name());
    }
    assert_eq!(spec(Architecture::LeNet5Of1998).summary().trainable, 60_000);
}

#[test]
fn resnet34_of_residual_units_counts_running_statistics_as_not_trainable() {
    let summary = spec(Architecture::LectureResNet34).summary();
    assert_eq!(summary.trainable, 21_289_802);
    // Two for each channel of each of the 36 batch norms.
    assert_eq!(summary.non_trainable, 17_024);
    assert!(summary.to_string().contains("Non-trainable params: 17,024 (66.50 KB)"), "{summary}");
}

#[test]
fn network_of_five_classes_has_the_sizes_of_the_slides() {
    let summary = spec(Architecture::Cnn115x51).summary();
    let sides = |name: &str| {
        let layer = summary.layers.iter().find(|layer| layer.name == name).unwrap();
        layer.output.sides()[1..].to_vec()
    };
    for (name, want) in [("conv1", [55, 23]), ("pool1", [27, 11]), ("pool2", [13, 5]), ("pool5", [6, 2])] {
        assert_eq!(sides(name), want.map(Some), "{name}");
    }
}

#[test]
fn two_hundred_filters_over_a_photo_cost_what_the_slide_says() {
    let mut net = NetworkSpec::builder("filters");
    let photo = net.input("photo", [3, 150, 100]);
    let x = net.add("conv", Conv2d::new(200, 5).same(), photo);
    let spec = net.output(x).build().unwrap();
    assert_eq!(spec.summary().parameters, 15_200);
    let conv = spec.node_cost(1);
    assert_eq!(conv.multiplications, 225_000_000);
    assert_eq!(conv.activations * 4, 12_000_000);
}

#[test]
fn dense_layer_over_a_photo_has_ten_million_connections() {
    let mut net = NetworkSpec::builder("dense");
    let photo = net.input("photo", [1, 100, 100]);
    let x = net.add("flatten", striate_layers::Flatten::new(), photo);
    let x = net.add("dense", striate_layers::Dense::new(1_000), x);
    assert_eq!(net.output(x).build().unwrap().node_cost(2).multiplications, 10_000_000);
}
