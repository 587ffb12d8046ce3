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
use crate::metrics::{ClassAccuracy, Detection, Metric, MetricState, Scores, TargetKind, Targets, Truth, argmax};
use crate::optimizers::{AT_LEAST_0, check_options};

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
#[non_exhaustive]
pub enum Target {
    /// Its class: as a label, one-hot, or as a column of numbers, whichever the loss takes for this output. Mixed samples have
    /// shares of classes.
    Label,
    /// Which classes it has, `[batch, class]` of 0 and 1, where there may be several or none.
    MultiLabel,
    /// The class of each px, `[batch, height, width]`; 255 is void, which the loss has to pass over by its `ignore_index`.
    Mask,
    /// The edges of its first box, `[batch, 4]`: left, upper, right, lower, as parts of the picture's sides.
    FirstBox,
    /// The picture itself, as the network gets it.
    Image,
    /// Anything else that can be made from a batch.
    Own(Arc<dyn OwnTarget>),
}

/// A target that is made from a batch in a way of its own.
pub trait OwnTarget: Send + Sync {
    /// What it is called in messages.
    fn name(&self) -> &str;

    /// What the loss compares the output with.
    ///
    /// # Errors
    /// If the batch has nothing to make it from.
    fn make(&self, batch: &Batch, device: &Device) -> Result<Value, TrainError>;

    /// What metrics compare with: rows of numbers unless [`found`](Self::found) is written.
    fn kind(&self) -> TargetKind {
        TargetKind::Rows
    }

    /// For detectors: what an output of these numbers and this shape found in each picture, and what is there.
    fn found(&self, _scores: &[f32], _shape: &[usize], _batch: &Batch) -> Option<Found> {
        None
    }
}

/// What was found in the pictures of a batch, and what is there.
pub type Found = (Vec<Vec<Detection>>, Vec<Vec<Truth>>);

/// A name and a function.
struct Made<F>(String, F);

impl<F: Fn(&Batch, &Device) -> Result<Value, TrainError> + Send + Sync> OwnTarget for Made<F> {
    fn name(&self) -> &str {
        &self.0
    }

