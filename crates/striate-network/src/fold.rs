//! Batch norms folded into the layers before or after them: for inference, since a folded one learns nothing.

use std::collections::BTreeMap;

use burn::Tensor;
use striate_layers::{Activation, BatchNorm, DataFormat, Initializer, LayerConfig, Padding, Value, Weight};

use crate::Network;
use crate::rewrite::{Draft, Unneeded, Values, values_of};
use crate::spec::NodeKind;

/// A batch norm with its running statistics, as a factor and a summand for each channel.
struct Affine {
    scale: Tensor<1>,
    shift: Tensor<1>,
}

/// What a batch norm acts on in another layer.
#[derive(Debug, Clone, Copy)]
struct Target {
    /// The weight's name.
    weight: &'static str,
    /// How many groups the channels are in.
    groups: usize,
    /// The weight's axis of the channels.
    axis: usize,
}

/// A layer that can take a batch norm over: what changes, and the config of the bias, which it then needs.
type Foldable<'a> = Option<(Target, &'a mut Option<Weight>)>;

impl Network {
    /// The network without the batch norms that a convolution or dense layer right before or right after them can take
    /// over, for evaluation: the outputs are equal but for rounding.
    ///
    /// After: convolutions of any kind and dense layers without an activation of their own, whose values nothing else
    /// reads. Before: convolutions without padding and dense layers. Layers whose weights are shared stay as they are.
    pub fn fold_batch_norms(&self) -> Self {
        let spec = self.spec();
        let mut draft = Draft::of(spec);
        let mut values: BTreeMap<String, Values> = BTreeMap::new();
        for number in 0..spec.nodes().len() {
            let NodeKind::Layer(LayerConfig::BatchNorm(config)) = spec.nodes()[number].kind() else { continue };
            if draft.is_shared(number) {
                continue;
            }
            let before = draft.nodes[number].inputs[0];
            let after = match draft.readers(number).as_slice() {
                [Some(after)] => Some(*after),
                _ => None,
            };
            let place = Place::of(config, spec.signature(number).shape.rank());
            let norm = || self.affine(number, config);
            if draft.readers(before).len() == 1
                && !draft.is_shared(before)
                && let Some((target, bias)) = folds_after(&mut draft.nodes[before].kind, place)
            {
                *bias = bias.or(Some(Initializer::Zeros.into()));
                scale_outputs(self.values_now(before, &mut values), target, norm());
            } else if let Some(after) = after
                && !draft.is_shared(after)
                && let Some((target, bias)) = folds_before(&mut draft.nodes[after].kind, place)
            {
                *bias = bias.or(Some(Initializer::Zeros.into()));
                scale_inputs(self.values_now(after, &mut values), target, norm());
            } else {
                continue;
            }
            draft.bypass(number);
        }
        let rewrite = draft.finish(Unneeded::Layers).expect("a layer with a bias fits where it did without");
        self.rewritten(rewrite, values, 0)
    }

    fn affine(&self, number: usize, config: &BatchNorm) -> Affine {
        let mut values = values_of(self.layer_of(number).expect("a batch norm is a layer").layer);
        let mut take = |name: &str| values.remove(name).map(Value::float::<1>);
        let (gamma, beta) = (take("weight"), take("bias"));
        let mean = take("running_mean").expect("a batch norm has a running mean");
        let variance = take("running_var").expect("a batch norm has a running variance");
        let scale = (variance + config.eps).sqrt().recip();
        let scale = match gamma {
            Some(gamma) => scale * gamma,
            None => scale,
        };
        let shift = mean.neg() * scale.clone();
        let shift = match beta {
            Some(beta) => shift + beta,
            None => shift,
        };
        Affine { scale, shift }
    }

    /// A layer's values, as they are after what was folded into it before.
    fn values_now<'a>(&self, number: usize, values: &'a mut BTreeMap<String, Values>) -> &'a mut Values {
        let name = self.spec().nodes()[number].name().to_string();
        values
            .entry(name)
            .or_insert_with(|| values_of(self.layer_of(number).expect("a convolution or dense layer is a layer").layer))
    }
}

/// Where a batch norm's channels are.
#[derive(Debug, Clone, Copy)]
struct Place {
    first: bool,
    last: bool,
}

impl Place {
    fn of(config: &BatchNorm, rank: usize) -> Self {
        // A vector's channels are its first axis and its last.
        let is = |format| rank == 1 || config.data_format == format;
        Self { first: is(DataFormat::ChannelsFirst), last: is(DataFormat::ChannelsLast) }
    }

    fn is(self, format: DataFormat) -> bool {
        match format {
            DataFormat::ChannelsFirst => self.first,
            DataFormat::ChannelsLast => self.last,
        }
    }
}

