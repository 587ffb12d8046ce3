//! A learned vector for each of a number of things: Keras's and PyTorch's `Embedding`.
//!
//! The weight has torch's layout `[num_embeddings, embedding_dim]`. Initial values are Keras's: uniform in ±0.05.

use burn::Tensor;
use burn::module::{Module, Param};
use burn::tensor::Int;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::check::check_count;
use crate::layer::{LayerModule, LayerSpec};
use crate::weight::NamedWeight;
use crate::{Context, Cost, Fans, Initializer, Kind, LayerError, Preset, Shape, Signature, Value, Weight};

/// Config of an embedding: whole numbers, each below `num_embeddings`, to vectors.
///
/// `[batch, …]` to `[batch, …, embedding_dim]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// How many things there are, at least 1 (Keras's `input_dim`).
    pub num_embeddings: usize,
    /// The length of a vector, at least 1 (Keras's `output_dim`).
    pub embedding_dim: usize,
    /// The thing that stands for nothing. Its vector starts as 0 and gets no gradient, as in PyTorch.
    #[serde(default)]
    pub padding_idx: Option<usize>,
    /// The vectors, `[num_embeddings, embedding_dim]`.
    #[serde(default = "keras")]
    pub embeddings: Weight,
}

fn keras() -> Weight {
    Initializer::Uniform { low: -0.05, high: 0.05 }.into()
}

/// The most numbers that the vectors may have; more is a mistake, and would be allocated.
const MAX_ELEMENTS: usize = 1 << 31;

impl Embedding {
    /// This many vectors of this length.
    pub fn new(num_embeddings: usize, embedding_dim: usize) -> Self {
        Self { num_embeddings, embedding_dim, padding_idx: None, embeddings: keras() }
    }

    /// Draws first values as this library does: Keras uniformly from ±0.05, PyTorch from the standard normal
    /// distribution.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.embeddings.initializer = match preset {
            Preset::Keras => keras().initializer,
            Preset::Torch => Initializer::Normal { mean: 0.0, std: 1.0 },
        };
        self
    }

    /// Lets this number stand for nothing.
    pub fn padding_idx(self, padding_idx: usize) -> Self {
        Self { padding_idx: Some(padding_idx), ..self }
    }

    /// Starts and trains the vectors so.
    pub fn embeddings(self, embeddings: impl Into<Weight>) -> Self {
        Self { embeddings: embeddings.into(), ..self }
    }

    /// Initialises the module.
    pub fn init(&self, scope: &Scope, device: &Device) -> EmbeddingLayer {
        let shape = [self.num_embeddings, self.embedding_dim];
        let fans = Fans { fan_in: shape[0], fan_out: shape[1] };
        let weight = self.embeddings.initializer.param(shape, fans, "weight", scope, device);
        let weight = match self.padding_idx {
            Some(row) => weight.init_mapper(move |weight| {
                let place = [row..row + 1, 0..shape[1]];
                let zeros = weight.clone().slice(place.clone()).zeros_like();
                weight.slice_assign(place, zeros)
            }),
            None => weight,
        };
        EmbeddingLayer { weight, padding_idx: self.padding_idx }
    }
}

impl LayerSpec for Embedding {
    type Module = EmbeddingLayer;
    const KIND: &'static str = "embedding";

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "num_embeddings", self.num_embeddings)?;
        check_count(Self::KIND, "embedding_dim", self.embedding_dim)?;
        let elements = self.num_embeddings.checked_mul(self.embedding_dim);
        if elements.is_none_or(|elements| elements > MAX_ELEMENTS) {
            let rule = "times `embedding_dim` it must be at most 2^31";
            return Err(LayerError::value(Self::KIND, "num_embeddings", self.num_embeddings, rule));
        }
        match self.padding_idx {
            Some(row) if row >= self.num_embeddings => {
                Err(LayerError::value(Self::KIND, "padding_idx", row, "it must be below `num_embeddings`"))
            }
            _ => self.weights().iter().try_for_each(|(name, weight)| weight.validate(Self::KIND, name)),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        match inputs {
            [Signature { shape, kind: Kind::Int }] if shape.rank() <= 4 => {
                Ok(Signature::float(Shape::new(shape.sides().iter().copied().chain([Some(self.embedding_dim)]))))
            }
            _ => {
                let expected = "one input of whole numbers with at most 4 axes beside the batch";
                Err(LayerError::input(Self::KIND, expected, inputs))
            }
        }
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let dim = self.embedding_dim as u64;
        Cost {
            parameters: (self.num_embeddings as u64).saturating_mul(dim),
            activations: (inputs[0].shape.elements().unwrap_or(0) as u64).saturating_mul(dim),
            ..Cost::default()
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        vec![("weight".to_string(), &self.embeddings)]
    }

    fn build(&self, _inputs: &[Signature], scope: &Scope, device: &Device) -> EmbeddingLayer {
        self.init(scope, device)
    }
}

/// An embedding with its vectors.
#[derive(Module, Debug)]
pub struct EmbeddingLayer {
    /// `[num_embeddings, embedding_dim]`.
    pub weight: Param<Tensor<2>>,
    #[module(skip)]
    padding_idx: Option<usize>,
}

impl EmbeddingLayer {
    /// `[batch, …]` to `[batch, …, embedding_dim]`; `R` is `D + 1`.
    ///
    /// A number that is negative or not below `num_embeddings` gives NaN, as in JAX's `take`: no device has to stop and
    /// look, and no loss goes on from there.
    pub fn forward<const D: usize, const R: usize>(&self, ids: Tensor<D, Int>) -> Tensor<R> {
        const { assert!(R == D + 1, "the vectors are one axis more") };
        let sides = ids.dims();
        let ids = ids.reshape([-1]);
        let weight = self.weight.val();
        let last = weight.dims()[0] as i64 - 1;
        let known = ids.clone().clamp(0, last);
        let mut vectors = weight.select(0, known.clone());
        let unknown = known.not_equal(ids.clone()).unsqueeze_dim::<2>(1).expand(vectors.dims());
        vectors = vectors.mask_fill(unknown, f32::NAN);
        if let Some(row) = self.padding_idx {
            let padding = ids.equal_elem(row as i64).unsqueeze_dim::<2>(1).expand(vectors.dims());
            vectors = vectors.clone().mask_where(padding, vectors.detach());
        }
        let dim = vectors.dims()[1];
        vectors.reshape(std::array::from_fn::<_, R, _>(|axis| sides.get(axis).copied().unwrap_or(dim)))
    }
}

impl LayerModule for EmbeddingLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        let ids = inputs.remove(0);
        match ids.dims().len() {
            1 => self.forward::<1, 2>(ids.int()).into(),
            2 => self.forward::<2, 3>(ids.int()).into(),
            3 => self.forward::<3, 4>(ids.int()).into(),
            4 => self.forward::<4, 5>(ids.int()).into(),
            5 => self.forward::<5, 6>(ids.int()).into(),
            rank => panic!("an embedding of whole numbers of rank {rank} is beyond 5"),
        }
    }
}
