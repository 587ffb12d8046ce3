//! COCO's mean average precision.

use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use super::coco_match::{Found, Picture, record};
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets};

/// The most classes that are told apart.
const MAX_CLASSES: usize = 1 << 20;
/// The most detections that are kept.
const MAX_KEPT: usize = 20_000_000;
/// The most IoU thresholds: one bit each.
const MAX_THRESHOLDS: usize = 32;
/// Recalls at which precision is looked at.
const RECALLS: usize = 101;

/// Mean average precision and recall of boxes: the twelve numbers of pycocotools' `COCOeval` (`iouType="bbox"`).
///
/// Its value is the first of them, the mean over IoU thresholds and classes of the area under precision over recall. Numbers
/// without a truth, such as those of large things where there is none, are left out (pycocotools has -1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CocoMap {
    /// The IoU that counts as found, rising; 0.50, 0.55, … 0.95 unless given.
    pub iou_thresholds: Vec<f64>,
    /// How many of the surest detections of a class and picture count, rising: for the three recalls; the last for all else.
    pub max_detections: [usize; 3],
    /// The sides of squares, px, up to which things are small and medium.
    pub area_sides: [f64; 2],
    /// Whether each class's value is given too.
    pub per_class: bool,
}

impl Default for CocoMap {
    fn default() -> Self {
        // As numpy's `linspace` makes them.
        let step = (0.95 - 0.5) / 9.0;
        let thresholds = (0..10).map(|at| if at == 9 { 0.95 } else { f64::from(at) * step + 0.5 });
        Self {
            iou_thresholds: thresholds.collect(),
            max_detections: [1, 10, 100],
            area_sides: [32.0, 96.0],
            per_class: false,
        }
    }
}

/// Which things count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    All,
    Small,
    Medium,
    Large,
}

/// What is counted of boxes so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CocoCounts {
    /// Things of each class, of all, small, medium and large ones.
    truths: Vec<[u64; 4]>,
    /// Detections of each class.
    found: Vec<Vec<Found>>,
    kept: usize,
}

/// pycocotools' twelve numbers, and the first two of each class. None where there is no truth.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are pycocotools' numbers in its order")]
pub struct CocoReport {
    pub map: Option<f64>,
    pub map_50: Option<f64>,
    pub map_75: Option<f64>,
    pub map_small: Option<f64>,
    pub map_medium: Option<f64>,
    pub map_large: Option<f64>,
    /// Recalls with the three limits of detections.
    pub mar: [Option<f64>; 3],
    pub mar_small: Option<f64>,
    pub mar_medium: Option<f64>,
    pub mar_large: Option<f64>,
    /// The mean over IoU thresholds, of each class.
    pub map_per_class: Vec<Option<f64>>,
    /// At an IoU of 0.5, of each class.
    pub map_50_per_class: Vec<Option<f64>>,
}

impl CocoMap {
    /// All numbers.
    pub fn report(&self, counts: &CocoCounts) -> CocoReport {
        let [.., most] = self.max_detections;
        let all: Vec<_> = counts.curves(self, Area::All, most);
        let of = |area| counts.curves(self, area, most);
        let [small, medium, large] = [of(Area::Small), of(Area::Medium), of(Area::Large)];
        let at = |iou: f64| {
            let place = self.iou_thresholds.iter().position(|threshold| (threshold - iou).abs() < 1e-9);
            move |curve: &Curves| place.map(|place| curve.precision[place])
        };
        let precisions = |curves: &[Option<Curves>]| mean(curves.iter().flatten().map(Curves::mean_precision));
        let recalls = |curves: &[Option<Curves>]| mean(curves.iter().flatten().map(Curves::mean_recall));
        let single = |iou| mean(all.iter().flatten().filter_map(at(iou)));
        CocoReport {
            map: precisions(&all),
            map_50: single(0.5),
            map_75: single(0.75),
            map_small: precisions(&small),
            map_medium: precisions(&medium),
            map_large: precisions(&large),
            mar: self.max_detections.map(|most| recalls(&counts.curves(self, Area::All, most))),
            mar_small: recalls(&small),
            mar_medium: recalls(&medium),
            mar_large: recalls(&large),
            map_per_class: all.iter().map(|curves| curves.as_ref().map(Curves::mean_precision)).collect(),
            map_50_per_class: all.iter().map(|curves| curves.as_ref().and_then(at(0.5))).collect(),
        }
    }
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let numbers: Vec<f64> = numbers.collect();
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// Of one class: average precision and recall at each IoU threshold.
struct Curves {
    precision: Vec<f64>,
    recall: Vec<f64>,
}

impl Curves {
    fn mean_precision(&self) -> f64 {
        self.precision.iter().sum::<f64>() / self.precision.len() as f64
    }

