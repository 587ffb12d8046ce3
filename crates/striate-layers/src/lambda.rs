//! A closure as a layer: Keras's `Lambda`.

use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::{Context, LayerError, Signature, Value};

type Output = dyn Fn(&[Signature]) -> Result<Signature, LayerError> + Send + Sync;
type Forward = dyn Fn(Vec<Value>, &mut Context) -> Value + Send + Sync;

/// A closure as a layer without weights.
///
/// A closure can't be written to a file: saving a network that has one is an error, which says to make it a registered
/// [`CustomLayer`](crate::CustomLayer).
///
/// ```
/// use burn::Tensor;
/// use striate_layers::{Context, Lambda, LayerModule, LayerSpec, Signature, device};
///
/// let square = Lambda::keeping_shape("square", |x| x.float::<2>().square().into());
/// assert_eq!(square.output(&[Signature::float([3])])?, Signature::float([3]));
/// let x = Tensor::<2>::from_floats([[1.0, 2.0, 3.0]], &device("flex")?);
/// let y = square.call(vec![x.into()], &mut Context::evaluation()).float::<2>();
/// assert_eq!(y.into_data().iter::<f32>().collect::<Vec<_>>(), [1.0, 4.0, 9.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Lambda {
    name: String,
    output: Arc<Output>,
    forward: Arc<Forward>,
}

impl Lambda {
    /// A layer of this name with the shape rule `output`, which runs `forward`.
    pub fn new(
        name: impl Into<String>,
        output: impl Fn(&[Signature]) -> Result<Signature, LayerError> + Send + Sync + 'static,
        forward: impl Fn(Vec<Value>, &mut Context) -> Value + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), output: Arc::new(output), forward: Arc::new(forward) }
    }

    /// A layer of one input whose output has the input's shape and kind.
    pub fn keeping_shape(name: impl Into<String>, forward: impl Fn(Value) -> Value + Send + Sync + 'static) -> Self {
        let output = |inputs: &[Signature]| match inputs {
            [input] => Ok(input.clone()),
            _ => Err(LayerError::input(Self::KIND, "one input", inputs)),
        };
        Self::new(name, output, move |mut inputs, _| forward(inputs.remove(0)))
    }
}

impl fmt::Debug for Lambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lambda({})", self.name)
    }
}

/// Two are equal if they are the same closures.
impl PartialEq for Lambda {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && Arc::ptr_eq(&self.output, &other.output)
            && Arc::ptr_eq(&self.forward, &other.forward)
    }
}

impl Serialize for Lambda {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        let reason = "is a closure, which can't be saved; make it a `CustomLayer` and register it";
        Err(S::Error::custom(format!("layer {:?} {reason}", self.name)))
    }
}

impl<'de> Deserialize<'de> for Lambda {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("a closure can't be read from a file; make it a `CustomLayer` and register it"))
    }
}

impl LayerSpec for Lambda {
    const KIND: &'static str = "lambda";

    fn kind(&self) -> &str {
        &self.name
    }

    fn validate(&self) -> Result<(), LayerError> {
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        (self.output)(inputs)
    }

    own_module!();
}

impl LayerModule for Lambda {
    fn call(&self, inputs: Vec<Value>, context: &mut Context) -> Value {
        (self.forward)(inputs, context)
    }
}

weightless!(Lambda);
