//! Pictures that units respond to.

use striate_core::{PixelMode, Preprocessing};
use striate_explain::{Explainer, FeatureVisualization, Parametrization, Place, Target};
use striate_layers::{Activation, BatchNorm, Conv2d, Dense, GlobalAvgPool, MaxPool2d};
use striate_network::{Network, NetworkSpec};

use crate::support::{flex, noise};

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

/// The largest value that a target has for pictures of noise.
fn best_of_noise(explainer: &Explainer, target: &Target, channels: usize) -> f32 {
    let values = (0..20).map(|seed| explainer.choose(&noise([channels, 32, 32], seed), target).unwrap().score);
    values.fold(f32::NEG_INFINITY, f32::max)
}

#[test]
fn units_channels_and_classes_respond_far_more_than_to_noise() {
    for channels in [1, 3] {
        let explainer = Explainer::new(&network(channels)).unwrap();
        let targets = [
            Target::unit("conv1", 3).at(Place::Centre),
            Target::unit("conv2", 5),
            Target::unit("conv2", 1).at(Place::At(vec![4, 9])),
            Target::class(6),
        ];
        for target in targets {
            for parametrization in [Parametrization::Fourier { decay: 1.0 }, Parametrization::Pixels] {
                let method = FeatureVisualization::new().steps(60).size([32, 32]).parametrization(parametrization);
                let method = FeatureVisualization { jitter: 2.0, ..method };
                let found = method.run(&explainer, &target).unwrap();
                assert_eq!((found.shape, found.climb.len()), ([channels, 32, 32], 60));
                assert!(found.pixels.iter().all(|px| (0.0..=1.0).contains(px)));
                let noise = best_of_noise(&explainer, &target, channels);
                let start = found.climb[0];
                assert!(
                    found.score > noise + 0.5 * (noise - start).abs() && found.score > start + 0.05,
                    "{target:?}, {parametrization:?}: {} for the picture, {noise} for noise, {start} at first",
                    found.score
                );
                assert_eq!(found.picture().dimensions(), (32, 32));
            }
        }
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
    let image = crate::support::tensor(values.collect(), [3, 24, 24]);
    let score = explainer.choose(&image, &Target::class(1)).unwrap().score;
    assert!((score - found.score).abs() < 1e-3 * score.abs().max(1.0), "{score}, not {}", found.score);
    let shown = explainer.picture(&image);
    assert!(shown.pixels().zip(found.picture().pixels()).all(|(a, b)| (0..3).all(|c| a.0[c].abs_diff(b.0[c]) <= 1)));
}
