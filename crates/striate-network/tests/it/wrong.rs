//! Networks that can't be: the error names the layer, what came and what fits.

use striate_layers::{
    Activation, AdaptiveAvgPool2d, Add, AvgPool2d, BatchNorm, CenterCrop, ChannelMaxPool2d, Concatenate, Constant,
    Conv1d, Conv2d, Conv3d, ConvTranspose2d, Cropping2d, Dense, DepthwiseConv2d, Distance, Dot, Embedding, Flatten,
    GlobalAvgPool, Gru, LayerConfig, LocallyConnected2d, Lstm, MaxPool1d, MaxPool2d, Multiply, Permute, RepeatVector,
    Reshape, SeparableConv2d, Subtract, Upsample2d, ZeroPadding2d,
};
use striate_network::NetworkSpec;

use crate::support::with_causes;

/// The message, with its causes, of a network whose layer `bad` takes these inputs.
fn message(layer: &LayerConfig, inputs: &[&str]) -> String {
    let mut net = NetworkSpec::builder("wrong");
    net.input("image", [3, 8, 8]);
    net.input("large", [3, 16, 16]);
    net.input("any", [Some(3), None, None]);
    net.input("vector", [10]);
    net.input("short", [4]);
    net.input("steps", [5, 4]);
    net.input("volume", [2, 4, 4, 4]);
    net.int_input("ids", [6]);
    let inputs: Vec<_> = inputs.iter().map(|name| net.node(name).unwrap()).collect();
    let bad = net.add("bad", layer.clone(), inputs.as_slice());
    net.output(bad).build().map_or_else(|error| with_causes(&error), |_| format!("{layer:?} is built"))
}

#[test]
fn impossible_shape_names_the_layer_what_came_and_what_fits() {
    // The layer, what it takes, what came, a part of what fits.
    let cases: Vec<(LayerConfig, &[&str], &str, &str)> = vec![
        (Conv2d::new(4, 9).into(), &["image"], "[3, 8, 8]", "9x9 kernel fits in"),
        (Conv2d::new(4, 3).dilation(5).into(), &["image"], "[3, 8, 8]", "fits in"),
        (Conv2d::new(4, 3).groups(2).into(), &["image"], "[3, 8, 8]", "2 groups divide"),
        (Conv2d::new(4, 3).into(), &["vector"], "[10]", "[channels, height, width]"),
        (Conv2d::new(4, 3).into(), &["ids"], "[6] of whole numbers", "[channels, height, width]"),
        (Conv2d::new(4, 3).into(), &["image", "image"], "[3, 8, 8] and [3, 8, 8]", "one picture"),
        (Conv2d::new(4, 3).into(), &[], "nothing", "one picture"),
        (Conv1d::new(4, 3).into(), &["image"], "[3, 8, 8]", "[channels, length]"),
        (Conv3d::new(4, 3).into(), &["image"], "[3, 8, 8]", "[channels, depth, height, width]"),
        (Conv3d::new(4, 5).into(), &["volume"], "[2, 4, 4, 4]", "5x5x5"),
        (ConvTranspose2d::new(4, 3).groups(2).into(), &["image"], "[3, 8, 8]", "2 groups divide"),
        (DepthwiseConv2d::new(9).into(), &["image"], "[3, 8, 8]", "9x9"),
        (SeparableConv2d::new(4, 9).into(), &["image"], "[3, 8, 8]", "9x9"),
        (LocallyConnected2d::new(4, 3).into(), &["any"], "[3, ?, ?]", "known"),
        (MaxPool2d::new(9).into(), &["image"], "[3, 8, 8]", "9x9 window fits in"),
        (AvgPool2d::new(2).into(), &["steps"], "[5, 4]", "[channels, height, width]"),
        (MaxPool1d::new(5).into(), &["steps"], "[5, 4]", "window"),
        (ChannelMaxPool2d::new(4).into(), &["image"], "[3, 8, 8]", "channels"),
        (AdaptiveAvgPool2d::new(3).into(), &["vector"], "[10]", "[channels, height, width]"),
        (GlobalAvgPool::new().into(), &["vector"], "[10]", "one picture"),
        (Dense::new(3).into(), &["ids"], "[6] of whole numbers", "[.., features]"),
        (Dense::new(3).into(), &["any"], "[3, ?, ?]", "known"),
        (Distance::new(3).into(), &["ids"], "[6] of whole numbers", "one input"),
        (Embedding::new(9, 2).into(), &["vector"], "[10]", "whole numbers"),
        (BatchNorm::new().into(), &["ids"], "[6] of whole numbers", "[channels, …]"),
        (Lstm::new(4).into(), &["vector"], "[10]", "one"),
        (Gru::new(4).into(), &["image"], "[3, 8, 8]", "one"),
        (Flatten::new().into(), &["ids"], "[6] of whole numbers", "real numbers"),
        (Reshape::new([5, 3]).into(), &["vector"], "[10]", "15"),
        (Permute::new([2, 1]).into(), &["image"], "[3, 8, 8]", "2"),
        (RepeatVector::new(3).into(), &["steps"], "[5, 4]", "one"),
        (Cropping2d::new(4).into(), &["image"], "[3, 8, 8]", "crop"),
        (ZeroPadding2d::new(1).into(), &["vector"], "[10]", "[channels, height, width]"),
        (Upsample2d::new(2).into(), &["vector"], "[10]", "[channels, height, width]"),
        (CenterCrop::new(4, 4).into(), &["vector"], "[10]", "picture"),
        (Add::new().into(), &["image", "large"], "[3, 8, 8] and [3, 16, 16]", "equal or 1"),
        (Subtract::new().into(), &["vector", "vector", "vector"], "[10] and [10] and [10]", "two inputs"),
        (Multiply::new().into(), &["vector", "short"], "[10] and [4]", "equal or 1"),
        (Concatenate::new().into(), &["image", "large"], "[3, 8, 8] and [3, 16, 16]", "axis"),
        (Dot::new(1).into(), &["vector", "short"], "[10] and [4]", "axes"),
        (Activation::Softmax { axis: 4 }.into(), &["image"], "[3, 8, 8]", "axis"),
        (Constant::new([3]).into(), &["vector"], "[10]", "no input"),
    ];
    println!("{} wrong networks", cases.len());
    let lacking: Vec<_> = cases
        .iter()
        .flat_map(|(layer, inputs, came, fits)| {
            let message = message(layer, inputs);
            let lacking =
                ["layer \"bad\"", came, fits, layer.kind()].into_iter().filter(|part| !message.contains(part));
            lacking.map(|part| format!("{message}\n  lacks {part}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}
