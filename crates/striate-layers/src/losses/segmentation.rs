//! The loss of a class for each px: cross-entropy, overlap, or both.

use burn::Tensor;
use burn::tensor::Int;
use burn::tensor::activation::{sigmoid, softmax};
use serde::{Deserialize, Serialize};

use super::{BinaryCrossEntropy, LossSpec, Reduction, SparseCategoricalCrossEntropy, check};
use crate::{Kind, LayerError, Signature, Value};

/// Cross-entropy of each px and what the classes' masks lack of a full overlap (Milletari et al. 2016,
/// <https://arxiv.org/abs/1606.04797>), weighted and added.
///
/// Predictions are logits `[batch, classes, height, width]`, targets whole numbers `[batch, height, width]`. A single class is
/// a question with yes and no, of which 1 is yes. Void px, 255 unless told otherwise, have no part in either.
///
/// Dice is `1 - (2 * sum(target * p) + smooth) / (sum(target) + sum(p) + smooth)` of each class over the whole batch, and the
/// mean of the classes, where p is the softmax, or the sigmoid of a single class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentationLoss {
    /// Factor of the mean cross-entropy, at least 0; 1 by default.
    pub cross_entropy: f64,
    /// Factor of Dice's loss, at least 0; 0 by default.
    pub dice: f64,
    /// The target of px that have no loss; 255 by default.
    pub ignore_index: Option<i64>,
    /// Factor of each class's cross-entropy, at least 0; the mean divides by the sum of the px' factors.
    pub class_weight: Option<Vec<f64>>,
    /// Factor of the cross-entropy of a target of 1 where there is a single class, at least 0; 1 by default.
    pub positive_weight: f64,
    /// Added above and below in Dice's fraction, over 0; 1 by default.
    pub smooth: f64,
}

impl Default for SegmentationLoss {
    fn default() -> Self {
        Self {
            cross_entropy: 1.0,
            dice: 0.0,
            ignore_index: Some(255),
            class_weight: None,
            positive_weight: 1.0,
            smooth: 1.0,
        }
    }
}

impl SegmentationLoss {
    /// Cross-entropy alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts cross-entropy so.
    pub fn cross_entropy(self, cross_entropy: f64) -> Self {
        Self { cross_entropy, ..self }
    }

    /// Counts Dice's loss so.
    pub fn dice(self, dice: f64) -> Self {
        Self { dice, ..self }
    }

    /// Multiplies each class's cross-entropy by its weight.
    pub fn class_weight(self, class_weight: impl Into<Vec<f64>>) -> Self {
        Self { class_weight: Some(class_weight.into()), ..self }
    }

    /// Multiplies the cross-entropy of a target of 1 by this, where there is a single class.
    pub fn positive_weight(self, positive_weight: f64) -> Self {
        Self { positive_weight, ..self }
    }

    /// The loss of a batch, `[1]`: logits `[batch, classes, height, width]`, labels `[batch, height, width]`.
    ///
    /// # Panics
    /// If the shapes don't fit.
    pub fn forward(&self, input: Tensor<4>, labels: Tensor<3, Int>) -> Tensor<1> {
        self.forward_weighted(input, labels, None)
    }

    /// As [`forward`](Self::forward), with a weight for each sample, `[batch]`.
    ///
    /// # Panics
    /// If the shapes don't fit.
    pub fn forward_weighted(
        &self,
        input: Tensor<4>,
        labels: Tensor<3, Int>,
        sample_weight: Option<Tensor<1>>,
    ) -> Tensor<1> {
        let mut parts = Vec::with_capacity(2);
        if self.cross_entropy > 0.0 {
            let part = self.of_px(input.clone(), labels.clone(), sample_weight.clone());
            parts.push(scaled(part, self.cross_entropy));
        }
        if self.dice > 0.0 {
            parts.push(scaled(self.of_masks(input, labels, sample_weight), self.dice));
        }
        parts.into_iter().reduce(|sum, part| sum + part).expect("a checked loss has a part")
    }

