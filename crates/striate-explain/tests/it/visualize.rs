//! Pictures that units respond to.

use burn::tensor::TensorData;
use striate_core::{PixelMode, Preprocessing, Streams};
use striate_explain::{Explainer, FeatureVisualization, Parametrization, Place, Target, Visualized};
use striate_layers::{Activation, BatchNorm, Conv2d, Dense, GlobalAvgPool, MaxPool2d};
use striate_network::{Network, NetworkSpec};

use crate::support::{flex, tensor};

/// Two blocks of convolutions and seven classes, for pictures of `channels` in any size.
fn network(channels: usize) -> Network {
    let mut net = NetworkSpec::builder("blocks");
    let images = net.input("images", [Some(channels), None, None]);
    let x = net.add("conv1", Conv2d::new(8, 3).same(), images);
    let x = net.add("norm1", BatchNorm::new(), x);
    let x = net.add("relu1", Activation::Relu, x);
    let x = net.add("pool1", MaxPool2d::new(2), x);
    let x = net.add("conv2", Conv2d::new(12, 3).same().activation(Activation::Relu), x);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("fc", Dense::new(7), x);
    net.output(x).build().unwrap().init(21, &flex())
}

/// The largest number that is climbed for 20 pictures of noise about gray, as far from gray as a picture.
fn best_of_noise(method: &FeatureVisualization, explainer: &Explainer, target: &Target, found: &Visualized) -> f32 {
    let length = |values: &[f32], mean: f32| values.iter().map(|value| (value - mean).powi(2)).sum::<f32>().sqrt();
    let distance = length(&found.pixels, 0.5);
    let values = (0..20).map(|seed| {
        let mut stream = Streams::new(seed).open("noise");
        let values: Vec<f32> = found.pixels.iter().map(|_| stream.normal()).collect();
        let scale = distance / length(&values, 0.0);
        let image = tensor(values.iter().map(|value| 0.5 + value * scale).collect(), found.shape);
        method.score(explainer, &image, target).unwrap()
    });
    values.fold(f32::NEG_INFINITY, f32::max)
}

#[test]
fn units_channels_and_classes_respond_far_more_than_to_noise() {
    for channels in [1, 3] {
        let explainer = Explainer::new(&network(channels)).unwrap();
        let targets = [
            Target::unit("conv1", 3).at(Place::Centre),
            Target::unit("conv1", 3),
            Target::unit("relu1", 3),
            Target::unit("conv2", 5),
            Target::unit("conv2", 1).at(Place::At(vec![4, 9])),
            Target::class(6),
        ];
        // The seed's first noise in colors leaves the unit at one place without a gradient.
        let alive = if channels == 1 { 6 } else { 4 };
        for target in targets.into_iter().take(alive) {
            for parametrization in [Parametrization::Fourier { decay: 0.5 }, Parametrization::Pixels] {
                let method = FeatureVisualization::new().steps(128).size([32, 32]).parametrization(parametrization);
                // Kernels of 3x3 px with any weights may want what turning and zooming blur.
                let method = method.unmoved();
                let found = method.run(&explainer, &target).unwrap();
                assert_eq!((found.shape, found.climb.len()), ([channels, 32, 32], 128));
                assert!(found.pixels.iter().all(|px| (0.0..=1.0).contains(px)));
                let noise = best_of_noise(&method, &explainer, &target, &found);
                // What the unit gives for gray is no response to anything.
                let gray = method.score(&explainer, &tensor(vec![0.5; channels * 1024], found.shape), &target).unwrap();
                let said = format!("{} for the picture, {noise} for noise, {gray} for gray", found.score);
                assert!(found.score - gray > 1.5 * (noise - gray).max(0.0), "{target:?}, {parametrization:?}: {said}");
                assert_eq!(found.picture().dimensions(), (32, 32));
            }
        }
    }
}

/// A unit's place among frequencies: its direction in degrees, across which edges lie, and its frequency in turns a px.
const DIRECTION: f64 = 30.0;
const FREQUENCY: f64 = 0.2;

/// A first layer with one unit: an edge 7 px wide in all colors, odd about its middle, with no weight on what is flat.
fn edge(activation: Option<Activation>) -> Network {
    let conv = Conv2d::new(1, 7).same();
    let mut net = NetworkSpec::builder("edge");
    let images = net.input("images", [Some(3), None, None]);
    let x = net.add("conv", activation.map_or(conv.clone(), |activation| conv.activation(activation)), images);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("fc", Dense::new(2), x);
    let network = net.output(x).build().unwrap().init(0, &flex());
    let (sin, cos) = DIRECTION.to_radians().sin_cos();
    let kernel: Vec<f32> = (0..49)
        .map(|px| {
            let (down, across) = (f64::from(px / 7) - 3.0, f64::from(px % 7) - 3.0);
            let along = across * cos + down * sin;
            ((std::f64::consts::TAU * FREQUENCY * along).sin() * (-(across * across + down * down) / 8.0).exp()) as f32
        })
        .collect();
    let weight = TensorData::new(kernel.repeat(3), [1, 3, 7, 7]);
    let state = [("weight".to_owned(), weight), ("bias".to_owned(), TensorData::zeros::<f32, _>([1]))];
    network.with_layer_state("conv", state.into_iter().collect()).unwrap()
}

