//! Looking for what is wrong with data.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;

use serde::Serialize;

use super::depth::Deep;
use super::finding::{Finding, Place};
use super::scan::scan;
use super::thumbnail::{Alike, Thumbnail, alike};
use crate::{DataError, Dataset, Image, Sample};

/// Looks for what is wrong with data: what can't be read, the same picture twice, in several parts or with several labels,
/// rare classes, boxes and masks that don't fit, odd sizes, 16-bit pictures that 8 bits make black.
///
/// Each picture is read once, on all threads; 500 bytes of each are kept. Pictures that look alike are found without looking at
/// each pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doctor {
    /// Up to which distance pictures count as nearly the same: the mean difference of their px, shrunk to 16 x 16 px of gray,
    /// over the standard deviation of the px; 0.05 by default. 0 looks for none.
    pub near: f64,
    /// How many times smaller than the largest class one may be; 10 by default.
    pub imbalance: f64,
    /// How many times longer than the other a picture's side may be; 4 by default.
    pub aspect: f64,
    /// How many times smaller or larger than the median a picture's area may be; 16 by default.
    pub area: f64,
}

impl Default for Doctor {
    fn default() -> Self {
        Self { near: 0.05, imbalance: 10.0, aspect: 4.0, area: 16.0 }
    }
}

/// What is wrong with data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// Samples of each part.
    pub samples: BTreeMap<String, usize>,
    /// Of each part that has some, pictures with values of more than 8 bits, which were examined with all their bits.
    pub deep: BTreeMap<String, Deep>,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
}

/// What is kept of a picture that can be read.
struct Seen {
    place: Place,
    hash: [u8; 16],
    /// None if they aren't known.
    labels: Option<Vec<usize>>,
    size: [usize; 2],
    deep: Option<Deep>,
}

impl Doctor {
    /// Goes through all parts of the data, each with its name. What is found doesn't depend on the number of threads.
    pub fn examine(&self, parts: &[(&str, &dyn Dataset)]) -> Diagnosis {
        let mut findings = Vec::new();
        let (mut all, mut thumbnails, mut deep) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (split, dataset) in parts {
            let first = all.len();
            let look = |index, sample: Result<Sample, DataError>| {
                let name = dataset.path(index).map(|path| path.display().to_string());
                self.look(Place { split: (*split).to_owned(), index, name }, sample)
            };
            scan(*dataset, look, |(seen, thumbnail, found): Look| {
                findings.extend(found);
                if let Some(seen) = seen {
                    all.push(seen);
                    thumbnails.push(thumbnail);
                }
            });
            findings.extend(self.labels(split, *dataset, &all[first..]));
            let of_part = || all[first..].iter().filter_map(|seen: &Seen| seen.deep);
            if let Some(faint) = Deep::sum(of_part().filter(|deep| deep.faint > 0)) {
                let (split, pictures, range) = ((*split).to_owned(), faint.pictures, [faint.low, faint.high]);
                findings.push(Finding::Faint { split, pictures, range });
            }
            deep.extend(Deep::sum(of_part()).map(|sum| ((*split).to_owned(), sum)));
        }
        findings.extend(self.sizes(&all));
        let same = same(&all);
        findings.extend(same.iter().map(|group| {
            let labels_differ = group.iter().any(|&number| all[number].labels != all[group[0]].labels);
            let samples: Vec<_> = group.iter().map(|&number| all[number].place.clone()).collect();
            match samples.iter().all(|place| place.split == samples[0].split) {
                true => Finding::Duplicates { samples, labels_differ },
                false => Finding::Leak { samples, labels_differ },
            }
        }));
        for Alike { numbers, distance } in alike(&thumbnails, self.near) {
            // Equal ones were found above.
            if numbers.iter().all(|&number| all[number].hash == all[numbers[0]].hash) {
                continue;
            }
            let samples: Vec<_> = numbers.iter().map(|&number| all[number].place.clone()).collect();
            findings.push(match samples.iter().all(|place| place.split == samples[0].split) {
                true => Finding::NearDuplicates { samples, distance },
                false => Finding::NearLeak { samples, distance },
            });
        }
        findings.sort_by_key(rank);
        let samples = parts.iter().map(|(split, dataset)| ((*split).to_owned(), dataset.len())).collect();
        Diagnosis { samples, deep, findings }
    }

