//! What each output of a network learns.

use std::fmt;
use std::sync::Arc;

use burn::Tensor;
use burn::tensor::{Int, TensorData};
use striate_backend::Device;
use striate_data::Batch;
use striate_layers::losses::{CategoricalCrossEntropy, Loss, SparseCategoricalCrossEntropy};
use striate_layers::{Shape, Signature, Value};
use striate_network::NetworkSpec;

use crate::TrainError;
use crate::metrics::{Metric, MetricState, Scores};

/// What one output of a network learns: its target, a loss, what that counts beside the other outputs' losses, and what it is
/// measured by. Keras's `compile(loss, loss_weights, metrics)` says the same output by output.
#[derive(Debug, Clone)]
pub struct Head {
    /// What of a sample is the target.
    pub target: Target,
    /// What is made small.
    pub loss: Loss,
    /// What the loss counts in the sum of all, at least 0.
    pub weight: f64,
    /// What is measured beside the loss.
    pub metrics: Vec<Metric>,
}

/// What of a sample an output learns.
#[derive(Clone)]
pub enum Target {
    /// Its class: as a label, one-hot, or as a column of numbers, whichever the loss takes for this output. Mixed samples have
    /// shares of classes.
    Label,
    /// The picture itself, as the network gets it.
    Image,
    /// Anything else that can be made from a batch: a name for errors, and the function.
    Own(Arc<str>, Arc<MakeTarget>),
}

/// Makes a target from a batch.
pub type MakeTarget = dyn Fn(&Batch, &Device) -> Result<Value, TrainError> + Send + Sync;

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Target {
    /// A target that a function makes from a batch.
    pub fn own(
        name: impl Into<Arc<str>>,
        make: impl Fn(&Batch, &Device) -> Result<Value, TrainError> + Send + Sync + 'static,
    ) -> Self {
        Self::Own(name.into(), Arc::new(make))
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        match self {
            Self::Label => "label",
            Self::Image => "image",
            Self::Own(name, _) => name,
        }
    }
}

/// What the loss of an auxiliary head counts beside that of the logits (Szegedy et al. 2015, section 5).
const AUXILIARY_WEIGHT: f64 = 0.3;

impl Head {
    /// A head with this target and loss, a weight of 1 and no metrics.
    pub fn new(target: Target, loss: impl Into<Loss>) -> Self {
        Self { target, loss: loss.into(), weight: 1.0, metrics: Vec::new() }
    }

    /// A classifier's: cross-entropy of logits, and accuracy.
    pub fn classifier() -> Self {
        Self::new(Target::Label, SparseCategoricalCrossEntropy::new()).with_metric(Metric::default())
    }

    /// The heads of a classifier: its first output gives logits, more outputs are auxiliary heads, which count 0.3.
    ///
    /// # Errors
    /// If the network is no classifier.
    pub fn classifiers(spec: &NetworkSpec) -> Result<Vec<Self>, TrainError> {
        let outputs = spec.output_signatures();
        if spec.classes().is_none() {
            let got = outputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            return Err(TrainError::Output { got });
        }
        let auxiliary = Self::new(Target::Label, SparseCategoricalCrossEntropy::new()).with_weight(AUXILIARY_WEIGHT);
        let mut heads = vec![auxiliary; outputs.len()];
        heads[0] = Self::classifier();
        Ok(heads)
    }

    /// The same head with another weight.
    pub fn with_weight(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    /// The same head, measured by one thing more.
    pub fn with_metric(mut self, metric: impl Into<Metric>) -> Self {
        self.metrics.push(metric.into());
        self
    }
}

/// A head with what follows from its output.
#[derive(Debug, Clone)]
pub(crate) struct Wired {
    pub(crate) head: Head,
    /// What precedes its metrics' names: nothing, or the output's name where there are several.
    pub(crate) prefix: String,
    /// The classes of its output, if it has some.
    pub(crate) classes: Option<usize>,
    form: Form,
    /// What mixed samples cost, if the loss has such a form.
    soft: Option<Loss>,
}

/// How a label is given to a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Labels,
    OneHot,
    Column,
    /// As it is made.
    Whole,
}

