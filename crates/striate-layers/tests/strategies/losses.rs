//! Random losses with predictions and targets that fit, away from where a loss has no slope.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use striate_layers::losses::{
    BinaryCrossEntropy, CategoricalCrossEntropy, CategoricalHinge, CosineSimilarity, Dice, Focal, FocalVariant, Hinge,
    Huber, KlDivergence, LogCosh, Loss, MeanAbsoluteError, MeanSquaredError, Reduction, SmoothL1,
    SparseCategoricalCrossEntropy, SquaredHinge, YoloV1,
};

/// A loss and what it is fed; shapes have the batch axis.
#[derive(Debug, Clone)]
pub(crate) struct LossCase {
    pub(crate) loss: Loss,
    pub(crate) input: (Vec<usize>, Vec<f64>),
    pub(crate) target: Target,
}

/// Targets, with the batch axis.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Real(Vec<usize>, Vec<f64>),
    Labels(Vec<usize>, Vec<i64>),
}

/// Any loss.
pub(crate) fn any_loss() -> BoxedStrategy<LossCase> {
    prop_oneof![
        differences(),
        margins(),
        binary(),
        categorical(),
        sparse(),
        categorical_hinge(),
        dice(),
        divergence(),
        similarity(),
        yolo(),
    ]
    .boxed()
}

fn reduction() -> impl Strategy<Value = Reduction> {
    select(vec![Reduction::Mean, Reduction::Sum, Reduction::BatchMean])
}

/// From 2 to 4 axes with sides from 1 to 4.
fn shape() -> BoxedStrategy<Vec<usize>> {
    vec(1usize..5, 2..=4).boxed()
}

/// The same with an axis other than the batch's, counted from either end, that has at least 2 classes.
fn shape_of_classes() -> BoxedStrategy<(Vec<usize>, i64, usize)> {
    (shape(), 2usize..5, any::<prop::sample::Index>(), any::<bool>())
        .prop_map(|(mut shape, classes, index, from_the_end)| {
            let axis = 1 + index.index(shape.len() - 1);
            shape[axis] = classes;
            let written = axis as i64 - if from_the_end { shape.len() as i64 } else { 0 };
            (shape, written, axis)
        })
        .boxed()
}

/// One number for each element.
fn filled(shape: &[usize], number: impl Strategy<Value = f64> + 'static) -> BoxedStrategy<Vec<f64>> {
    vec(number, shape.iter().product::<usize>()).boxed()
}

/// Either sign, and not near 0 or ±1.
fn off_the_bends() -> impl Strategy<Value = f64> {
    (prop_oneof![0.1f64..0.9, 1.1..3.0], any::<bool>())
        .prop_map(|(size, minus): (f64, bool)| if minus { -size } else { size })
}

fn real(loss: impl Into<Loss>, shape: &[usize], input: Vec<f64>, target: Vec<f64>) -> LossCase {
    LossCase { loss: loss.into(), input: (shape.to_vec(), input), target: Target::Real(shape.to_vec(), target) }
}

fn differences() -> BoxedStrategy<LossCase> {
    (shape(), 0..5usize, 0.3..2.0, any::<bool>(), reduction())
        .prop_flat_map(|(shape, which, bend, elementwise, reduction)| {
            let pairs = (filled(&shape, -2.0..2.0), filled(&shape, off_the_bends()));
            pairs.prop_map(move |(target, apart)| {
                let input = target.iter().zip(&apart).map(|(target, apart)| target + apart * bend).collect();
                let loss: Loss = match which {
                    0 => MeanSquaredError { elementwise, reduction }.into(),
                    1 => MeanAbsoluteError { elementwise, reduction }.into(),
                    2 => Huber { delta: bend, elementwise, reduction }.into(),
                    3 => SmoothL1 { beta: bend, elementwise, reduction }.into(),
                    _ => LogCosh { elementwise, reduction }.into(),
                };
                real(loss, &shape, input, target)
            })
        })
        .boxed()
}

fn margins() -> BoxedStrategy<LossCase> {
    (shape(), any::<[bool; 2]>(), reduction())
        .prop_flat_map(|(shape, [squared, elementwise], reduction)| {
            let pairs = (filled(&shape, select(vec![-1.0, 1.0])), filled(&shape, off_the_bends()));
            pairs.prop_map(move |(target, short)| {
                let input = target.iter().zip(&short).map(|(target, short)| (1.0 - short) * target).collect();
                let loss: Loss = if squared {
                    SquaredHinge { elementwise, reduction }.into()
                } else {
                    Hinge { elementwise, reduction }.into()
                };
                real(loss, &shape, input, target)
            })
        })
        .boxed()
}

