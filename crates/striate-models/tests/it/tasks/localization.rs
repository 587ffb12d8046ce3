//! Class and box of the thing that a picture shows.

use burn::Tensor;
use proptest::prelude::*;
use striate_layers::Context;
use striate_models::tasks::{BoxActivation, LargestThing, Localization, TaskError};
use striate_models::{Architecture, Pooling};
use striate_network::NetworkSpec;

use super::{assert_near, boxes};

fn task(backbone: Architecture) -> Localization {
    Localization::new(backbone.config(), 7)
}

#[test]
fn every_network_of_the_list_carries_both_heads() {
    let mut with_own_box_head = 0;
    for &architecture in Architecture::ALL {
        for box_channels in [0, 3] {
            let spec = match task(architecture).box_channels(box_channels).spec() {
                Ok(spec) => spec,
                Err(error) => {
                    assert!(
                        box_channels > 0 && error.to_string().contains("needs a network that gives maps"),
                        "{architecture}: {error}"
                    );
                    continue;
                }
            };
            with_own_box_head += box_channels;
            let outputs: Vec<_> = spec.output_signatures().into_iter().map(|output| output.shape).collect();
            assert_eq!(outputs, [[7].into(), [4].into()], "{architecture}");
            assert_eq!(spec.style(), architecture.style(), "{architecture}");
            assert!(spec.number("class").is_ok() && spec.number("box").is_ok(), "{architecture}");
        }
    }
    assert!(with_own_box_head >= 3 * 60, "{with_own_box_head}");
}

#[test]
fn options_change_the_heads() {
    let task = Localization::new(Architecture::LeNet5.config().size([40, 36]).pooling(Pooling::Maximum), 3);
    let plain = task.spec().unwrap();
    // 16 maps, pooled.
    assert_eq!(plain.node_cost(plain.number("class").unwrap()).parameters, 3 * 17);
    let spec = task.clone().hidden([32, 24]).dropout(0.25).spec().unwrap();
    assert_eq!(spec.node_cost(spec.number("class").unwrap()).parameters, 3 * 25);
    let dropouts = spec.summary().layers.iter().filter(|layer| layer.kind == "dropout").count();
    assert_eq!(dropouts, 3);
    // Maps of 8x7 px, of which the box head takes all and the class head the mean.
    let parameters = |spec: &NetworkSpec, name: &str| spec.node_cost(spec.number(name).unwrap()).parameters;
    let wide = Localization::new(Architecture::LeNet5.config().size([40, 36]), 3).hidden([32]).dropout(0.25);
    let spec = wide.box_channels(5).spec().unwrap();
    let named = ["box_head.conv", "box_head.dense1", "box", "head.dense1", "class"].map(|name| parameters(&spec, name));
    assert_eq!(named, [16 * 5, 32 * (5 * 8 * 7 + 1), 4 * 33, 32 * 17, 3 * 33]);

    let device = striate_backend::device("flex").unwrap();
    let run = |activation| {
        let network = task.clone().box_activation(activation).spec().unwrap().init(5, &device);
        let images = Tensor::<4>::ones([2, 1, 40, 36], &device) * 3.0;
        let outputs = network.run(vec![images.into()], &mut Context::evaluation()).unwrap();
        outputs[1].clone().float::<2>().into_data().iter::<f32>().collect::<Vec<_>>()
    };
    let (linear, sigmoid) = (run(BoxActivation::Linear), run(BoxActivation::Sigmoid));
    for (linear, sigmoid) in linear.into_iter().zip(sigmoid) {
        assert!((1.0 / (1.0 + (-linear).exp()) - sigmoid).abs() < 1e-6);
    }
}

#[test]
fn weights_of_the_classifier_load_by_name() {
    let device = striate_backend::device("flex").unwrap();
    let classifier = Architecture::LeNet5.spec(10).unwrap().init(3, &device);
    let located = classifier.rebuilt(task(Architecture::LeNet5).spec().unwrap(), 4);
    for (name, values) in classifier.state().into_iter().filter(|(name, _)| name.starts_with("conv")) {
        assert_eq!(located.state()[&name], values, "{name}");
    }
}

proptest! {
    #[test]
    fn box_that_is_encoded_and_decoded_is_the_largest_one(boxes in boxes([61, 97], 7, 6)) {
        let task = LargestThing { classes: 7 };
        let Ok((class, relative)) = task.encode(&boxes, [61, 97]) else {
            prop_assert!(boxes.is_empty());
            return Ok(());
        };
        let logits: Vec<_> = (0..7).map(|number| if number == class { 9.0 } else { 0.0 }).collect();
        let found = task.decode(&logits, &relative, [61, 97]).unwrap();
        let area = |edges: [f32; 4]| (edges[2] - edges[0]) * (edges[3] - edges[1]);
        let largest = boxes.iter().map(|(edges, _)| area(*edges)).fold(0.0, f32::max);
        let (edges, wanted) = boxes.iter().find(|(edges, _)| area(*edges) == largest).unwrap();
        prop_assert_eq!(found.class, *wanted);
        prop_assert!(found.score > 0.99);
        assert_near(found.xyxy, *edges, 1e-3);
    }
}

#[test]
fn answers_stay_within_the_picture_and_in_order() {
    let task = LargestThing { classes: 7 };
    let found = task.decode(&[0.0; 7], &[0.75, 1.5, 0.25, -3.0], [100, 200]).unwrap();
    assert_eq!((found.xyxy, found.class), ([50.0, 0.0, 150.0, 100.0], 0));
    assert!((found.score - 1.0 / 7.0).abs() < 1e-6);
    let found = task.decode(&[f32::NAN; 7], &[f32::NAN; 4], [100, 200]).unwrap();
    assert_eq!(found.xyxy, [0.0; 4]);
}

#[test]
fn what_cannot_be_learned_or_decoded_is_said() {
    let thing = LargestThing { classes: 7 };
    let encode = |edges: [f32; 4], class| thing.encode(&[([0.0, 0.0, 9.0, 9.0], 0), (edges, class)], [20, 30]);
    assert!(matches!(thing.encode(&[], [20, 30]), Err(TaskError::NoBox)));
    for (edges, class, part) in [
        ([1.0, 1.0, 1.0, 5.0], 0, "box 1, [1.0, 1.0, 1.0, 5.0], has no area"),
        ([31.0, 1.0, 40.0, 5.0], 0, "lies outside of its picture"),
        ([f32::NAN, 1.0, 40.0, 5.0], 0, "has an edge that is no finite number"),
        ([1.0, 1.0, 4.0, 5.0], 7, "box 1 is of class 7, but there are 7"),
    ] {
        let message = encode(edges, class).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    let message = thing.decode(&[0.0; 6], &[0.0; 4], [9, 9]).unwrap_err().to_string();
    assert_eq!(message, "the class output has 6 values, not 7");
    assert!(Localization::new(Architecture::LeNet5.config(), 0).spec().is_err());
    assert!(task(Architecture::LeNet5).dropout(1.0).spec().unwrap_err().to_string().contains("head.dropout"));
}
