//! Cross-entropy of one class of several.

use burn::Tensor;
use burn::tensor::Int;
use serde::{Deserialize, Serialize};
use striate_backend::ops::cross_entropy;

use super::logs::{half_class_logs, numbers, smooth};
use super::reduction::reduced;
use super::{LossSpec, Reduction, check, loss};
use crate::{Kind, LayerError, Preset, Signature, Value};

/// Minus the logarithm of the probability of each class, times its target: Keras's `CategoricalCrossentropy`, PyTorch's
/// `CrossEntropyLoss` with probabilities as targets.
///
/// Targets have the shape of the predictions, one-hot or any shares. Unlike Keras's it takes logits unless told
/// otherwise, since networks here end without a softmax. Probabilities are divided by their sum, then kept from 1e-7 to
/// 1 - 1e-7; logits may be any number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CategoricalCrossEntropy {
    /// Whether predictions are logits, as by default, or probabilities.
    pub from_logits: bool,
    /// The share of each target that all classes get alike, 0 to 1: `target * (1 - s) + s / classes`.
    pub label_smoothing: f64,
    /// The axis of the classes; the batch is axis 0, and -1 the last. 1 by default.
    pub class_axis: i64,
    /// Factor of each class's part, at least 0. The mean divides by the number of losses all the same, as PyTorch's does
    /// with such targets.
    pub class_weight: Option<Vec<f64>>,
    /// From losses to one number.
    pub reduction: Reduction,
}

impl Default for CategoricalCrossEntropy {
    fn default() -> Self {
        Self { from_logits: true, label_smoothing: 0.0, class_axis: 1, class_weight: None, reduction: Reduction::Mean }
    }
}

macro_rules! class_builders {
    () => {
        /// Takes logits, or else probabilities.
        pub fn from_logits(self, from_logits: bool) -> Self {
            Self { from_logits, ..self }
        }

        /// Gives all classes alike this share of each target, 0 to 1.
        pub fn label_smoothing(self, label_smoothing: f64) -> Self {
            Self { label_smoothing, ..self }
        }

        /// Has the classes along this axis; the batch is axis 0, and -1 the last.
        pub fn class_axis(self, class_axis: i64) -> Self {
            Self { class_axis, ..self }
        }

        /// Multiplies each class's part by its weight.
        pub fn class_weight(self, class_weight: impl Into<Vec<f64>>) -> Self {
            Self { class_weight: Some(class_weight.into()), ..self }
        }
    };
}

impl CategoricalCrossEntropy {
    /// The loss of logits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has Keras's or PyTorch's defaults: Keras probabilities, PyTorch logits.
    pub fn preset(self, preset: Preset) -> Self {
        Self { from_logits: preset == Preset::Torch, ..self }
    }

    class_builders!();

    /// The losses that are reduced; the side of the class axis becomes 1.
    ///
    /// # Panics
    /// If the shapes differ, or have no such axis.
    pub fn each<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        check::assert_same(&input, &target);
        let axis = check::axis_of::<D>(self.class_axis);
        let target = smooth(target, self.label_smoothing, input.dims()[axis]);
        let halves = half_class_logs(input, self.from_logits, axis) * target;
        weigh(halves, self.class_weight.as_deref(), axis).sum_dim(axis) * -2.0
    }

    reduced!();
}

impl LossSpec for CategoricalCrossEntropy {
    const KIND: &'static str = "categorical_crossentropy";

    fn validate(&self) -> Result<(), LayerError> {
        check::label_smoothing(Self::KIND, self.label_smoothing)?;
        check::class_axis(Self::KIND, self.class_axis)?;
        check::class_weight(Self::KIND, self.class_weight.as_deref())
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        check::same_shape(Self::KIND, input, target).map_err(|error| match target.kind {
            Kind::Int => error.with_fix("use sparse_categorical_crossentropy for labels"),
            Kind::Float => error,
        })?;
        let axis = check::has_class_axis(Self::KIND, self.class_axis, input, target)?;
        weights_fit(Self::KIND, self.class_weight.as_deref(), input, axis)
    }

    loss::call_beside!();
}

