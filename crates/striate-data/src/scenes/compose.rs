//! One scene.

use std::collections::BTreeSet;

use striate_core::{Stream, Streams};

use super::SceneConfig;
use super::canvas::{Canvas, canvas, luma};
use super::thing::Thing;
use crate::{BoundingBox, Boxes, DataError, Dataset, IndexMask, Picture, Sample};

/// How often a place is drawn for a thing before a smaller one is tried, and how often that happens.
const PLACES: usize = 30;
const SMALLER: usize = 4;

/// A thing in a scene.
struct Placed {
    class: usize,
    /// All of its px, and how many of them are seen.
    px: usize,
    seen: usize,
}

/// The number of the first thing of a scene.
pub(super) fn first_thing(things: usize, streams: Streams) -> usize {
    streams.open("scene thing 0").below(things)
}

pub(super) fn scene(things: &dyn Dataset, config: &SceneConfig, streams: Streams) -> Result<Sample, DataError> {
    let mut stream = streams.open("scene");
    let mut canvas = canvas(config.size, &config.textures, config.color, &mut stream);
    let [least, most] = config.objects;
    let wanted = least + stream.below(most - least + 1);
    // The number of the thing that each px shows, from 1.
    let mut numbers = vec![0_u16; config.size[0] * config.size[1]];
    let mut placed: Vec<Placed> = Vec::new();
    for number in 0..wanted {
        // Each has a stream of its own, so that the first can be known without the scene.
        let mut stream = streams.open(&format!("scene thing {number}"));
        let Some((index, thing, corner)) = find(things, config, &placed, &numbers, &mut stream)? else { continue };
        let class = things.label(index).ok_or(DataError::Unlabelled { index })?;
        let tint = tint(&canvas, &thing, corner, config.color, &mut stream);
        lay(&mut canvas, &thing, corner, tint, config.solid);
        // No more than 100 things are taken.
        let number = placed.len() as u16 + 1;
        for place in shown(&thing, corner, config.size[1]) {
            if let Some(hidden) = usize::from(numbers[place]).checked_sub(1) {
                placed[hidden].seen -= 1;
            }
            numbers[place] = number;
        }
        let px = thing.mask.iter().filter(|shows| **shows).count();
        placed.push(Placed { class, px, seen: px });
    }
    sample(canvas, numbers, &placed, config, things.class_names().len())
}

/// A thing with a place for it; none if there is no room.
fn find(
    things: &dyn Dataset,
    config: &SceneConfig,
    placed: &[Placed],
    numbers: &[u16],
    stream: &mut Stream,
) -> Result<Option<(usize, Thing, [usize; 2])>, DataError> {
    let index = stream.below(things.len());
    let image = things.get(index)?.image;
    let shorter = config.size[0].min(config.size[1]) as f32;
    let mut side = shorter * (config.scale[0] + (config.scale[1] - config.scale[0]) * stream.uniform());
    for _ in 0..SMALLER {
        let thing = Thing::cut(&image, (side.round() as usize).max(4), config.solid)?;
        let thing = thing.ok_or(DataError::BlankThing { index })?;
        for _ in 0..PLACES {
            let [rows, columns] = [0, 1].map(|axis| config.size[axis].saturating_sub(thing.size[axis]) + 1);
            let corner = [stream.below(rows), stream.below(columns)];
            if has_room(&thing, corner, config, placed, numbers) {
                return Ok(Some((index, thing, corner)));
            }
        }
        side *= 0.8;
    }
    Ok(None)
}

/// Whether a thing hides no more of any other than it may.
fn has_room(thing: &Thing, corner: [usize; 2], config: &SceneConfig, placed: &[Placed], numbers: &[u16]) -> bool {
    let mut hidden = vec![0; placed.len()];
    for place in shown(thing, corner, config.size[1]) {
        if let Some(other) = usize::from(numbers[place]).checked_sub(1) {
            hidden[other] += 1;
        }
    }
    placed.iter().zip(hidden).all(|(other, hidden)| {
        let seen = other.seen - hidden;
        seen > 0 && (other.px - seen) as f32 <= config.max_hidden * other.px as f32
    })
}