/// Puts heads on a network's outputs, in order.
pub(crate) fn wire(spec: &NetworkSpec, heads: Vec<Head>) -> Result<Vec<Wired>, TrainError> {
    let outputs = spec.output_signatures();
    if heads.len() != outputs.len() {
        return Err(TrainError::Heads { heads: heads.len(), outputs: outputs.len() });
    }
    let names = spec.outputs().iter().map(|&number| spec.nodes()[number].name());
    let several = outputs.len() > 1;
    let wired = heads.into_iter().zip(outputs).zip(names).enumerate().map(|(place, ((head, output), name))| {
        let prefix = if several && place > 0 { format!("{name}_") } else { String::new() };
        Wired::new(head, &output, prefix)
    });
    wired.collect()
}

impl Wired {
    fn new(head: Head, output: &Signature, prefix: String) -> Result<Self, TrainError> {
        if !(head.weight.is_finite() && head.weight >= 0.0) {
            let rule = "it must be a number of at least 0";
            return Err(TrainError::Option { option: "weight", value: head.weight.to_string(), rule });
        }
        head.loss.validate()?;
        let sides = output.shape.sides();
        let classes = sides.first().copied().flatten();
        let form = match head.target {
            Target::Label => Some(label_form(&head.loss, output)?),
            Target::Image | Target::Own(..) => None,
        };
        for metric in &head.metrics {
            metric.check(output)?;
        }
        let soft = soft(&head.loss);
        Ok(Self { prefix, classes, form: form.unwrap_or(Form::Whole), soft, head })
    }

    /// The loss and the target of a batch.
    pub(crate) fn target(&self, batch: &Batch, device: &Device) -> Result<(&Loss, Value), TrainError> {
        let loss = &self.head.loss;
        match &self.head.target {
            Target::Label => self.label(batch, device),
            Target::Image => Ok((loss, batch.images_tensor(device).into())),
            Target::Own(_, make) => Ok((loss, make(batch, device)?)),
        }
    }

    fn label(&self, batch: &Batch, device: &Device) -> Result<(&Loss, Value), TrainError> {
        let classes = self.classes.unwrap_or(usize::MAX);
        let (count, loss) = (batch.labels.len(), &self.head.loss);
        if !batch.soft_labels.is_empty() {
            let soft = self.soft.as_ref().ok_or_else(|| TrainError::Mixed { loss: loss.kind() })?;
            if batch.soft_labels.len() != batch.indices.len() * classes {
                return Err(TrainError::MixedClasses {
                    data: batch.soft_labels.len() / batch.indices.len().max(1),
                    classes,
                });
            }
            let shares = TensorData::new(batch.soft_labels.clone(), [batch.indices.len(), classes]);
            return Ok((soft, Tensor::<2>::from_data(shares, device).into()));
        }
        check_labels(batch, if self.form == Form::Column { usize::MAX } else { classes })?;
        let value = match self.form {
            Form::Labels | Form::Whole => batch.labels_tensor(device).into(),
            Form::OneHot => {
                let mut rows = vec![0.0_f32; count * classes];
                batch.labels.iter().enumerate().for_each(|(row, label)| rows[row * classes + label] = 1.0);
                Tensor::<2>::from_data(TensorData::new(rows, [count, classes]), device).into()
            }
            Form::Column => {
                let column: Vec<f32> = batch.labels.iter().map(|&label| label as f32).collect();
                Tensor::<2>::from_data(TensorData::new(column, [count, 1]), device).into()
            }
        };
        Ok((loss, value))
    }

    /// Lets a metric see a batch.
    pub(crate) fn measure(&self, metric: &mut MetricState, scores: &Scores, batch: &Batch) -> Result<(), TrainError> {
        let MetricState::Accuracy(accuracy) = metric;
        let mixed: Vec<usize>;
        let labels = if batch.soft_labels.is_empty() {
            &batch.labels
        } else {
            let classes = batch.soft_labels.len() / batch.indices.len().max(1);
            mixed = batch.soft_labels.chunks_exact(classes.max(1)).map(largest).collect();
            &mixed
        };
        accuracy.update(&scores.values, labels);
        Ok(())
    }