    fn mean_recall(&self) -> f64 {
        self.recall.iter().sum::<f64>() / self.recall.len() as f64
    }
}

impl CocoCounts {
    fn grow(&mut self, classes: usize) {
        self.truths.resize(classes.max(self.truths.len()), [0; 4]);
        self.found.resize_with(classes.max(self.found.len()), Vec::new);
    }

    /// Each class's curves; none where there is no truth.
    fn curves(&self, metric: &CocoMap, area: Area, most: usize) -> Vec<Option<Curves>> {
        let classes = self.truths.iter().zip(&self.found);
        classes.map(|(truths, found)| curves(metric, truths[area as usize], found, area, most)).collect()
    }
}

/// pycocotools' `accumulate`.
fn curves(metric: &CocoMap, truths: u64, found: &[Found], area: Area, most: usize) -> Option<Curves> {
    if truths == 0 {
        return None;
    }
    let mut order: Vec<&Found> = found.iter().filter(|found| (found.rank as usize) < most).collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let thresholds = metric.iou_thresholds.len();
    let mut curves = Curves { precision: Vec::with_capacity(thresholds), recall: Vec::with_capacity(thresholds) };
    for threshold in 0..thresholds {
        let (mut right, mut wrong) = (0.0, 0.0);
        let mut points = Vec::with_capacity(order.len());
        for found in &order {
            let [matched, ignored] =
                [&found.matched, &found.ignored].map(|bits| bits[area as usize] >> threshold & 1 == 1);
            match (matched, ignored) {
                (true, false) => right += 1.0,
                (false, false) => wrong += 1.0,
                (_, true) => {}
            }
            points.push((right / truths as f64, right / (wrong + right + f64::EPSILON)));
        }
        curves.recall.push(points.last().map_or(0.0, |(recall, _)| *recall));
        curves.precision.push(average_precision(&mut points));
    }
    Some(curves)
}

/// The mean of the precision at 101 recalls, made to fall, of (recall, precision) by rising recall.
fn average_precision(points: &mut [(f64, f64)]) -> f64 {
    for place in (1..points.len()).rev() {
        points[place - 1].1 = points[place - 1].1.max(points[place].1);
    }
    let at = |step: usize| {
        let recall = if step == RECALLS - 1 { 1.0 } else { step as f64 * 0.01 };
        points.get(points.partition_point(|(reached, _)| *reached < recall)).map_or(0.0, |(_, precision)| *precision)
    };
    (0..RECALLS).map(at).sum::<f64>() / RECALLS as f64
}

impl MetricSpec for CocoMap {
    type State = CocoCounts;
    const NAME: &'static str = "coco_map";

    fn validate(&self) -> Result<(), MetricError> {
        let wrong =
            |option, value: String, rule| Err(MetricError::Option { metric: Self::NAME.into(), option, value, rule });
        let thresholds = &self.iou_thresholds;
        let rising = thresholds.windows(2).all(|two| two[0] < two[1]);
        let inside = thresholds.iter().all(|threshold| *threshold > 0.0 && *threshold <= 1.0);
        if !(rising && inside && (1..=MAX_THRESHOLDS).contains(&thresholds.len())) {
            return wrong("iou_thresholds", format!("{thresholds:?}"), "they must be 1 to 32, rising, in (0, 1]");
        }
        let [first, second, third] = self.max_detections;
        if !(1 <= first && first <= second && second <= third && third <= 100_000) {
            let rule = "they must rise, from 1 to 100000";
            return wrong("max_detections", format!("{:?}", self.max_detections), rule);
        }
        let [small, medium] = self.area_sides;
        if !(0.0 < small && small < medium && medium.is_finite()) {
            return wrong("area_sides", format!("{:?}", self.area_sides), "they must rise from over 0");
        }
        Ok(())
    }

