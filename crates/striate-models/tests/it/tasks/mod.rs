//! What networks are for.

mod kernels;
mod localization;
mod networks;
mod segment;
mod selection;
mod sliding;
mod yolo;

use proptest::prelude::*;

/// Boxes with their class within a picture of `[height, width]` px, at least 2 px long.
fn boxes(size: [usize; 2], classes: usize, most: usize) -> impl Strategy<Value = Vec<([f32; 4], usize)>> {
    let side = |length: usize| (0..length - 2).prop_flat_map(move |start| (Just(start), start + 2..=length));
    let edges = (side(size[1]), side(size[0])).prop_map(|((left, right), (top, bottom))| [left, top, right, bottom]);
    let one = (edges, 0..classes).prop_map(|(edges, class)| (edges.map(|edge| edge as f32), class));
    prop::collection::vec(one, 0..=most)
}

#[track_caller]
fn assert_near(got: [f32; 4], wanted: [f32; 4], tolerance: f32) {
    let far = got.iter().zip(wanted).any(|(got, wanted)| (got - wanted).abs() > tolerance || got.is_nan());
    assert!(!far, "{got:?}, not {wanted:?}");
}
