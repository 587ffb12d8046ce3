//! Masks, boxes and several labels in batches.

use std::sync::Arc;

use burn::tensor::Device;
use proptest::prelude::*;
use striate_core::{BoxFormat, BoxUnit, ClassNames, Fit, Interpolation, PixelOrder, Preprocessing};
use striate_data::transforms::{Pipeline, RandomHorizontalFlip, RandomResizedCrop};
use striate_data::{
    Batch, Boxes, DataError, InMemory, Loader, LoaderConfig, Picture, Placement, Sample, preprocess_to_vec,
};

/// A picture, its mask and its boxes, all of one white part on black.
fn marked([height, width]: [usize; 2], [top, left, bottom, right]: [usize; 4]) -> Sample {
    let inside = |at: usize| (top..bottom).contains(&(at / width)) && (left..right).contains(&(at % width));
    let pixels = |value: u8| (0..height * width).map(|at| if inside(at) { value } else { 0 }).collect();
    let edges = [left, top, right, bottom].map(|edge| edge as f32);
    Sample::new(Picture::new(height, width, 1, pixels(255)).unwrap())
        .with_mask(Picture::new(height, width, 1, pixels(3)).unwrap())
        .with_boxes(Boxes::xyxy([(edges, 0)]).written(BoxFormat::Cxcywh, BoxUnit::Relative, [height, width]))
        .with_labels(vec![2, 0])
}

fn loader(samples: Vec<Sample>, how: Preprocessing, workers: usize) -> Result<Loader, DataError> {
    let dataset = InMemory::new(samples, ClassNames::numbered(4))?;
    let config = LoaderConfig { batch_size: 3, shuffle: false, workers, ..LoaderConfig::default() };
    Loader::new(Arc::new(dataset), vec![], how, config, 1)
}

fn only_batch(samples: Vec<Sample>, how: Preprocessing) -> Result<Batch, DataError> {
    loader(samples, how, 0)?.epoch(0, 0).next().unwrap()
}

/// Left, upper, right and lower edge of what is not 0, if something is.
fn extent(values: impl Iterator<Item = bool>, width: usize) -> Option<[f32; 4]> {
    values.enumerate().filter(|(_, shown)| *shown).fold(None, |extent, (at, _)| {
        let [left, top, right, bottom] = extent.unwrap_or([f32::INFINITY, f32::INFINITY, 0.0, 0.0]);
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        Some([left.min(x), top.min(y), right.max(x + 1.0), bottom.max(y + 1.0)])
    })
}

