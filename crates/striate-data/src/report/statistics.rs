//! A data set in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::depth::Deep;
use super::scan::scan;
use crate::image::ask_image;
use crate::value::Kind as _;
use crate::{Dataset, Image, Sample};

/// A data set in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// Samples, those too that can't be read.
    pub samples: usize,
    /// Samples that can't be read; nothing else here counts them.
    pub unreadable: usize,
    /// Samples of which the labels aren't known.
    pub unlabelled: usize,
    /// Samples with boxes.
    pub with_boxes: usize,
    /// Samples with a mask.
    pub with_mask: usize,
    /// Samples with key points.
    pub with_key_points: usize,
    /// Pictures by their number of channels.
    pub channels: BTreeMap<usize, usize>,
    /// Pictures with values of more than 8 bits, which count with all of them; none if there is none.
    pub deep: Option<Deep>,
    /// Heights of the pictures, in px.
    pub height: Spread,
    /// Widths of the pictures, in px.
    pub width: Spread,
    /// The mean of all px in `[0, 1]`, one for each channel; where some pictures are gray, they count in all of them.
    pub mean: Vec<f64>,
    /// The standard deviation of all px, likewise.
    pub std: Vec<f64>,
    /// The classes, in the order of their numbers.
    pub classes: Vec<ClassStatistics>,
    /// The part of all masks' px that each value has, in `[0, 1]`; what a value stands for, the data set says.
    pub mask_values: BTreeMap<usize, f64>,
}

/// How a number spreads over the samples; all 0 where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: usize,
    /// The middle one; of two the smaller.
    pub median: usize,
    /// The largest.
    pub max: usize,
}

/// A class in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassStatistics {
    /// Its name.
    pub name: String,
    /// Samples that are labelled with it.
    pub samples: usize,
    /// Boxes around a thing of it.
    pub boxes: usize,
}

impl Statistics {
    /// Goes through all samples, on all threads. The numbers don't depend on how many there are.
    pub fn of(dataset: &dyn Dataset) -> Self {
        let class = |name: &str| ClassStatistics { name: name.to_owned(), samples: 0, boxes: 0 };
        let mut sums = Sums { classes: dataset.class_names().iter().map(class).collect(), ..Sums::default() };
        let look = |_, sample: Result<Sample, _>| sample.ok().map(|sample| Seen::of(&sample));
        scan(dataset, look, |seen| sums.add(seen));
        sums.finish(dataset.len())
    }
}

/// What is kept of a sample.
struct Seen {
    size: [usize; 2],
    channels: usize,
    /// Sum and sum of squares of each channel.
    px: Vec<[f64; 2]>,
    deep: Option<Deep>,
    /// None if they aren't known.
    labels: Option<Vec<usize>>,
    boxes: Option<Vec<usize>>,
    /// How many px have each value.
    mask: Option<[usize; 256]>,
    key_points: bool,
}

impl Seen {
    fn of(sample: &Sample) -> Self {
        let boxes = sample.boxes.as_ref().map(|boxes| boxes.items.iter().filter_map(|item| item.label).collect());
        let mask = sample.mask.as_ref().map(|mask| {
            let mut counts = [0; 256];
            mask.pixels().iter().for_each(|value| counts[usize::from(*value)] += 1);
            counts
        });
        Self {
            size: sample.image.size(),
            channels: sample.image.channels(),
            px: channel_sums(&sample.image),
            deep: Deep::of(&sample.image),
            labels: sample.classes(),
            boxes,
            mask,
            key_points: !sample.key_points.is_empty(),
        }
    }
}

/// Sum and sum of squares of each channel's values in `[0, 1]`.
fn channel_sums(image: &Image) -> Vec<[f64; 2]> {
    ask_image!(image, picture => {
        let mut sums = vec![[0.0; 2]; picture.channels()];
        for px in picture.pixels().chunks_exact(picture.channels()) {
            for (sum, value) in sums.iter_mut().zip(px) {
                let value = f64::from(value.unit());
                *sum = [sum[0] + value, sum[1] + value * value];
            }
        }
        sums
    })
}

