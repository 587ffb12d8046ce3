//! The example programs, and the numbers that they print.

// Each example has its `main`, and those that need pictures have `support` in common.
#![allow(dead_code, clippy::duplicate_mod)]

#[path = "../../examples/cifar10.rs"]
mod cifar10;
#[path = "../../examples/costs.rs"]
mod costs;
#[path = "../../examples/dropout_network.rs"]
mod dropout_network;
#[path = "../../examples/edge_networks.rs"]
mod edge_networks;
#[path = "../../examples/explain.rs"]
mod explain;
#[path = "../../examples/fashion_mnist.rs"]
mod fashion_mnist;
#[path = "../../examples/frozen_base.rs"]
mod frozen_base;
#[path = "../../examples/image_and_table.rs"]
mod image_and_table;
#[path = "../../examples/kernels.rs"]
mod kernels;
#[path = "../../examples/line_filters.rs"]
mod line_filters;
#[path = "../../examples/own_loop.rs"]
mod own_loop;
#[path = "../../examples/preprocessing.rs"]
mod preprocessing;
#[path = "../../examples/resnet34.rs"]
mod resnet34;
#[path = "../../examples/sizes.rs"]
mod sizes;
#[path = "../../examples/sliding_window.rs"]
mod sliding_window;
#[path = "../../examples/small_matrix.rs"]
mod small_matrix;
#[path = "../../examples/small_xception.rs"]
mod small_xception;
#[path = "../../examples/sobel.rs"]
mod sobel;
#[path = "../../examples/sobel_training.rs"]
mod sobel_training;
#[path = "../../examples/softmax.rs"]
mod softmax;
#[path = "../../examples/support/mod.rs"]
mod support;
#[path = "../../examples/text.rs"]
mod text;
#[path = "../../examples/two_heads.rs"]
mod two_heads;
#[path = "../../examples/two_phases.rs"]
mod two_phases;

use std::sync::Arc;

use striate::RowPredictor;
use striate::core::Preprocessing;
use striate::core::features::Cell;
use striate::data::{Dataset, DecodeLimits, Loader, LoaderConfig, Picture};
use striate::models::tasks::Kernel;
use striate::network::NetworkSpec;
use striate::prelude::*;

#[track_caller]
fn assert_near(got: &[f32], wanted: &[f32], tolerance: f32) {
    let near =
        got.len() == wanted.len() && got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() <= tolerance);
    assert!(near, "{got:?}, not {wanted:?}");
}

fn parameters(spec: &NetworkSpec) -> Vec<u64> {
    spec.summary().layers.iter().map(|layer| layer.parameters).filter(|count| *count > 0).collect()
}

#[test]
fn softmax_is_that_of_the_lecture() {
    // The slide cuts after two digits: 0.46, 0.34, 0.20.
    assert_near(&softmax::run().unwrap(), &[0.456_590_3, 0.338_250_4, 0.205_159_3], 1e-6);
}

#[test]
fn small_matrix_has_the_lectures_numbers() {
    let (convolved, pooled) = small_matrix::run().unwrap();
    assert_eq!(convolved, [[6.0, 8.0, 9.0], [9.0, 6.0, 7.0], [12.0, 10.0, 9.0]]);
    assert_eq!(pooled, [[7.0, 5.0], [7.0, 5.0]]);
}

#[test]
fn sizes_are_those_of_the_lecture() {
    assert_eq!(sizes::run().unwrap(), [48, 24, 44, 14]);
    let summary = sizes::for_five_classes().unwrap().summary();
    assert_eq!(summary.parameters, 16_198_277);
    let sides = |name: &str| {
        let layer = summary.layers.iter().find(|layer| layer.name == name).unwrap();
        layer.output.sides()[1..].iter().flatten().copied().collect::<Vec<_>>()
    };
    let wanted = [("conv1", [55, 23]), ("pool1", [27, 11]), ("pool2", [13, 5]), ("pool5", [6, 2])];
    wanted.into_iter().for_each(|(name, wanted)| assert_eq!(sides(name), wanted, "{name}"));
}

#[test]
fn costs_are_those_of_the_lecture() {
    let costs = costs::run().unwrap();
    assert_eq!(costs.connections, 10_000_000);
    assert_eq!((costs.parameters, costs.multiplications, costs.bytes), (15_200, 225_000_000, 12_000_000));
}

