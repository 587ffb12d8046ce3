//! Class names, and a classifier's answer in words.
//!
//! The names of data sets that published weights know are embedded; their order is that of the outputs.

use serde::{Deserialize, Serialize};

/// The names of a classifier's classes, in the order of its outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassNames(Vec<String>);

impl ClassNames {
    /// Takes the names in the order of the classes.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// The data sets whose names are known, as [`preset`](Self::preset) takes them.
    pub const PRESETS: [&str; 5] = ["imagenet", "cifar10", "cifar100", "coco", "voc"];

    /// The names of a data set's classes, if they are known.
    pub fn preset(data: &str) -> Option<Self> {
        Some(match data {
            "imagenet" => Self::imagenet(),
            "cifar10" => Self::cifar10(),
            "cifar100" => Self::cifar100(),
            "coco" => Self::coco(),
            "voc" => Self::voc(),
            _ => return None,
        })
    }

    /// The 1,000 classes of ImageNet's challenge of 2012, as torchvision names WordNet's synsets.
    pub fn imagenet() -> Self {
        Self::new(include_str!("imagenet.txt").lines())
    }

    /// The 10 classes of CIFAR-10.
    pub fn cifar10() -> Self {
        Self::new(include_str!("cifar10.txt").lines())
    }

    /// The 100 fine classes of CIFAR-100.
    pub fn cifar100() -> Self {
        Self::new(include_str!("cifar100.txt").lines())
    }

    /// The 80 kinds of objects of COCO that have boxes, without background.
    pub fn coco() -> Self {
        Self::new(include_str!("coco.txt").lines())
    }

    /// The 20 kinds of objects of Pascal VOC, without background.
    pub fn voc() -> Self {
        Self::new(include_str!("voc.txt").lines())
    }

    /// Names `count` classes by their numbers: `"0"`, `"1"`, ….
    pub fn numbered(count: usize) -> Self {
        Self::new((0..count).map(|class| class.to_string()))
    }

    /// The number of classes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of a class, if there is that class.
    pub fn get(&self, class: usize) -> Option<&str> {
        self.0.get(class).map(String::as_str)
    }

    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// A class that a picture may show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The class's number.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// How likely it is, in `[0, 1]`.
    pub probability: f64,
}

/// The `k` most likely classes with their names, best first; equals in the order of their numbers.
///
/// ```
/// use striate_core::{ClassNames, decode_predictions};
///
/// let best = decode_predictions(&[0.1, 0.7, 0.2], &ClassNames::new(["bird", "cat", "dog"]), 2);
/// assert_eq!((best[0].name.as_str(), best[0].probability), ("cat", 0.7));
/// assert_eq!((best[1].name.as_str(), best[1].class), ("dog", 2));
/// ```
///
/// # Panics
/// If there isn't one name for each probability.
pub fn decode_predictions(probabilities: &[f64], names: &ClassNames, k: usize) -> Vec<Prediction> {
    assert_eq!(probabilities.len(), names.len(), "there must be one name for each probability");
    let mut predictions: Vec<_> = probabilities
        .iter()
        .zip(names.iter())
        .enumerate()
        .map(|(class, (&probability, name))| Prediction { class, name: name.into(), probability })
        .collect();
    predictions.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    predictions.truncate(k);
    predictions
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_preset_has_its_data_sets_classes_once() {
        let counts = [1000, 10, 100, 80, 20];
        for (data, count) in ClassNames::PRESETS.into_iter().zip(counts) {
            let names = ClassNames::preset(data).unwrap();
            assert_eq!(names.len(), count, "{data}");
            assert!(names.iter().all(|name| !name.is_empty() && name.trim() == name), "{data}");
            let different: BTreeSet<_> = names.iter().collect();
            assert_eq!(different.len(), count, "{data}");
        }
        assert_eq!(ClassNames::preset("cifar"), None);
        // Numbers that the data sets' own documents give.
        for (names, class, name) in [
            (ClassNames::imagenet(), 207, "golden retriever"),
            (ClassNames::cifar10(), 3, "cat"),
            (ClassNames::cifar100(), 99, "worm"),
            (ClassNames::coco(), 79, "toothbrush"),
            (ClassNames::voc(), 14, "person"),
        ] {
            assert_eq!(names.get(class), Some(name));
        }
    }

    #[test]
    fn equal_probabilities_keep_the_order_of_classes() {
        let names = ClassNames::numbered(4);
        let best = decode_predictions(&[0.25, 0.3, 0.25, 0.2], &names, 3);
        assert_eq!(best.iter().map(|prediction| prediction.class).collect::<Vec<_>>(), [1, 0, 2]);
        assert_eq!(decode_predictions(&[0.25; 4], &names, 9).len(), 4);
    }
}
