//! From a picture through its preprocessing to targets, and from answers back to the picture.

use striate::core::{Fit, Preprocessing};
use striate::data::{Boxes, Placement};
use striate::models::tasks::segment::Maps;
use striate::models::tasks::{LargestThing, Selection, Suppression, YoloCells};

/// Stretched, and the middle of what covers.
fn ways() -> [Preprocessing; 3] {
    let covering = Preprocessing { fit: Fit::Cover, ..Preprocessing::rgb([112, 96]) };
    [Preprocessing::rgb([112, 96]), covering, Preprocessing::torch(128, 112)]
}

const SIZE: [usize; 2] = [150, 211];

#[track_caller]
fn assert_near(got: [f32; 4], wanted: [f32; 4]) {
    assert!(got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 0.02), "{got:?}, not {wanted:?}");
}

#[test]
fn boxes_of_a_picture_come_back_through_yolo() {
    // All are within the middle, so that nothing is cut off.
    let things = [([60.0, 20.0, 90.0, 70.0], 2), ([100.0, 90.0, 141.0, 120.0], 0), ([120.5, 30.25, 150.0, 49.0], 4)];
    for how in ways() {
        let placement = Placement::of(SIZE, &how);
        let input: Vec<_> =
            placement.boxes(Boxes::xyxy(things)).items.iter().map(|item| (item.numbers, item.label)).collect();
        let truths: Vec<_> = input.iter().map(|(edges, label)| (*edges, label.unwrap())).collect();
        let cells = YoloCells { grid: 7, boxes: 1, classes: 5 };
        let target = cells.encode(&truths, placement.size()).unwrap();
        assert!(target.left_out.is_empty());
        let keep = Selection { suppression: Suppression::None, ..Selection::default() };
        let found = cells.decode(&target.values, placement.size(), &keep).unwrap();
        let mut found: Vec<_> = found.into_iter().filter_map(|thing| placement.detection_back(thing)).collect();
        found.sort_by(|a, b| a.xyxy[0].total_cmp(&b.xyxy[0]));
        assert_eq!(found.iter().map(|thing| thing.class).collect::<Vec<_>>(), [2, 0, 4]);
        found.iter().zip(things).for_each(|(thing, (edges, _))| assert_near(thing.xyxy, edges));
    }
}

#[test]
fn box_of_a_picture_comes_back_through_localization() {
    let task = LargestThing { classes: 3 };
    for how in ways() {
        let placement = Placement::of(SIZE, &how);
        let edges = [70.0, 31.0, 120.0, 99.0];
        let input = placement.boxes(Boxes::xyxy([(edges, 1)])).items[0].numbers;
        let (class, relative) = task.encode(&[(input, 1)], placement.size()).unwrap();
        assert_eq!(class, 1);
        let found = task.decode(&[0.0, 9.0, 0.0], &relative, placement.size()).unwrap();
        assert_near(placement.detection_back(found).unwrap().xyxy, edges);
    }
}

#[test]
fn mask_of_a_networks_input_lies_on_the_picture() {
    for how in ways() {
        let placement = Placement::of(SIZE, &how);
        let [height, width] = placement.size();
        // The right half is class 1, the lower half 2 more.
        let mask: Vec<u8> = (0..height * width)
            .map(|at| u8::from(at % width >= width / 2) + 2 * u8::from(at / width >= height / 2))
            .collect();
        let mask = Maps::of_mask(&mask, 4, [height, width]).unwrap().mask();
        let back = placement.mask_back(&mask, 255);
        assert_eq!(back.len(), SIZE[0] * SIZE[1]);
        for (at, class) in back.into_iter().enumerate() {
            let (row, column) = (at / SIZE[1], at % SIZE[1]);
            let wanted = u8::from(column > SIZE[1] / 2) + 2 * u8::from(row >= SIZE[0] / 2);
            // The middle lies within a px.
            let near = column.abs_diff(SIZE[1] / 2) <= 1 || row.abs_diff(SIZE[0] / 2) <= 1;
            let [x, y] = placement.point([column as f64 + 0.5, row as f64 + 0.5]);
            let shown = (0.0..width as f64).contains(&x) && (0.0..height as f64).contains(&y);
            assert!(near || class == if shown { wanted } else { 255 }, "{row}, {column}: {class}");
        }
    }
}
