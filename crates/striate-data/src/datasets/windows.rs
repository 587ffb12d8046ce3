//! Windows about things, and where there is nothing.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use striate_core::overlap::iou;
use striate_core::{ClassNames, Streams};

use crate::fingerprint::Fingerprint;
use crate::ops::Geometry;
use crate::transforms::{Operation, Targets};
use crate::{DataError, Dataset, Sample};

/// Which windows are cut out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindowsConfig {
    /// What is left free on each side of a thing, in parts of its longer side, from 0 to 4.
    pub margin: f32,
    /// How far a window is moved at most in each direction, in parts of its side, and how much larger or smaller it is at
    /// most, from 0 to 0.5. A classifier that slides over pictures meets things as far off as its stride and its scales.
    pub jitter: f32,
    /// Windows of the background in each picture, at most 1,024.
    pub background: usize,
    /// The greatest intersection over union of a window of the background with one about a thing, in `[0, 1)`.
    pub max_overlap: f32,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Default for WindowsConfig {
    fn default() -> Self {
        Self { margin: 0.1, jitter: 0.1, background: 3, max_overlap: 0.3, seed: 42 }
    }
}

impl WindowsConfig {
    fn check(&self) -> Result<(), DataError> {
        let rules = [
            ("margin", self.margin, (0.0..=4.0).contains(&self.margin), "it must be from 0 to 4"),
            ("jitter", self.jitter, (0.0..=0.5).contains(&self.jitter), "it must be from 0 to 0.5"),
            (
                "max_overlap",
                self.max_overlap,
                (0.0..1.0).contains(&self.max_overlap),
                "it must be at least 0 and below 1",
            ),
            ("background", self.background as f32, self.background <= 1024, "it must be at most 1024"),
        ];
        match rules.into_iter().find(|(_, _, inside, _)| !inside) {
            Some((field, value, _, rule)) => Err(DataError::Setting { field, value: value.to_string(), rule }),
            None => Ok(()),
        }
    }
}

/// Square windows from pictures with boxes, for a classifier that is to slide over pictures: one about each thing, labelled
/// with its class, and some where there is nothing, labelled `background`, the last class.
///
/// Crowds and boxes without class or area have none. A window that goes beyond its picture is black there. The same seed gives
/// the same windows; the [fingerprint](Dataset::fingerprint) covers the other data set's and the config.
#[derive(Clone)]
pub struct Windows {
    parent: Arc<dyn Dataset>,
    class_names: ClassNames,
    config: WindowsConfig,
    windows: Vec<Window>,
}

#[derive(Clone, Copy)]
struct Window {
    picture: usize,
    label: usize,
    at: [i64; 2],
    side: usize,
}

/// How often a window of the background is looked for before a picture has one less.
const TRIES: usize = 50;

impl Windows {
    /// The name of the last class.
    pub const BACKGROUND: &str = "background";

    /// Finds the windows; all pictures are read once for their boxes.
    ///
    /// # Errors
    /// [`DataError::Setting`] for a setting out of its range, and those of reading a sample.
    pub fn new(parent: Arc<dyn Dataset>, config: WindowsConfig) -> Result<Self, DataError> {
        config.check()?;
        let background = parent.class_names().len();
        let class_names = ClassNames::new(parent.class_names().iter().chain([Self::BACKGROUND]));
        let mut windows = Vec::new();
        for picture in 0..parent.len() {
            let sample = parent.get(picture)?;
            let size = sample.image.size();
            let Some(boxes) = &sample.boxes else { continue };
            let mut stream = Streams::new(config.seed).at(0, picture as u64).open("windows");
            let first = windows.len();
            for (item, [left, top, right, bottom]) in boxes.items.iter().zip(boxes.edges(size)) {
                let longer = (right - left).max(bottom - top);
                let Some(label) = item.label.filter(|_| longer >= 1.0 && longer.is_finite() && !item.flags.crowd)
                else {
                    continue;
                };
                let around = longer * (1.0 + 2.0 * config.margin);
                let mut moved = || config.jitter * stream.uniform_in(-1.0..1.0);
                let side = around * (1.0 + moved());
                let middle = [top + bottom, left + right].map(|twice| 0.5 * twice + around * moved());
                let at = middle.map(|middle| (middle - 0.5 * side).round() as i64);
                windows.push(Window { picture, label, at, side: (side.round() as usize).max(1) });
            }
            let things = windows[first..].to_vec();
            let sides: Vec<f32> = things.iter().map(|window| window.side as f32).collect();
            let [least, most] = match sides.as_slice() {
                // Of a picture without things a quarter to the whole.
                [] => [0.25, 1.0].map(|part| part * size[0].min(size[1]) as f32),
                sides => {
                    [sides.iter().copied().fold(f32::INFINITY, f32::min), sides.iter().copied().fold(0.0, f32::max)]
                }
            };
            for _ in 0..config.background {
                let found = (0..TRIES).find_map(|_| {
                    let side = stream.uniform_in(0.75 * least..1.25 * most + 1.0).round();
                    let side = (side as usize).clamp(1, size[0].min(size[1]));
                    let at = size.map(|length| stream.below(length - side + 1) as i64);
                    let window = Window { picture, label: background, at, side };
                    let is_free = things.iter().all(|thing| iou(thing.edges(), window.edges()) <= config.max_overlap);
                    is_free.then_some(window)
                });
                windows.extend(found);
            }
        }
        Ok(Self { parent, class_names, config, windows })
    }