    fn make(&self, batch: &Batch, device: &Device) -> Result<Value, TrainError> {
        self.1(batch, device)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Target {
    /// A target that a function makes from a batch.
    pub fn own(
        name: impl Into<String>,
        make: impl Fn(&Batch, &Device) -> Result<Value, TrainError> + Send + Sync + 'static,
    ) -> Self {
        Self::Own(Arc::new(Made(name.into(), make)))
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        match self {
            Self::Label => "labels",
            Self::MultiLabel => "several labels",
            Self::Mask => "masks",
            Self::FirstBox => "boxes",
            Self::Image => "images",
            Self::Own(own) => own.name(),
        }
    }

    /// What metrics compare with.
    fn kind(&self) -> TargetKind {
        match self {
            Self::Label => TargetKind::Labels,
            Self::Mask => TargetKind::Mask,
            Self::MultiLabel | Self::FirstBox | Self::Image => TargetKind::Rows,
            Self::Own(own) => own.kind(),
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
        Self::new(Target::Label, SparseCategoricalCrossEntropy::new()).with_metric(ClassAccuracy::default())
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
        check_options(&[("weight", head.weight, head.weight >= 0.0, AT_LEAST_0)])?;
        head.loss.validate()?;
        let sides = output.shape.sides();
        let classes = sides.first().copied().flatten();
        let form = match head.target {
            Target::Label => Some(label_form(&head.loss, output)?),
            _ => None,
        };
        for metric in &head.metrics {
            metric.check(output, head.target.kind())?;
        }
        let soft = soft(&head.loss);
        Ok(Self { prefix, classes, form: form.unwrap_or(Form::Whole), soft, head })
    }

    /// The loss and the target of a batch.
    fn target(&self, batch: &Batch, device: &Device) -> Result<(&Loss, Value), TrainError> {
        let missing = || TrainError::NoTarget { target: self.head.target.name().into() };
        let value = match &self.head.target {
            Target::Label => return self.label(batch, device),
            Target::MultiLabel => batch.multi_labels_tensor(device).ok_or_else(missing)?.into(),
            Target::Mask => batch.masks_tensor(device).ok_or_else(missing)?.into(),
            Target::FirstBox => {
                let rows = first_boxes(batch).ok_or_else(missing)?;
                Tensor::<2>::from_data(TensorData::new(rows, [batch.indices.len(), 4]), device).into()
            }
            Target::Image => batch.images_tensor(device).into(),
            Target::Own(own) => own.make(batch, device)?,
        };
        Ok((&self.head.loss, value))
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

    /// Lets metrics see a batch: its output's numbers with their shape, and the target that the loss had.
    pub(crate) fn measure(
        &self,
        metrics: &mut [MetricState],
        values: &[f32],
        shape: &[usize],
        batch: &Batch,
        device: &Device,
    ) -> Result<(), TrainError> {
        let mut see = |scores: Scores<'_>, targets: Targets<'_>| {
            metrics.iter_mut().try_for_each(|metric| metric.update(&scores, &targets))
        };
        let scores = Scores::rows(values, shape);
        match &self.head.target {
            Target::Label if batch.soft_labels.is_empty() => see(scores, Targets::Labels(&batch.labels))?,
            Target::Label => {
                let classes = batch.soft_labels.len() / batch.indices.len().max(1);
                let most = |shares: &[f32]| argmax(shares.iter().copied()).unwrap_or(0);
                let labels: Vec<_> = batch.soft_labels.chunks_exact(classes.max(1)).map(most).collect();
                see(scores, Targets::Labels(&labels))?;
            }
            Target::MultiLabel => see(scores, Targets::Rows(&batch.multi_labels))?,
            Target::Mask => see(scores, Targets::Mask(&batch.masks))?,
            Target::FirstBox => see(scores, Targets::Rows(&first_boxes(batch).unwrap_or_default()))?,
            Target::Image => see(scores, Targets::Rows(&batch.images))?,
            Target::Own(own) => match own.found(values, shape, batch) {
                Some((found, there)) => see(Scores::Boxes(&found), Targets::Boxes(&there))?,
                None => see(scores, Targets::Rows(&own.make(batch, device)?.into_floats()))?,
            },
        }
        Ok(())
    }

    /// The loss of an output, not weighted.
    pub(crate) fn loss(&self, output: Value, batch: &Batch, device: &Device) -> Result<Tensor<1>, TrainError> {
        let (loss, target) = self.target(batch, device)?;
        loss.check(&output.signature(), &target.signature())?;
        Ok(loss.forward(output, target, None))
    }
}

/// How labels are given to a loss of this output.
fn label_form(loss: &Loss, output: &Signature) -> Result<Form, TrainError> {
    let labels = Signature::int(Shape::new([]));
    // Others take numbers, however whole labels are.
    if matches!(loss, Loss::SparseCategoricalCrossEntropy(_)) {
        loss.check(output, &labels)?;
        return Ok(Form::Labels);
    }
    if loss.check(output, &Signature { kind: striate_layers::Kind::Float, ..output.clone() }).is_ok() {
        match output.shape.sides() {
            [Some(1)] => return Ok(Form::Column),
            [Some(_)] => return Ok(Form::OneHot),
            _ => {}
        }
    }
    loss.check(output, &labels)?;
    Ok(Form::Whole)
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

/// The edges of each sample's first box as parts of the picture's sides; none if a sample has no box.
fn first_boxes(batch: &Batch) -> Option<Vec<f32>> {
    let [_, _, height, width] = batch.shape;
    if batch.boxes.len() != batch.indices.len() {
        return None;
    }
    let edges = batch.boxes.iter().map(|boxes| {
        let [left, upper, right, lower] = boxes.edges([height, width]).next()?;
        Some([left / width as f32, upper / height as f32, right / width as f32, lower / height as f32])
    });
    Some(edges.collect::<Option<Vec<_>>>()?.into_flattened())
}

/// An error for a batch without labels or with one that there is no class for.
fn check_labels(batch: &Batch, classes: usize) -> Result<(), TrainError> {
    if batch.labels.len() != batch.indices.len() {
        return Err(TrainError::Unlabelled);
    }
    let mut labelled = batch.labels.iter().zip(&batch.indices);
    match labelled.find(|(label, _)| **label >= classes) {
        Some((&label, &index)) => Err(TrainError::Label { label, index, classes }),
        None => Ok(()),
    }
}

/// What a network gets of a batch: the pictures at the input of three axes (the first, if several have three), the batch's
/// features at the others, in their order.
///
/// # Errors
/// If the batch has nothing for an input.
pub fn inputs_of(spec: &NetworkSpec, batch: &Batch, device: &Device) -> Result<Vec<Value>, TrainError> {
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
