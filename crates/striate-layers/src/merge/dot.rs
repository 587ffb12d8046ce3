//! Products of the rows of two inputs: Keras's `Dot`; PyTorch's `bmm` and `CosineSimilarity` are cases of it.

use burn::Tensor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use striate_backend::Device;
use striate_core::Scope;

use super::all_float;
use crate::axis::resolve_sample_axis;
use crate::cost::elements;
use crate::defaults::KERAS_EPSILON;
use crate::layer::{LayerModule, LayerSpec, weightless};
use crate::reshape::MAX_RANK;
use crate::value::with_rank;
use crate::{Context, Cost, LayerError, Shape, Signature, Value};

/// The axis of each of two inputs, the batch axis being 0; below 0 from the end.
///
/// In JSON a number for both or a list: `1` or `[1, 2]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DotAxes(pub [isize; 2]);

#[derive(Deserialize)]
#[serde(untagged, expecting = "axes are a number or a list of one number for each of two inputs")]
enum Written {
    Both(isize),
    Each([isize; 2]),
}

impl<'de> Deserialize<'de> for DotAxes {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Both(axis) => axis.into(),
            Written::Each(axes) => axes.into(),
        })
    }
}

impl Serialize for DotAxes {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        match self.0 {
            [left, right] if left == right => left.serialize(serializer),
            axes => axes.serialize(serializer),
        }
    }
}

impl From<isize> for DotAxes {
    fn from(axis: isize) -> Self {
        Self([axis; 2])
    }
}

impl From<[isize; 2]> for DotAxes {
    fn from(axes: [isize; 2]) -> Self {
        Self(axes)
    }
}

/// Sums the products of two inputs over one axis of each.
///
/// The output's sides are the first input's without its axis, then the second's without its own; 1, if nothing is left:
/// `[batch, n, k]` and `[batch, m, k]` with the axes 2 make `[batch, n, m]`, `[batch, k]` and `[batch, k]` with the axes
/// 1 make `[batch, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dot {
    /// The axes that the sum goes over, of equal sides.
    pub axes: DotAxes,
    /// Whether the rows along the axes are first brought to norm 1 (rows of norm 0 stay so); the result is then the
    /// cosine of their angle.
    #[serde(default)]
    pub normalize: bool,
}

impl Dot {
    /// Sums over these axes, one number or one an input, the batch axis being 0.
    pub fn new(axes: impl Into<DotAxes>) -> Self {
        Self { axes: axes.into(), normalize: false }
    }

    /// Brings the rows to norm 1 before.
    pub fn normalize(self) -> Self {
        Self { normalize: true, ..self }
    }

    /// The axes within each sample, if both inputs have them.
    fn sample_axes(&self, ranks: [usize; 2]) -> Option<[usize; 2]> {
        let [left, right] = self.axes.0;
        Some([resolve_sample_axis(left, ranks[0] + 1)? - 1, resolve_sample_axis(right, ranks[1] + 1)? - 1])
    }

    /// Merges the inputs; `O` is `A + B - 3`, or 2 for two batches of rows.
    ///
    /// # Panics
    /// If the inputs don't fit, or `O` is another.
    pub fn forward<const A: usize, const B: usize, const O: usize>(
        &self,
        left: Tensor<A>,
        right: Tensor<B>,
    ) -> Tensor<O> {
        self.run(left.into(), right.into()).float()
    }

    fn run(&self, left: Value, right: Value) -> Value {
        let (left_sides, right_sides) = (left.dims(), right.dims());
        let [a, b] = self
            .sample_axes([left_sides.len() - 1, right_sides.len() - 1])
            .expect("the shape rule has checked the axes");
        let (n, k) = (left_sides[0], left_sides[a + 1]);
        let without = |sides: &[usize], axis: usize| [&sides[1..=axis], &sides[axis + 2..]].concat();
        let (rows, columns) = (without(&left_sides, a), without(&right_sides, b));

        let left = with_rank!(left, x => x.movedim(a + 1, left_sides.len() - 1));
        let right = with_rank!(right, x => x.movedim(b + 1, 1));
        let left = left.reshape(&[n, rows.iter().product(), k]).float::<3>();
        let right = right.reshape(&[n, k, columns.iter().product()]).float::<3>();
        let product = match self.normalize {
            true => unit_rows(left, 2).matmul(unit_rows(right, 1)),
            false => left.matmul(right),
        };
        let mut sides = [vec![n], rows, columns].concat();
        if sides.len() == 1 {
            sides.push(1);
        }
        Value::from(product).reshape(&sides)
    }
}

/// The tensor with the rows along an axis brought to norm 1, but those of a norm below Keras's epsilon.
fn unit_rows(x: Tensor<3>, axis: usize) -> Tensor<3> {
    // Squares of what is divided by its largest value neither overflow nor vanish.
    let largest = x.clone().detach().abs().max_dim(axis).clamp_min(KERAS_EPSILON);
    let squares = (x.clone() / largest.clone()).square().sum_dim(axis);
    // The sum is below 1 for rows that stay as they are, and the root of 0 has no slope.
    let norms = squares.clamp_min(0.5).sqrt() * largest;
    x / norms.clamp_min(KERAS_EPSILON)
}

impl LayerSpec for Dot {
    type Module = Self;
    const KIND: &'static str = "dot";

    fn validate(&self) -> Result<(), LayerError> {
        match self.axes.0.contains(&0) {
            true => Err(LayerError::value(Self::KIND, "axes", self.axes.0, "none can be the batch axis")),
            false => Ok(()),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = format!("two inputs of real numbers whose sides on the axes {:?} are equal", self.axes.0);
        let wrong = || LayerError::input(Self::KIND, expected.as_str(), inputs);
        let [left, right] = inputs else { return Err(wrong()) };
        if !all_float(inputs) {
            return Err(wrong());
        }
        let [a, b] = self.sample_axes([left.shape.rank(), right.shape.rank()]).ok_or_else(wrong)?;
        let (mut rows, mut columns) = (left.shape.sides().to_vec(), right.shape.sides().to_vec());
        if let (Some(left), Some(right)) = (rows.remove(a), columns.remove(b))
            && left != right
        {
            return Err(wrong());
        }
        let mut sides = [rows, columns].concat();
        if sides.is_empty() {
            sides.push(Some(1));
        }
        if sides.len() > MAX_RANK {
            return Err(LayerError::input(Self::KIND, "two inputs whose product has at most five sides", inputs)
                .with_fix("reshape them to fewer sides"));
        }
        Ok(Signature::float(Shape::new(sides)))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let activations = elements(self.output(inputs));
        let axes = self.sample_axes([inputs[0].shape.rank(), inputs[1].shape.rank()]);
        let summed = axes.and_then(|[axis, _]| inputs[0].shape.sides()[axis]).unwrap_or(0) as u64;
        Cost { multiplications: activations.saturating_mul(summed), activations, ..Cost::default() }
    }

    fn build(&self, _inputs: &[Signature], _scope: &Scope, _device: &Device) -> Self {
        *self
    }
}

impl LayerModule for Dot {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        let right = inputs.remove(1);
        self.run(inputs.remove(0), right)
    }
}

weightless!(Dot);