/// Minus the logarithm of the probability of the right class: PyTorch's `CrossEntropyLoss`, Keras's
/// `SparseCategoricalCrossentropy`.
///
/// Targets are labels, whole numbers below the number of classes, in the shape of the predictions without their class
/// axis. Unlike Keras's it takes logits unless told otherwise. Probabilities are divided by their sum, then kept from 1e-7
/// to 1 - 1e-7; logits may be any number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SparseCategoricalCrossEntropy {
    /// Whether predictions are logits, as by default, or probabilities.
    pub from_logits: bool,
    /// The share of each target that all classes get alike, 0 to 1.
    pub label_smoothing: f64,
    /// The axis of the classes; the batch is axis 0, and -1 the last. 1 by default.
    pub class_axis: i64,
    /// The label of what has no loss; the mean is that of the others. It need not be a class.
    pub ignore_index: Option<i64>,
    /// Factor of each class's loss, at least 0; the mean divides by the sum of the labels' weights, as PyTorch's.
    pub class_weight: Option<Vec<f64>>,
    /// From losses to one number.
    pub reduction: Reduction,
}

impl Default for SparseCategoricalCrossEntropy {
    fn default() -> Self {
        Self {
            from_logits: true,
            label_smoothing: 0.0,
            class_axis: 1,
            ignore_index: None,
            class_weight: None,
            reduction: Reduction::Mean,
        }
    }
}

/// Losses, and how often the mean counts each if not once.
type Counted<const L: usize> = (Tensor<L>, Option<Tensor<L>>);

impl SparseCategoricalCrossEntropy {
    /// The loss of logits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has Keras's or PyTorch's defaults: Keras probabilities, PyTorch logits and an ignored label of -100.
    pub fn preset(self, preset: Preset) -> Self {
        let torch = preset == Preset::Torch;
        Self { from_logits: torch, ignore_index: torch.then_some(-100), ..self }
    }

    class_builders!();

    /// Has no loss where the label is this one.
    pub fn ignore_index(self, ignore_index: i64) -> Self {
        Self { ignore_index: Some(ignore_index), ..self }
    }

    /// Reduces so.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of a batch, `[1]`: `input` such as `[batch, classes, …]`, `labels` `[batch, …]`.
    ///
    /// # Panics
    /// If the shapes don't fit; if a label isn't a class, on most devices.
    pub fn forward<const D: usize, const L: usize>(&self, input: Tensor<D>, labels: Tensor<L, Int>) -> Tensor<1> {
        self.forward_weighted(input, labels, None)
    }

    /// As [`forward`](Self::forward), with a weight for each sample, `[batch]`.
    ///
    /// # Panics
    /// As there.
    pub fn forward_weighted<const D: usize, const L: usize>(
        &self,
        input: Tensor<D>,
        labels: Tensor<L, Int>,
        sample_weight: Option<Tensor<1>>,
    ) -> Tensor<1> {
        let batch = input.dims()[0];
        let (losses, counts) = self.counted(input, labels);
        self.reduction.apply_counted(losses, counts, sample_weight, batch)
    }

    /// The loss of each label, in the shape of the labels.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn each<const D: usize, const L: usize>(&self, input: Tensor<D>, labels: Tensor<L, Int>) -> Tensor<L> {
        self.counted(input, labels).0
    }

    fn counted<const D: usize, const L: usize>(&self, input: Tensor<D>, labels: Tensor<L, Int>) -> Counted<L> {
        const { assert!(L + 1 == D, "labels have the axes of the predictions but that of the classes") };
        let axis = check::axis_of::<D>(self.class_axis);
        let mut sides = input.dims().to_vec();
        let classes = sides.remove(axis);
        assert_eq!(sides, labels.dims(), "labels have the sides of the predictions but that of the classes");

        let ignored = self.ignore_index.map(|index| labels.clone().equal_scalar(index));
        let labels = match &ignored {
            Some(ignored) => labels.mask_fill(ignored.clone(), 0),
            None => labels,
        };
        let weights = self.class_weight.as_ref().map(|weights| {
            let count = sides.iter().product::<usize>();
            numbers(weights, &input).select(0, labels.clone().reshape([count])).reshape(labels.dims())
        });

        let losses = match &weights {
            None if self.from_logits => class_losses(input, labels, axis, self.label_smoothing),
            Some(weights) if self.from_logits && self.label_smoothing == 0.0 => {
                let nothing = weights.clone().equal_scalar(0.0);
                (class_losses(input, labels, axis, 0.0) * weights.clone()).mask_fill(nothing, 0.0)
            }
            _ => {
                let halves = half_class_logs(input, self.from_logits, axis);
                let right = halves.clone().gather(axis, labels.unsqueeze_dim(axis)).squeeze_dim(axis);
                let mut halves_of_losses: Tensor<L> = match &weights {
                    Some(weights) => right * weights.clone(),
                    None => right,
                };
                if self.label_smoothing > 0.0 {
                    let all = weigh(halves, self.class_weight.as_deref(), axis).sum_dim(axis).squeeze_dim(axis);
                    let share = self.label_smoothing / classes as f64;
                    halves_of_losses = halves_of_losses * (1.0 - self.label_smoothing) + all * share;
                }
                halves_of_losses * -2.0
            }
        };
        match ignored {
            Some(ignored) => {
                let counts = weights.unwrap_or_else(|| losses.ones_like());
                (losses.mask_fill(ignored.clone(), 0.0), Some(counts.mask_fill(ignored, 0.0)))
            }
            None => (losses, weights),
        }
    }
}

