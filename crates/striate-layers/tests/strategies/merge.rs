//! Merges.

use proptest::prelude::*;
use striate_layers::{
    Activation, Add, Average, Concatenate, Dot, DotAxes, LayerConfig, Maximum, Minimum, Multiply, Shape, Signature,
    Subtract,
};

use super::{Fed, shape};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    prop_oneof![elementwise(), concatenate(), dot()].boxed()
}

/// Two to four inputs; some sides are 1, some inputs lack the first axes.
fn elementwise() -> BoxedStrategy<Fed> {
    let layer = prop::sample::select(vec![
        LayerConfig::from(Add::new()),
        Add::new().activation(Activation::Tanh).into(),
        Subtract::new().into(),
        Multiply::new().into(),
        Average::new().into(),
        Maximum::new().into(),
        Minimum::new().into(),
    ]);
    let inputs = (shape(1..6), 2usize..5).prop_flat_map(|(largest, count)| {
        let rank = largest.shape.rank();
        let narrow = (prop::collection::vec(prop::bool::weighted(0.2), rank), 0..rank);
        prop::collection::vec(narrow, count).prop_map(move |inputs| {
            let input = |(ones, missing): &(Vec<bool>, usize)| {
                let sides = largest.shape.sides().iter().zip(ones).skip(*missing);
                Signature::float(Shape::new(sides.map(|(side, one)| if *one { Some(1) } else { *side })))
            };
            inputs.iter().map(input).collect::<Vec<_>>()
        })
    });
    (layer, inputs)
        .prop_map(|(layer, mut inputs)| {
            if layer.kind() == "subtract" {
                inputs.truncate(2);
            }
            (layer, inputs)
        })
        .boxed()
}

/// One to three inputs that differ in the side that they are joined along.
fn concatenate() -> BoxedStrategy<Fed> {
    let options = (shape(1..6), any::<prop::sample::Index>(), prop::collection::vec(1usize..5, 1..4), any::<bool>());
    let layer = options.prop_map(|(like, axis, lengths, from_end)| {
        let rank = like.shape.rank();
        let at = axis.index(rank);
        let inputs = lengths.iter().map(|length| {
            let mut sides = like.shape.sides().to_vec();
            sides[at] = Some(*length);
            Signature::float(Shape::new(sides))
        });
        let axis = if from_end { at as isize - rank as isize } else { at as isize + 1 };
        (Concatenate::new().axis(axis).into(), inputs.collect())
    });
    layer.boxed()
}

fn dot() -> BoxedStrategy<Fed> {
    let options = (shape(1..4), shape(1..4), any::<[prop::sample::Index; 2]>(), any::<[bool; 2]>());
    let layer = options.prop_map(|(left, right, [a, b], [normalize, from_end])| {
        let (a, b) = (a.index(left.shape.rank()), b.index(right.shape.rank()));
        let mut sides = right.shape.sides().to_vec();
        sides[b] = left.shape.sides()[a];
        let left_axis = if from_end { a as isize - left.shape.rank() as isize } else { a as isize + 1 };
        let dot = Dot { normalize, ..Dot::new(DotAxes([left_axis, b as isize + 1])) };
        (dot.into(), vec![left, Signature::float(Shape::new(sides))])
    });
    layer.boxed()
}
