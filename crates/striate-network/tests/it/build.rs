use burn::Tensor;
use striate_backend::device;
use striate_layers::{Activation, AvgPool2d, Context, Conv2d, Dense, Flatten, LayerConfig, MaxPool2d};
use striate_network::{Builder, NetworkError, NetworkSpec, Node};

use crate::support::{small, with_causes};

/// The error of a network whose layer `bad` is this one, over a picture of 3x8x8.
fn message(layer: impl Into<LayerConfig>) -> String {
    message_of(|net, images| net.add("bad", layer, images))
}

fn message_of(add: impl FnOnce(&mut Builder, Node) -> Node) -> String {
    let mut net = NetworkSpec::builder("wrong");
    let images = net.input("images", [3, 8, 8]);
    let x = add(&mut net, images);
    with_causes(&net.output(x).build().unwrap_err())
}

#[test]
fn impossible_layers_are_named_with_what_came_and_what_fits() {
    let cases = [
        (message(Conv2d::new(0, 3)), "conv2d `filters` is 0; it must be at least 1"),
        (message(Conv2d::new(4, 0)), "`kernel_size` is [0, 0]"),
        (message(Conv2d::new(4, 3).stride(0)), "`stride` is [0, 0]"),
        (message(Conv2d::new(4, 3).dilation((1, 0))), "`dilation` is [1, 0]"),
        (message(Conv2d::new(4, 3).groups(3)), "`groups` is 3"),
        (message(Conv2d::new(4, 3).groups(2)), "a picture whose channels 2 groups divide, not [3, 8, 8]"),
        (message(Conv2d::new(4, 9)), "a 9x9 kernel fits in, not [3, 8, 8]; use padding `same`"),
        (message(MaxPool2d::new(0)), "max_pool2d `pool_size` is [0, 0]"),
        (message(AvgPool2d::new(9)), "a 9x9 window fits in, not [3, 8, 8]"),
        (message(AvgPool2d::new(2).padding(2)), "`padding` is [[2, 2], [2, 2]]"),
        (message(Dense::new(0)), "dense `units` is 0"),
    ];
    for (got, want) in cases {
        assert!(got.contains("layer \"bad\"") && got.contains(want), "{got}\nlacks: {want}");
    }
    let flat = message_of(|net, images| {
        let x = net.add("flatten", Flatten::new(), images);
        net.add("bad", Conv2d::new(4, 3), x)
    });
    assert!(flat.contains("takes one picture [channels, height, width], not [192]"), "{flat}");
    let two = message_of(|net, images| net.add("bad", Activation::Relu, [images, images]));
    assert!(two.contains("not [3, 8, 8] and [3, 8, 8]"), "{two}");
}

#[test]
fn names_and_ends_are_checked() {
    let twice = message_of(|net, images| {
        let x = net.add("x", Activation::Relu, images);
        net.add("x", Activation::Relu, x)
    });
    assert!(twice.contains("two layers are named \"x\""), "{twice}");
    assert!(message_of(|net, images| net.add("", Activation::Relu, images)).contains("can't be a layer's name"));
    let mut other = NetworkSpec::builder("other");
    let foreign = other.input("images", [1]);
    assert!(message_of(|net, _| net.add("bad", Activation::Relu, foreign)).contains("another network's builder"));
    let mut empty = NetworkSpec::builder("empty");
    assert!(matches!(empty.build(), Err(NetworkError::Incomplete { missing: "input", .. })));
    empty.input("images", [1]);
    assert!(matches!(empty.build(), Err(NetworkError::Incomplete { missing: "output", .. })));
}

#[test]
fn spec_survives_json_and_wrong_json_is_an_error() {
    let spec = small();
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<NetworkSpec>(&json).unwrap(), spec);
    let wrong = [
        json.replace("\"filters\":4", "\"filters\":0"),
        json.replace("\"filters\":4", "\"filters\":4611686018427387904"),
        json.replace("\"inputs\":[\"images\"]", "\"inputs\":[\"pool1\"]"),
        json.replace("\"kind\":\"dense\"", "\"kind\":\"dance\""),
        json.replace("\"outputs\":[\"fc\"]", "\"outputs\":[\"fd\"]"),
        json.replace("\"units\"", "\"unit\""),
    ];
    for (number, wrong) in wrong.iter().enumerate() {
        assert_ne!(*wrong, json, "case {number} changes nothing");
        assert!(serde_json::from_str::<NetworkSpec>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn summary_and_cost_are_those_of_the_layers() {
    let summary = small().summary();
    // 4 * (2 * 9 + 1) and 3 * (16 + 1).
    assert_eq!(summary.parameters, 76 + 3 * (4 * 2 * 2 + 1));
    let text = summary.to_string();
    for part in ["conv1 (conv2d)", "(None, 4, 5, 4)", "fc (dense)", "Total params: 127", "Non-trainable params: 0"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(small().cost(1).unwrap().multiplications, 4 * 5 * 4 * 2 * 9 + 3 * 16);
}

#[test]
fn sides_that_vary_are_fine_until_a_layer_needs_them() {
    let mut net = NetworkSpec::builder("any size");
    let images = net.input("images", [Some(1), None, None]);
    let x = net.add("conv", Conv2d::new(2, [3, 1]), images);
    let spec = net.output(x).build().unwrap();
    let network = spec.init(0, &device("flex").unwrap());
    for [height, width] in [[5, 5], [7, 2]] {
        let images = Tensor::<4>::zeros([1, 1, height, width], &device("flex").unwrap());
        assert_eq!(network.forward::<4, 4>(images).dims(), [1, 2, height - 2, width]);
    }
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc", Dense::new(2), x);
    let error = net.output(x).build().unwrap_err();
    assert!(matches!(error, NetworkError::Layer { node, .. } if node == "fc"));
}

#[test]
fn input_that_does_not_fit_is_an_error() {
    let device = device("flex").unwrap();
    let network = small().init(0, &device);
    let run =
        |shape: [usize; 4]| network.run(vec![Tensor::<4>::zeros(shape, &device).into()], &mut Context::evaluation());
    assert!(run([5, 2, 9, 8]).is_ok());
    let message = run([5, 2, 8, 8]).unwrap_err().to_string();
    assert!(message.contains("takes [2, 9, 8], not [2, 8, 8]"), "{message}");
    assert!(network.run(Vec::new(), &mut Context::evaluation()).is_err());
}

#[test]
fn branches_share_their_input() {
    let mut net = NetworkSpec::builder("branches");
    let images = net.input("images", [1, 4, 4]);
    let left = net.add("left", Activation::Relu, images);
    let right = net.add("right", Activation::Tanh, images);
    let spec = net.output(left).output(right).build().unwrap();
    let device = device("flex").unwrap();
    let images = Tensor::<4>::ones([1, 1, 4, 4], &device).neg();
    let outputs = spec.init(0, &device).run(vec![images.into()], &mut Context::evaluation()).unwrap();
    let sums: Vec<f32> = outputs.into_iter().map(|output| output.float::<4>().sum().into_scalar::<f32>()).collect();
    assert_eq!(sums[0], 0.0);
    assert!((sums[1] + 16.0 * 1f32.tanh()).abs() < 1e-4, "{sums:?}");
}