impl LossSpec for SparseCategoricalCrossEntropy {
    const KIND: &'static str = "sparse_categorical_crossentropy";

    fn validate(&self) -> Result<(), LayerError> {
        check::label_smoothing(Self::KIND, self.label_smoothing)?;
        check::class_axis(Self::KIND, self.class_axis)?;
        check::class_weight(Self::KIND, self.class_weight.as_deref())
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        let expected = "predictions [classes, …] and their labels […] of whole numbers";
        let refused = || check::refuse(Self::KIND, expected, input, target);
        if !check::is_prediction(input) || input.shape.rank() == 0 {
            return Err(refused());
        }
        let axis = check::has_class_axis(Self::KIND, self.class_axis, input, target)?;
        // A signature lacks the batch axis.
        let mut sides = input.shape.sides().to_vec();
        sides.remove(axis - 1);
        let fits = check::alike(sides.iter(), target.shape.sides().iter());
        match target.kind {
            Kind::Int if fits => weights_fit(Self::KIND, self.class_weight.as_deref(), input, axis),
            Kind::Float if fits => Err(refused().with_fix("give the labels as whole numbers")),
            _ if check::alike(input.shape.sides().iter(), target.shape.sides().iter()) => {
                Err(refused().with_fix("use categorical_crossentropy for one-hot targets"))
            }
            _ => Err(refused()),
        }
    }

    fn call(&self, input: Value, target: Value, sample_weight: Option<Tensor<1>>) -> Tensor<1> {
        macro_rules! of_rank {
            ($($rank:literal $labels:literal),*) => {
                match input.dims().len() {
                    $($rank => self.forward_weighted::<$rank, $labels>(input.float(), target.int(), sample_weight),)*
                    rank => panic!("predictions of rank {rank} aren't from 2 to 6"),
                }
            };
        }
        of_rank!(2 1, 3 2, 4 3, 5 4, 6 5)
    }
}

/// The losses of labels from logits, which have the labels' axes and that of the classes.
fn class_losses<const D: usize, const L: usize>(
    logits: Tensor<D>,
    labels: Tensor<L, Int>,
    axis: usize,
    smoothing: f64,
) -> Tensor<L> {
    let (sides, shape) = (logits.dims(), labels.dims());
    let (outer, inner) = (sides[..axis].iter().product::<usize>(), sides[axis + 1..].iter().product::<usize>());
    let logits = logits.reshape([outer, sides[axis], inner]);
    cross_entropy(logits, labels.reshape([outer, inner]), smoothing).reshape(shape)
}

/// Multiplies each class's values by its weight.
fn weigh<const D: usize>(values: Tensor<D>, weights: Option<&[f64]>, axis: usize) -> Tensor<D> {
    let Some(weights) = weights else { return values };
    let mut sides = [1; D];
    sides[axis] = weights.len();
    let weights = numbers(weights, &values).reshape(sides);
    values * weights
}

/// Checks that there is a weight for each class; `axis` counts the batch axis.
fn weights_fit(kind: &'static str, weights: Option<&[f64]>, input: &Signature, axis: usize) -> Result<(), LayerError> {
    let classes = input.shape.sides()[axis - 1];
    match (weights, classes) {
        (Some(weights), Some(classes)) => {
            let rule = "there must be as many as the predictions have classes";
            check::require(weights.len() == classes, kind, "class_weight", weights, rule)
        }
        _ => Ok(()),
    }
}
