//! Saliency, SmoothGrad and integrated gradients.

use burn::Tensor;
use striate_core::{PixelMode, Preprocessing};
use striate_explain::{
    Baseline, Explainer, IntegratedGradients, PathRule, Place, Reduction, Saliency, SmoothGrad, Target,
};
use striate_layers::{Activation, Conv2d, Dense, Flatten};
use striate_network::{Network, NetworkSpec};

use crate::support::{assert_near, explainer, flex, floats, noise, score, small, smooth, tensor};

/// The change of a smooth score by each value, by central differences of two widths, whose error is of the fourth order:
/// what is left is the rounding of the scores, about 1e-6.
fn by_differences(image: &Tensor<3>, score: impl Fn(&Tensor<3>) -> f32) -> Vec<f32> {
    let (values, sides) = (floats(image.clone()), image.dims());
    let step = 0.0625;
    let across = |place: usize, step: f32| {
        let moved = |by: f32| {
            let mut values = values.clone();
            values[place] += by;
            score(&tensor(values, sides))
        };
        moved(step) - moved(-step)
    };
    let change = |place: usize| (8.0 * across(place, step) - across(place, 2.0 * step)) / (12.0 * step);
    (0..values.len()).map(change).collect()
}

/// Far below what a gradient of these networks is, which the tests check.
const TOLERANCE: f32 = 5e-6;

#[test]
fn saliency_is_the_gradient_by_differences() {
    for (activation, class) in [(Activation::Tanh, 0), (Activation::Swish, 3)] {
        let network = smooth(activation);
        let image = noise([2, 9, 11], 1);
        let saliency = Saliency::new().run(&explainer(&network), &image, &Target::class(class)).unwrap();
        assert_eq!(saliency.shape(), [2, 9, 11]);
        let expected = by_differences(&image, |image| score(&network, image, class));
        assert!(expected.iter().filter(|value| value.abs() > 20.0 * TOLERANCE).count() > 180);
        assert_near(saliency.values(), &expected, TOLERANCE);
        let map = saliency.heat_map(Reduction::MaxAbs);
        assert_eq!(map.values()[5], saliency.values()[5].abs().max(saliency.values()[99 + 5].abs()));
        let times = Saliency::new().times_input(true).run(&explainer(&network), &image, &Target::class(class)).unwrap();
        let product: Vec<_> = saliency.values().iter().zip(floats(image.clone())).map(|(a, b)| a * b).collect();
        assert_near(times.values(), &product, 1e-6);
    }
}

#[test]
fn units_of_any_layer_are_explained_as_classes_are() {
    let network = smooth(Activation::Tanh);
    let image = noise([2, 9, 11], 2);
    let maps = |image: &Tensor<3>| {
        let cut = network.until(&["conv2"]).unwrap();
        floats(cut.forward::<4, 4>(image.clone().unsqueeze_dim(0)))
    };
    // The maps of conv2 are 4x5 px.
    type OfMap = fn(&[f32]) -> f32;
    let cases: [(Place, OfMap); 3] = [
        (Place::Mean, |map| map.iter().sum::<f32>() / 20.0),
        (Place::Centre, |map| map[2 * 5 + 2]),
        (Place::At(vec![3, 1]), |map| map[3 * 5 + 1]),
    ];
    for (place, of_map) in cases {
        let target = Target::unit("conv2", 4).at(place);
        let saliency = Saliency::new().run(&explainer(&network), &image, &target).unwrap();
        let expected = by_differences(&image, |image| of_map(&maps(image)[4 * 20..5 * 20]));
        assert!(expected.iter().any(|value| value.abs() > 100.0 * TOLERANCE));
        assert_near(saliency.values(), &expected, TOLERANCE);
        let choice = explainer(&network).choose(&image, &target).unwrap();
        assert!((choice.score - of_map(&maps(&image)[80..100])).abs() < 1e-6);
        assert_eq!((choice.layer.as_str(), choice.class), ("conv2", 4));
    }
}

#[test]
fn class_that_is_not_said_is_the_one_with_the_largest_score() {
    let network = small(Activation::Relu);
    for seed in 0..4 {
        let image = noise([2, 9, 11], seed);
        let scores: Vec<_> = (0..5).map(|class| score(&network, &image, class)).collect();
        let choice = explainer(&network).choose(&image, &Target::top()).unwrap();
        assert!(scores.iter().all(|score| *score <= scores[choice.class]), "{scores:?}");
        assert!((choice.score - scores[choice.class]).abs() < 1e-5);
    }
}

#[test]
fn smoothed_gradient_is_the_mean_of_those_of_noisy_pictures() {
    let network = small(Activation::Relu);
    let explainer = explainer(&network);
    let image = noise([2, 9, 11], 3);
    let target = Target::class(1);
    let run = |smooth: SmoothGrad| Saliency::new().smooth(smooth).run(&explainer, &image, &target).unwrap();
    let plain = Saliency::new().run(&explainer, &image, &target).unwrap();
    let still = SmoothGrad { samples: 3, noise: 0.0, ..SmoothGrad::default() };
    assert_near(run(still).values(), plain.values(), 1e-5);
    let squares: Vec<_> = plain.values().iter().map(|value| value * value).collect();
    assert_near(run(SmoothGrad { squared: true, ..still }).values(), &squares, 1e-5);
    // The same pictures in other batches; other pictures by another seed.
    let smooth = SmoothGrad { samples: 5, noise: 0.3, ..SmoothGrad::default() };
    let smoothed = run(smooth);
    assert_near(run(SmoothGrad { batch_size: 2, ..smooth }).values(), smoothed.values(), 1e-5);
    assert_ne!(run(SmoothGrad { seed: 1, ..smooth }), smoothed);
    assert_ne!(smoothed, plain);
    // With noise of the width of a kink, gradients on both sides of it are averaged: |x| becomes a smooth function.
    let kink = kink();
    let saliency = |at: f32| {
        let smooth = SmoothGrad { samples: 4000, noise: 0.5, batch_size: 500, ..SmoothGrad::default() };
        let image = tensor(vec![at, at + 1.0], [1, 1, 2]);
        Saliency::new().smooth(smooth).run(&Explainer::new(&kink).unwrap(), &image, &Target::class(0)).unwrap()
    };
    // The derivative of E|x + n| is erf(x / (s * sqrt 2)); the picture's range is 1, so s is 0.5: erf(0) and erf(0.7071).
    assert!(saliency(0.0).values()[0].abs() < 0.05, "{:?}", saliency(0.0));
    assert!((saliency(0.5).values()[0] - 0.6827).abs() < 0.05, "{:?}", saliency(0.5));
}

