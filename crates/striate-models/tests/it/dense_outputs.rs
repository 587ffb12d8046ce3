//! Networks whose outputs aren't a row of classes.

use burn::Tensor;
use burn::tensor::Distribution;
use striate_layers::{
    Signature,
    losses::{LossSpec, YoloV1},
};
use striate_models::Architecture;

fn output(spec: &striate_network::NetworkSpec) -> Vec<usize> {
    spec.output_signatures()[0].shape.sides().iter().flatten().copied().collect()
}

#[test]
fn each_px_has_its_classes_whatever_the_size() {
    let networks = [
        Architecture::UNet,
        Architecture::Fcn32s,
        Architecture::Fcn16s,
        Architecture::Fcn8s,
        Architecture::CannyEdges,
        Architecture::Autoencoder,
    ];
    for network in networks {
        for size in [[32, 32], [97, 130], [64, 33]] {
            let spec = network.config().classes(7).in_channels(2).size(size).spec().unwrap();
            assert_eq!(output(&spec), [7, size[0], size[1]], "{network}");
        }
        let features = network.config().without_head().any_size().spec().unwrap();
        assert_eq!(features.output_signatures()[0].shape.sides().len(), 3, "{network}");
    }
}

#[test]
fn networks_for_edges_have_side_outputs() {
    for network in [Architecture::Hed, Architecture::CannyEdges] {
        let spec = network.config().size([97, 130]).spec().unwrap();
        let outputs: Vec<_> = spec.output_signatures().into_iter().map(|output| output.shape).collect();
        assert_eq!(outputs, vec![[1, 97, 130].into(); 6], "{network}");
    }
}

#[test]
fn fcn_stands_on_every_classifier_that_divides_by_32() {
    let mut bodies = 0;
    for &body in Architecture::ALL {
        let config = Architecture::Fcn8s.config().backbone(body).classes(3).size([97, 130]);
        match config.spec() {
            Ok(spec) => {
                bodies += 1;
                assert_eq!(output(&spec), [3, 97, 130], "{body}");
                assert!(spec.number("score_pool3").is_ok() && spec.number("score_pool4").is_ok(), "{body}");
                assert_eq!(spec.style(), body.style(), "{body}");
            }
            Err(error) => assert!(error.to_string().contains("`backbone`"), "{body}: {error}"),
        }
    }
    assert!(bodies >= 30, "{bodies}");
    for body in [Architecture::UNet, Architecture::YoloV1, Architecture::LeNet5, Architecture::CannyEdges] {
        assert!(Architecture::Fcn8s.config().backbone(body).spec().is_err(), "{body}");
    }
}

#[test]
fn fcn_on_vgg_has_the_papers_scores_over_its_pools() {
    let spec = Architecture::Fcn8s.spec(21).unwrap();
    let takes = |name: &str| {
        let node = &spec.nodes()[spec.number(name).unwrap()];
        node.inputs().iter().map(|&input| spec.nodes()[input].name()).collect::<Vec<_>>()
    };
    assert_eq!(takes("score_pool3"), ["features.16"]);
    assert_eq!(takes("score_pool4"), ["features.23"]);
    assert_eq!(takes("fuse_pool3"), ["upscore_pool4", "score_pool3"]);
    assert_eq!(takes("score_fr"), ["drop7"]);
    assert_eq!(takes("fc6"), ["features.30"]);
}

#[test]
fn fcn_on_a_resnet_scores_the_ends_of_its_stages() {
    let spec = Architecture::Fcn8s.config().backbone(Architecture::KerasResNet50).spec().unwrap();
    for (score, stage) in
        [("score_pool3", "conv3_block4_out"), ("score_pool4", "conv4_block6_out"), ("score_fr", "conv5_block3_out")]
    {
        let node = &spec.nodes()[spec.number(score).unwrap()];
        assert_eq!(spec.nodes()[node.inputs()[0]].name(), stage);
    }
}

#[test]
fn fcn_spreads_an_even_score_evenly() {
    let device = striate_backend::device("flex").unwrap();
    for network in [Architecture::Fcn32s, Architecture::Fcn16s, Architecture::Fcn8s] {
        let config = network.config().backbone(Architecture::KerasMobileNetV3Small).classes(2).size([130, 97]);
        let network = config.spec().unwrap().init(0, &device);
        let mut state = network.state();
        for (name, values) in &mut state {
            let value = match name.as_str() {
                "score_fr.bias" => 3.0,
                name if name.starts_with("score_") => 0.0,
                _ => continue,
            };
            *values = burn::tensor::TensorData::new(vec![value; values.num_elements()], values.shape().clone());
        }
        let network = network.with_state(state).unwrap();
        let images = Tensor::<4>::random([1, 3, 130, 97], Distribution::Uniform(0.0, 255.0), &device);
        let scores: Tensor<4> = network.forward(images);
        assert_eq!(scores.dims(), [1, 2, 130, 97]);
        // Beyond the coarsest maps' edge there is nothing to interpolate with.
        let inner = scores.slice([0..1, 0..2, 48..80, 48..80]);
        let far = (inner - 3.0).abs().max().into_scalar::<f32>();
        assert!(far < 1e-4, "{far}");
    }
}

#[test]
fn yolo_has_the_papers_layers_and_its_loss_takes_what_comes_out() {
    let spec = Architecture::YoloV1.config().spec().unwrap();
    assert_eq!(output(&spec), [7, 7, 30]);
    assert_eq!(spec.summary().layers.iter().filter(|layer| layer.kind == "conv2d").count(), 24);
    assert_eq!(spec.summary().parameters, 271_703_550);

    let config = Architecture::YoloV1.config().classes(5).grid(3).boxes(1).size([97, 130]);
    let spec = config.spec().unwrap();
    let loss = YoloV1 { grid: 3, boxes: 1, classes: 5, ..YoloV1::new() };
    let target = Signature::float([3, 3, 10]);
    loss.check(&spec.output_signatures()[0], &target).unwrap();
    assert_eq!(output(&Architecture::YoloV1.config().without_head().spec().unwrap()), [1024, 7, 7]);
}

#[test]
fn lenet5_of_1998_gives_distances_to_points_that_stay() {
    let device = striate_backend::device("flex").unwrap();
    let network = Architecture::LeNet5Of1998.config().spec().unwrap().init(1, &device);
    let distances: Tensor<2> = network.forward(Tensor::<4>::zeros([2, 1, 32, 32], &device));
    assert!(distances.min().into_scalar::<f32>() >= 0.0);
    let summary = network.spec().summary();
    let last = summary.layers.last().unwrap();
    assert_eq!((last.name.as_str(), last.trainable), ("output", 0));
    assert_eq!(summary.trainable, 60_000);
}