#[test]
fn networks_for_cifar10_have_the_lectures_parameters() {
    let three = cifar10::three_blocks().unwrap();
    assert_eq!(parameters(&three), [896, 9_248, 18_496, 36_928, 36_928, 36_928, 131_584, 5_130]);
    assert_eq!(three.summary().parameters, 276_138);
    assert_eq!(cifar10::two_blocks().unwrap().summary().parameters, 1_250_858);
}

#[test]
fn resnet34_of_units_has_the_lectures_parameters() {
    assert_eq!(resnet34::build().unwrap().summary().trainable, 21_289_802);
}

#[test]
fn small_xception_has_the_lectures_parameters() {
    assert_eq!(small_xception::build().unwrap().summary().parameters, 2_782_649);
}

#[test]
fn sobel_answers_where_columns_differ() {
    let square = sobel::square().unwrap();
    let edges = sobel::run(&square).unwrap();
    let at = |row: usize, column: usize| edges.pixels()[row * 32 + column];
    // From dark to bright, inside, from bright to dark.
    assert_near(&[at(16, 7), at(16, 16), at(16, 24), at(8, 16)], &[4.0, 0.0, -4.0, 0.0], 1e-5);
}

#[test]
fn kernels_do_what_their_names_say() {
    let photo = support::made_up().unwrap();
    let pictures = kernels::run(&photo).unwrap();
    let find = |kernel: Kernel| &pictures.iter().find(|(known, _)| *known == kernel).unwrap().1;
    assert_eq!(find(Kernel::Identity), &photo);
    // Without the border, where the picture meets the 0 around it.
    let (height, width) = (photo.height(), photo.width());
    let rough = |kernel: Kernel| {
        let rows = find(kernel).pixels().chunks(width).take(height - 3).skip(3);
        rows.flat_map(|row| row[3..width - 3].windows(2).map(|pair| (pair[1] - pair[0]).abs())).sum::<f32>()
    };
    let plain = rough(Kernel::Identity);
    assert!(rough(Kernel::Sharpen) > plain && rough(Kernel::Unsharp5) > plain);
    for blur in [Kernel::BoxBlur, Kernel::Gaussian3, Kernel::Gaussian5] {
        assert!(rough(blur) < plain, "{blur}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    support::save(find(Kernel::EdgesEight), &path).unwrap();
    assert_eq!(support::gray(Some(&path), support::made_up).unwrap().size(), photo.size());
}

#[test]
fn line_filters_answer_to_their_lines() {
    let photo = support::made_up().unwrap();
    let maps = line_filters::run(&photo).unwrap();
    // How much the maps change from one px to the next, across or down.
    let change = |map: &striate::data::Picture<f32>, rows: std::ops::Range<usize>, step: usize| {
        let places = rows.flat_map(|row| row * 240 + 140..row * 240 + 230);
        places.map(|place| (map.pixels()[place + step] - map.pixels()[place]).powi(2)).sum::<f32>()
    };
    // Lines go down above, and across below.
    let [down, across] = [&maps[0], &maps[1]].map(|map| [change(map, 10..70, 1), change(map, 90..150, 240)]);
    assert!(down[0] > 4.0 * across[0] && across[1] > 4.0 * down[1], "{down:?}, {across:?}");
}

#[test]
fn preprocessing_gives_kerass_numbers() {
    // Keras 3.15: the group `preprocess` of the golden cases has the same data.
    assert_eq!(
        preprocessing::strings().unwrap(),
        [[0., 0., 0., 1.], [0., 0., 1., 0.], [0., 1., 0., 0.], [1., 0., 0., 0.], [1., 0., 0., 0.], [1., 0., 0., 0.]]
    );
    let ten = [0., 0., 1., 0., 0.];
    let unknown = [1., 0., 0., 0., 0.];
    let wanted = [ten, ten, [0., 1., 0., 0., 0.], unknown, unknown, [0., 0., 0., 0., 1.]];
    assert_eq!(preprocessing::integers().unwrap(), wanted);

    let bins = preprocessing::hashed(0..10_000).unwrap();
    assert_eq!((bins.len(), bins.iter().sum::<usize>()), (64, 10_000));
    // 0, 1, 2, 42, -7 and 1337 with this salt.
    for (number, bin) in [(0, 50), (1, 45), (2, 25), (42, 37), (-7, 50), (1337, 13)] {
        let counts = preprocessing::hashed([number]).unwrap();
        assert_eq!(counts.iter().position(|count| *count == 1), Some(bin), "{number}");
    }

    let (vocabulary, rows) = preprocessing::bigrams().unwrap();
    assert_eq!(vocabulary.len(), 41);
    let weight = |row: usize, token: &str| rows[row][vocabulary.iter().position(|known| known == token).unwrap()];
    assert_near(
        &[weight(0, "[UNK]"), weight(0, "the"), weight(0, "the brain"), weight(0, "sky")],
        &[5.461_647, 1.694_595_7, 1.098_612_3, 0.0],
        1e-5,
    );
    assert_near(
        &[weight(1, "[UNK]"), weight(1, "side"), weight(1, "side by")],
        &[1.092_329_4, 2.197_224_6, 1.098_612_3],
        1e-5,
    );
}

#[test]
fn sliding_window_gives_boxes_within_the_picture() {
    let device = device("flex").unwrap();
    let network = Architecture::LeNet5.spec(10).unwrap().init(42, &device);
    let picture = support::made_up().unwrap();
    let found = sliding_window::run(&network, &Architecture::LeNet5.preprocessing(), &picture).unwrap();
    for thing in found {
        let [left, top, right, bottom] = thing.xyxy;
        assert!(0.0 <= left && left < right && right <= 240.0 && 0.0 <= top && top < bottom && bottom <= 160.0);
        assert!(thing.score >= 0.5 && thing.class < 10);
    }
}

#[test]
fn networks_for_edges_give_maps_of_the_pictures_size() {
    let rows = edge_networks::run().unwrap();
    assert_eq!([rows[0].2.len(), rows[1].2.len(), rows[2].2.len()], [6, 6, 1]);
    assert!(rows.iter().flat_map(|(.., outputs)| outputs).all(|output| output.contains("1, 97, 130")), "{rows:?}");
}

#[test]
fn training_recovers_sobels_operator() {
    let weights = sobel_training::run(&sobel_training::noise().unwrap()).unwrap();
    assert_near(&weights, &[-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0], 0.01);
}

#[test]
fn loop_of_ones_own_stops_when_nothing_gets_better() {
    let (epochs, accuracy) = own_loop::run(40, 2).unwrap();
    assert!(epochs < 40, "{epochs}");
    assert!(accuracy > 0.9, "{accuracy}");
}

#[test]
fn numbers_and_categories_beside_an_image_train_and_answer_from_the_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let list = image_and_table::make(folder.path()).unwrap();
    let (trained, evaluation) = image_and_table::train(&list).unwrap();
    assert!(evaluation.accuracy() > Some(0.95), "{evaluation:?}");
    // Prices are from 1 to 5, and the weight that they depend on is missing in some rows.
    assert!(evaluation.get("price_mae").unwrap() < 0.3, "{evaluation:?}");

    let model = folder.path().join("fruit.safetensors");
    trained.save(&model, Default::default()).unwrap();
    let read = RowPredictor::open(&model, &device("flex").unwrap()).unwrap();
    assert_eq!(read.features(), trained.features());
    assert_eq!(read.outputs().collect::<Vec<_>>(), ["kind", "price"]);
    assert_eq!(read.columns(), ["weight", "town"]);
    // As in training: the same numbers of the table, and the same answers as in a batch.
    let data = Arc::new(image_and_table::open(&list).unwrap().with_features(trained.features()).unwrap());
    let config = LoaderConfig { shuffle: false, ..LoaderConfig::default() };
    let how = Preprocessing::gray([image_and_table::SIDE; 2]);
    let loader = Loader::new(data.clone(), Vec::new(), how, config, 1).unwrap();
    for batch in striate::training::predict(trained.network(), &loader).unwrap().step_by(3) {
        let (batch, outputs) = batch.unwrap();
        let in_batch = outputs.into_iter().map(|output| output.float::<2>().into_data().iter().collect::<Vec<f32>>());
        let in_batch = in_batch.collect::<Vec<_>>();
        for (place, &index) in batch.indices.iter().enumerate() {
            let cells: Vec<_> = data.row(index).collect();
            assert_eq!(read.encode(&cells).unwrap(), data.get(index).unwrap().features);
            let picture = Picture::open(data.path(index).unwrap(), DecodeLimits::default()).unwrap();
            let alone = read.predict(&cells, Some(&picture)).unwrap();
            assert_near(&alone[0], &in_batch[0][place * 4..][..4], 1e-5);
            assert_near(&alone[1], &in_batch[1][place..][..1], 1e-5);
        }
    }
}

#[test]
fn lines_of_text_train_and_answer_from_the_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let lines = text::lines(folder.path()).unwrap();
    let features = text::features(&lines).unwrap();
    let (trained, accuracy) = text::train(&lines, &features).unwrap();
    assert_eq!(accuracy, 1.0);
    let model = folder.path().join("lines.safetensors");
    trained.save(&model, Default::default()).unwrap();
    let read = RowPredictor::open(&model, &device("flex").unwrap()).unwrap();
    for (line, class) in [("Wind, and snow in the morning", 1), ("BREAD with cheese!", 0)] {
        assert_eq!(text::class(&read, line).unwrap(), class, "{line}");
        let row = [("text", Cell::from(line))];
        assert_eq!(read.predict(&row, None).unwrap(), trained.predict(&row, None).unwrap());
    }
}