prop_compose! {
    /// Ways that keep a part of 8 px and more larger than a pixel.
    fn ways()(
        size in [16..60usize, 16..60usize],
        crop in proptest::option::of([10..70usize, 10..70usize]),
        cover: bool,
        invert in Just(false),
    ) -> Preprocessing {
        let fit = if cover { Fit::Cover } else { Fit::Stretch };
        Preprocessing { fit, crop, invert, scale: 1.0, ..Preprocessing::gray(size) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mask_and_boxes_follow_the_image_into_the_network(
        [height, width] in [24..80usize, 24..80usize],
        [top, left] in [0..16usize, 0..16usize],
        [rows, columns] in [8..24usize, 8..24usize],
        how in ways(),
    ) {
        let [bottom, right] = [(top + rows).min(height), (left + columns).min(width)];
        let batch = only_batch(vec![marked([height, width], [top, left, bottom, right])], how.clone()).unwrap();
        let [_, _, rows, columns] = batch.shape;
        prop_assert_eq!((batch.masks.len(), batch.boxes.len()), (rows * columns, 1));
        let image = extent(batch.images.iter().map(|&value| value > 127.0), columns);
        let mask = extent(batch.masks.iter().map(|&class| class == 3), columns);
        let scale = Placement::of([height, width], &how).point([1.0, 1.0]);
        let zero = Placement::of([height, width], &how).point([0.0, 0.0]);
        let boxes = &batch.boxes[0];
        prop_assert_eq!((boxes.format, boxes.unit), (BoxFormat::Xyxy, BoxUnit::Absolute));
        // Of the mask's pixels each is the nearest to the left and above: as much as one of the old ones is long.
        let near = 1.0 + [0, 1].map(|axis| (scale[axis] - zero[axis]) as f32).into_iter().fold(0.0, f32::max);
        for shown in [image, mask] {
            match (shown, boxes.items.first()) {
                (Some(shown), Some(item)) => {
                    let apart = shown.iter().zip(item.numbers).map(|(one, other)| (one - other).abs());
                    let apart = apart.fold(0.0, f32::max);
                    prop_assert!(apart <= near, "{shown:?} is {apart} px from {:?}", item.numbers);
                }
                (None, None) => {}
                // What little is left is at the very edge.
                (Some([left, top, right, bottom]), None) => {
                    prop_assert!((right - left).min(bottom - top) <= near, "{shown:?} has no box");
                }
                (None, Some(item)) => {
                    let [left, top, right, bottom] = item.numbers;
                    prop_assert!((right - left).min(bottom - top) <= near, "nothing is shown in {:?}", item.numbers);
                }
            }
        }
        // Void is where the picture isn't, and nowhere else.
        let white = Picture::new(height, width, 1, vec![200; height * width]).unwrap();
        let there = preprocess_to_vec(&white, &how).into_iter().map(|value| value > 0.0);
        let void = batch.masks.iter().map(|&class| class != Batch::VOID);
        prop_assert!(there.eq(void));
    }

    #[test]
    fn what_a_network_finds_goes_back_to_the_picture(
        size in [1..90usize, 1..90usize],
        at in [0.0..1.0f64, 0.0..1.0f64],
        how in ways(),
    ) {
        let placement = Placement::of(size, &how);
        let point = [at[0] * size[1] as f64, at[1] * size[0] as f64];
        let back = placement.point_back(placement.point(point));
        prop_assert!((back[0] - point[0]).abs() < 1e-6 && (back[1] - point[1]).abs() < 1e-6, "{back:?} {point:?}");
    }

    #[test]
    fn masks_and_boxes_are_equal_with_any_number_of_workers(how in ways(), first in 0..3usize, seed: u64) {
        let samples = (0..7).map(|at| marked([30 + at, 40], [at, 2 * at, at + 12, 2 * at + 9])).collect();
        let dataset = Arc::new(InMemory::new(samples, ClassNames::numbered(4)).unwrap());
        let steps = vec![RandomResizedCrop::new([33, 28]).into(), RandomHorizontalFlip::default().into()];
        let batches = |workers, first| {
            let config = LoaderConfig { batch_size: 3, workers, ..LoaderConfig::default() };
            let pipeline = Arc::new(Pipeline { steps: Clone::clone(&steps) });
            let loader = Loader::new(dataset.clone(), vec![pipeline], how.clone(), config, seed).unwrap();
            loader.epoch(1, first).collect::<Result<Vec<_>, _>>().unwrap()
        };
        let alone = batches(0, 0);
        for workers in [1, 2, 7] {
            prop_assert_eq!(&batches(workers, first), &alone[first..]);
        }
    }
}

#[test]
fn a_mask_s_pixels_are_the_nearest_and_void_beside_the_picture() {
    let numbers: Vec<u8> = (0..8).collect();
    let sample = Sample::new(Picture::new(2, 4, 1, vec![9; 8]).unwrap())
        .with_mask(Picture::new(2, 4, 1, numbers).unwrap())
        .with_boxes(Boxes::xyxy([([1.0, 0.0, 3.0, 2.0], 1), ([3.5, 0.0, 4.0, 1.0], 2)]));
    let how = Preprocessing { crop: Some([4, 2]), ..Preprocessing::rgb([2, 4]) };
    let batch = only_batch(vec![sample.clone()], how).unwrap();
    assert_eq!(batch.masks, [255, 255, 1, 2, 5, 6, 255, 255]);
    assert_eq!(batch.boxes[0].items.iter().map(|item| item.numbers).collect::<Vec<_>>(), [[0.0, 1.0, 2.0, 3.0]]);
    assert!(batch.multi_labels.is_empty() && batch.labels.is_empty());
    // Half the columns: every second one.
    let batch = only_batch(vec![sample], Preprocessing::gray([2, 2])).unwrap();
    assert_eq!(batch.masks, [0, 2, 4, 6]);
    let device = Device::flex();
    assert_eq!(batch.masks_tensor(&device).unwrap().dims(), [1, 2, 2]);
    assert_eq!(batch.masks_tensor(&device).unwrap().into_data().iter::<i64>().collect::<Vec<_>>(), [0, 2, 4, 6]);
    assert!(batch.multi_labels_tensor(&device).is_none());
}

#[test]
fn pixel_order_and_interpolation_leave_masks_alone() {
    let numbers: Vec<u8> = (0..64).map(|at| at * 3).collect();
    let sample =
        Sample::new(Picture::new(8, 8, 3, vec![7; 192]).unwrap()).with_mask(Picture::new(8, 8, 1, numbers).unwrap());
    let how = |interpolation, order| Preprocessing {
        interpolation,
        pixel_order: order,
        invert: true,
        ..Preprocessing::torch(6, 5)
    };
    let first = only_batch(vec![sample.clone()], how(Interpolation::Bicubic, PixelOrder::Rgb)).unwrap();
    let other = only_batch(vec![sample], how(Interpolation::Nearest, PixelOrder::Bgr)).unwrap();
    assert_eq!(first.masks, other.masks);
    assert_eq!(first.shape, [1, 3, 5, 5]);
    // Column i of 6 is column floor(i * 8 / 6) of 8, and the crop takes the first five.
    assert_eq!(first.masks[..5], [0, 3, 6, 12, 15]);
}

#[test]
fn a_batch_has_what_all_its_samples_have() {
    let whole = marked([24, 24], [1, 1, 9, 9]);
    let how = Preprocessing::gray([24, 24]);
    let batch = only_batch(vec![whole.clone(), whole.clone()], how.clone()).unwrap();
    assert_eq!(batch.multi_labels, [1.0, 0.0, 1.0, 0.0].repeat(2));
    assert_eq!((batch.masks.len(), batch.boxes.len()), (2 * 24 * 24, 2));
    assert_eq!(batch.multi_labels_tensor(&Device::flex()).unwrap().dims(), [2, 4]);
    let bare = Sample::new(whole.image.clone());
    let batch = only_batch(vec![whole.clone(), bare], how.clone()).unwrap();
    assert!(batch.multi_labels.is_empty() && batch.masks.is_empty() && batch.boxes.is_empty());
    // A picture in which nothing is has boxes all the same: none.
    let empty = whole.clone().with_boxes(Boxes::default()).with_labels(vec![]);
    let batch = only_batch(vec![empty], how.clone()).unwrap();
    assert_eq!((batch.boxes, batch.multi_labels), (vec![Boxes::default()], vec![0.0; 4]));

    let error = only_batch(vec![whole.clone().with_labels(vec![1, 4])], how.clone()).unwrap_err();
    assert!(matches!(error, DataError::LabelOutOfRange { index: 0, label: 4, num_classes: 4 }), "{error}");
    let small = whole.with_mask(Picture::new(2, 2, 1, vec![0; 4]).unwrap());
    let error = only_batch(vec![small], how).unwrap_err();
    assert!(crate::support::chain(&error).contains("a mask is 2x2 px"), "{error}");
}