    fn of_px(&self, input: Tensor<4>, labels: Tensor<3, Int>, sample_weight: Option<Tensor<1>>) -> Tensor<1> {
        let [batch, classes, ..] = input.dims();
        if classes > 1 {
            let loss = SparseCategoricalCrossEntropy {
                ignore_index: self.ignore_index,
                class_weight: self.class_weight.clone(),
                ..SparseCategoricalCrossEntropy::default()
            };
            return loss.forward_weighted(input, labels, sample_weight);
        }
        let (yes, counts) = (self.is_class(&input, &labels), self.counts(&input, &labels));
        let loss = BinaryCrossEntropy::new().elementwise(true).positive_weight(self.positive_weight);
        let losses = loss.each(input, yes) * counts.clone();
        Reduction::Mean.apply_counted(losses, Some(counts), sample_weight, batch)
    }

    fn of_masks(&self, input: Tensor<4>, labels: Tensor<3, Int>, sample_weight: Option<Tensor<1>>) -> Tensor<1> {
        let [batch, classes, height, width] = input.dims();
        let (truth, mut counts) = (self.is_class(&input, &labels), self.counts(&input, &labels));
        if let Some(weight) = sample_weight {
            counts = counts * weight.cast(input.dtype()).reshape([batch, 1, 1, 1]);
        }
        let probability = if classes > 1 { softmax(input, 1) } else { sigmoid(input) };
        let each = |x: Tensor<4>| x.reshape([batch, classes, height * width]).sum_dim(2).sum_dim(0);
        let (probability, truth) = (probability * counts.clone(), truth * counts);
        let both = each(probability.clone() * truth.clone());
        let overlap = (both * 2.0 + self.smooth) / (each(probability) + each(truth) + self.smooth);
        (overlap.sum_dim(1) / (classes as f64) * -1.0 + 1.0).reshape([1])
    }

    /// 1 where a px is of a class, of a single one where its label is 1: `[batch, classes, height, width]`.
    fn is_class(&self, input: &Tensor<4>, labels: &Tensor<3, Int>) -> Tensor<4> {
        let sides @ [_, classes, ..] = input.dims();
        let numbers: Tensor<1, Int> = match classes {
            1 => Tensor::ones([1], &input.device()),
            _ => Tensor::arange(0..classes as i64, &input.device()),
        };
        let numbers = numbers.reshape([1, classes, 1, 1]).expand(sides);
        labels.clone().unsqueeze_dim::<4>(1).expand(sides).equal(numbers).float().cast(input.dtype())
    }

    /// 1 where a px counts: `[batch, 1, height, width]`.
    fn counts(&self, input: &Tensor<4>, labels: &Tensor<3, Int>) -> Tensor<4> {
        let labels = labels.clone().unsqueeze_dim::<4>(1);
        match self.ignore_index {
            Some(index) => labels.not_equal_scalar(index).float().cast(input.dtype()),
            None => labels.ones_like().float().cast(input.dtype()),
        }
    }
}

fn scaled(loss: Tensor<1>, factor: f64) -> Tensor<1> {
    if factor == 1.0 { loss } else { loss * factor }
}

impl LossSpec for SegmentationLoss {
    const KIND: &'static str = "segmentation";

    fn validate(&self) -> Result<(), LayerError> {
        let factors =
            [("cross_entropy", self.cross_entropy), ("dice", self.dice), ("positive_weight", self.positive_weight)];
        for (field, factor) in factors {
            check::require(check::at_least_0(factor), Self::KIND, field, factor, "it must be at least 0")?;
        }
        let rule = "it must be over 0, or else `cross_entropy`";
        check::require(self.dice + self.cross_entropy > 0.0, Self::KIND, "dice", self.dice, rule)?;
        let smooth = self.smooth > 0.0 && self.smooth.is_finite();
        check::require(smooth, Self::KIND, "smooth", self.smooth, "it must be over 0")?;
        check::class_weight(Self::KIND, self.class_weight.as_deref())
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        let expected = "logits [classes, height, width] and labels [height, width] of whole numbers";
        let sides = input.shape.sides();
        let fits = input.kind == Kind::Float
            && target.kind == Kind::Int
            && sides.len() == 3
            && check::alike(sides[1..].iter(), target.shape.sides().iter());
        if !fits {
            return Err(check::refuse(Self::KIND, expected, input, target));
        }
        match (&self.class_weight, sides[0]) {
            (Some(weights), Some(classes)) => {
                let rule = "there must be as many as the predictions have classes, of which there are several";
                check::require(classes > 1 && weights.len() == classes, Self::KIND, "class_weight", weights, rule)
            }
            _ => Ok(()),
        }
    }