    fn look(&self, mut place: Place, sample: Result<Sample, DataError>) -> Look {
        let sample = match sample {
            Ok(sample) => sample,
            Err(error) => {
                let mut reason = error.to_string();
                let mut source = error.source();
                while let Some(error) = source {
                    reason = format!("{reason}: {error}");
                    source = error.source();
                }
                return (None, None, vec![Finding::Unreadable { sample: place, reason }]);
            }
        };
        place.name =
            place.name.or_else(|| ["file", "path", "id"].into_iter().find_map(|key| sample.meta.get(key).cloned()));
        let size = sample.image.size();
        let mut findings = Vec::new();
        for xyxy in sample.boxes.iter().flat_map(|boxes| boxes.edges(size)) {
            let [left, top, right, bottom] = xyxy;
            let sample = place.clone();
            // A NaN is no area.
            if !(right > left && bottom > top && xyxy.iter().all(|edge| edge.is_finite())) {
                findings.push(Finding::EmptyBox { sample, xyxy });
            } else if left < 0.0 || top < 0.0 || right > size[1] as f32 || bottom > size[0] as f32 {
                findings.push(Finding::BoxOutside { sample, xyxy, size });
            }
        }
        if let Some(mask) = sample.mask.as_ref().map(|mask| mask.size()).filter(|mask| *mask != size) {
            findings.push(Finding::MaskSize { sample: place.clone(), mask, size });
        }
        let thumbnail = (self.near > 0.0).then(|| Thumbnail::of(&sample.image));
        let mut labels = sample.classes();
        labels.iter_mut().for_each(|labels| labels.sort_unstable());
        let seen = Seen { place, hash: hash(&sample.image), labels, size, deep: Deep::of(&sample.image) };
        (Some(seen), thumbnail, findings)
    }

    /// Rare classes, and samples that have no label where others have one.
    fn labels(&self, split: &str, dataset: &dyn Dataset, seen: &[Seen]) -> Vec<Finding> {
        if seen.iter().all(|seen| seen.labels.is_none()) {
            return Vec::new();
        }
        let mut counts = vec![0; dataset.class_names().len()];
        for label in seen.iter().flat_map(|seen| seen.labels.iter().flatten()) {
            if let Some(count) = counts.get_mut(*label) {
                *count += 1;
            }
        }
        let largest = counts.iter().copied().max().unwrap_or(0);
        let rare = counts.iter().zip(dataset.class_names().iter());
        let rare = rare.filter(|(count, _)| **count as f64 * self.imbalance < largest as f64);
        let rare = rare.map(|(&samples, class)| {
            let (split, class) = (split.to_owned(), class.to_owned());
            Finding::Imbalance { split, class, samples, largest }
        });
        let without = seen.iter().filter(|seen| seen.labels.is_none());
        rare.chain(without.map(|seen| Finding::Unlabelled { sample: seen.place.clone() })).collect()
    }

    fn sizes(&self, all: &[Seen]) -> Vec<Finding> {
        let area = |seen: &Seen| seen.size[0] as f64 * seen.size[1] as f64;
        let mut areas: Vec<_> = all.iter().map(area).collect();
        areas.sort_by(f64::total_cmp);
        let Some(&median) = areas.get(areas.len().saturating_sub(1) / 2) else { return Vec::new() };
        let odd = |seen: &Seen| {
            let [height, width] = seen.size.map(|side| side as f64);
            let aspect = (height / width).max(width / height);
            let reason = if aspect > self.aspect {
                format!("{aspect:.1} times as long as wide")
            } else if area(seen) * self.area < median {
                format!("{:.0} times smaller than the median", median / area(seen))
            } else if area(seen) > median * self.area {
                format!("{:.0} times larger than the median", area(seen) / median)
            } else {
                return None;
            };
            Some(Finding::OddSize { sample: seen.place.clone(), size: seen.size, reason })
        };
        all.iter().filter_map(odd).collect()
    }
}

/// What is kept of a sample, and what is wrong with it by itself.
type Look = (Option<Seen>, Option<Thumbnail>, Vec<Finding>);

/// The numbers of samples with the same px, where there are several.
fn same(all: &[Seen]) -> Vec<Vec<usize>> {
    let mut groups: HashMap<[u8; 16], Vec<usize>> = HashMap::new();
    for (number, seen) in all.iter().enumerate() {
        groups.entry(seen.hash).or_default().push(number);
    }
    let mut groups: Vec<_> = groups.into_values().filter(|group| group.len() > 1).collect();
    groups.sort();
    groups
}

/// Of sides, channels and px, by BLAKE3.
fn hash(image: &Image) -> [u8; 16] {
    let mut hash = blake3::Hasher::new();
    hash.update(format!("{:?} {}", image.size(), image.channels()).as_bytes());
    match image {
        Image::U8(picture) => {
            hash.update(picture.pixels());
        }
        Image::F32(picture) => {
            for values in picture.pixels().chunks(1 << 10) {
                hash.update(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
            }
        }
    }
    let mut first = [0; 16];
    first.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    first
}

/// The worst first.
fn rank(finding: &Finding) -> u8 {
    match finding {
        Finding::Unreadable { .. } => 0,
        Finding::Leak { .. } => 1,
        Finding::NearLeak { .. } => 2,
        Finding::EmptyBox { .. } | Finding::MaskSize { .. } => 3,
        Finding::Faint { .. } => 3,
        Finding::BoxOutside { .. } => 4,
        Finding::Unlabelled { .. } => 5,
        Finding::Duplicates { .. } => 6,
        Finding::NearDuplicates { .. } => 7,
        Finding::Imbalance { .. } => 8,
        Finding::OddSize { .. } => 9,
    }
}
