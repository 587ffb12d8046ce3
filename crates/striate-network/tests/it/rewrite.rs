//! Networks made from networks.

use burn::Tensor;
use striate_backend::device;
use striate_core::Streams;
use striate_layers::{
    Activation, AdaptiveAvgPool2d, Add, BatchNorm, Concatenate, Constant, Context, Conv2d, ConvTranspose2d, DataFormat,
    Dense, DepthwiseConv2d, Dropout, Embedding, Flatten, GlobalAvgPool, LayerConfig, MaxPool2d, Multiply,
    Normalization, Reshape, SeparableConv2d, Value,
};
use striate_network::{NameStyle, Network, NetworkError, NetworkSpec, Nodes};

use crate::graph::{assert_close, inputs, run, trained};
use crate::support::small;

fn initialised(spec: &NetworkSpec) -> Network {
    trained(spec.init(3, &device("flex").unwrap()), &mut Streams::new(4).open("weights"))
}

fn pictures(spec: &NetworkSpec) -> Vec<Value> {
    inputs(spec, &mut Streams::new(5).open("pictures"), &device("flex").unwrap())
}

fn kinds(network: &Network) -> Vec<&str> {
    let numbers = 0..network.spec().nodes().len();
    numbers.filter_map(|number| Some(network.spec().layer(number)?.kind())).collect()
}

/// A residual unit with batch norms, a squeeze and excitation, dropout, and a head.
fn residual() -> NetworkSpec {
    let mut net = NetworkSpec::builder("residual");
    let images = net.input("images", [3, 12, 12]);
    let x = net.add("conv1", Conv2d::new(8, 3).same().stride(2).no_bias(), images);
    let x = net.add("bn1", BatchNorm::new(), x);
    let x = net.add("relu1", Activation::Relu, x);
    let y = net.add("depthwise", DepthwiseConv2d::new(3).same().no_bias(), x);
    let y = net.add("bn2", BatchNorm::new(), y);
    let s = net.add("squeeze", GlobalAvgPool::new(), y);
    let s = net.add("excite", Dense::new(8).activation(Activation::Sigmoid), s);
    let s = net.add("raise", Reshape::new([8, 1, 1]), s);
    let y = net.add("scale", Multiply::new(), [y, s]);
    let x = net.add("add", Add::new(), [x, y]);
    let x = net.add("relu2", Activation::Relu, x);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("dropout", Dropout::new(0.5), x);
    let x = net.add("fc", Dense::new(5), x);
    let x = net.add("softmax", Activation::Softmax { axis: -1 }, x);
    net.output(x).build().unwrap()
}

