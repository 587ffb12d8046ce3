//! Transforms over samples with boxes, masks and key points.

use proptest::prelude::*;
use striate_core::{Interpolation, Stream, Streams};
use striate_data::ops::Border;
use striate_data::transforms::*;
use striate_data::{BoundingBox, Boxes, DataError, Fill, Image, KeyPoint, Picture, Sample, Visibility};

const HEIGHT: usize = 64;
const WIDTH: usize = 80;

/// A white square of 15 px on black, with the box around it, its mask of class 1 and its middle as a key point.
fn marked(top: usize, left: usize, as_numbers: bool) -> Sample {
    const SIDE: usize = 15;
    let at = |i: usize| {
        let (row, column) = (i / WIDTH, i % WIDTH);
        (top..top + SIDE).contains(&row) && (left..left + SIDE).contains(&column)
    };
    let picture = |inside: u8, channels: usize| {
        let pixels = (0..HEIGHT * WIDTH * channels).map(|i| if at(i / channels) { inside } else { 0 }).collect();
        Picture::new(HEIGHT, WIDTH, channels, pixels).unwrap()
    };
    let [y, x] = [top, left].map(|start| start as f32);
    let side = SIDE as f32;
    let image: Image = if as_numbers { picture(255, 3).to_f32().into() } else { picture(255, 3).into() };
    Sample::new(image)
        .with_boxes(Boxes::xyxy([([x, y, x + side, y + side], 3)]))
        .with_mask(picture(1, 1))
        .with_key_points(vec![KeyPoint::new(x + side / 2.0, y + side / 2.0)])
}

/// Middles of pixels that show the marker.
fn shown(picture: &Picture<u8>, above: u8) -> Vec<[f32; 2]> {
    let pixels = picture.pixels().chunks_exact(picture.channels()).enumerate().filter(|(_, pixel)| pixel[0] > above);
    pixels.map(|(i, _)| [(i % picture.width()) as f32 + 0.5, (i / picture.width()) as f32 + 0.5]).collect()
}

fn middle(points: &[[f32; 2]]) -> [f32; 2] {
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f32>() / points.len() as f32)
}

fn geometric() -> impl Strategy<Value = Augmentation> {
    prop_oneof![
        Just(RandomHorizontalFlip::default().probability(1.0).into()),
        Just(RandomVerticalFlip::default().probability(1.0).into()),
        (30..90usize, 30..90usize).prop_map(|(height, width)| RandomCrop::new([height, width]).padding(6).into()),
        Just(CenterCrop::new([55, 71]).into()),
        (0..9usize).prop_map(|px| Pad::new(px).into()),
        Just(RandomResizedCrop::new([60, 70]).scale([0.5, 1.0]).into()),
        (40..100usize, 40..100usize).prop_map(|(height, width)| Resize::new([height, width]).into()),
        (40..90usize).prop_map(|length| ResizeShorter::new(length).into()),
        Just(RandomHeight::new([0.7, 1.4]).into()),
        Just(RandomWidth::new([0.7, 1.4]).into()),
        Just(RandomRotation::new(180.0).into()),
        Just(RandomRotation::new(60.0).expand().into()),
        Just(RandomTranslation::new(0.2, 0.2).into()),
        Just(RandomZoom::new([0.7, 1.5]).into()),
        Just(RandomShear::new(20.0, 20.0).into()),
        Just(Augmentation::from(RandomAffine {
            degrees: [-30.0, 30.0],
            translate: [0.1; 2],
            ..RandomAffine::default()
        })),
        Just(RandomPerspective { distortion: 0.25, ..RandomPerspective::default() }.probability(1.0).into()),
        Just(RandomElastic { alpha: [30.0; 2], sigma: [6.0; 2], ..RandomElastic::default() }.into()),
        Just(RandomShift { max_px: 9 }.into()),
    ]
}