/// |x| of the first px.
fn kink() -> Network {
    let mut net = NetworkSpec::builder("kink");
    let images = net.input("images", [1, 1, 2]);
    let x = net.add("flatten", Flatten::new(), images);
    let x = net.add("both", Dense::new(2).no_bias().activation(Activation::Relu), x);
    let x = net.add("sum", Dense::new(1).no_bias(), x);
    let network = net.output(x).build().unwrap().init(0, &flex());
    let weights = |rows: Vec<f32>, sides: [usize; 2]| {
        [("weight".to_owned(), burn::tensor::TensorData::new(rows, sides))].into_iter().collect()
    };
    let network = network.with_layer_state("both", weights(vec![1.0, 0.0, -1.0, 0.0], [2, 2])).unwrap();
    network.with_layer_state("sum", weights(vec![1.0, 1.0], [1, 2])).unwrap()
}

/// A baseline, and the network's input that it is for pictures without preprocessing.
fn baselines() -> [(Baseline, Vec<f32>); 4] {
    let other = floats(noise([2, 9, 11], 99));
    [
        (Baseline::Black, vec![0.0; 198]),
        (Baseline::Gray(0.5), vec![0.5; 198]),
        (Baseline::Value(-1.0), vec![-1.0; 198]),
        (Baseline::Values(other.clone()), other),
    ]
}

#[test]
fn integrated_gradients_add_up_to_the_difference_of_the_scores() {
    let image = noise([2, 9, 11], 5);
    let missed = |network: &Network, steps, rule, (baseline, start): &(Baseline, Vec<f32>)| {
        let method = IntegratedGradients::new().steps(steps).rule(rule).baseline(baseline.clone());
        let integral = method.run(&explainer(network), &image, &Target::class(2)).unwrap();
        assert!((integral.score - score(network, &image, 2)).abs() < 1e-5);
        assert!((integral.baseline_score - score(network, &tensor(start.clone(), [2, 9, 11]), 2)).abs() < 1e-5);
        let wanted = f64::from(integral.score) - f64::from(integral.baseline_score);
        assert!((integral.missed() - integral.incompleteness() * wanted.abs()).abs() < 1e-12);
        integral
    };
    for rule in [PathRule::Middle, PathRule::Trapezoid] {
        for baseline in &baselines() {
            for activation in [Activation::Tanh, Activation::Swish] {
                let integral = missed(&smooth(activation), 200, rule, baseline);
                let (missed, part) = (integral.missed(), integral.incompleteness());
                assert!(missed < 1e-5 && part < 1e-3, "{activation:?}, {rule:?}, {:?}: {missed}, {part}", baseline.0);
            }
            // Each kink on the way costs up to its bend times a step. Against a gray of nearly the same score, 0.0011 less, it
            // takes many steps until that is little of the difference.
            let network = small(Activation::Relu);
            let integral = missed(&network, 200, rule, baseline);
            assert!(integral.missed() < 1e-3, "{rule:?}, {:?}: {}", baseline.0, integral.missed());
            let integral = missed(&network, 6400, rule, baseline);
            let part = integral.incompleteness();
            assert!(part < 0.01, "{rule:?}, {:?}: {part}", baseline.0);
        }
    }
}

#[test]
fn integrated_gradients_of_a_linear_network_are_its_weights_times_the_way() {
    let mut net = NetworkSpec::builder("linear");
    let images = net.input("images", [3, 4, 5]);
    let x = net.add("conv", Conv2d::new(2, 3).no_bias(), images);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc", Dense::new(2), x);
    let network = net.output(x).build().unwrap().init(3, &flex());
    // Black is -mean / std in each of the network's channels.
    let how = Preprocessing::rgb([4, 5]).mode(PixelMode::Caffe);
    let explainer = explainer(&network).with_preprocessing(&how).unwrap();
    let image = noise([3, 4, 5], 8) * 100.0;
    let target = Target::class(1);
    let gradient = Saliency::new().run(&explainer, &image, &target).unwrap();
    for (rule, steps) in [(PathRule::Middle, 1), (PathRule::Right, 2), (PathRule::Trapezoid, 3)] {
        let integral = IntegratedGradients::new().rule(rule).steps(steps).run(&explainer, &image, &target).unwrap();
        let way = floats(image.clone()).into_iter().enumerate().map(|(place, value)| value + how.mean[place / 20]);
        let expected: Vec<_> = gradient.values().iter().zip(way).map(|(gradient, way)| gradient * way).collect();
        assert_near(integral.attribution.values(), &expected, 1e-2);
        assert!(integral.incompleteness() < 1e-4);
    }
}