    /// An error if a target doesn't fit this loss and output.
    pub(crate) fn check(&self, loss: &Loss, output: &Value, target: &Value) -> Result<(), TrainError> {
        Ok(loss.check(&output.signature(), &target.signature())?)
    }
}

/// How labels are given to a loss of this output.
fn label_form(loss: &Loss, output: &Signature) -> Result<Form, TrainError> {
    let labels = Signature::int(Shape::new([]));
    let as_labels = match loss.check(output, &labels) {
        Ok(()) => return Ok(Form::Labels),
        Err(error) => error,
    };
    if loss.check(output, &Signature { kind: striate_layers::Kind::Float, ..output.clone() }).is_ok() {
        match output.shape.sides() {
            [Some(1)] => return Ok(Form::Column),
            [Some(_)] => return Ok(Form::OneHot),
            _ => {}
        }
    }
    Err(as_labels.into())
}

/// The form of a loss that takes shares of classes.
fn soft(loss: &Loss) -> Option<Loss> {
    match loss {
        Loss::SparseCategoricalCrossEntropy(loss) => {
            let SparseCategoricalCrossEntropy {
                from_logits, label_smoothing, class_axis, class_weight, reduction, ..
            } = loss.clone();
            let soft = CategoricalCrossEntropy { from_logits, label_smoothing, class_axis, class_weight, reduction };
            Some(soft.into())
        }
        Loss::CategoricalCrossEntropy(_)
        | Loss::BinaryCrossEntropy(_)
        | Loss::Mse(_)
        | Loss::Mae(_)
        | Loss::Focal(_)
        | Loss::KlDivergence(_) => Some(loss.clone()),
        _ => None,
    }
}

/// The class with the largest share; the first of equals.
fn largest(shares: &[f32]) -> usize {
    let largest = shares.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    shares.iter().position(|share| *share == largest).unwrap_or(0)
}

/// An error for a batch without labels or with one that there is no class for.
pub(crate) fn check_labels(batch: &Batch, classes: usize) -> Result<(), TrainError> {
    if batch.labels.len() != batch.indices.len() {
        return Err(TrainError::Unlabelled);
    }
    let mut labelled = batch.labels.iter().zip(&batch.indices);
    match labelled.find(|(label, _)| **label >= classes) {
        Some((&label, &index)) => Err(TrainError::Label { label, index, classes }),
        None => Ok(()),
    }
}

/// What a network gets of a batch: the pictures at the input of rank 3 (the first, if several are), other numbers at the
/// others, in their order.
pub(crate) fn inputs_of(spec: &NetworkSpec, batch: &Batch, device: &Device) -> Result<Vec<Value>, TrainError> {
    let signatures = spec.input_signatures();
    let pictures = signatures.iter().position(|input| input.shape.rank() == 3);
    let mut features = 0..;
    let mut input_of = |(place, input): (usize, &Signature)| {
        if Some(place) == pictures {
            return Ok(batch.images_tensor(device).into());
        }
        let feature = features.next().unwrap_or_default();
        let float = || batch.float_features_tensor(feature, device).map(Value::from);
        let int = || batch.int_features_tensor(feature, device);
        let value = match input.kind {
            striate_layers::Kind::Int => int().map(|x: Tensor<2, Int>| x.into()),
            // Whole numbers, such as those of one-hot columns, are real ones too.
            striate_layers::Kind::Float => float().or_else(|| int().map(|x| x.float().into())),
        };
        value.ok_or_else(|| TrainError::Input {
            input: spec.nodes()[spec.inputs().nth(place).unwrap_or(0)].name().into(),
        })
    };
    signatures.iter().enumerate().map(&mut input_of).collect()
}
