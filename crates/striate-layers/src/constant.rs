//! A value that no input changes: a constant, or a parameter on its own such as a learned embedding of positions.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::layer::{LayerModule, LayerSpec};
use crate::weight::NamedWeight;
use crate::{Context, Cost, Fans, LayerError, Shape, Signature, Value, Weight};

/// A layer without inputs: the same values for every sample. PyTorch's buffer or bare `Parameter`.
///
/// Nothing to `[1, …shape]`; a network stretches it to the batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// The shape of one sample: up to 5 sides of at least 1.
    pub shape: Vec<usize>,
    /// The values, and what training does to them if it learns them.
    #[serde(default = "Weight::zeros")]
    pub value: Weight,
    /// Whether training learns the values.
    #[serde(default)]
    pub trainable: bool,
}

impl Constant {
    /// Zeros that training leaves as they are; other values are set by the parameter `value`.
    pub fn new(shape: impl Into<Vec<usize>>) -> Self {
        Self { shape: shape.into(), value: Weight::zeros(), trainable: false }
    }

    /// Lets training learn the values.
    pub fn trainable(self) -> Self {
        Self { trainable: true, ..self }
    }

    /// Takes this config of the values.
    pub fn value(self, value: impl Into<Weight>) -> Self {
        Self { value: value.into(), ..self }
    }

    fn elements(&self) -> usize {
        self.shape.iter().fold(1, |product, side| product.saturating_mul(*side))
    }

    /// Initialises the module.
    pub fn init(&self, scope: &Scope, device: &Device) -> ConstantLayer {
        let elements = self.elements();
        let fans = Fans { fan_in: elements, fan_out: elements };
        let value = self.value.initializer.param([elements], fans, "value", scope, device);
        ConstantLayer { value: value.set_require_grad(self.trainable), shape: self.shape.clone() }
    }
}

impl LayerSpec for Constant {
    type Module = ConstantLayer;
    const KIND: &'static str = "constant";

    fn validate(&self) -> Result<(), LayerError> {
        const MAX_ELEMENTS: usize = 1 << 28;
        if self.shape.len() > 5 || self.shape.contains(&0) || self.elements() > MAX_ELEMENTS {
            let rule = "it must have at most 5 sides of at least 1, and at most 2^28 values";
            return Err(LayerError::value(Self::KIND, "shape", format!("{:?}", self.shape), rule));
        }
        self.value.validate(Self::KIND, "value")
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        match inputs {
            [] => Ok(Signature::float(Shape::new(self.shape.iter().copied().map(Some)))),
            _ => Err(LayerError::input(Self::KIND, "no input", inputs)),
        }
    }

    fn cost(&self, _inputs: &[Signature]) -> Cost {
        let elements = self.elements() as u64;
        let (parameters, non_trainable) = if self.trainable { (elements, 0) } else { (0, elements) };
        Cost { parameters, non_trainable, activations: elements, ..Cost::default() }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        vec![("value".into(), &self.value)]
    }

    fn build(&self, _inputs: &[Signature], scope: &Scope, device: &Device) -> ConstantLayer {
        self.init(scope, device)
    }
}

/// A constant with its values.
#[derive(Module, Debug)]
pub struct ConstantLayer {
    /// The values in rows, `[product of the shape]`.
    pub value: Param<Tensor<1>>,
    #[module(skip)]
    shape: Vec<usize>,
}

impl LayerModule for ConstantLayer {
    fn call(&self, _inputs: Vec<Value>, _context: &mut Context) -> Value {
        let sides: Vec<usize> = std::iter::once(1).chain(self.shape.iter().copied()).collect();
        Value::from(self.value.val()).reshape(&sides)
    }
}
