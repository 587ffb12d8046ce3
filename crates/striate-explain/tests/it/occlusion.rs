//! Occlusion.

use burn::tensor::TensorData;
use proptest::prelude::*;
use striate_core::{PixelMode, Preprocessing};
use striate_explain::{Explainer, Fill, Measure, Occlusion, Target};
use striate_layers::{Dense, Flatten};
use striate_network::{Network, NetworkSpec};

use crate::support::{assert_near, explainer, flex, floats, noise, tensor};

const SIDES: [usize; 3] = [3, 5, 7];

/// Two scores that are sums of the values times weights; and the weights.
fn linear() -> (Network, Vec<f32>) {
    let mut net = NetworkSpec::builder("linear");
    let images = net.input("images", SIDES);
    let x = net.add("flatten", Flatten::new(), images);
    let x = net.add("fc", Dense::new(2), x);
    let network = net.output(x).build().unwrap().init(1, &flex());
    let weights = floats(noise([2, 15, 7], 70));
    let state =
        [("weight", TensorData::new(weights.clone(), [2, 105])), ("bias", TensorData::new(vec![0.5f32, -0.5], [2]))];
    let state = state.into_iter().map(|(name, data)| (name.to_owned(), data)).collect();
    (network.with_layer_state("fc", state).unwrap(), weights)
}

/// For each px the mean of what windows over it take away.
fn by_definition(values: &[f32], weights: &[f32], fill: [f32; 3], window: [usize; 2], stride: [usize; 2]) -> Vec<f32> {
    let [_, height, width] = SIDES;
    let starts = |side: usize, window: usize, stride: usize| {
        let last = side - window;
        let mut starts: Vec<_> = (0..last).step_by(stride).collect();
        starts.push(last);
        starts
    };
    let mut drops = vec![Vec::new(); height * width];
    for top in starts(height, window[0], stride[0]) {
        for left in starts(width, window[1], stride[1]) {
            let covered = |row: usize, column: usize| {
                (top..top + window[0]).contains(&row) && (left..left + window[1]).contains(&column)
            };
            let px = (0..height * width).filter(|px| covered(px / width, px % width)).collect::<Vec<_>>();
            let each = px.iter().flat_map(|px| (0..3).map(move |channel| (channel, channel * height * width + px)));
            let drop: f32 = each.map(|(channel, place)| weights[place] * (values[place] - fill[channel])).sum();
            px.iter().for_each(|px| drops[*px].push(drop));
        }
    }
    let mean = |drops: &Vec<f32>| if drops.is_empty() { 0.0 } else { drops.iter().sum::<f32>() / drops.len() as f32 };
    drops.iter().map(mean).collect()
}

#[test]
fn occlusion_of_a_linear_network_is_what_windows_take_away() {
    let (network, weights) = linear();
    let how = Preprocessing::rgb([5, 7]).mode(PixelMode::Torch);
    let explainer = explainer(&network).with_preprocessing(&how).unwrap();
    let image = noise(SIDES, 3);
    let values = floats(image.clone());
    let means = [0, 1, 2].map(|channel| values[channel * 35..][..35].iter().sum::<f32>() / 35.0);
    let gray = [0, 1, 2].map(|channel| (0.25 - how.mean[channel]) / how.std[channel]);
    let fills = [(Fill::Mean, means), (Fill::Value(-2.0), [-2.0; 3]), (Fill::Gray(0.25), gray)];
    for (fill, levels) in fills {
        for (window, stride) in [([2, 3], [1, 2]), ([1, 1], [1, 1]), ([5, 7], [1, 1]), ([2, 2], [3, 4])] {
            for class in [0, 1] {
                let method = Occlusion { batch_size: 4, ..Occlusion::new() }.window(window).stride(stride).fill(fill);
                let map = method.run(&explainer, &image, &Target::class(class)).unwrap();
                assert_eq!(map.size(), [5, 7]);
                let expected = by_definition(&values, &weights[class * 105..][..105], levels, window, stride);
                assert_near(map.values(), &expected, 2e-4);
            }
        }
    }
    // Of sides 5 and 7 an eighth is 1 px at least.
    let plain = Occlusion::new().run(&explainer, &image, &Target::class(0)).unwrap();
    assert_near(plain.values(), &by_definition(&values, &weights[..105], means, [1, 1], [1, 1]), 2e-4);
}

#[test]
fn probability_falls_as_the_softmax_says() {
    let (network, _) = linear();
    let image = noise(SIDES, 4);
    let whole = Occlusion::new().window([5, 7]).fill(Fill::Value(0.0)).measure(Measure::Probability);
    let map = whole.run(&Explainer::new(&network).unwrap(), &image, &Target::class(1)).unwrap();
    let probability = |image: &burn::Tensor<3>| {
        let scores = floats(network.forward::<4, 2>(image.clone().unsqueeze_dim(0)));
        1.0 / (1.0 + (scores[0] - scores[1]).exp())
    };
    let expected = probability(&image) - probability(&tensor(vec![0.0; 105], SIDES));
    assert_near(map.values(), &[expected; 35], 1e-5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_window_and_stride_give_a_map_or_an_error(window in [0usize..9, 0..9], stride in [0usize..9, 0..9]) {
        let (network, weights) = linear();
        let image = noise(SIDES, 5);
        let method = Occlusion::new().window(window).stride(stride).fill(Fill::Value(0.5));
        let map = method.run(&explainer(&network), &image, &Target::class(0));
        let usable = (1..=5).contains(&window[0]) && (1..=7).contains(&window[1]) && !stride.contains(&0);
        prop_assert_eq!(map.is_ok(), usable);
        if let Ok(map) = map {
            let expected = by_definition(&floats(image), &weights[..105], [0.5; 3], window, stride);
            assert_near(map.values(), &expected, 2e-4);
        }
    }
}
