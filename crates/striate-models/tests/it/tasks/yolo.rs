//! YOLO v1: targets, boxes and heads.

use burn::Tensor;
use burn::tensor::TensorData;
use proptest::prelude::*;
use striate_core::{BoxFormat, BoxUnit};
use striate_layers::Signature;
use striate_layers::losses::LossSpec;
use striate_models::Architecture;
use striate_models::tasks::{Selection, Suppression, TaskError, YoloCells, YoloHead};

use super::{assert_near, boxes};

const SURE: Selection =
    Selection { min_score: 0.5, suppression: Suppression::None, across_classes: false, most: usize::MAX };

/// What a network gives that has learned a target: its first box is right, the others are sure of nothing.
fn learned(cells: YoloCells, target: &[f32]) -> Vec<f32> {
    let cell = |target: &[f32]| {
        let mut output = target[..5].to_vec();
        for number in 1..cells.boxes {
            output.extend([0.5, 0.5, 0.1 * number as f32, 0.2, 0.0]);
        }
        output.extend(&target[5..]);
        output
    };
    target.chunks(5 + cells.classes).flat_map(cell).collect()
}

proptest! {
    #[test]
    fn boxes_that_are_encoded_and_decoded_come_back(
        grid in 1_usize..9,
        per_cell in 1_usize..4,
        boxes in boxes([83, 140], 5, 8),
    ) {
        let (cells, size) = (YoloCells { grid, boxes: per_cell, classes: 5 }, [83, 140]);
        let target = cells.encode(&boxes, size).unwrap();
        let found = cells.decode(&learned(cells, &target.values), size, &SURE).unwrap();
        let kept: Vec<_> = (0..boxes.len()).filter(|index| !target.left_out.contains(index)).collect();
        prop_assert_eq!(found.len(), kept.len());
        for index in kept {
            let (edges, class) = boxes[index];
            let near = |thing: &&striate_core::Detection| {
                thing.class == class && thing.xyxy.iter().zip(edges).all(|(got, edge)| (got - edge).abs() < 0.01)
            };
            let thing = found.iter().find(near);
            prop_assert!(thing.is_some(), "{edges:?} of class {class} is not in {found:?}");
            prop_assert!((thing.unwrap().score - 1.0).abs() < 1e-6);
        }
        // Nothing is left out but for another box in the same cell.
        let cell = |index: usize| {
            let [x, y, ..] = BoxUnit::Relative.from_absolute(BoxFormat::Cxcywh.from_xyxy(boxes[index].0), size);
            [x, y].map(|middle| ((middle * grid as f32) as usize).min(grid - 1))
        };
        for &index in &target.left_out {
            prop_assert!((0..index).any(|other| cell(other) == cell(index)));
        }
    }

    #[test]
    fn a_learned_target_has_no_loss(grid in 1_usize..6, boxes in boxes([60, 60], 3, 4)) {
        let cells = YoloCells { grid, boxes: 1, classes: 3 };
        let target = cells.encode(&boxes, [60, 60]).unwrap();
        let device = striate_backend::device("flex").unwrap();
        let tensor = || Tensor::<4>::from_data(TensorData::new(target.values.clone(), [1, grid, grid, 8]), &device);
        let loss = cells.loss().forward(tensor(), tensor()).into_scalar::<f32>();
        prop_assert!(loss < 1e-9, "{loss}");
    }

    #[test]
    fn any_numbers_are_decoded_to_boxes_within_the_picture(
        output in prop::collection::vec(prop_oneof![any::<f32>(), -2.0_f32..2.0], 3 * 3 * 14),
    ) {
        let cells = YoloCells { grid: 3, boxes: 2, classes: 4 };
        let found = cells.decode(&output, [50, 70], &Selection { min_score: 0.0, ..Selection::default() }).unwrap();
        prop_assert!(found.len() <= 100);
        for thing in found {
            let [left, top, right, bottom] = thing.xyxy;
            prop_assert!(0.0 <= left && left < right && right <= 70.0 && 0.0 <= top && top < bottom && bottom <= 50.0);
        }
    }
}

#[test]
fn target_has_the_middles_cell_and_its_offsets() {
    let cells = YoloCells { grid: 4, boxes: 2, classes: 3 };
    // The middle is (50, 30) of 80x80 px: cell of column 2, row 1.
    let target = cells.encode(&[([40.0, 20.0, 60.0, 40.0], 2)], [80, 80]).unwrap();
    let cell = (4 + 2) * 8;
    assert_eq!(target.values[cell..cell + 8], [0.5, 0.5, 0.25, 0.25, 1.0, 0.0, 0.0, 1.0]);
    assert_eq!(target.values.iter().filter(|value| **value != 0.0).count(), 6);
    // A middle on the picture's lower right corner belongs to the last cell.
    let corner = cells.encode(&[([79.9, 79.9, 80.0, 80.0], 0)], [80, 80]).unwrap();
    assert_eq!(corner.values[15 * 8 + 4], 1.0);
}