#[test]
fn network_for_fashion_mnist_has_the_lectures_parameters_and_trains() {
    assert_eq!(fashion_mnist::build().unwrap().summary().parameters, 1_413_834);
    let data = support::digits::digits(0..10, 16, 0, Preprocessing::gray([28, 28])).unwrap();
    let evaluation = fashion_mnist::run(&data, 14).unwrap();
    // Ten classes by chance: 2.3.
    assert!(evaluation.loss < 2.0, "{evaluation:?}");
}

#[test]
fn network_with_dropout_has_the_lectures_parameters_and_trains() {
    assert_eq!(dropout_network::build().unwrap().summary().parameters, 266_610);
    let evaluation = dropout_network::run(100, 5).unwrap();
    assert!(evaluation.accuracy() > Some(0.85), "{evaluation:?}");
}

#[test]
fn second_phase_with_all_layers_free_beats_the_first() {
    let [frozen, free] = two_phases::run(60, [5, 40]).unwrap();
    // Three classes by chance: 1.1.
    assert!(frozen < 0.9 && free < frozen - 0.02, "{frozen}, {free}");
}

#[test]
fn three_hidden_layers_learn_on_a_frozen_base() {
    let b0 = Architecture::KerasEfficientNetB0.spec(1000).unwrap().init(1, &device("flex").unwrap());
    let hidden = 1281 * 256 + 2 * 257 * 256;
    let features = b0.spec().summary().parameters - 1281 * 1000;
    assert_eq!(frozen_base::with_head(&b0).unwrap().spec().summary().parameters, features + hidden + 257 * 3);

    let (base, how) = support::digits::base(40).unwrap();
    let before = frozen_base::with_head(&base).unwrap();
    let (after, losses) = frozen_base::run(&before, how, 30, 10).unwrap();
    assert!(losses[9] < 0.8 * losses[0], "{losses:?}");
    let (before, after) = (before.state(), after.state());
    for (name, values) in &before {
        assert_eq!(*values != after[name], name.starts_with("head."), "{name}");
    }
}

#[test]
fn likeliest_classes_are_shown_beside_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let network = Architecture::LeNet5.spec(10).unwrap().init(3, &device("flex").unwrap());
    let sections = [("preprocessing".to_owned(), serde_json::to_value(Architecture::LeNet5.preprocessing()).unwrap())];
    let model = folder.path().join("model.safetensors");
    striate::network::ModelFile::save(&model, &network, sections.into()).unwrap();
    let picture = folder.path().join("picture.png");
    image::GrayImage::from_fn(40, 40, |x, y| image::Luma([(x * y % 251) as u8])).save(&picture).unwrap();
    let shown = explain::run(&model, &picture).unwrap();
    assert!(shown.width() > 4 * 28 && shown.height() > 28, "{:?}", shown.dimensions());
}

#[test]
fn two_heads_report_classes_and_the_iou_of_their_boxes() {
    let folder = tempfile::tempdir().unwrap();
    let result = two_heads::run(folder.path(), [400, 40, 40], 8).unwrap();
    assert!(result.metrics["box_iou"] > 0.3, "{result:?}");
    assert!(result.accuracy().is_some(), "{result:?}");
}