    fn call(&self, input: Value, target: Value, sample_weight: Option<Tensor<1>>) -> Tensor<1> {
        self.forward_weighted(input.float(), target.int(), sample_weight)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use striate_backend::device;

    use super::*;

    fn logits(values: &[f32], sides: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values.to_vec(), sides), &device("flex").unwrap())
    }

    fn labels(values: &[i64], sides: [usize; 3]) -> Tensor<3, Int> {
        Tensor::from_data(TensorData::new(values.to_vec(), sides), &device("flex").unwrap())
    }

    #[track_caller]
    fn check(loss: &SegmentationLoss, input: Tensor<4>, target: Tensor<3, Int>, expected: f64) {
        loss.check(&Value::from(input.clone()).signature(), &Value::from(target.clone()).signature()).unwrap();
        let got = loss.forward(input, target).into_scalar::<f32>();
        assert!((f64::from(got) - expected).abs() < 1e-5, "{got} instead of {expected}");
    }

    #[test]
    fn void_px_have_no_part_in_cross_entropy_and_overlap() {
        // Three px: logits (0, 2), (0, 0) and one that is void.
        let input = || logits(&[0.0, 0.0, 9.0, 2.0, 0.0, -9.0], [1, 2, 1, 3]);
        let target = || labels(&[1, 0, 255], [1, 1, 3]);
        let p = 1.0 / (1.0 + (-2.0_f64).exp());
        let cross_entropy = -(p.ln() + 0.5_f64.ln()) / 2.0;
        check(&SegmentationLoss::new(), input(), target(), cross_entropy);
        // Class 0 is said with 1 - p and 0.5, class 1 with p and 0.5; each has one px.
        let overlap = |both: f64, sum: f64| (2.0 * both + 1.0) / (1.0 + sum + 1.0);
        let dice = 1.0 - (overlap(0.5, 1.5 - p) + overlap(p, p + 0.5)) / 2.0;
        let loss = SegmentationLoss::new().cross_entropy(0.0).dice(1.0);
        check(&loss, input(), target(), dice);
        check(
            &SegmentationLoss::new().cross_entropy(2.0).dice(0.5),
            input(),
            target(),
            2.0 * cross_entropy + 0.5 * dice,
        );
        // A weight for each class: the mean is that of the px' weights.
        let weighted = (-3.0 * p.ln() - 0.5_f64.ln()) / 4.0;
        check(&SegmentationLoss::new().class_weight([1.0, 3.0]), input(), target(), weighted);
    }

    #[test]
    fn single_class_is_a_question_with_yes_and_no() {
        let input = || logits(&[2.0, 2.0, 5.0], [1, 1, 3, 1]);
        let target = || labels(&[1, 0, 255], [1, 3, 1]);
        let p = 1.0 / (1.0 + (-2.0_f64).exp());
        check(&SegmentationLoss::new().positive_weight(4.0), input(), target(), (-4.0 * p.ln() - (1.0 - p).ln()) / 2.0);
        let dice = SegmentationLoss { dice: 1.0, cross_entropy: 0.0, smooth: 0.5, ..SegmentationLoss::new() };
        check(&dice, input(), target(), 1.0 - (2.0 * p + 0.5) / (1.0 + 2.0 * p + 0.5));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let nothing = SegmentationLoss::new().cross_entropy(0.0);
        assert!(nothing.validate().unwrap_err().to_string().contains("dice"));
        let input = Signature::float([3, 4, 4]);
        let three = SegmentationLoss::new().class_weight([1.0, 2.0]);
        assert!(three.check(&input, &Signature::int([4, 4])).is_err());
        assert!(SegmentationLoss::new().check(&input, &Signature::int([4, 5])).is_err());
        assert!(SegmentationLoss::new().check(&input, &Signature::float([4, 4])).is_err());
    }
}
