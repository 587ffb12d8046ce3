//! Which samples an epoch has, and in which order.

use std::collections::HashMap;

use striate_core::{Stream, Streams};

use crate::{DataError, Dataset};

/// The most samples that an epoch draws.
const MOST: usize = u32::MAX as usize;

/// Which samples an epoch has, and in which order.
///
/// What is drawn comes from the stream `shuffle` of (seed, epoch), as a plain shuffle does.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Sampler {
    /// Each sample once, shuffled or not as the loader's configuration says.
    #[default]
    Each,
    /// Samples as likely as their weights say, in the order of drawing.
    Weighted {
        /// A weight for each sample, finite and at least 0; one of 0 is never drawn.
        weights: Vec<f64>,
        /// Samples in an epoch.
        samples: usize,
        /// Whether a sample may come more than once; it is then changed differently each time. Otherwise samples are
        /// drawn one after the other, each as likely as its part of the weights that are left (Efraimidis & Spirakis 2006,
        /// <https://doi.org/10.1016/j.ipl.2005.11.003>).
        replacement: bool,
    },
    /// All classes that have samples equally often; labels alone are asked for.
    ClassBalanced {
        /// Samples in an epoch. Without a number: with replacement as many as the data set has, and otherwise as many of
        /// each class as the smallest has.
        samples: Option<usize>,
        /// With: each draw takes a class, all as likely, and then a sample of it, which may have come before. Without: each
        /// class gives equally many, all different; a number of samples is rounded down to that.
        replacement: bool,
    },
}

/// A sample of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pick {
    /// The sample's index.
    pub(super) index: usize,
    /// How often it came before in the epoch.
    pub(super) repeat: u32,
}

/// A sampler with what it has to know of a data set.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    Each {
        samples: usize,
        shuffle: bool,
    },
    /// Sums of the weights up to each sample.
    Weighted {
        sums: Vec<f64>,
        samples: usize,
    },
    Different {
        weights: Vec<f64>,
        samples: usize,
    },
    /// The samples of each class.
    Balanced {
        classes: Vec<Vec<usize>>,
        samples: usize,
    },
    EachClass {
        classes: Vec<Vec<usize>>,
        of_each: usize,
    },
}

impl Sampler {
    pub(super) fn plan(&self, dataset: &dyn Dataset, shuffle: bool) -> Result<Plan, DataError> {
        let bad = |field, value: String, rule| Err(DataError::Sampler { field, value, rule });
        match self {
            Self::Each => Ok(Plan::Each { samples: dataset.len(), shuffle }),
            Self::Weighted { weights, samples, replacement } => {
                if weights.len() != dataset.len() {
                    return bad("weights", format!("of {}", weights.len()), "there must be one for each sample");
                }
                if let Some(weight) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
                    return bad("weights", weight.to_string(), "each must be finite and at least 0");
                }
                let total: f64 = weights.iter().sum();
                if !(total > 0.0 && total.is_finite()) {
                    return bad("weights", format!("{total} together"), "the sum must be finite and above 0");
                }
                let most = weights.iter().filter(|weight| **weight > 0.0).count();
                if *samples == 0 || *samples > MOST || (!replacement && *samples > most) {
                    let rule = "it must be from 1 to 2^32 - 1, and without replacement at most the weights above 0";
                    return bad("samples", samples.to_string(), rule);
                }
                Ok(match replacement {
                    true => {
                        let mut sum = 0.0;
                        let sums = weights.iter().map(|weight| {
                            sum += weight;
                            sum
                        });
                        Plan::Weighted { sums: sums.collect(), samples: *samples }
                    }
                    false => Plan::Different { weights: weights.clone(), samples: *samples },
                })
            }
            Self::ClassBalanced { samples: Some(samples), .. } if *samples > MOST => {
                bad("samples", samples.to_string(), "it must be at most 2^32 - 1")
            }
            Self::ClassBalanced { samples, replacement } => {
                let classes = classes(dataset)?;
                let smallest = classes.iter().map(Vec::len).min().unwrap_or(0);
                if *samples == Some(0) {
                    return bad("samples", "0".into(), "it must be at least 1");
                }
                if *replacement {
                    return Ok(Plan::Balanced { classes, samples: samples.unwrap_or(dataset.len()) });
                }
                let of_each = samples.map_or(smallest, |samples| samples / classes.len());
                if !(1..=smallest).contains(&of_each) {
                    let value = samples.unwrap_or_default().to_string();
                    let rule =
                        "without replacement it must give each class a sample, and none more than the smallest has";
                    return bad("samples", value, rule);
                }
                Ok(Plan::EachClass { classes, of_each })
            }
        }
    }
}