/// The places, in rows of `width`, that a thing covers.
fn shown(thing: &Thing, [top, left]: [usize; 2], width: usize) -> impl Iterator<Item = usize> {
    let columns = thing.size[1];
    let shows = thing.mask.iter().enumerate().filter(|(_, shows)| **shows);
    shows.map(move |(place, _)| (top + place / columns) * width + left + place % columns)
}

/// A color that stands out from what is behind the thing.
fn tint(canvas: &Canvas, thing: &Thing, corner: [usize; 2], color: bool, stream: &mut Stream) -> [f32; 3] {
    let behind: f32 = shown(thing, corner, canvas.size[1]).map(|place| luma(canvas.px[place])).sum();
    let px = thing.mask.iter().filter(|shows| **shows).count();
    let behind = behind / px as f32;
    let hue: [f32; 3] = std::array::from_fn(|_| stream.uniform());
    let wanted = if behind < 0.5 { behind + stream.uniform_in(0.4..0.5) } else { behind - stream.uniform_in(0.4..0.5) };
    if !color {
        return [wanted; 3];
    }
    // A third of the way to the hue, and then as bright as it has to be.
    let mixed = hue.map(|part| wanted + (part - 0.5) * 0.6);
    let shift = wanted - luma(mixed);
    mixed.map(|part| (part + shift).clamp(0.0, 1.0))
}

/// Paints a thing over the canvas.
fn lay(canvas: &mut Canvas, thing: &Thing, [top, left]: [usize; 2], tint: [f32; 3], solid: bool) {
    let width = canvas.size[1];
    let [_, columns] = thing.size;
    for (place, (&opacity, &shade)) in thing.opacity.iter().zip(&thing.shade).enumerate() {
        let px = &mut canvas.px[(top + place / columns) * width + left + place % columns];
        let light = if solid { 0.45 + 0.55 * shade } else { 1.0 };
        for (value, tint) in px.iter_mut().zip(tint) {
            *value += (tint * light - *value) * opacity.clamp(0.0, 1.0);
        }
    }
}

fn sample(
    canvas: Canvas,
    numbers: Vec<u16>,
    placed: &[Placed],
    config: &SceneConfig,
    classes: usize,
) -> Result<Sample, DataError> {
    let [height, width] = config.size;
    let level = |value: f32| (value * 255.0).round() as u8;
    let image = match config.color {
        true => Picture::new(height, width, 3, canvas.px.iter().flat_map(|px| px.map(level)).collect())?,
        false => Picture::new(height, width, 1, canvas.px.iter().map(|px| level(px[0])).collect())?,
    };
    let mut edges = vec![[width, height, 0, 0]; placed.len()];
    for (place, &number) in numbers.iter().enumerate() {
        if let Some(thing) = usize::from(number).checked_sub(1) {
            let (row, column) = (place / width, place % width);
            let [left, top, right, bottom] = edges[thing];
            edges[thing] = [left.min(column), top.min(row), right.max(column + 1), bottom.max(row + 1)];
        }
    }
    let boxes = placed.iter().zip(edges).enumerate().map(|(place, (thing, edges))| {
        let mut item = BoundingBox::new(edges.map(|edge| edge as f32), Some(thing.class));
        item.instance = Some(place as u16 + 1);
        item.flags.occluded = thing.seen < thing.px;
        item
    });
    let boxes = Boxes { items: boxes.collect(), ..Boxes::default() };
    let seen: BTreeSet<_> = placed.iter().map(|thing| thing.class).collect();
    let mut sample = Sample::new(image).with_boxes(boxes).with_labels(seen.into_iter().collect());
    // 255 is void.
    if classes <= 254 {
        let class = |&number: &u16| usize::from(number).checked_sub(1).map_or(0, |thing| placed[thing].class as u8 + 1);
        sample = sample.with_mask(Picture::new(height, width, 1, numbers.iter().map(class).collect())?);
    }
    Ok(sample.with_instances(IndexMask::new(height, width, numbers)?))
}
