//! Grad-CAM.

use burn::tensor::TensorData;
use striate_core::ClassNames;
use striate_explain::{CamWeights, Evidence, ExplainError, GradCam, Target};
use striate_layers::{Activation, Add, Concatenate, Conv2d, Dense, Flatten, GlobalAvgPool};
use striate_network::{Network, NetworkSpec};

use crate::support::{assert_near, averaged, explainer, flex, floats, noise, smooth};

/// A layer's maps of a picture, by the network alone.
fn maps(network: &Network, layer: &str, image: &burn::Tensor<3>) -> Vec<f32> {
    floats(network.until(&[layer]).unwrap().forward::<4, 4>(image.clone().unsqueeze_dim(0)))
}

#[test]
fn grad_cam_of_averaged_maps_is_the_sum_by_the_classes_weights() {
    let network = averaged();
    let image = noise([1, 5, 6], 1);
    let maps = maps(&network, "conv", &image);
    let weights: Vec<f32> = network.layer_state("fc").unwrap()["weight"].iter::<f32>().collect();
    for class in 0..3 {
        // Each of the map's 30 numbers counts a 30th of its weight (the paper's section 3.1, equation 7).
        let at = |px: usize| (0..3).map(|map| weights[class * 3 + map] / 30.0 * maps[map * 30 + px]).sum::<f32>();
        let signed: Vec<_> = (0..30).map(at).collect();
        let positive: Vec<_> = signed.iter().map(|value| value.max(0.0)).collect();
        let target = Target::class(class);
        for weights in [CamWeights::Mean, CamWeights::Each] {
            let method = GradCam::new().weights(weights);
            let cam = method.run(&explainer(&network), &image, &target).unwrap();
            assert_eq!((cam.layer.as_str(), cam.map.size()), ("conv", [5, 6]));
            assert_near(cam.map.values(), &positive, 1e-6);
            let cam = method.relu(false).run(&explainer(&network), &image, &target).unwrap();
            assert_near(cam.map.values(), &signed, 1e-6);
        }
        assert!(signed.iter().any(|value| *value != 0.0));
    }
}

#[test]
fn grad_cam_of_any_layer_weights_its_maps_by_their_mean_gradients() {
    let network = smooth(Activation::Tanh);
    let image = noise([2, 9, 11], 4);
    for layer in ["conv1", "pool1", "conv2"] {
        let maps = maps(&network, layer, &image);
        let rest = network.after(&[layer]).unwrap();
        let sides = network.spec().signature(network.spec().number(layer).unwrap()).shape.sides().to_vec();
        let sides: Vec<_> = sides.into_iter().map(Option::unwrap).collect();
        let (channels, plane) = (sides[0], sides[1] * sides[2]);
        let score = |maps: &[f32]| {
            let sides = [1, channels, sides[1], sides[2]];
            let maps = burn::Tensor::<4>::from_data(TensorData::new(maps.to_vec(), sides), &flex());
            floats(rest.forward::<4, 2>(maps))[2]
        };
        // The sum of a map's gradients is the change by all its numbers together.
        let weight = |channel: usize| {
            let moved = |by: f32| {
                let mut maps = maps.clone();
                maps[channel * plane..][..plane].iter_mut().for_each(|value| *value += by);
                score(&maps)
            };
            (moved(1e-2) - moved(-1e-2)) / 2e-2 / plane as f32
        };
        let weights: Vec<_> = (0..channels).map(weight).collect();
        let at = |px: usize| (0..channels).map(|channel| weights[channel] * maps[channel * plane + px]).sum::<f32>();
        let expected: Vec<_> = (0..plane).map(at).collect();
        let cam = GradCam::new().layer(layer).relu(false).run(&explainer(&network), &image, &Target::class(2)).unwrap();
        assert_near(cam.map.values(), &expected, 2e-4);
        let each = GradCam::new().layer(layer).weights(CamWeights::Each).relu(false);
        let each = each.run(&explainer(&network), &image, &Target::class(2)).unwrap();
        assert_ne!(each.map, cam.map, "{layer}: numbers of a map count differently here");
    }
}