/// Logits, or probabilities away from 0 and 1.
fn prediction(from_logits: bool) -> BoxedStrategy<f64> {
    if from_logits { (-6.0..6.0).boxed() } else { (0.05..0.95).boxed() }
}

fn gamma() -> impl Strategy<Value = f64> {
    select(vec![0.0, 0.5, 1.0, 1.7, 2.0, 3.0])
}

fn binary() -> BoxedStrategy<LossCase> {
    (shape(), 0..3usize, any::<[bool; 3]>(), (0.0..0.5, 0.1..3.0, gamma()), reduction())
        .prop_flat_map(|(shape, which, [from_logits, elementwise, balance], (smoothing, weight, gamma), reduction)| {
            let loss: Loss = match which {
                0 => BinaryCrossEntropy::new()
                    .from_logits(from_logits)
                    .label_smoothing(smoothing)
                    .positive_weight(weight)
                    .elementwise(elementwise)
                    .reduction(reduction)
                    .into(),
                _ => Focal {
                    variant: if which == 1 { FocalVariant::Sigmoid } else { FocalVariant::Binary },
                    from_logits,
                    alpha: balance.then_some(weight / 3.0),
                    gamma,
                    class_balancing: balance,
                    label_smoothing: smoothing,
                    class_axis: 1,
                    elementwise,
                    reduction,
                }
                .into(),
            };
            let target = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0];
            (filled(&shape, prediction(from_logits)), filled(&shape, target))
                .prop_map(move |(input, target)| real(loss.clone(), &shape, input, target))
        })
        .boxed()
}

/// Weights for so many classes, or none.
fn weights(classes: usize) -> impl Strategy<Value = Option<Vec<f64>>> {
    proptest::option::of(vec(0.2..2.0, classes))
}

fn categorical() -> BoxedStrategy<LossCase> {
    (shape_of_classes(), any::<[bool; 2]>(), (0.0..0.5, gamma()), reduction())
        .prop_flat_map(|((shape, class_axis, axis), [from_logits, focal], (smoothing, gamma), reduction)| {
            let numbers = (filled(&shape, prediction(from_logits)), filled(&shape, 0.0..1.0), weights(shape[axis]));
            numbers.prop_map(move |(input, target, class_weight)| {
                let loss: Loss = if focal {
                    let focal = Focal::categorical().from_logits(from_logits).class_axis(class_axis).gamma(gamma);
                    focal.label_smoothing(smoothing).reduction(reduction).into()
                } else {
                    CategoricalCrossEntropy {
                        from_logits,
                        label_smoothing: smoothing,
                        class_axis,
                        class_weight,
                        reduction,
                    }
                    .into()
                };
                real(loss, &shape, input, target)
            })
        })
        .boxed()
}

fn sparse() -> BoxedStrategy<LossCase> {
    (shape_of_classes(), any::<[bool; 2]>(), 0.0..0.5, reduction())
        .prop_flat_map(|((shape, class_axis, axis), [from_logits, ignores], smoothing, reduction)| {
            let mut sides = shape.clone();
            let classes = sides.remove(axis) as i64;
            let least = if ignores { -1 } else { 0 };
            let labels = vec(least..classes, sides.iter().product::<usize>());
            let numbers = (filled(&shape, prediction(from_logits)), labels, weights(classes as usize));
            numbers.prop_map(move |(input, labels, class_weight)| LossCase {
                loss: SparseCategoricalCrossEntropy {
                    from_logits,
                    label_smoothing: smoothing,
                    class_axis,
                    ignore_index: ignores.then_some(-1),
                    class_weight,
                    reduction,
                }
                .into(),
                input: (shape.clone(), input),
                target: Target::Labels(sides.clone(), labels),
            })
        })
        .boxed()
}

/// The class of each element along an axis.
fn class_of(element: usize, shape: &[usize], axis: usize) -> usize {
    element / shape[axis + 1..].iter().product::<usize>() % shape[axis]
}