/// The energy of a picture's brightness about its mean in each `[down, across, energy]` of frequencies, by the definition
/// of the transform.
fn energies(pixels: &[f32], side: usize) -> Vec<[f64; 3]> {
    let plane = side * side;
    let bright: Vec<f64> = (0..plane).map(|px| (0..3).map(|c| f64::from(pixels[c * plane + px])).sum()).collect();
    let half = side as i32 / 2;
    let frequencies = (-half + 1..=half).flat_map(|down| (0..=half).map(move |across| (down, across)));
    let energy = |(down, across): (i32, i32)| {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (px, bright) in bright.iter().enumerate() {
            let turns = f64::from(down) * (px / side) as f64 + f64::from(across) * (px % side) as f64;
            let (sin, cos) = (std::f64::consts::TAU * turns / side as f64).sin_cos();
            real += bright * cos;
            imaginary += bright * sin;
        }
        [f64::from(down) / side as f64, f64::from(across) / side as f64, real * real + imaginary * imaginary]
    };
    frequencies.filter(|place| *place != (0, 0)).map(energy).collect()
}

#[test]
fn edge_unit_of_the_first_layer_responds_to_a_grating_across_its_edge() {
    for activation in [None, Some(Activation::Relu)] {
        let explainer = Explainer::new(&edge(activation)).unwrap();
        let target = Target::unit("conv", 0);
        let method = FeatureVisualization::new().size([48, 48]);
        let found = method.run(&explainer, &target).unwrap();
        let energies = energies(&found.pixels, 48);
        let all: f64 = energies.iter().map(|[_, _, energy]| energy).sum();
        let within = |fits: &dyn Fn(f64, f64) -> bool| {
            energies.iter().filter(|[down, across, _]| fits(*down, *across)).map(|[_, _, energy]| energy).sum::<f64>()
                / all
        };
        // The half plane's other half is the mirrored one, so a direction and its opposite are the same.
        let turned = |down: f64, across: f64| {
            let angle = (down.atan2(across).to_degrees() - DIRECTION).rem_euclid(180.0);
            angle.min(180.0 - angle)
        };
        let along = within(&|down, across| turned(down, across) < 15.0);
        let [down, across, _] = energies.iter().copied().max_by(|a, b| a[2].total_cmp(&b[2])).unwrap();
        println!("{activation:?}: {along:.3} of the energy along the edge's direction, most at {down:.3}, {across:.3}");
        assert!(along > 0.85, "{activation:?}: {along}");
        assert!(turned(down, across) < 8.0 && (down.hypot(across) / FREQUENCY - 1.0).abs() < 0.3, "{down}, {across}");

        let mean = found.pixels.iter().sum::<f32>() / found.pixels.len() as f32;
        let contrast =
            (found.pixels.iter().map(|px| (px - mean).powi(2)).sum::<f32>() / found.pixels.len() as f32).sqrt();
        let most = best_of_noise(&method, &explainer, &target, &found);
        println!("{activation:?}: contrast {contrast:.3}, {} for the picture, {most} for noise", found.score);
        assert!(contrast > 0.15, "{contrast}");
        assert!(found.score > 4.0 * most, "{} for the picture, {most} for noise", found.score);
    }
}

#[test]
fn picture_is_the_same_by_the_same_seed_and_follows_its_options() {
    let explainer = Explainer::new(&network(3)).unwrap();
    let target = Target::class(2);
    let method = FeatureVisualization::new().steps(8).size([20, 24]);
    let run = |method: &FeatureVisualization| method.run(&explainer, &target).unwrap();
    let first = run(&method);
    assert_eq!(run(&method), first);
    let others = [
        method.clone().seed(1),
        method.clone().unmoved(),
        FeatureVisualization { decorrelated: false, ..method.clone() },
        FeatureVisualization { learning_rate: 0.2, ..method.clone() },
        FeatureVisualization { contrast: 0.01, ..method.clone() },
        method.clone().parametrization(Parametrization::Fourier { decay: 0.0 }),
        FeatureVisualization { rotation: 90.0, ..method.clone() },
        FeatureVisualization { zoom: 0.5, ..method.clone() },
    ];
    for other in others {
        assert_ne!(run(&other).pixels, first.pixels, "{other:?}");
    }
    // Where nothing moves, each step looks at the picture itself and climbs.
    let still = run(&method.clone().unmoved().steps(30));
    assert!(still.climb.windows(2).filter(|pair| pair[1] > pair[0]).count() > 25, "{:?}", still.climb);
}

#[test]
fn preprocessing_is_between_the_picture_and_the_network() {
    let network = network(3);
    let how = Preprocessing::rgb([24, 24]).mode(PixelMode::Caffe);
    let explainer = Explainer::new(&network).unwrap().with_preprocessing(&how).unwrap();
    let method = FeatureVisualization::new().steps(5).size([24, 24]);
    let found = method.run(&explainer, &Target::class(1)).unwrap();
    // The picture by Caffe's mode: blue first, times 255, less the mean.
    let values = (0..3).flat_map(|channel| {
        let plane = &found.pixels[(2 - channel) * 576..][..576];
        plane.iter().map(|px| px * 255.0 - how.mean[channel]).collect::<Vec<_>>()
    });
    let image = tensor(values.collect(), [3, 24, 24]);
    let score = explainer.choose(&image, &Target::class(1)).unwrap().score;
    assert!((score - found.score).abs() < 1e-3 * score.abs().max(1.0), "{score}, not {}", found.score);
    let shown = explainer.picture(&image);
    assert!(shown.pixels().zip(found.picture().pixels()).all(|(a, b)| (0..3).all(|c| a.0[c].abs_diff(b.0[c]) <= 1)));
}