/// The samples of each class that has some, by class.
fn classes(dataset: &dyn Dataset) -> Result<Vec<Vec<usize>>, DataError> {
    let mut classes = vec![Vec::new(); dataset.class_names().len()];
    for index in 0..dataset.len() {
        let label = dataset.label(index).ok_or(DataError::Unlabelled { index })?;
        let num_classes = classes.len();
        classes.get_mut(label).ok_or(DataError::LabelOutOfRange { index, label, num_classes })?.push(index);
    }
    classes.retain(|members: &Vec<usize>| !members.is_empty());
    Ok(classes)
}

impl Plan {
    /// Samples in an epoch.
    pub(super) fn samples(&self) -> usize {
        match self {
            Self::Each { samples, .. }
            | Self::Weighted { samples, .. }
            | Self::Different { samples, .. }
            | Self::Balanced { samples, .. } => *samples,
            Self::EachClass { classes, of_each } => classes.len() * of_each,
        }
    }

    /// The samples of an epoch, in order.
    pub(super) fn order(&self, seed: u64, epoch: u64) -> Vec<Pick> {
        let mut stream = Streams::new(seed).at(epoch, 0).open("shuffle");
        match self {
            Self::Each { samples, shuffle } => {
                let mut order = (0..*samples).collect::<Vec<_>>();
                if *shuffle {
                    stream.shuffle(&mut order);
                }
                once(order)
            }
            Self::Weighted { sums, samples } => {
                let total = sums.last().copied().unwrap_or_default();
                // Rounding may give the sum itself; the last sample that has a weight is the first that reaches it.
                let last = sums.partition_point(|sum| *sum < total);
                let mut draw = |_| {
                    let wanted = part(&mut stream) * total;
                    sums.partition_point(|sum| *sum <= wanted).min(last)
                };
                repeated((0..*samples).map(&mut draw).collect())
            }
            Self::Different { weights, samples } => {
                // The time until each sample comes, if they come on their own as often as their weights say.
                let mut times = Vec::with_capacity(weights.len());
                for (index, weight) in weights.iter().enumerate() {
                    let time = -(1.0 - part(&mut stream)).ln() / weight;
                    if *weight > 0.0 {
                        times.push((time, index));
                    }
                }
                times.sort_unstable_by(|(a, at), (b, other)| a.total_cmp(b).then(at.cmp(other)));
                once(times.into_iter().take(*samples).map(|(_, index)| index).collect())
            }
            Self::Balanced { classes, samples } => {
                let mut draw = |_| {
                    let members = &classes[stream.below(classes.len())];
                    members[stream.below(members.len())]
                };
                repeated((0..*samples).map(&mut draw).collect())
            }
            Self::EachClass { classes, of_each } => {
                let mut order = Vec::with_capacity(self.samples());
                for members in classes {
                    let mut members = members.clone();
                    stream.shuffle(&mut members);
                    order.extend_from_slice(&members[..*of_each]);
                }
                stream.shuffle(&mut order);
                once(order)
            }
        }
    }
}

/// A number in `[0, 1)`, one of 2^53 equally spaced ones.
fn part(stream: &mut Stream) -> f64 {
    (stream.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

fn once(order: Vec<usize>) -> Vec<Pick> {
    order.into_iter().map(|index| Pick { index, repeat: 0 }).collect()
}

fn repeated(order: Vec<usize>) -> Vec<Pick> {
    let mut seen = HashMap::<usize, u32>::new();
    let pick = |index| {
        let count = seen.entry(index).or_default();
        *count += 1;
        Pick { index, repeat: *count - 1 }
    };
    order.into_iter().map(pick).collect()
}