#[derive(Default)]
struct Sums {
    unreadable: usize,
    unlabelled: usize,
    with: [usize; 3],
    deep: Option<Deep>,
    heights: Vec<usize>,
    widths: Vec<usize>,
    /// Pictures, px, and sum and sum of squares of each channel, by the number of channels.
    px: BTreeMap<usize, (usize, usize, Vec<[f64; 2]>)>,
    classes: Vec<ClassStatistics>,
    /// By their values.
    mask_px: BTreeMap<usize, usize>,
}

impl Sums {
    fn add(&mut self, seen: Option<Seen>) {
        let Some(seen) = seen else {
            self.unreadable += 1;
            return;
        };
        self.deep = Deep::sum(self.deep.into_iter().chain(seen.deep));
        let [height, width] = seen.size;
        self.heights.push(height);
        self.widths.push(width);
        self.unlabelled += usize::from(seen.labels.is_none());
        let has = [seen.boxes.is_some(), seen.mask.is_some(), seen.key_points];
        self.with.iter_mut().zip(has).for_each(|(count, has)| *count += usize::from(has));
        let (pictures, px, sums) =
            self.px.entry(seen.channels).or_insert_with(|| (0, 0, vec![[0.0; 2]; seen.channels]));
        *pictures += 1;
        *px += height * width;
        sums.iter_mut().zip(seen.px).for_each(|(sum, more)| *sum = [sum[0] + more[0], sum[1] + more[1]]);
        for label in seen.labels.into_iter().flatten() {
            self.class(label, |class| class.samples += 1);
        }
        for label in seen.boxes.into_iter().flatten() {
            self.class(label, |class| class.boxes += 1);
        }
        let values = seen.mask.into_iter().flatten().enumerate();
        for (value, px) in values.filter(|(_, px)| *px > 0) {
            *self.mask_px.entry(value).or_default() += px;
        }
    }

    fn class(&mut self, number: usize, change: impl FnOnce(&mut ClassStatistics)) {
        if let Some(class) = self.classes.get_mut(number) {
            change(class);
        }
    }

    fn finish(self, samples: usize) -> Statistics {
        let channels = self.px.keys().copied().max().unwrap_or(0);
        let (mut px, mut sums) = (0, vec![[0.0; 2]; channels]);
        for (count, more) in self.px.values().map(|(_, px, sums)| (px, sums)) {
            px += count;
            // A gray value is that of all colors.
            sums.iter_mut()
                .zip(more.iter().cycle())
                .for_each(|(sum, more)| *sum = [sum[0] + more[0], sum[1] + more[1]]);
        }
        let mean: Vec<f64> = sums.iter().map(|sum| sum[0] / px as f64).collect();
        let variances = sums.iter().zip(&mean).map(|(sum, mean)| sum[1] / px as f64 - mean * mean);
        let std = variances.map(|variance| variance.max(0.0).sqrt()).collect();
        let [with_boxes, with_mask, with_key_points] = self.with;
        let mask_px: usize = self.mask_px.values().sum();
        Statistics {
            samples,
            unreadable: self.unreadable,
            unlabelled: self.unlabelled,
            with_boxes,
            with_mask,
            with_key_points,
            channels: self.px.iter().map(|(channels, (pictures, ..))| (*channels, *pictures)).collect(),
            deep: self.deep,
            height: Spread::of(self.heights),
            width: Spread::of(self.widths),
            mean,
            std,
            classes: self.classes,
            mask_values: self.mask_px.iter().map(|(value, px)| (*value, *px as f64 / mask_px as f64)).collect(),
        }
    }
}

impl Spread {
    fn of(mut numbers: Vec<usize>) -> Self {
        numbers.sort_unstable();
        match (numbers.first(), numbers.last()) {
            (Some(&min), Some(&max)) => Self { min, median: numbers[(numbers.len() - 1) / 2], max },
            _ => Self::default(),
        }
    }
}
