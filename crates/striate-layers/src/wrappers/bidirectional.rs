//! A recurrent layer over a sequence from both ends (Schuster and Paliwal 1997, <https://doi.org/10.1109/78.650093>):
//! Keras's `Bidirectional`; PyTorch's `bidirectional=True`, which concatenates.

use burn::Tensor;
use burn::module::Module;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::cost::elements;
use crate::layer::{LayerModule, LayerSpec};
use crate::recurrent::{Settings, features};
use crate::{Context, Cost, LayerError, NamedWeight, Recurrent, RecurrentLayer, Shape, Signature, Value};

/// How the outputs of both directions become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BidirectionalMerge {
    /// The forward one's units, then the backward one's.
    #[default]
    Concat,
    /// Their sum.
    Sum,
    /// Their product.
    Multiply,
    /// Their mean.
    Average,
}

/// Config of a recurrent layer with a twin that reads the sequence from its end; each has weights of its own, named
/// `forward.weight_ih`, `backward.weight_ih` and so on.
///
/// `[batch, time, features]` to `[batch, time, 2 units]` (merged otherwise: `units`) or, of the last step that each reads,
/// `[batch, 2 units]`. In a sequence both outputs of a step stand at the step's place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bidirectional {
    /// The layer that reads forwards; its twin differs in `go_backwards` only.
    pub layer: Recurrent,
    /// How both outputs become one.
    #[serde(default)]
    pub merge: BidirectionalMerge,
}

impl Bidirectional {
    /// This layer from both ends, its outputs concatenated.
    pub fn new(layer: impl Into<Recurrent>) -> Self {
        Self { layer: layer.into(), merge: BidirectionalMerge::Concat }
    }

    /// Merges both outputs so.
    pub fn merge(self, merge: BidirectionalMerge) -> Self {
        Self { merge, ..self }
    }

    /// Initialises the module for sequences with this many features a step.
    pub fn init(&self, features: usize, scope: &Scope, device: &Device) -> BidirectionalLayer {
        BidirectionalLayer {
            forward: self.layer.init(features, &scope.within("forward"), device),
            backward: self.layer.clone().backwards().init(features, &scope.within("backward"), device),
            merge: self.merge,
        }
    }

    fn settings(&self) -> Settings<'_> {
        self.layer.settings()
    }
}

impl LayerSpec for Bidirectional {
    type Module = BidirectionalLayer;
    const KIND: &'static str = "bidirectional";

    fn validate(&self) -> Result<(), LayerError> {
        if self.settings().go_backwards {
            let rule = "the layer must read forwards; its twin reads backwards";
            return Err(LayerError::value(Self::KIND, "layer.go_backwards", true, rule));
        }
        self.settings().validate()
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let mut output = self.settings().output(inputs)?;
        if self.merge == BidirectionalMerge::Concat {
            let (units, time) = (2 * self.settings().units, &output.shape.sides()[..output.shape.rank() - 1]);
            output.shape = Shape::new(time.iter().copied().chain([Some(units)]));
        }
        Ok(output)
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let one = self.settings().cost(inputs);
        let activations = elements(self.output(inputs));
        let products = if self.merge == BidirectionalMerge::Multiply { activations } else { 0 };
        let both = one + one;
        Cost { activations, multiplications: both.multiplications.saturating_add(products), ..both }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        let weights = self.settings().weights();
        let of = |part: &'static str| weights.iter().map(move |(name, weight)| (format!("{part}.{name}"), *weight));
        of("forward").chain(of("backward")).collect()
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> BidirectionalLayer {
        self.init(features(inputs), scope, device)
    }
}

/// A recurrent layer and its twin with their weights.
#[derive(Module, Debug)]
pub struct BidirectionalLayer {
    /// Reads the sequence from its start.
    pub forward: RecurrentLayer,
    /// Reads it from its end.
    pub backward: RecurrentLayer,
    #[module(skip)]
    merge: BidirectionalMerge,
}

impl BidirectionalLayer {
    /// `[batch, time, features]` to the merged states of all steps, `[batch, time, …]`, if the layer returns sequences, or
    /// to those of the last step that each direction reads, `[batch, …]`.
    ///
    /// # Panics
    /// If `R` isn't the rank of what the layer returns, the features are others than those it was initialised for, or there
    /// is no step.
    pub fn forward<const R: usize>(&self, x: Tensor<3>, context: &mut Context) -> Tensor<R> {
        let forward = context.within("forward", |context| self.forward.forward::<R>(x.clone(), context));
        let backward = context.within("backward", |context| self.backward.forward::<R>(x, context));
        let backward = if self.forward.settings().return_sequences { backward.flip([1]) } else { backward };
        match self.merge {
            BidirectionalMerge::Concat => Tensor::cat(vec![forward, backward], R - 1),
            BidirectionalMerge::Sum => forward + backward,
            BidirectionalMerge::Multiply => forward * backward,
            BidirectionalMerge::Average => (forward + backward) * 0.5,
        }
    }
}

impl LayerModule for BidirectionalLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        let x = inputs.remove(0).float();
        match self.forward.settings().return_sequences {
            true => self.forward::<3>(x, context).into(),
            false => self.forward::<2>(x, context).into(),
        }
    }
}