#[test]
fn score_is_confidence_times_class_score_for_each_class() {
    let cells = YoloCells { grid: 1, boxes: 2, classes: 2 };
    let output = [0.5, 0.5, 0.5, 0.5, 0.8, 0.5, 0.5, 1.0, 1.0, 0.5, 0.9, 0.6];
    let keep = Selection { min_score: 0.4, suppression: Suppression::None, ..Selection::default() };
    let found = cells.decode(&output, [100, 200], &keep).unwrap();
    let shown: Vec<_> = found.iter().map(|thing| (thing.class, (thing.score * 100.0).round())).collect();
    assert_eq!(shown, [(0, 72.0), (1, 48.0), (0, 45.0)]);
    assert_near(found[0].xyxy, [50.0, 25.0, 150.0, 75.0], 1e-4);
    assert_near(found[2].xyxy, [0.0, 0.0, 200.0, 100.0], 1e-4);
    // Both of class 0 overlap by a quarter.
    let hard = Selection { suppression: Suppression::Hard { iou_threshold: 0.2 }, ..keep };
    assert_eq!(cells.decode(&output, [100, 200], &hard).unwrap().len(), 2);
}

#[test]
fn any_network_with_large_enough_maps_carries_the_cells() {
    let cells = YoloCells { grid: 5, boxes: 3, classes: 4 };
    let mut bodies = 0;
    for &architecture in Architecture::ALL {
        match YoloHead::new(architecture.config(), cells).hidden(16).spec() {
            Ok(spec) => {
                bodies += 1;
                assert_eq!(YoloCells::of(&spec, 4).unwrap(), cells, "{architecture}");
                cells.loss().check(&spec.output_signatures()[0], &Signature::float([5, 5, 9])).unwrap();
            }
            Err(error) => assert!(error.to_string().contains("`grid` is 5"), "{architecture}: {error}"),
        }
    }
    assert_eq!(bodies, Architecture::ALL.len());

    // 28x28 px leave maps of 5x5 px at the end; 7 cells need an earlier node.
    let spec = YoloHead::new(Architecture::LeNet5.config(), YoloCells { grid: 7, ..cells }).spec().unwrap();
    let conv = &spec.nodes()[spec.number("head.conv").unwrap()];
    assert_eq!(spec.nodes()[conv.inputs()[0]].name(), "conv2");
    let message = YoloHead::new(Architecture::LeNet5.config(), YoloCells { grid: 29, ..cells }).spec().unwrap_err();
    assert!(message.to_string().contains("take larger pictures"), "{message}");
}

#[test]
fn small_network_has_a_vote_for_each_cell_whatever_the_size() {
    for (size, grid, poolings) in [([112, 112], 7, 4), ([224, 224], 7, 5), ([97, 130], 6, 4), ([112, 112], 9, 3)] {
        let config = Architecture::YoloV1Small.config().size(size).grid(grid).boxes(3).classes(4);
        let spec = config.spec().unwrap();
        assert_eq!(YoloCells::of(&spec, 4).unwrap(), YoloCells { grid, boxes: 3, classes: 4 });
        let pools = spec.summary().layers.iter().filter(|layer| layer.kind == "max_pool2d").count();
        assert_eq!(pools, poolings, "{size:?}, {grid}");
    }
    let spec = Architecture::YoloV1Small.config().spec().unwrap();
    assert!(spec.number("cell_mean").is_err(), "112 px fit a grid of 7");
    assert!(spec.summary().parameters < 1_000_000);
}

#[test]
fn what_does_not_fit_is_said() {
    let cells = YoloCells { grid: 7, boxes: 2, classes: 20 };
    let lenet = Architecture::LeNet5.spec(20).unwrap();
    let message = YoloCells::of(&lenet, 20).unwrap_err().to_string();
    assert!(message.contains("YOLO needs [grid, grid, 5 * boxes + 20]"), "{message}");
    let yolo = Architecture::YoloV1Small.config().classes(20).spec().unwrap();
    assert!(YoloCells::of(&yolo, 19).is_err());
    let message = cells.decode(&[0.0; 9], [9, 9], &SURE).unwrap_err().to_string();
    assert_eq!(message, "the output has 9 values, not 1470");
    for wrong in [YoloCells { grid: 0, ..cells }, YoloCells { boxes: 65, ..cells }, YoloCells { classes: 0, ..cells }] {
        assert!(matches!(wrong.encode(&[], [9, 9]), Err(TaskError::Setting { .. })));
    }
    assert!(matches!(cells.encode(&[([0.0, 0.0, 5.0, 5.0], 20)], [9, 9]), Err(TaskError::Class { .. })));
    let json = serde_json::to_string(&cells).unwrap();
    assert_eq!(serde_json::from_str::<YoloCells>(&json).unwrap(), cells);
}
