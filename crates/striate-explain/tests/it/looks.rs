//! Feature maps, filters and pictures of inputs.

use striate_core::Preprocessing;
use striate_explain::render::tiles;
use striate_explain::{ExplainError, Explainer, Filters};
use striate_layers::{Activation, Conv2d, ConvTranspose2d, Dense, DepthwiseConv2d, Flatten};
use striate_network::NetworkSpec;

use crate::support::{assert_near, explainer, flex, floats, noise, small, tensor};

#[test]
fn feature_maps_are_what_layers_give_in_one_pass() {
    let network = small(Activation::Relu);
    let image = noise([2, 9, 11], 1);
    let all = explainer(&network).feature_maps(&image, &["fc1", "conv1", "images"]).unwrap();
    let names: Vec<_> = all.iter().map(|maps| (maps.layer.as_str(), maps.maps.len(), maps.maps[0].size())).collect();
    assert_eq!(names, [("fc1", 8, [1, 1]), ("conv1", 4, [9, 11]), ("images", 2, [9, 11])]);
    let conv1 = floats(network.until(&["conv1"]).unwrap().forward::<4, 4>(image.clone().unsqueeze_dim(0)));
    let got: Vec<f32> = all[1].maps.iter().flat_map(|map| map.values().to_vec()).collect();
    assert_near(&got, &conv1, 1e-6);
    let strength = |map: usize| conv1[map * 99..][..99].iter().map(|value| value.abs()).sum::<f32>();
    let strongest = all[1].strongest(9);
    assert_eq!(strongest.len(), 4);
    assert!(strongest.windows(2).all(|pair| strength(pair[0]) >= strength(pair[1])));
    assert_eq!(all[1].strongest(1), strongest[..1]);
    assert!(explainer(&network).feature_maps(&image, &[]).unwrap().is_empty());
    let error = explainer(&network).feature_maps(&image, &["conv3"]).unwrap_err().to_string();
    assert!(error.contains("no layer \"conv3\""), "{error}");
}

#[test]
fn filters_are_the_layers_kernels() {
    let mut net = NetworkSpec::builder("kernels");
    let images = net.input("images", [3, 8, 8]);
    let x = net.add("color", Conv2d::new(5, 3), images);
    let x = net.add("each", DepthwiseConv2d::new(2), x);
    let x = net.add("point", Conv2d::new(4, 1), x);
    let x = net.add("up", ConvTranspose2d::new(2, 3), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc", Dense::new(2), x);
    let network = net.output(x).build().unwrap().init(4, &flex());
    assert_eq!(Filters::layers(&network), ["color", "each", "up"]);
    let color = Filters::of(&network, "color").unwrap();
    assert_eq!(color.shape(), [5, 3, 3, 3]);
    let weights: Vec<f32> = network.layer_state("color").unwrap()["weight"].iter::<f32>().collect();
    assert_eq!(color.values(), weights);
    assert_eq!(color.kernel(4, 2).values(), &weights[(4 * 3 + 2) * 9..][..9]);
    let shown = color.tiles(3, 4);
    assert_eq!((shown.len(), shown[0].picture.dimensions(), shown[2].label.as_str()), (3, (12, 12), "2"));
    // Each is spread about gray by its own largest magnitude.
    let largest = weights[..27].iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let red = ((weights[1] / largest + 1.0) * 127.5).round() as u8;
    assert_eq!(shown[0].picture.get_pixel(4, 0).0[0], red);
    let each = Filters::of(&network, "each").unwrap();
    assert_eq!((each.shape(), each.tiles(99, 1).len()), ([5, 1, 2, 2], 5));
    let up = Filters::of(&network, "up").unwrap();
    assert_eq!((up.shape(), up.tiles(99, 1)[3].label.as_str()), ([4, 2, 3, 3], "1:1"));
    assert_eq!(Filters::of(&network, "point").unwrap().shape(), [4, 5, 1, 1]);
    assert_eq!(tiles(&shown, 2).dimensions(), (2 * 16 + 4, 2 * 27 + 4));
    for layer in ["fc", "flatten", "images"] {
        let error = Filters::of(&network, layer).unwrap_err();
        assert!(matches!(error, ExplainError::NoFilters { .. }));
        assert!(error.to_string().contains("color, each, up would do"), "{error}");
    }
    assert!(matches!(Filters::of(&network, "none"), Err(ExplainError::Network(_))));
}

#[test]
fn input_of_any_number_of_channels_is_shown() {
    let network = small(Activation::Relu);
    let image = tensor((0..198).map(|value| value as f32).collect(), [2, 9, 11]);
    let picture = Explainer::new(&network).unwrap().picture(&image);
    assert_eq!((picture.get_pixel(0, 0).0, picture.get_pixel(10, 8).0), ([0; 3], [255; 3]));
    let mut net = NetworkSpec::builder("gray");
    let images = net.input("images", [1, 1, 2]);
    let x = net.add("flatten", Flatten::new(), images);
    let gray = net.output(x).build().unwrap().init(0, &flex());
    let how = Preprocessing { mean: vec![0.5], std: vec![0.25], ..Preprocessing::gray([1, 2]) };
    let explainer = Explainer::new(&gray).unwrap().with_preprocessing(&how).unwrap();
    let picture = explainer.picture(&tensor(vec![-2.0, 0.0], [1, 1, 2]));
    assert_eq!([picture.get_pixel(0, 0).0, picture.get_pixel(1, 0).0], [[0; 3], [128; 3]]);
}