    fn window(&self, index: usize) -> Result<&Window, DataError> {
        self.windows.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.windows.len() })
    }
}

impl Window {
    fn edges(&self) -> [f32; 4] {
        let [top, left] = self.at.map(|at| at as f32);
        let side = self.side as f32;
        [left, top, left + side, top + side]
    }
}

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Windows");
        shown.field("config", &self.config).field("windows", &self.windows.len()).finish_non_exhaustive()
    }
}

impl Dataset for Windows {
    fn len(&self) -> usize {
        self.windows.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let &Window { picture, label, at: [top, left], side } = self.window(index)?;
        let sample = Sample::new(self.parent.get(picture)?.image);
        let geometry = Geometry::Crop { top, left, size: [side; 2] };
        Ok(Operation::Geometry { geometry, targets: Targets::default() }.apply(sample)?.with_label(label))
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.windows.get(index).map(|window| window.label)
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.parent.path(self.windows.get(index)?.picture)
    }

    fn fingerprint(&self) -> String {
        let WindowsConfig { margin, jitter, background, max_overlap, seed } = self.config;
        let start = Fingerprint::of("windows").bytes(self.parent.fingerprint().as_bytes());
        let start = start.bytes(format!("{margin} {jitter} {max_overlap}").as_bytes());
        start.number(background).bytes(&seed.to_le_bytes()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Boxes, InMemory, Picture};

    /// Black pictures with a bright thing of 8x4 px at (20, 10), the second one without its box.
    fn pictures() -> Arc<dyn Dataset> {
        let pixel = |at: usize| u8::from((10..14).contains(&(at / 64)) && (20..28).contains(&(at % 64))) * 200;
        let picture = || Picture::new(48, 64, 1, (0..48 * 64).map(pixel).collect()).unwrap();
        let thing = Boxes::xyxy([([20.0, 10.0, 28.0, 14.0], 1)]);
        let samples =
            vec![Sample::new(picture()).with_boxes(thing), Sample::new(picture()).with_boxes(Boxes::default())];
        Arc::new(InMemory::new(samples, ClassNames::numbered(2)).unwrap())
    }

    #[test]
    fn things_are_in_the_middle_of_their_windows_and_not_in_those_of_the_background() {
        let config = WindowsConfig { margin: 0.25, jitter: 0.0, background: 20, ..WindowsConfig::default() };
        let windows = Windows::new(pictures(), config).unwrap();
        assert_eq!(windows.class_names().get(2), Some("background"));
        let thing = windows.get(0).unwrap();
        assert_eq!((thing.label, thing.image.size()), (Some(1), [12, 12]));
        let bright = |sample: &Sample| sample.image.to_u8().pixels().iter().filter(|&&value| value == 200).count();
        assert_eq!(bright(&thing), 32);
        assert_eq!(thing.image.to_u8().pixels()[4 * 12 + 2], 200);
        let background: Vec<_> = (1..windows.len()).filter(|&index| windows.windows[index].picture == 0).collect();
        assert_eq!((background.len(), windows.len()), (20, 41));
        for index in background {
            assert_eq!(windows.label(index), Some(2));
            assert!(iou(windows.windows[0].edges(), windows.windows[index].edges()) <= 0.3);
        }
    }

    #[test]
    fn windows_follow_their_seed_and_their_settings() {
        let fingerprint = |config| Windows::new(pictures(), config).unwrap().fingerprint();
        let edges = |config| -> Vec<_> {
            Windows::new(pictures(), config).unwrap().windows.iter().map(Window::edges).collect()
        };
        let config = WindowsConfig::default();
        assert_eq!((fingerprint(config), edges(config)), (fingerprint(config), edges(config)));
        let others = [
            WindowsConfig { seed: 1, ..config },
            WindowsConfig { margin: 0.5, ..config },
            WindowsConfig { jitter: 0.5, ..config },
            WindowsConfig { background: 1, ..config },
            WindowsConfig { max_overlap: 0.0, ..config },
        ];
        others.iter().for_each(|other| assert_ne!(fingerprint(*other), fingerprint(config), "{other:?}"));
        others[..4].iter().for_each(|other| assert_ne!(edges(*other), edges(config), "{other:?}"));
        for wrong in [
            WindowsConfig { margin: -0.1, ..config },
            WindowsConfig { jitter: f32::NAN, ..config },
            WindowsConfig { max_overlap: 1.0, ..config },
            WindowsConfig { background: 2000, ..config },
        ] {
            assert!(Windows::new(pictures(), wrong).unwrap_err().to_string().contains("it must be"), "{wrong:?}");
        }
    }
}
