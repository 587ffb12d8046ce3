//! Classifiers made fully convolutional: dense layers become convolutions (Long, Shelhamer and Darrell 2015, section 3.1,
//! <https://arxiv.org/abs/1411.4038>).

use std::collections::BTreeMap;

use striate_layers::{Activation, AvgPool2d, Conv2d, Dense, LayerConfig, MaxPool2d, Signature, Size};

use crate::rewrite::{Draft, Rewrite, Unneeded, Values, values_of};
use crate::spec::{NodeKind, reached};
use crate::{Network, NetworkError, NetworkSpec};

/// What a node of the classifier is in the fully convolutional network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// What it was.
    Same,
    /// A picture `[channels, height, width]` whose flattened form it was.
    Unflattened([usize; 3]),
}

impl NetworkSpec {
    /// The classifier as a network over pictures of any size: dense layers become convolutions, and what came out as
    /// `[classes]` comes out as `[classes, height, width]`, one vote for each place at which the classifier's input fits
    /// into the picture, at the distance of the product of its strides. For a picture of the classifier's own size that
    /// is 1 x 1, with equal numbers.
    ///
    /// Flatten layers go; a global or adaptive pooling before the head becomes one over windows of the size that it had.
    /// Global poolings within the body, as of squeeze and excitation, stay. Channels must stand first.
    ///
    /// # Errors
    /// If the network doesn't take one picture of a known size, or a layer of its head has no form over pictures.
    pub fn convolutional(&self) -> Result<Self, NetworkError> {
        Ok(self.made_convolutional()?.spec)
    }

    fn made_convolutional(&self) -> Result<Rewrite, NetworkError> {
        let inputs: Vec<_> = self.inputs().collect();
        let sides = match inputs.as_slice() {
            [input] => known_sides(self.signature(*input)).map(|sides| (*input, sides)),
            _ => None,
        };
        let Some((input, [channels, ..])) = sides else {
            let reason = "the network must take one picture [channels, height, width] of a known size".into();
            return Err(NetworkError::Rewrite { node: self.name().into(), what: WHAT, reason });
        };
        let mut draft = Draft::of(self);
        let any_size = Signature::float([Some(channels), None, None]);
        draft.nodes[input].kind = NodeKind::Input(any_size);
        let mut forms = vec![Form::Same; self.nodes().len()];
        for number in 0..self.nodes().len() {
            if let Some(layer) = self.layer(number) {
                forms[number] = self.convert(number, layer, &forms, &mut draft)?;
            }
        }
        let rewrite = draft.finish(Unneeded::Layers)?;
        self.compare(&rewrite.spec, input)?;
        Ok(rewrite)
    }

    /// Changes one node; says what it is now.
    fn convert(
        &self,
        number: usize,
        layer: &LayerConfig,
        forms: &[Form],
        draft: &mut Draft,
    ) -> Result<Form, NetworkError> {
        let node = &self.nodes()[number];
        let taken: Vec<_> = node.inputs().iter().map(|&input| forms[input]).collect();
        let refused = |reason: &str| {
            let (node, reason) = (node.name().to_string(), reason.to_string());
            Err(NetworkError::Rewrite { node, what: WHAT, reason })
        };
        let picture = || known_sides(self.signature(*node.inputs().first()?));
        let mut become_layer = |layer: LayerConfig| draft.set(number, NodeKind::Layer(layer));
        if taken.iter().all(|form| *form == Form::Same) {
            let Some([channels, height, width]) = picture() else { return Ok(Form::Same) };
            let whole = Size([height, width]);
            let pooled = Form::Unflattened([channels, 1, 1]);
            let last = self.only_vectors_after(number);
            return Ok(match layer {
                LayerConfig::Flatten(_)
                | LayerConfig::GlobalAvgPool(_)
                | LayerConfig::GlobalMaxPool(_)
                | LayerConfig::AdaptiveAvgPool2d(_)
                    if channels_last(self, number) =>
                {
                    return refused("it takes pictures with their channels last; build the network with them first");
                }
                LayerConfig::Flatten(_) => {
                    draft.bypass(number);
                    Form::Unflattened([channels, height, width])
                }
                LayerConfig::GlobalAvgPool(_) if last => {
                    become_layer(AvgPool2d::new(whole).stride(1).into());
                    pooled
                }
                LayerConfig::GlobalMaxPool(_) if last => {
                    become_layer(MaxPool2d::new(whole).stride(1).into());
                    pooled
                }
                LayerConfig::AdaptiveAvgPool2d(pool) => {
                    let Size([rows, columns]) = pool.output_size;
                    match (height % rows, width % columns) {
                        (0, 0) if (rows, columns) == (height, width) => draft.bypass(number),
                        (0, 0) => {
                            let window = Size([height / rows, width / columns]);
                            // One window in all looks at every place, as the convolution after it does.
                            let stride = if (rows, columns) == (1, 1) { Size([1, 1]) } else { window };
                            become_layer(AvgPool2d::new(window).stride(stride).into());
                        }
                        _ => return refused("its windows have different sizes; give the network another input size"),
                    }
                    Form::Same
                }
                _ => Form::Same,
            });
        }
        let Some(Form::Unflattened(sides)) = taken.iter().copied().find(|form| *form != Form::Same) else {
            return Ok(Form::Same);
        };
        if taken.iter().any(|form| *form != Form::Unflattened(sides)) {
            return refused("it merges what was flattened with what wasn't");
        }
        let [channels, height, width] = sides;
        let single = (height, width) == (1, 1);
        match layer {
            LayerConfig::Dense(dense) => {
                become_layer(as_convolution(dense, [height, width]).into());
                return Ok(Form::Unflattened([dense.units, 1, 1]));
            }
            LayerConfig::Flatten(_) => draft.bypass(number),
            LayerConfig::Activation(activation) => match on_channels(activation.function) {
                Some(_) if !single => return refused("its softmax is over several places at once"),
                Some(function) => become_layer(function.into()),
                None => {}
            },
            LayerConfig::Dropout(_) | LayerConfig::GaussianNoise(_) | LayerConfig::GaussianDropout(_) => {}
            LayerConfig::BatchNorm(_) if single => {}
            LayerConfig::Add(_)
            | LayerConfig::Subtract(_)
            | LayerConfig::Multiply(_)
            | LayerConfig::Average(_)
            | LayerConfig::Maximum(_)
            | LayerConfig::Minimum(_) => {}
            _ => return refused("such a layer has no form over pictures of any size; cut the network before it"),
        }
        Ok(Form::Unflattened([channels, height, width]))
    }