    fn check(&self, _: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        match targets {
            TargetKind::Boxes => Ok(()),
            got => Err(MetricError::Targets { metric: Self::NAME.into(), got, wanted: "boxes" }),
        }
    }

    fn update(&self, state: &mut CocoCounts, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        let Scores::Boxes(found) = scores else {
            let got = "of numbers".into();
            return Err(MetricError::Output {
                metric: Self::NAME.into(),
                got,
                wanted: "boxes, decoded from the output",
            });
        };
        let Targets::Boxes(truths) = targets else {
            return Err(MetricError::Targets { metric: Self::NAME.into(), got: targets.kind(), wanted: "boxes" });
        };
        super::batch::check_lengths("pictures", found.len(), truths.len())?;
        let [.., most] = self.max_detections;
        for (place, (found, truths)) in found.iter().zip(*truths).enumerate() {
            let classes = found.iter().map(|found| found.class).chain(truths.iter().map(|truth| truth.class));
            let classes = classes.max().map_or(0, |class| class.saturating_add(1));
            if classes > MAX_CLASSES {
                let class = classes - 1;
                return Err(MetricError::Class { what: "class", class, place, classes: MAX_CLASSES });
            }
            state.grow(classes);
            for picture in Picture::by_class(found, truths, most) {
                let class = picture.class;
                let records = record(&picture, &self.iou_thresholds, self.area_sides, &mut state.truths[class]);
                state.kept += records.len();
                state.found[class].extend(records);
            }
            if state.kept > MAX_KEPT {
                let remedy = "keep fewer detections of a picture by `max_detections`";
                return Err(MetricError::TooMany { metric: Self::NAME.into(), limit: MAX_KEPT, remedy });
            }
        }
        Ok(())
    }

    fn merge(&self, state: &mut CocoCounts, other: &CocoCounts) -> Result<(), MetricError> {
        state.grow(other.truths.len());
        for (own, other) in state.truths.iter_mut().zip(&other.truths) {
            own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        }
        state.found.iter_mut().zip(&other.found).for_each(|(own, other)| own.extend(other));
        state.kept += other.kept;
        Ok(())
    }

    fn value(&self, state: &CocoCounts) -> f64 {
        let [.., most] = self.max_detections;
        let curves = state.curves(self, Area::All, most);
        mean(curves.iter().flatten().map(Curves::mean_precision)).unwrap_or(0.0)
    }

    fn values(&self, state: &CocoCounts) -> Vec<(String, f64)> {
        let report = self.report(state);
        let [first, second, third] = report.mar;
        let [one, ten, hundred] = self.max_detections.map(|most| format!("mar_{most}"));
        let numbers = [
            ("map_50".into(), report.map_50),
            ("map_75".into(), report.map_75),
            ("map_small".into(), report.map_small),
            ("map_medium".into(), report.map_medium),
            ("map_large".into(), report.map_large),
            (one, first),
            (ten, second),
            (hundred, third),
            ("mar_small".into(), report.mar_small),
            ("mar_medium".into(), report.mar_medium),
            ("mar_large".into(), report.mar_large),
        ];
        let classes = if self.per_class { report.map_per_class } else { Vec::new() };
        let classes = classes.into_iter().enumerate().map(|(class, value)| (format!("map_{class}_class"), value));
        let all = numbers.into_iter().chain(classes).filter_map(|(name, value)| Some((name, value?)));
        std::iter::once((self.name(), report.map.unwrap_or(0.0))).chain(all).collect()
    }
}
