//! Networks rewritten for inference.

use std::collections::BTreeMap;

use striate_layers::{Activation, ActivationLayer, Constant, Context, Kind, LayerConfig, Value};

use crate::Network;
use crate::plan::varies;
use crate::rewrite::{Draft, Unneeded, Values};
use crate::spec::NodeKind;

impl Network {
    /// The same network for evaluation alone, with less to do: without what acts in training only, what no input changes
    /// computed once, batch norms folded into their neighbours, and activations in the layers before them, where one
    /// kernel does both. The outputs are equal but for rounding.
    pub fn for_inference(&self) -> Self {
        self.without_noise().with_constants().fold_batch_norms().fuse_activations()
    }

    /// The network without dropout, noise, random augmentation, and linear activations.
    pub fn without_noise(&self) -> Self {
        let mut draft = Draft::of(self.spec());
        for number in 0..draft.nodes.len() {
            if self.spec().layer(number).is_some_and(acts_in_training_only) {
                draft.bypass(number);
            }
        }
        self.redrafted(draft, BTreeMap::new())
    }

    /// The network with what no input changes computed once: each such part becomes a [`Constant`].
    pub fn with_constants(&self) -> Self {
        let spec = self.spec();
        let varies = varies(spec);
        let is_constant = |number: usize| matches!(spec.layer(number), Some(LayerConfig::Constant(_)));
        let wanted: Vec<bool> = (0..varies.len())
            .map(|number| {
                let is_read = |node: usize| varies[node] && spec.nodes()[node].inputs().contains(&number);
                let read = spec.outputs().contains(&number) || (0..varies.len()).any(is_read);
                !varies[number] && !is_constant(number) && read
            })
            .collect();
        let (mut draft, mut values) = (Draft::of(spec), BTreeMap::new());
        for (number, value) in self.constants(&varies).into_iter().filter(|(number, _)| wanted[*number]) {
            let sides = value.dims();
            // What isn't the same for every sample can't be written as such.
            if value.signature().kind != Kind::Float || sides[0] != 1 {
                continue;
            }
            let name = spec.nodes()[number].name().to_string();
            values.insert(name, Values::from([("value".into(), value)]));
            draft.set(number, NodeKind::Layer(Constant::new(&sides[1..]).into()));
            draft.nodes[number].inputs.clear();
        }
        self.redrafted(draft, values)
    }

    /// The network with each activation in the layer before it, where that has none and nothing else reads its values:
    /// convolutions, dense layers, sums. This is where kernels that do both at once find their work.
    pub fn fuse_activations(&self) -> Self {
        let mut draft = Draft::of(self.spec());
        for number in 0..draft.nodes.len() {
            let NodeKind::Layer(LayerConfig::Activation(ActivationLayer { function })) = draft.nodes[number].kind
            else {
                continue;
            };
            let input = draft.nodes[number].inputs[0];
            if draft.readers(input).len() == 1 && !draft.is_shared(input) && !draft.is_shared(number) {
                let NodeKind::Layer(layer) = &mut draft.nodes[input].kind else { continue };
                if let Some(activation) = activation_of(layer).filter(|activation| **activation == Activation::Linear) {
                    *activation = function;
                    draft.bypass(number);
                }
            }
        }
        self.redrafted(draft, BTreeMap::new())
    }

    fn redrafted(&self, draft: Draft, values: BTreeMap<String, Values>) -> Self {
        let rewrite = draft.finish(Unneeded::Layers).expect("what is equal in evaluation fits as well");
        self.rewritten(rewrite, values, 0)
    }

    /// What the nodes give that no input changes, by number.
    fn constants(&self, varies: &[bool]) -> BTreeMap<usize, Value> {
        let mut found: BTreeMap<usize, Value> = BTreeMap::new();
        let mut context = Context::evaluation();
        for step in self.plan().steps.iter().filter(|step| !varies[step.node]) {
            let inputs = step.inputs.iter().map(|take| found[&take.node].clone()).collect();
            let more = step.more.map(|take| found[&take.node].clone());
            found.insert(step.node, self.run_step(step, inputs, more, &mut context));
        }
        found
    }
}

/// Whether a layer gives what it takes in evaluation.
fn acts_in_training_only(layer: &LayerConfig) -> bool {
    matches!(
        layer,
        LayerConfig::Dropout(_)
            | LayerConfig::SpatialDropout(_)
            | LayerConfig::GaussianNoise(_)
            | LayerConfig::GaussianDropout(_)
            | LayerConfig::RandomFlip(_)
            | LayerConfig::RandomTranslation(_)
            | LayerConfig::RandomRotation(_)
            | LayerConfig::RandomZoom(_)
            | LayerConfig::RandomShear(_)
            | LayerConfig::RandomHeight(_)
            | LayerConfig::RandomWidth(_)
            | LayerConfig::RandomContrast(_)
            | LayerConfig::RandomBrightness(_)
            | LayerConfig::Activation(ActivationLayer { function: Activation::Linear })
    )
}

/// The activation that a layer ends with, if it has one.
fn activation_of(layer: &mut LayerConfig) -> Option<&mut Activation> {
    match layer {
        LayerConfig::Conv1d(layer) => Some(&mut layer.activation),
        LayerConfig::Conv2d(layer) => Some(&mut layer.activation),
        LayerConfig::Conv3d(layer) => Some(&mut layer.activation),
        LayerConfig::SeparableConv1d(layer) => Some(&mut layer.activation),
        LayerConfig::SeparableConv2d(layer) => Some(&mut layer.activation),
        LayerConfig::SeparableConv3d(layer) => Some(&mut layer.activation),
        LayerConfig::DepthwiseConv1d(layer) => Some(&mut layer.activation),
        LayerConfig::DepthwiseConv2d(layer) => Some(&mut layer.activation),
        LayerConfig::DepthwiseConv3d(layer) => Some(&mut layer.activation),
        LayerConfig::ConvTranspose1d(layer) => Some(&mut layer.activation),
        LayerConfig::ConvTranspose2d(layer) => Some(&mut layer.activation),
        LayerConfig::ConvTranspose3d(layer) => Some(&mut layer.activation),
        LayerConfig::LocallyConnected2d(layer) => Some(&mut layer.activation),
        LayerConfig::Subsampling2d(layer) => Some(&mut layer.activation),
        LayerConfig::Dense(layer) => Some(&mut layer.activation),
        LayerConfig::Add(layer) => Some(&mut layer.activation),
        _ => None,
    }
}
