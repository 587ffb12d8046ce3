//! Tables of layers with output shape `[height, width, channels]` and parameters.

use serde::Deserialize;
use striate_layers::{
    Activation, AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Flatten, GlobalAvgPool, LayerConfig, MaxPool2d, Padding,
    SeparableConv2d, Signature, Subsampling2d,
};
use striate_network::{LayerSummary, NameStyle, NetworkSpec};

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    layer: String,
    output_shape: Vec<usize>,
    parameters: u64,
}

impl Row {
    /// The shape in our order.
    fn shape(&self) -> Vec<usize> {
        channels_first(&self.output_shape)
    }

    fn fits(&self, layer: &LayerSummary) -> bool {
        let shape: Vec<usize> = layer.output.sides().iter().flatten().copied().collect();
        shape == self.shape() && counted(layer) == self.parameters
    }
}

/// The parameters that a table counts: running statistics too, but not weights that are fixed.
fn counted(layer: &LayerSummary) -> u64 {
    match layer.kind.as_str() {
        "conv2d" | "distance" => layer.trainable,
        _ => layer.trainable + layer.non_trainable,
    }
}

fn channels_first(shape: &[usize]) -> Vec<usize> {
    match shape {
        [height, width, channels] => vec![*channels, *height, *width],
        other => other.to_vec(),
    }
}

/// Finds each row among the network's layers, in order; layers between that the table leaves out have no parameters.
pub(super) fn check(id: &str, spec: &NetworkSpec, rows: &[Row], total: u64) {
    let summary = spec.summary();
    let mut layers = summary.layers.iter();
    for row in rows {
        let found = layers.by_ref().find(|layer| row.fits(layer) || counted(layer) > 0);
        let found = found.unwrap_or_else(|| panic!("{id}: no layer is left for {row:?}"));
        assert!(row.fits(found), "{id}: {row:?} is {found:?}");
    }
    assert!(layers.all(|layer| counted(layer) == 0), "{id}: the table ends too early");
    assert_eq!(summary.layers.iter().map(counted).sum::<u64>(), total, "{id}");
}

/// A network that has such a table: what kind a layer is comes from its name, kernels and strides from shapes and counts.
pub(super) fn rebuilt(id: &str, input: &[usize], rows: &[Row]) -> NetworkSpec {
    let mut net = NetworkSpec::builder("rebuilt");
    net.style(NameStyle::Keras);
    let mut shape = channels_first(input);
    let mut x = net.input("images", striate_layers::Shape::new(shape.iter().map(|side| Some(*side))));
    for (number, row) in rows.iter().enumerate() {
        let want = row.shape();
        let is_dense = ["dense", "fc", "f"].iter().any(|name| stem(&row.layer) == *name);
        if is_dense && shape.len() == 3 {
            x = net.add(format!("flatten{number}"), Flatten::new(), x);
            shape = vec![shape.iter().product()];
        }
        let signature = Signature::float(striate_layers::Shape::new(shape.iter().map(|side| Some(*side))));
        let fits = |layer: &LayerConfig| {
            let output = layer.output(std::slice::from_ref(&signature));
            let cost = layer.cost(std::slice::from_ref(&signature));
            output.is_ok_and(|output| output.shape.sides().iter().flatten().eq(&want))
                && cost.parameters + cost.non_trainable == row.parameters
        };
        let layer = candidates(row).into_iter().find(fits);
        x = net.add(format!("layer{number}"), layer.unwrap_or_else(|| panic!("{id}: no layer is like {row:?}")), x);
        shape = want;
    }
    net.output(x).build().unwrap_or_else(|error| panic!("{id}: {error}"))
}

/// A layer's name without its number.
fn stem(name: &str) -> &str {
    name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_')
}

fn candidates(row: &Row) -> Vec<LayerConfig> {
    let filters = *row.output_shape.last().unwrap();
    let windows = |layer: &dyn Fn(usize, usize, Padding<2>) -> LayerConfig| {
        let mut layers = Vec::new();
        for size in 1..=11 {
            for stride in 1..=size.max(4) {
                layers.extend([Padding::Valid, Padding::Same].map(|padding| layer(size, stride, padding)));
            }
        }
        layers
    };
    match stem(&row.layer) {
        "conv" | "conv2d" | "c" => [
            windows(&|size, stride, padding| Conv2d::new(filters, size).stride(stride).padding(padding).into()),
            windows(&|size, stride, padding| {
                Conv2d::new(filters, size).stride(stride).padding(padding).no_bias().into()
            }),
        ]
        .concat(),
        "separable_conv2d" | "separable_conv" => {
            windows(&|size, stride, padding| SeparableConv2d::new(filters, size).stride(stride).padding(padding).into())
        }
        "pool" | "max_pool2d" | "max_pooling2d" => {
            windows(&|size, stride, padding| MaxPool2d::new(size).stride(stride).padding(padding).into())
        }
        "avg_pool2d" | "average_pooling2d" => {
            windows(&|size, stride, padding| AvgPool2d::new(size).stride(stride).padding(padding).into())
        }
        "s" => (2..=4).map(|size| Subsampling2d::new(size).into()).collect(),
        "global_avg_pool" | "global_average_pooling2d" => vec![GlobalAvgPool::new().into()],
        "batch_norm" | "batch_normalization" => vec![BatchNorm::new().into()],
        "activation" | "relu" => vec![Activation::Relu.into()],
        "dropout" => vec![Dropout::new(0.5).into()],
        "flatten" => vec![Flatten::new().into()],
        "dense" | "fc" | "f" => vec![Dense::new(filters).into(), Dense::new(filters).no_bias().into()],
        unknown => panic!("unknown layer {unknown}"),
    }
}

#[test]
fn network_rebuilt_from_a_table_has_that_table() {
    let text = r#"[
        {"layer": "conv2d_1", "output_shape": [55, 23, 96], "parameters": 14208},
        {"layer": "pool1", "output_shape": [27, 11, 96], "parameters": 0},
        {"layer": "batch_norm", "output_shape": [27, 11, 96], "parameters": 384},
        {"layer": "fc1", "output_shape": [10], "parameters": 285130}]"#;
    let rows: Vec<Row> = serde_json::from_str(text).unwrap();
    let spec = rebuilt("table", &[115, 51, 3], &rows);
    check("table", &spec, &rows, 14_208 + 384 + 285_130);
}