    /// Whether nothing but vectors comes of a node, which then belongs to the head.
    fn only_vectors_after(&self, number: usize) -> bool {
        let after = reached(self.nodes(), [number]);
        let is_vector = |number: usize| {
            let sides = self.signature(number).shape.sides();
            sides.len() == 1 || matches!(sides, [_, Some(1), Some(1)])
        };
        (0..after.len()).all(|other| !after[other] || is_vector(other))
    }

    /// Makes sure that a picture of the classifier's own size gives what the classifier gives.
    fn compare(&self, convolutional: &Self, input: usize) -> Result<(), NetworkError> {
        let same_size = convolutional.for_inputs(std::slice::from_ref(self.signature(input)))?;
        let outputs = self.outputs().iter().zip(self.output_signatures()).zip(same_size.output_signatures());
        for ((&number, ours), theirs) in outputs {
            if ours.shape.elements() != theirs.shape.elements() {
                let reason = format!("it would give {theirs} where the classifier gives {ours}");
                return Err(NetworkError::Rewrite { node: self.nodes()[number].name().into(), what: WHAT, reason });
            }
        }
        Ok(())
    }
}

impl Network {
    /// As [`NetworkSpec::convolutional`], with the weights.
    ///
    /// # Errors
    /// If the network doesn't take one picture of a known size, or a layer of its head has no form over pictures.
    pub fn convolutional(&self) -> Result<Self, NetworkError> {
        let rewrite = self.spec().made_convolutional()?;
        let dense = |(number, node): (usize, &crate::NodeSpec)| match node.kind() {
            // A dense weight is the convolution's in rows.
            NodeKind::Layer(LayerConfig::Dense(_)) => {
                Some((node.name().into(), values_of(self.layer_of(number)?.layer)))
            }
            _ => None,
        };
        let values: BTreeMap<String, Values> = self.spec().nodes().iter().enumerate().filter_map(dense).collect();
        Ok(self.rewritten(rewrite, values, 0))
    }
}

const WHAT: &str = "made convolutional";

fn known_sides(signature: &Signature) -> Option<[usize; 3]> {
    match signature.shape.sides() {
        [Some(channels), Some(height), Some(width)] => Some([*channels, *height, *width]),
        _ => None,
    }
}

/// Whether a node, or the last one before it that tells, has channels last.
fn channels_last(spec: &NetworkSpec, number: usize) -> bool {
    let Some(layer) = spec.layer(number) else { return false };
    // Many layers have the field, all by one name.
    match serde_json::to_value(layer).ok().as_ref().and_then(|layer| layer.get("data_format")) {
        Some(format) => format == "channels_last",
        None => spec.nodes()[number].inputs().first().is_some_and(|&input| channels_last(spec, input)),
    }
}

fn as_convolution(dense: &Dense, kernel_size: [usize; 2]) -> Conv2d {
    Conv2d {
        kernel: dense.kernel,
        bias: dense.bias,
        activation: on_channels(dense.activation).unwrap_or(dense.activation),
        activity_regularizer: dense.activity_regularizer,
        ..Conv2d::new(dense.units, Size(kernel_size))
    }
}

/// A function along the last axis of `[batch, channels]` as one along the channels of pictures; none for a function of
/// each value.
fn on_channels(function: Activation) -> Option<Activation> {
    match function {
        Activation::Softmax { .. } => Some(Activation::Softmax { axis: 1 }),
        Activation::LogSoftmax { .. } => Some(Activation::LogSoftmax { axis: 1 }),
        _ => None,
    }
}