fn categorical_hinge() -> BoxedStrategy<LossCase> {
    (shape_of_classes(), 0usize..7, 1usize..7, any::<prop::sample::Index>(), reduction())
        .prop_flat_map(|((shape, class_axis, axis), first, step, right, reduction)| {
            filled(&shape, -0.05..0.05).prop_map(move |noise| {
                // Steps of 0.4 from -1.1 to 1.3: no two classes are near each other, nor is one near 0 or 1, nor a margin.
                let level = |element| (first + step * class_of(element, &shape, axis)) % 7;
                let input = noise.iter().enumerate().map(|(i, noise)| level(i) as f64 * 0.4 - 1.1 + noise).collect();
                let right = right.index(shape[axis]);
                let is_right = |element| class_of(element, &shape, axis) == right;
                let target = (0..noise.len()).map(|i| f64::from(u8::from(is_right(i)))).collect();
                real(CategoricalHinge { class_axis, reduction }, &shape, input, target)
            })
        })
        .boxed()
}

fn dice() -> BoxedStrategy<LossCase> {
    (shape(), any::<[bool; 4]>(), 0.0..1.0, reduction())
        .prop_flat_map(|(shape, chosen, smooth, reduction)| {
            let rank = shape.len();
            let axes: Vec<i64> = (0..rank).filter(|axis| chosen[*axis]).map(|axis| axis as i64).collect();
            let axes = (!axes.is_empty()).then_some(axes);
            (filled(&shape, 0.05..0.95), filled(&shape, select(vec![0.0, 1.0]))).prop_map(move |(input, target)| {
                real(Dice { axes: axes.clone(), smooth, reduction }, &shape, input, target)
            })
        })
        .boxed()
}

fn divergence() -> BoxedStrategy<LossCase> {
    (shape_of_classes(), any::<[bool; 2]>(), reduction())
        .prop_flat_map(|((shape, class_axis, _), [input_is_log, elementwise], reduction)| {
            let input = if input_is_log { -4.0..-0.1 } else { 0.05..0.95 };
            (filled(&shape, input), filled(&shape, prop_oneof![Just(0.0), 0.05..0.95])).prop_map(
                move |(input, target)| {
                    let loss = KlDivergence { class_axis, input_is_log, elementwise, reduction };
                    real(loss, &shape, input, target)
                },
            )
        })
        .boxed()
}

fn similarity() -> BoxedStrategy<LossCase> {
    (shape(), any::<prop::sample::Index>(), reduction())
        .prop_flat_map(|(shape, index, reduction)| {
            let rank = shape.len();
            let axis = index.index(2 * rank) as i64 - rank as i64;
            (filled(&shape, off_the_bends()), filled(&shape, off_the_bends()))
                .prop_map(move |(input, target)| real(CosineSimilarity { axis, reduction }, &shape, input, target))
        })
        .boxed()
}

/// Boxes that are too small and too far from their targets to overlap: the IoU, which the gradient takes as a constant,
/// is one.
fn yolo() -> BoxedStrategy<LossCase> {
    (1usize..4, 1usize..4, 1usize..4, 1usize..4, 0.0..6.0, reduction())
        .prop_flat_map(|(batch, grid, boxes, classes, lambda, reduction)| {
            let loss = YoloV1::new().grid(grid).boxes(boxes).classes(classes).lambda_coord(lambda);
            let loss = loss.lambda_noobj(lambda / 3.0).reduction(reduction);
            let cells = batch * grid * grid;
            let predicted = (0.8..1.0, 0.8..1.0, 0.02..0.1, 0.02..0.1, 0.0..1.0);
            let predicted = predicted.prop_map(|(x, y, w, h, confidence)| vec![x, y, w, h, confidence]);
            let truth = (0.0..0.2, 0.0..0.2, 0.02..0.1, 0.02..0.1, select(vec![0.0, 1.0]));
            let truth = truth.prop_map(|(x, y, w, h, object)| vec![x, y, w, h, object]);
            let scores = |count| vec(0.0..1.0, count);
            let input = (vec(predicted, boxes), scores(classes))
                .prop_map(|(boxes, scores)| boxes.into_iter().flatten().chain(scores).collect::<Vec<f64>>());
            let target = (truth, scores(classes)).prop_map(|(truth, scores)| [truth, scores].concat());
            (vec(input, cells), vec(target, cells)).prop_map(move |(input, target)| LossCase {
                loss: loss.into(),
                input: (vec![batch, grid, grid, 5 * boxes + classes], input.concat()),
                target: Target::Real(vec![batch, grid, grid, 5 + classes], target.concat()),
            })
        })
        .boxed()
}