pub(crate) fn any() -> impl Strategy<Value = Augmentation> {
    let single = prop_oneof![
        3 => geometric(),
        1 => Just(ColorJitter::new(0.5, 0.5, 0.5, 0.5).into()),
        1 => Just(RandomGamma::new([0.3, 3.0]).into()),
        1 => Just(RandomSharpness::new(2.0).probability(1.0).into()),
        1 => Just(RandomGrayscale::default().probability(1.0).into()),
        1 => Just(RandomInvert::default().into()),
        1 => Just(RandomEqualize::default().into()),
        1 => Just(RandomAutocontrast::default().into()),
        1 => (0..9u32).prop_map(|bits| RandomPosterize::new(bits).into()),
        1 => Just(RandomSolarize::new(99.0).into()),
        1 => Just(RandomNoise::default().into()),
        1 => Just(RandomBlur::default().into()),
        1 => Just(RandomErasing::default().with(Eraser::Noise).probability(1.0).into()),
        1 => Just(RandomErasing::default().with(Fill::Rgb([1.0, 2.0, 3.0])).into()),
        1 => Just(RandAugment::default().into()),
        1 => Just(TrivialAugment::default().into()),
        1 => Just(DropBoxes::default().into()),
        1 => Just(Own::of("own", |mut sample, stream| {
            sample.label = Some(stream.below(9));
            sample
        }).into()),
    ];
    single.prop_recursive(2, 8, 3, |inner| {
        let several = proptest::collection::vec(inner, 1..4);
        prop_oneof![
            several.clone().prop_map(|of| Sequence::new(of).into()),
            several.clone().prop_map(|of| Sometimes::new(0.5, of).into()),
            several.clone().prop_map(|of| OneOf::new(of).into()),
            several.clone().prop_map(|of| SomeOf::new([1, of.len()], of).into()),
            several.prop_map(|of| Shuffled::new(of).into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn boxes_mask_and_key_points_follow_the_pixels(
        steps in proptest::collection::vec(geometric(), 1..5),
        (top, left) in (0..HEIGHT - 15, 0..WIDTH - 15),
        as_numbers: bool,
        seed: u64,
    ) {
        // Half a pixel for each time that pixels are made anew, and as much for a picture that grew to whole pixels.
        let near = 1.0 + steps.len() as f32;
        let pipeline = Pipeline { steps };
        pipeline.validate().unwrap();
        let sample = pipeline.apply(marked(top, left, as_numbers), &mut Streams::new(seed).open("augment")).unwrap();
        let (height, width) = (sample.image.height() as f32, sample.image.width() as f32);
        let mask = sample.mask.unwrap();
        prop_assert_eq!(mask.size(), sample.image.size());
        for shown in [shown(&sample.image.to_u8(), 127), shown(&mask, 0)] {
            let boxes = sample.boxes.as_ref().unwrap();
            let Some(item) = boxes.items.first() else {
                // What little may be left is at the very edge.
                let inner = |[x, y]: [f32; 2]| x > near && y > near && x < width - near && y < height - near;
                prop_assert!(!shown.into_iter().any(inner));
                continue;
            };
            let [left, top, right, bottom] = item.numbers;
            prop_assert!(left >= 0.0 && top >= 0.0 && right <= width && bottom <= height);
            let within = |[x, y]: [f32; 2]| {
                x >= left - near && y >= top - near && x <= right + near && y <= bottom + near
            };
            prop_assert!(shown.iter().copied().all(within), "{shown:?} not in {:?}", item.numbers);
            if item.visible > 0.999 {
                let [x, y] = middle(&shown);
                let point = sample.key_points[0];
                prop_assert_eq!(point.visibility, Visibility::Visible);
                let distance = (x - point.x).hypot(y - point.y);
                prop_assert!(distance < near, "the marker is at {x}, {y}, not at {point:?}");
            }
        }
    }

    #[test]
    fn what_was_drawn_is_replayed_to_the_same_bytes(
        steps in proptest::collection::vec(any(), 1..5),
        (height, width, channels) in (1..40usize, 1..40usize, prop_oneof![Just(1), Just(3usize)]),
        as_numbers: bool,
        seed: u64,
    ) {
        let mut stream = Streams::new(seed).open("picture");
        let pixels = (0..height * width * channels).map(|_| stream.below(256) as u8).collect();
        let picture = Picture::new(height, width, channels, pixels).unwrap();
        let mask = Picture::new(height, width, 1, (0..height * width).map(|i| (i % 5) as u8).collect()).unwrap();
        let image: Image = if as_numbers { picture.to_f32().into() } else { picture.into() };
        let whole = [0.0, 0.0, width as f32, height as f32];
        let sample = Sample::new(image)
            .with_mask(mask)
            .with_boxes(Boxes::xyxy([(whole, 0), (whole.map(|edge| edge / 2.0), 1)]))
            .with_key_points(vec![KeyPoint::new(0.5, 0.5)]);
        let pipeline = Pipeline { steps };
        pipeline.validate().unwrap();
        let (changed, record) = pipeline.record(sample.clone(), &mut Streams::new(seed).open("augment")).unwrap();
        let json = serde_json::to_string(&record).unwrap();
        let read: Record = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &record);
        prop_assert!(pipeline.replay(sample.clone(), &read).unwrap() == changed);
        prop_assert!(pipeline.apply(sample, &mut Streams::new(seed).open("augment")).unwrap() == changed);
    }
}

fn stream() -> Stream {
    Streams::new(5).open("augment")
}

fn gray(height: usize, width: usize, pixels: &[u8]) -> Sample {
    Sample::new(Picture::new(height, width, 1, pixels.to_vec()).unwrap())
}

#[test]
fn image_and_mask_have_fills_and_interpolations_of_their_own() {
    let sample = gray(1, 2, &[10, 20]).with_mask(Picture::new(1, 2, 1, vec![1, 2]).unwrap());
    let pad = Pad { padding: [1, 0, 0, 0], ..Pad::new(0) }.targets(Targets::default().fill(7.0).mask_fill(255));
    let padded = pad.apply(sample.clone(), &mut stream()).unwrap();
    assert_eq!(padded.image.to_u8().pixels(), [7, 10, 20]);
    assert_eq!(padded.mask.unwrap().pixels(), [255, 1, 2]);
    let larger = Resize::new([1, 4]).apply(sample.clone(), &mut stream()).unwrap();
    assert_eq!(larger.image.to_u8().pixels(), [10, 13, 18, 20]);
    assert_eq!(larger.mask.unwrap().pixels(), [1, 1, 2, 2]);
    let nearest = Targets::default().interpolation(Interpolation::Nearest);
    let larger = Resize::new([1, 4]).targets(nearest).apply(sample, &mut stream()).unwrap();
    assert_eq!(larger.image.to_u8().pixels(), [10, 10, 20, 20]);
}

#[test]
fn a_fill_is_in_0_to_255_for_numbers_too() {
    let sample = Sample::new(Picture::new(1, 1, 1, vec![0.5_f32]).unwrap());
    let pad = Pad { padding: [1, 0, 0, 0], ..Pad::new(0) }.targets(Targets::default().fill(51.0));
    let Image::F32(padded) = pad.apply(sample, &mut stream()).unwrap().image else { panic!("numbers stay numbers") };
    assert_eq!(padded.pixels(), [0.2, 0.5]);
}

#[test]
fn boxes_are_cut_and_dropped_by_what_is_visible() {
    let boxes = Boxes::xyxy([([0.0, 0.0, 4.0, 4.0], 0), ([2.0, 0.0, 6.0, 4.0], 1), ([6.0, 6.0, 8.0, 8.0], 2)]);
    let sample = gray(8, 8, &[0; 64]).with_boxes(boxes);
    let crop = CenterCrop::new([6, 4]);
    let cut = crop.apply(sample.clone(), &mut stream()).unwrap().boxes.unwrap();
    let found =
        |boxes: &Boxes| boxes.items.iter().map(|item| (item.numbers, item.label, item.visible)).collect::<Vec<_>>();
    let expected = [([0.0, 0.0, 2.0, 3.0], Some(0), 0.375), ([0.0, 0.0, 4.0, 3.0], Some(1), 0.75)];
    assert_eq!(found(&cut), expected);
    // A second cut counts from what was there at first: of the first box a quarter and an eighth is left.
    let again = Pipeline::new().then(crop).then(CenterCrop::new([4, 4]));
    let strict = again.clone().then(DropBoxes { min_visible: 0.3, min_side: 1.0 });
    let visible = |pipeline: &Pipeline| {
        let boxes = pipeline.apply(sample.clone(), &mut stream()).unwrap().boxes.unwrap();
        boxes.items.iter().map(|item| item.visible).collect::<Vec<_>>()
    };
    assert_eq!(visible(&again), [0.25, 0.5]);
    assert_eq!(visible(&strict), [0.5]);
    assert_eq!(visible(&again.then(DropBoxes { min_visible: 0.0, min_side: 3.0 })), [] as [f32; 0]);
}

#[test]
fn boxes_keep_the_way_in_which_they_are_written() {
    use striate_core::{BoxFormat, BoxUnit};
    let boxes = Boxes {
        format: BoxFormat::Cxcywh,
        unit: BoxUnit::Relative,
        items: vec![BoundingBox::new([0.25, 0.5, 0.5, 1.0], None)],
    };
    let sample = gray(4, 8, &[0; 32]).with_boxes(boxes);
    let flipped = RandomHorizontalFlip::default().probability(1.0).apply(sample, &mut stream()).unwrap();
    assert_eq!(flipped.boxes.unwrap().items[0].numbers, [0.75, 0.5, 0.5, 1.0]);
}

#[test]
fn key_points_change_sides_with_a_flip_and_leave_with_a_crop() {
    let points = vec![KeyPoint::new(1.0, 1.0), KeyPoint::new(3.0, 1.0)];
    let unlabelled = KeyPoint { visibility: Visibility::Unlabelled, ..KeyPoint::new(0.0, 0.0) };
    let sample = gray(4, 8, &[0; 32]).with_key_points([points, vec![unlabelled]].concat());
    let flip = RandomHorizontalFlip { probability: 1.0, swap: vec![[0, 1], [7, 0]] };
    let flipped = flip.apply(sample.clone(), &mut stream()).unwrap();
    assert_eq!(flipped.key_points, [KeyPoint::new(5.0, 1.0), KeyPoint::new(7.0, 1.0), unlabelled]);
    let cropped = CenterCrop::new([4, 4]).apply(sample, &mut stream()).unwrap();
    let outside = KeyPoint { visibility: Visibility::Outside, ..KeyPoint::new(-1.0, 1.0) };
    assert_eq!(cropped.key_points, [outside, KeyPoint::new(1.0, 1.0), unlabelled]);
}

#[test]
fn a_mask_of_another_size_is_an_error() {
    let sample = gray(2, 2, &[0; 4]).with_mask(Picture::new(1, 2, 1, vec![0; 2]).unwrap());
    let error = Pad::new(1).apply(sample, &mut stream()).unwrap_err();
    assert!(matches!(error, DataError::MaskSize { mask: [1, 2], image: [2, 2], .. }), "{error}");
}

#[test]
fn one_of_follows_its_weights_and_some_of_its_counts() {
    let add = |by: u8| {
        Augmentation::from(Own::of(format!("add {by}"), move |mut sample, _| {
            sample.label = Some(sample.label.unwrap_or(0) + usize::from(by));
            sample
        }))
    };
    let mut stream = stream();
    let mut counts = |transform: &dyn Transform| {
        let mut counts = [0; 8];
        for _ in 0..1000 {
            let label = transform.apply(gray(1, 1, &[0]), &mut stream).unwrap().label;
            counts[label.unwrap_or(0)] += 1;
        }
        counts
    };
    let within = |count: i32, expected: i32| (count - expected).abs() < 70;
    let one = Augmentation::from(OneOf::new([add(1), add(2), add(4)]).weights([1.0, 0.0, 3.0]));
    let counted = counts(&one);
    assert!(within(counted[1], 250) && counted[2] == 0 && within(counted[4], 750), "{counted:?}");
    let some = Augmentation::from(SomeOf::new([1, 2], [add(1), add(2), add(4)]));
    let counted = counts(&some);
    assert!([1, 2, 4].iter().all(|&label| within(counted[label], 167)), "{counted:?}");
    assert!([3, 5, 6].iter().all(|&label| within(counted[label], 167)), "{counted:?}");
    assert_eq!((counted[0], counted[7]), (0, 0));
    let counted = counts(&Augmentation::from(Sometimes::new(0.25, [add(1), add(2)])));
    assert!(within(counted[0], 750) && within(counted[3], 250), "{counted:?}");
}

#[test]
fn shuffled_transforms_come_in_every_order() {
    let write = |digit: u8| {
        Augmentation::from(Own::of(format!("write {digit}"), move |sample, _| {
            let text = sample.meta.get("text").cloned().unwrap_or_default();
            sample.with_meta("text", format!("{text}{digit}"))
        }))
    };
    let shuffled = Augmentation::from(Shuffled::new([write(1), write(2), write(3)]));
    let mut stream = stream();
    let texts = (0..200).map(|_| shuffled.apply(gray(1, 1, &[0]), &mut stream).unwrap().meta["text"].clone());
    assert_eq!(texts.collect::<std::collections::BTreeSet<_>>().len(), 6);
}

#[test]
fn a_record_says_what_was_done() {
    let pipeline = Pipeline::new()
        .then(RandomCrop { border: Border::Reflect, ..RandomCrop::new([2, 2]).padding(1) })
        .then(RandomSolarize::new(128.0).probability(1.0));
    let (_, record) = pipeline.record(gray(2, 2, &[1, 2, 3, 200]), &mut stream()).unwrap();
    let json = serde_json::to_value(&record).unwrap();
    let found = [json[0].pointer("/geometry/geometry/pad/padding/0"), json[2].pointer("/adjust/solarize/threshold")];
    assert_eq!(found, [Some(&1.into()), Some(&128.0.into())], "{json}");
    let other = Pipeline::new();
    let own = Record { operations: vec![Operation::Own { name: "dim".into(), seed: 1 }] };
    let error = other.replay(gray(1, 1, &[0]), &own).unwrap_err();
    assert!(error.to_string().contains("\"dim\""), "{error}");
}

#[test]
fn a_record_with_impossible_numbers_is_an_error() {
    use striate_data::ops::Geometry;
    let most = usize::MAX;
    let operations: [Operation; 6] = [
        Geometry::Resize { size: [0, 3], antialias: true }.into(),
        Geometry::Crop { top: 0, left: 0, size: [most, most] }.into(),
        Geometry::Pad { padding: [most; 4], border: Border::Edge }.into(),
        Geometry::ResizedCrop { top: 0, left: 0, part: [0, 1], size: [1, 1], antialias: true }.into(),
        Adjustment::Blur { kernel_size: [2, 3], sigma: [1.0; 2] }.into(),
        Adjustment::Blur { kernel_size: [3, 3], sigma: [0.0; 2] }.into(),
    ];
    for operation in operations {
        let error = operation.apply(gray(2, 2, &[0; 4])).unwrap_err();
        assert!(matches!(error, DataError::Setting { .. }), "{operation:?}: {error}");
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let message = |step: Augmentation| Pipeline::new().then(step).validate().unwrap_err().to_string();
    let cases: [(Augmentation, &str); 12] = [
        (RandomCrop::new([0, 3]).into(), "`size` is 0x3"),
        (RandomHorizontalFlip::default().probability(1.5).into(), "`probability` is 1.5"),
        (RandomBrightness { factor: [1.0, 0.5] }.into(), "`factor` is [1, 0.5]"),
        (RandomHue::new(0.6).into(), "`turns` is [-0.6, 0.6]"),
        (RandomRotation::new(f64::NAN).into(), "`degrees` is [NaN, NaN]"),
        (RandomBlur { kernel_size: Some([4, 3]), ..RandomBlur::default() }.into(), "`kernel_size` is 4"),
        (RandAugment { magnitude: 31, ..RandAugment::default() }.into(), "`magnitude` is 31"),
        (OneOf::new([]).into(), "`of` is 0"),
        (SomeOf::new([2, 1], []).into(), "`count` is 1"),
        (Sequence::new([RandomPosterize::new(9).into()]).into(), "`bits` is 9"),
        (Pad::new(1).targets(Targets::default().fill(256.0)).into(), "`fill` is Gray(256.0)"),
        (DropBoxes { min_visible: 2.0, min_side: 0.0 }.into(), "`min_visible` is 2"),
    ];
    for (step, expected) in cases {
        let message = message(step);
        assert!(message.contains(expected), "{message}, not {expected}");
    }
}