#[test]
fn map_that_is_zero_everywhere_says_why() {
    // Two maps that are nowhere below 0, their means by weights of both signs, and a ReLU over the scores.
    let mut net = NetworkSpec::builder("signs");
    let images = net.input("images", [1, 4, 5]);
    let x = net.add("conv", Conv2d::new(2, 1).no_bias(), images);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("fc", Dense::new(3), x);
    let x = net.add("relu", Activation::Relu, x);
    let network = net.output(x).build().unwrap().init(0, &flex());
    let state = |parts: &[(&str, &[f32], &[usize])]| {
        let data = |(name, values, sides): &(&str, &[f32], &[usize])| {
            ((*name).to_owned(), TensorData::new(values.to_vec(), sides.to_vec()))
        };
        parts.iter().map(data).collect()
    };
    let network = network.with_layer_state("conv", state(&[("weight", &[1.0, 2.0], &[2, 1, 1, 1])])).unwrap();
    // For the first class both count, for the second none but its bias does, and the third's score is below 0.
    let weights = [1.0, 1.0, -1.0, -1.0, -1.0, -1.0];
    let fc = state(&[("weight", &weights, &[3, 2]), ("bias", &[0.0, 100.0, -1.0], &[3])]);
    let explainer = explainer(&network.with_layer_state("fc", fc).unwrap());
    let image = noise([1, 4, 5], 2);
    let run =
        |class, relu| GradCam::new().layer("conv").relu(relu).run(&explainer, &image, &Target::class(class)).unwrap();
    let largest = |class, relu| run(class, relu).map.range();
    assert_eq!(
        (0..3).map(|class| run(class, true).evidence).collect::<Vec<_>>(),
        [Evidence::For, Evidence::Against, Evidence::None]
    );
    assert!(largest(0, true).1 > 0.0);
    assert_eq!(largest(1, true), (0.0, 0.0));
    assert!(largest(1, false).0 < 0.0 && run(1, false).evidence == Evidence::Against);
    assert_eq!((largest(2, true), largest(2, false)), ((0.0, 0.0), (0.0, 0.0)));
}

/// Two branches and a way around them, two outputs.
fn branched() -> Network {
    let mut net = NetworkSpec::builder("branched");
    let images = net.input("images", [1, 6, 6]);
    let left = net.add("left", Conv2d::new(3, 3).same().activation(Activation::Relu), images);
    let right = net.add("right", Conv2d::new(3, 1).activation(Activation::Relu), images);
    let sum = net.add("sum", Add::new(), [left, right]);
    let both = net.add("both", Concatenate::new(), [sum, images]);
    let pool = net.add("pool", GlobalAvgPool::new(), both);
    let first = net.add("first", Dense::new(4), pool);
    let flat = net.add("flat", Flatten::new(), right);
    let second = net.add("second", Dense::new(2), flat);
    net.output(first).output(second).build().unwrap().init(5, &flex())
}

#[test]
fn layers_in_branches_and_outputs_by_name_are_explained() {
    let network = branched();
    let image = noise([1, 6, 6], 6);
    let explainer = explainer(&network);
    let weights: Vec<f32> = network.layer_state("first").unwrap()["weight"].iter::<f32>().collect();
    let left = maps(&network, "left", &image);
    let expected: Vec<_> = (0..36)
        .map(|px| (0..3).map(|map| weights[2 * 4 + map] / 36.0 * left[map * 36 + px]).sum::<f32>().max(0.0))
        .collect();
    let cam = GradCam::new().layer("left").run(&explainer, &image, &Target::class(2)).unwrap();
    assert_near(cam.map.values(), &expected, 1e-6);
    // The default is the last with maps on the way to the output.
    assert_eq!(GradCam::new().run(&explainer, &image, &Target::class(2)).unwrap().layer, "both");
    let second = Target::class(1).of("second");
    assert_eq!(GradCam::new().run(&explainer, &image, &second).unwrap().layer, "right");
    assert_eq!(explainer.spatial_layers(&image, &second).unwrap(), ["right"]);
    let error = GradCam::new().layer("left").run(&explainer, &image, &second).unwrap_err();
    assert!(matches!(error, ExplainError::NotOnTheWay { .. }), "{error}");
    assert!(error.to_string().contains("\"second\" does not depend on layer \"left\""), "{error}");
    // The picture itself is a layer's maps, too.
    let of_image = GradCam::new().layer("images").relu(false).run(&explainer, &image, &second).unwrap();
    assert_eq!(of_image.map.size(), [6, 6]);
}

#[test]
fn classes_are_found_by_name_by_part_of_it_and_by_the_nearest() {
    let names = ClassNames::new(["tench, Tinca tinca", "goldfish", "tabby, tabby cat"]);
    assert_eq!(Target::named(&names, "Goldfish ").unwrap(), Target::class(1));
    assert_eq!(Target::named(&names, "tabby cat").unwrap(), Target::class(2));
    assert_eq!(Target::named(&names, "tench, tinca tinca").unwrap(), Target::class(0));
    let error = Target::named(&names, "goldfsh").unwrap_err().to_string();
    assert!(error.contains("no class is named \"goldfsh\"") && error.contains("goldfish"), "{error}");
}