#[test]
fn shared_layer_has_its_weights_once() {
    let mut net = NetworkSpec::builder("siamese");
    let (left, right) = (net.input("left", [1, 8, 8]), net.input("right", [1, 8, 8]));
    let conv = net.add("conv", Conv2d::new(2, 3), left);
    let other = net.reuse("conv_right", conv, right);
    let joined = net.add("join", Concatenate::new(), [conv, other]);
    let spec = net.output(joined).build().unwrap();
    assert_eq!(spec.summary().parameters, 2 * 9 + 2);
    let network = initialised(&spec);
    assert_eq!(network.state().keys().collect::<Vec<_>>(), ["conv.bias", "conv.weight"]);
    let image = Tensor::<4>::ones([1, 1, 8, 8], &device("flex").unwrap());
    let output = network.run(vec![image.clone().into(), image.into()], &mut Context::evaluation()).unwrap().remove(0);
    let [one, two]: [Tensor<4>; 2] = output.float::<4>().chunk(2, 1).try_into().unwrap();
    one.into_data().assert_eq(&two.into_data(), true);
    let json = serde_json::to_string(&spec).unwrap();
    assert!(json.contains(r#""shares":"conv""#), "{json}");
}

#[test]
fn shared_layer_of_other_weights_is_refused() {
    let mut net = NetworkSpec::builder("wrong");
    let (three, one) = (net.input("three", [3, 8, 8]), net.input("one", [1, 8, 8]));
    let conv = net.add("conv", Conv2d::new(2, 3), three);
    let other = net.reuse("again", conv, one);
    let error = net.output(other).build().unwrap_err().to_string();
    assert!(error.contains(r#"layer "again" can't share the weights of "conv""#), "{error}");
    assert!(error.contains("[3, 8, 8], not [1, 8, 8]"), "{error}");
    // A convolution's weights are the same whatever the picture's size.
    let mut net = NetworkSpec::builder("right");
    let (three, larger) = (net.input("three", [3, 8, 8]), net.input("larger", [3, 9, 20]));
    let conv = net.add("conv", Conv2d::new(2, 3), three);
    let other = net.reuse("larger_conv", conv, larger);
    assert!(net.output(other).build().is_ok());
}

#[test]
fn network_within_a_network_keeps_its_layers_names() {
    let base = small();
    let mut net = NetworkSpec::builder("outer");
    let (a, b) = (net.input("a", [2, 9, 8]), net.input("b", [2, 9, 8]));
    let one = net.network("base", &base, a);
    let two = net.reuse_network("twin", &one, b);
    let x = net.add("add", Add::new(), [one.output(), two.output()]);
    let spec = net.output(x).output(one.node("pool1").unwrap()).build().unwrap();
    assert_eq!(spec.summary().parameters, base.summary().parameters);
    let network = spec.init(1, &device("flex").unwrap());
    assert!(network.state().contains_key("base.conv1.weight"));
    assert_eq!(spec.output_signatures()[1].shape, base.signature(base.number("pool1").unwrap()).shape);
    let frozen = spec.frozen("base").unwrap();
    assert!(frozen.nodes()[frozen.number("base.fc").unwrap()].is_frozen());
    let mut wrong = NetworkSpec::builder("wrong");
    let x = wrong.input("x", [2, 9, 8]);
    let nested = wrong.network("base", &base, [x, x]);
    let error = wrong.output(nested.output()).build().unwrap_err().to_string();
    assert_eq!(error, r#"network "base" takes 1 inputs, not 2"#);
}

#[test]
fn inputs_of_several_kinds_meet_in_several_outputs() {
    let mut net = NetworkSpec::builder("mixed");
    let image = net.input("image", [3, 8, 8]);
    let numbers = net.input("numbers", [4]);
    let categories = net.int_input("categories", [2]);
    let x = net.add("conv", Conv2d::new(4, 3), image);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let e = net.add("embedding", Embedding::new(10, 3), categories);
    let e = net.add("flatten", Flatten::new(), e);
    let all = net.add("all", Concatenate::new(), [x, numbers, e]);
    let class = net.add("class", Dense::new(3), all);
    let price = net.add("price", Dense::new(1), all);
    let spec = net.output(class).output(price).build().unwrap();
    let shapes: Vec<_> = spec.output_signatures().iter().map(|output| output.to_string()).collect();
    assert_eq!(shapes, ["[3]", "[1]"]);
    assert_eq!(run(&initialised(&spec), &pictures(&spec)).len(), 2);
}

#[test]
fn batches_of_different_sizes_are_an_error() {
    let mut net = NetworkSpec::builder("two");
    let (a, b) = (net.input("a", [2]), net.input("b", [2]));
    let x = net.add("add", Add::new(), [a, b]);
    let network = net.output(x).build().unwrap().init(0, &device("flex").unwrap());
    let batch = |size: usize| Value::from(Tensor::<2>::zeros([size, 2], &device("flex").unwrap()));
    for sizes in [[2, 3], [1, 2], [0, 0]] {
        let error = network.run(sizes.map(batch).to_vec(), &mut Context::evaluation()).unwrap_err();
        assert!(error.to_string().contains(&format!("{sizes:?}")), "{error}");
    }
}

#[test]
fn picture_too_small_for_a_network_of_any_size_is_an_error() {
    let mut net = NetworkSpec::builder("any size");
    let images = net.input("images", [Some(1), None, None]);
    let x = net.add("conv", Conv2d::new(2, 5), images);
    let network = net.output(x).build().unwrap().init(0, &device("flex").unwrap());
    let run = |side: usize| {
        let images = Tensor::<4>::zeros([1, 1, side, side], &device("flex").unwrap());
        network.run(vec![images.into()], &mut Context::evaluation())
    };
    assert!(run(5).is_ok());
    assert!(matches!(run(4).unwrap_err(), NetworkError::Layer { node, .. } if node == "conv"));
}

#[test]
fn constant_is_the_same_for_every_sample_and_can_be_learned() {
    let mut net = NetworkSpec::builder("position");
    let tokens = net.input("tokens", [4, 3]);
    let learned = net.add("position", Constant::new([4, 3]).trainable(), &[] as &[_]);
    let doubled = net.add("doubled", Add::new(), [learned, learned]);
    let joined = net.add("joined", Concatenate::new(), [tokens, doubled]);
    let spec = net.output(joined).output(doubled).build().unwrap();
    assert_eq!(spec.summary().parameters, 12);
    let network = initialised(&spec);
    let outputs = run(&network, &pictures(&spec));
    assert_eq!([&outputs[0].0[..], &outputs[1].0], [&[2, 8, 3][..], &[2, 4, 3]]);
    assert_eq!(outputs[1].1[..12], outputs[1].1[12..]);
    let once = network.with_constants();
    assert_eq!(kinds(&once), ["constant", "concatenate"]);
    assert_close(&run(&once, &pictures(&spec)), &outputs, 0.0);
}

#[test]
fn inference_has_neither_noise_nor_batch_norms_nor_activations_of_their_own() {
    let spec = residual();
    let network = initialised(&spec);
    let rewritten = network.for_inference();
    let want = [
        "conv2d",
        "depthwise_conv2d",
        "global_avg_pool",
        "dense",
        "reshape",
        "multiply",
        "add",
        "global_avg_pool",
        "dense",
    ];
    assert_eq!(kinds(&rewritten), want);
    assert_close(&run(&rewritten, &pictures(&spec)), &run(&network, &pictures(&spec)), 1e-5);
    // What remains has the names that it had.
    assert!(rewritten.spec().number("conv1").is_ok() && rewritten.spec().number("bn1").is_err());
}

#[test]
fn batch_norm_folds_into_every_kind_of_layer_before_and_after() {
    use DataFormat::{ChannelsFirst, ChannelsLast};
    // The layer, where its channels are, whether it takes over a norm after it, and one before it.
    let layers: [(LayerConfig, DataFormat, bool, bool); 10] = [
        (Conv2d::new(4, 3).groups(2).into(), ChannelsFirst, true, true),
        (Conv2d::new(4, 3).same().into(), ChannelsFirst, true, false),
        (
            Conv2d::new(4, 3).connections(vec![vec![0], vec![1, 2], vec![3], vec![0, 3]]).into(),
            ChannelsFirst,
            true,
            false,
        ),
        (ConvTranspose2d::new(6, 3).stride(2).groups(2).into(), ChannelsFirst, true, false),
        (DepthwiseConv2d::new(3).depth_multiplier(2).into(), ChannelsFirst, true, false),
        (SeparableConv2d::new(5, 3).no_bias().into(), ChannelsFirst, true, false),
        (Conv2d::new(4, 1).no_bias().into(), ChannelsFirst, true, true),
        (Dense::new(3).into(), ChannelsFirst, false, false),
        (Dense::new(3).into(), ChannelsLast, true, true),
        (Conv2d::new(4, 3).data_format(ChannelsLast).into(), ChannelsLast, true, true),
    ];
    for (layer, data_format, after, before) in layers {
        for norm_first in [false, true] {
            let mut net = NetworkSpec::builder("fold");
            let images = net.input("images", [4, 4, 4]);
            let norm = |net: &mut striate_network::Builder, x| {
                net.add("norm", BatchNorm::new().eps(0.01).data_format(data_format), x)
            };
            let x = if norm_first { norm(&mut net, images) } else { images };
            let x = net.add("layer", layer.clone(), x);
            let x = if norm_first { x } else { norm(&mut net, x) };
            let spec = net.output(x).build().unwrap();
            let network = initialised(&spec);
            let folded = network.fold_batch_norms();
            let folds = if norm_first { before } else { after };
            assert_eq!(!kinds(&folded).contains(&"batch_norm"), folds, "{layer:?}, norm first: {norm_first}");
            assert_close(&run(&folded, &pictures(&spec)), &run(&network, &pictures(&spec)), 1e-5);
        }
    }
}

#[test]
fn batch_norm_that_something_else_reads_stays() {
    let mut net = NetworkSpec::builder("read twice");
    let images = net.input("images", [4, 6, 6]);
    let conv = net.add("conv", Conv2d::new(4, 1), images);
    let norm = net.add("norm", BatchNorm::new(), conv);
    let x = net.add("add", Add::new(), [conv, norm]);
    let network = initialised(&net.output(x).build().unwrap());
    assert!(kinds(&network.for_inference()).contains(&"batch_norm"));
}

#[test]
fn classifier_made_convolutional_gives_its_logits_at_each_place() {
    let mut net = NetworkSpec::builder("classifier");
    let images = net.input("images", [2, 12, 12]);
    let x = net.add("conv", Conv2d::new(4, 3).activation(Activation::Relu), images);
    let x = net.add("pool", MaxPool2d::new(2), x);
    let x = net.add("avgpool", AdaptiveAvgPool2d::new(5), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(7).activation(Activation::Tanh), x);
    let x = net.add("dropout", Dropout::new(0.5), x);
    let x = net.add("fc2", Dense::new(3).activation(Activation::Softmax { axis: -1 }), x);
    for spec in [net.output(x).build().unwrap(), residual()] {
        let network = initialised(&spec);
        let everywhere = network.convolutional().unwrap();
        let channels = spec.input_signatures()[0].shape.sides()[0].unwrap();
        let device = device("flex").unwrap();
        let side = 12 + 2 * 3;
        let values: Vec<f32> = (0..channels * side * side).map(|place| (place as f32 * 0.37).sin()).collect();
        let large = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([1, channels, side, side]);
        let votes: Tensor<4> = everywhere.forward(large.clone());
        let [_, classes, rows, columns] = votes.dims();
        assert_eq!(Some(classes), spec.classes());
        assert!(rows > 1 && rows == columns);
        // Both networks move by two pixels from one place to the next; the borders of `same` padding differ inside a
        // larger picture, so the residual network is compared on its own size only.
        let places = if spec.name() == "classifier" { rows } else { 0 };
        for row in 0..places {
            let part = large.clone().slice([0..1, 0..channels, 2 * row..2 * row + 12, 0..12]);
            let logits: Tensor<2> = network.forward(part);
            let vote = votes.clone().slice([0..1, 0..classes, row..row + 1, 0..1]).reshape([1, classes]);
            vote.into_data().assert_approx_eq::<f32>(&logits.into_data(), burn::tensor::Tolerance::absolute(1e-5));
        }
        let own_size = large.slice([0..1, 0..channels, 0..12, 0..12]);
        let want: Tensor<2> = network.forward(own_size.clone());
        let got: Tensor<4> = everywhere.forward(own_size);
        assert_eq!(got.dims()[2..], [1, 1]);
        got.reshape([1, classes])
            .into_data()
            .assert_approx_eq::<f32>(&want.into_data(), burn::tensor::Tolerance::absolute(1e-5));
    }
}

#[test]
fn network_that_has_no_convolutional_form_says_which_layer() {
    let mut net = NetworkSpec::builder("wrong");
    let images = net.input("images", [2, 12, 12]);
    let x = net.add("flatten", Flatten::new(), images);
    let x = net.add("lines", Reshape::new([12, 24]), x);
    let error = net.output(x).build().unwrap().convolutional().unwrap_err().to_string();
    assert!(error.contains(r#"layer "lines" can't be made convolutional"#), "{error}");
}

#[test]
fn head_is_replaced_and_the_base_keeps_its_weights() {
    let network = initialised(&small());
    let before = network.state();
    let other = network.with_layer("fc", Dense::new(7), 1).unwrap();
    assert_eq!(other.spec().classes(), Some(7));
    assert_eq!(other.state()["conv1.weight"], before["conv1.weight"]);
    // Equal in shape, but drawn anew.
    let again = network.with_layer("fc", Dense::new(3), 1).unwrap();
    assert_ne!(again.state()["fc.weight"], before["fc.weight"]);
    let error = network.with_layer("fd", Dense::new(7), 1).unwrap_err().to_string();
    assert!(error.contains(r#"has no layer "fd""#), "{error}");
    // A head that begins elsewhere.
    let mut net = small().to_builder();
    let x = net.node("pool1").unwrap();
    let x = net.add("global", GlobalAvgPool::new(), x);
    let x = net.add("head", Dense::new(2), x);
    let grown = network.rebuilt(net.output(x).build().unwrap(), 2);
    assert_eq!(grown.state()["conv1.weight"], before["conv1.weight"]);
    assert!(grown.spec().number("fc").is_err() && grown.spec().classes() == Some(2));
}

#[test]
fn unfrozen_layers_learn_again_but_statistics_are_no_weights() {
    let device = device("flex").unwrap().autodiff();
    let network = residual().init(1, &device).freeze(Nodes::up_to("pool")).unwrap();
    let gradients = |network: &Network| -> Vec<String> {
        let images = Tensor::<4>::ones([1, 3, 12, 12], &device);
        let loss = network.forward_in::<4, 2>(images, &mut Context::training(Streams::new(1))).square().sum();
        crate::support::with_gradient(network, &loss.backward())
    };
    assert_eq!(gradients(&network), ["fc.weight", "fc.bias"]);
    let network = network.unfreeze("*").unwrap();
    let all = gradients(&network);
    assert!(all.contains(&"conv1.weight".into()) && all.contains(&"bn1.weight".into()), "{all:?}");
    assert!(!all.iter().any(|name| name.contains("running")), "{all:?}");
    assert!(matches!(network.freeze("convolution*"), Err(NetworkError::NoMatch { .. })));
}

#[test]
fn weights_are_grouped_by_the_first_pattern_that_fits() {
    let network = residual().init(1, &device("flex").unwrap());
    let groups = network.parameter_groups(&["fc", "*.bias"]).unwrap();
    assert_eq!(groups[0].weights, ["fc.weight", "fc.bias"]);
    assert_eq!(groups[1].weights, ["bn1.bias", "bn2.bias", "excite.bias"]);
    assert!(groups[2].pattern.is_none() && groups[2].weights.contains(&"conv1.weight".to_string()));
    assert!(network.parameter_groups(&["head"]).is_err());
}

#[test]
fn weights_of_one_layer_are_read_and_set() {
    let network = initialised(&small());
    let mut state = network.layer_state("fc").unwrap();
    assert_eq!(state.keys().collect::<Vec<_>>(), ["bias", "weight"]);
    let shape = state["bias"].shape().clone();
    state.insert("bias".into(), burn::tensor::TensorData::new(vec![1f32, 2.0, 3.0], shape));
    let changed = network.clone().with_layer_state("fc", state.clone()).unwrap();
    assert_eq!(changed.layer_state("fc").unwrap(), state);
    assert_eq!(changed.state()["conv1.weight"], network.state()["conv1.weight"]);
    state.remove("weight");
    let error = changed.with_layer_state("fc", state).unwrap_err().to_string();
    assert!(error.contains("missing weight"), "{error}");
}

#[test]
fn summary_counts_as_the_library_whose_names_it_has() {
    let spec = residual();
    // Two norms of 8 channels, each with a mean and a variance.
    let statistics = 2 * 2 * 8;
    let learned = spec.summary().trainable;
    assert_eq!((spec.summary().parameters, spec.summary().non_trainable), (learned, statistics));
    let mut net = spec.to_builder();
    let output = net.node("softmax").unwrap();
    let keras = net.style(NameStyle::Keras).output(output).build().unwrap();
    assert_eq!(keras.summary().parameters, learned + statistics);
    let frozen = keras.frozen(Nodes::up_to("relu1")).unwrap().summary();
    // The first convolution's weight, and gamma and beta.
    assert_eq!((frozen.trainable, frozen.parameters), (learned - 8 * 27 - 16, learned + statistics));
    assert_eq!(frozen.trainable + frozen.non_trainable, frozen.parameters);
}

#[test]
fn summary_counts_what_kerass_normalization_has_adapted_to() {
    let mut net = NetworkSpec::builder("adapted");
    let images = net.style(NameStyle::Keras).input("images", [3, 4, 4]);
    let x = net.add("normalization", Normalization::new([0.0; 3], [1.0; 3]).axis([1]), images);
    let keras = net.output(x).build().unwrap().summary();
    // Three means, three variances, and the number of samples.
    assert_eq!((keras.parameters, keras.trainable, keras.non_trainable), (7, 0, 7));
}