/// A layer that takes over a batch norm that comes after it.
fn folds_after(kind: &mut NodeKind, place: Place) -> Foldable<'_> {
    macro_rules! convolution {
        ($conv:ident, $weight:literal, $groups:expr, $axis:literal) => {
            ($conv.activation == Activation::Linear && place.is($conv.data_format))
                .then_some((Target { weight: $weight, groups: $groups, axis: $axis }, &mut $conv.bias))
        };
    }
    let NodeKind::Layer(layer) = kind else { return None };
    match layer {
        LayerConfig::Conv1d(conv) => convolution!(conv, "weight", 1, 0),
        LayerConfig::Conv2d(conv) => convolution!(conv, "weight", 1, 0),
        LayerConfig::Conv3d(conv) => convolution!(conv, "weight", 1, 0),
        LayerConfig::DepthwiseConv1d(conv) => convolution!(conv, "weight", 1, 0),
        LayerConfig::DepthwiseConv2d(conv) => convolution!(conv, "weight", 1, 0),
        LayerConfig::DepthwiseConv3d(conv) => convolution!(conv, "weight", 1, 0),
        LayerConfig::SeparableConv1d(conv) => convolution!(conv, "pointwise_weight", 1, 0),
        LayerConfig::SeparableConv2d(conv) => convolution!(conv, "pointwise_weight", 1, 0),
        LayerConfig::SeparableConv3d(conv) => convolution!(conv, "pointwise_weight", 1, 0),
        LayerConfig::ConvTranspose1d(conv) => convolution!(conv, "weight", conv.groups, 1),
        LayerConfig::ConvTranspose2d(conv) => convolution!(conv, "weight", conv.groups, 1),
        LayerConfig::ConvTranspose3d(conv) => convolution!(conv, "weight", conv.groups, 1),
        LayerConfig::Dense(dense) => (dense.activation == Activation::Linear && place.last)
            .then_some((Target { weight: "weight", groups: 1, axis: 0 }, &mut dense.bias)),
        _ => None,
    }
}

/// A layer that takes over a batch norm that comes before it.
fn folds_before(kind: &mut NodeKind, place: Place) -> Foldable<'_> {
    macro_rules! convolution {
        ($conv:ident) => {
            // Zeros at the borders would have to be what the norm makes of zeros.
            (is_unpadded($conv.padding) && $conv.connections.is_none() && place.is($conv.data_format))
                .then_some((Target { weight: "weight", groups: $conv.groups, axis: 1 }, &mut $conv.bias))
        };
    }
    let NodeKind::Layer(layer) = kind else { return None };
    match layer {
        LayerConfig::Conv1d(conv) => convolution!(conv),
        LayerConfig::Conv2d(conv) => convolution!(conv),
        LayerConfig::Conv3d(conv) => convolution!(conv),
        LayerConfig::Dense(dense) => {
            place.last.then_some((Target { weight: "weight", groups: 1, axis: 1 }, &mut dense.bias))
        }
        _ => None,
    }
}

fn is_unpadded<const D: usize>(padding: Padding<D>) -> bool {
    match padding {
        Padding::Valid => true,
        Padding::Same => false,
        Padding::Explicit(amounts) => amounts == [[0, 0]; D],
    }
}

/// Multiplies what a layer gives and adds to it.
fn scale_outputs(values: &mut Values, target: Target, norm: Affine) {
    let channels = norm.scale.dims()[0];
    let weight = values.remove(target.weight).expect("the layer has this weight");
    let elements: usize = weight.dims().iter().product();
    let weight = match target.axis {
        0 => weight.reshape(&[channels, elements / channels]).float::<2>() * norm.scale.clone().reshape([channels, 1]),
        // `[in_channels, channels / groups, …]`, the inputs group by group.
        _ => {
            let (inputs, each) = (weight.dims()[0], weight.dims()[1]);
            let rest = elements / inputs / each;
            let weight = weight.reshape(&[target.groups, inputs / target.groups, each, rest]).float::<4>();
            (weight * norm.scale.clone().reshape([target.groups, 1, each, 1])).reshape([inputs, each * rest])
        }
    };
    let bias = match values.remove("bias") {
        Some(bias) => bias.float::<1>() * norm.scale + norm.shift,
        None => norm.shift,
    };
    values.insert(target.weight.into(), weight.into());
    values.insert("bias".into(), bias.into());
}

/// Multiplies what a layer takes and adds to it. The weight is `[out_channels, in_channels / groups, …]`.
fn scale_inputs(values: &mut Values, target: Target, norm: Affine) {
    let weight = values.remove(target.weight).expect("the layer has this weight");
    let sides = weight.dims();
    let (outputs, each) = (sides[0], sides[1]);
    let rest = sides[2..].iter().product::<usize>();
    let weight = weight.reshape(&[target.groups, outputs / target.groups, each, rest]).float::<4>();
    let grouped = |channels: Tensor<1>| channels.reshape([target.groups, 1, each, 1]);
    let summand = (weight.clone() * grouped(norm.shift)).sum_dim(3).sum_dim(2).reshape([outputs]);
    let bias = match values.remove("bias") {
        Some(bias) => bias.float::<1>() + summand,
        None => summand,
    };
    let weight = (weight * grouped(norm.scale)).reshape([outputs, each * rest]);
    values.insert(target.weight.into(), weight.into());
    values.insert("bias".into(), bias.into());
}
