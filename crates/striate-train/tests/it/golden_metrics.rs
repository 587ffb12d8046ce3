//! Metrics against the values of scikit-learn, Keras, torchvision and pycocotools.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use striate_core::{BoxFormat, overlap, suppression};
use striate_testkit::{Case, Group};
use striate_train::metrics::{Absent, CocoReport, Detection, Metric, MetricState, Scores, Targets, Truth, roc_curve};

#[test]
fn golden_metrics() {
    let group = Group::read(env!("CARGO_MANIFEST_DIR"), "metrics").expect("the crate has its golden cases");
    assert!(!group.cases().is_empty());
    group.cases().iter().for_each(|case| check(&group, case));
    // Metrics are counted on the host.
    group.passed("host");
}

/// Predictions and labels of a case.
struct Data {
    scores: Option<(Vec<f32>, Vec<usize>)>,
    classes: Vec<usize>,
    labels: Vec<usize>,
    rows: Vec<f32>,
}

impl Data {
    fn read(group: &Group, case: &Case) -> Self {
        let has = |role: &str| case.tensors.contains_key(role);
        let whole = |role: &str| group.integers(case, role).1.into_iter().map(|class| class as usize).collect();
        let numbers = |role: &str| {
            let tensor = group.tensor(case, role);
            Some((tensor.values, tensor.shape))
        };
        let chosen = has("predictions") && group.is_integer(case, "predictions");
        let values = has("labels") && !group.is_integer(case, "labels");
        Self {
            scores: match (has("scores"), has("predictions") && !chosen) {
                (true, _) => numbers("scores"),
                (_, true) => numbers("predictions"),
                _ => None,
            },
            classes: if chosen { whole("predictions") } else { Vec::new() },
            labels: if values { Vec::new() } else { whole("labels") },
            rows: if values { group.tensor(case, "labels").values } else { Vec::new() },
        }
    }

    fn samples(&self) -> usize {
        self.scores.as_ref().map_or(self.classes.len(), |(_, shape)| shape[0])
    }

    /// Counts some of the samples.
    fn update(&self, state: &mut MetricState, samples: std::ops::Range<usize>) {
        let part = |length: usize| {
            let each = length / self.samples().max(1);
            samples.start * each..samples.end * each
        };
        let mut shape = Vec::new();
        let scores = match &self.scores {
            Some((values, sides)) => {
                shape.clone_from(sides);
                shape[0] = samples.len();
                Scores::rows(&values[part(values.len())], &shape)
            }
            None => Scores::Classes(&self.classes[part(self.classes.len())]),
        };
        let targets = match self.rows.is_empty() {
            true => Targets::Labels(&self.labels[part(self.labels.len())]),
            false => Targets::Rows(&self.rows[part(self.rows.len())]),
        };
        state.update(&scores, &targets).unwrap();
    }

    /// A metric's state after all samples: at once, and in three parts of which two are counted apart, one is saved between.
    fn count(&self, metric: Value) -> MetricState {
        let metric: Metric = serde_json::from_value(metric).unwrap();
        metric.validate().unwrap();
        let mut whole = metric.start().unwrap();
        self.update(&mut whole, 0..self.samples());
        let cuts = [0, self.samples() / 3, self.samples() / 2, self.samples()];
        let [mut first, mut second] = [metric.start().unwrap(), metric.start().unwrap()];
        self.update(&mut first, cuts[0]..cuts[1]);
        let mut first: MetricState = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
        self.update(&mut first, cuts[1]..cuts[2]);
        self.update(&mut second, cuts[2]..cuts[3]);
        first.merge(&second).unwrap();
        assert_eq!(first.values().len(), whole.values().len());
        for ((name, parts), (_, whole)) in first.values().into_iter().zip(whole.values()) {
            assert!(
                (parts - whole).abs() <= 1e-12 * (1.0 + whole.abs()),
                "{name}: {parts} in parts, {whole} as a whole"
            );
        }
        first
    }
}

fn check(group: &Group, case: &Case) {
    let config = |key: &str| case.config.get(key).cloned().filter(|value| !value.is_null());
    let data = || Data::read(group, case);
    // The options of a case that the metric has too.
    let options = |kind: &str, keys: &[&str], more: Value| {
        let mut options = more;
        for key in keys {
            if let Some(value) = config(key) {
                options[*key] = value;
            }
        }
        json!({ kind: options })
    };
    let choice = ["threshold", "from_logits", "ignore_index", "num_classes"];
    let with = |keys: &[&'static str]| -> Vec<&'static str> { choice.iter().chain(keys).copied().collect() };
    let value = |kind: &str, keys: &[&str]| {
        let got = data().count(options(kind, keys, json!({}))).value();
        near(case, "value", &case.other["value"], got);
    };
    match case.kind.as_str() {
        "accuracy" => value("accuracy", &choice[..3]),
        "binary_accuracy" => value("binary_accuracy", &choice[..3]),
        "top_k_accuracy" => value("top_k", &["k", "ignore_index"]),
        "cohen_kappa" => value("cohen_kappa", &with(&["weights"])),
        "matthews_correlation" => value("matthews_correlation", &choice),
        "average_precision" => value("average_precision", &["average", "bins", "ignore_index"]),
        "pr_auc" => value("pr_auc", &["rule", "average", "bins", "ignore_index"]),
        "roc_auc" => value("roc_auc", &["multi_class", "average", "bins", "ignore_index"]),
        "precision_recall_f1" | "binary_precision_recall_f1" => {
            // scikit-learn passes over classes that don't occur, unless it is told of them.
            let absent = if config("num_classes").is_some() { Absent::Zero } else { Absent::Skip };
            for name in ["precision", "recall", "f1"] {
                let keys = with(&["average", "multi_label", "top_k"]);
                let state = data().count(options(name, &keys, json!({ "absent": absent })));
                let outcomes = state.outcomes().unwrap();
                match config("average").as_ref().and_then(Value::as_str) {
                    Some("per_class" | "none") => {
                        let want = &case.other["value"][name];
                        let got = state.values().into_iter().skip(1).map(|(_, value)| value).collect::<Vec<_>>();
                        near_list(case, name, want, &got.iter().map(|value| Some(*value)).collect::<Vec<_>>());
                    }
                    _ => near(case, name, &case.other["value"][name], state.value()),
                }
                if let Some(want) = case.other["value"].get("support") {
                    assert_eq!(*want, json!(outcomes.support()), "{}: support", case.id);
                }
            }
        }
        "confusion_matrix" => {
            let state = data().count(options("confusion_matrix", &choice, json!({})));
            let rows: Vec<_> = state.confusion().unwrap().rows().collect();
            assert_eq!(case.other["value"], json!(rows), "{}", case.id);
        }
        "roc_curve" => {
            let data = data();
            let scores = data.scores.expect("a curve has scores").0;
            let drop = config("drop_intermediate").is_some_and(|drop| drop == true);
            let curve = roc_curve(scores.into_iter().zip(data.labels.iter().map(|label| *label == 1)), drop);
            let some = |values: &[f64]| values.iter().map(|value| Some(*value)).collect::<Vec<_>>();
            let want = &case.other["value"];
            near_list(case, "fpr", &want["fpr"], &some(&curve.false_positive_rate));
            near_list(case, "tpr", &want["tpr"], &some(&curve.true_positive_rate));
            let finite = |threshold: &f32| threshold.is_finite().then_some(f64::from(*threshold));
            near_list(
                case,
                "thresholds",
                &want["thresholds"],
                &curve.thresholds.iter().map(finite).collect::<Vec<_>>(),
            );
        }
        "regression" => {
            for name in ["mse", "rmse", "mae", "r2"] {
                near(case, name, &case.other["value"][name], data().count(json!(name)).value());
            }
        }
        "mean_iou" | "dice" => {
            let state = data().count(options(&case.kind, &with(&["include_background"]), json!({ "per_class": true })));
            let want = &case.other["value"];
            near(case, "mean", &want["mean"], state.value());
            let classes: Vec<_> = state.values().into_iter().skip(1).map(|(_, value)| Some(value)).collect();
            near_list(case, "per_class", &want["per_class"], &classes);
        }
        "pixel_accuracy" => {
            let want = &case.other["value"];
            near(case, "pixel", &want["pixel"], data().count(options("accuracy", &choice[..3], json!({}))).value());
            let classes = data().count(options("mean_class_accuracy", &choice, json!({})));
            near(case, "mean_class", &want["mean_class"], classes.value());
        }
        "box_iou" => pairs(group, case, overlap::iou),
        "generalized_box_iou" => pairs(group, case, overlap::generalized_iou),
        "distance_box_iou" => pairs(group, case, overlap::distance_iou),
        "complete_box_iou" => pairs(group, case, overlap::complete_iou),
        "box_convert" => {
            let [from, to] = ["from", "to"].map(|key| format_of(case, key));
            let converted =
                boxes(group, case, "input").into_iter().flat_map(|numbers| to.from_xyxy(from.to_xyxy(numbers)));
            group.check(case, "output", &group.tensor(case, "input").shape, &converted.collect::<Vec<_>>());
        }
        "nms" | "batched_nms" => {
            let (boxes, scores) = (boxes(group, case, "boxes"), group.tensor(case, "scores").values);
            let threshold = number(&case.config["iou_threshold"]);
            let kept = match case.kind.as_str() {
                "nms" => suppression::nms(&boxes, &scores, threshold),
                _ => suppression::batched_nms(&boxes, &scores, &whole(group, case, "groups"), threshold),
            };
            assert_eq!(kept, whole(group, case, "output"), "{}", case.id);
        }
        "coco_map" => coco(group, case),
        other => panic!("{}: unknown kind {other}", case.id),
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn whole(group: &Group, case: &Case, role: &str) -> Vec<usize> {
    group.integers(case, role).1.into_iter().map(|number| number as usize).collect()
}

fn boxes(group: &Group, case: &Case, role: &str) -> Vec<[f32; 4]> {
    group.tensor(case, role).values.as_chunks::<4>().0.to_vec()
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn format_of(case: &Case, key: &str) -> BoxFormat {
    case.config.get(key).map_or(BoxFormat::Xyxy, read)
}

fn pairs(group: &Group, case: &Case, overlap: fn([f32; 4], [f32; 4]) -> f32) {
    let format = format_of(case, "format");
    let [a, b] = ["boxes_a", "boxes_b"].map(|role| boxes(group, case, role));
    let of = |a: &[f32; 4], b: &[f32; 4]| overlap(format.to_xyxy(*a), format.to_xyxy(*b));
    let got: Vec<_> = a.iter().flat_map(|a| b.iter().map(move |b| of(a, b))).collect();
    group.check(case, "output", &[a.len(), b.len()], &got);
}

fn coco(group: &Group, case: &Case) {
    let format = format_of(case, "format");
    let pictures = number(&case.config["num_images"]) as usize;
    let classes = number(&case.config["num_classes"]) as usize;
    let mut truths: Vec<Vec<Truth>> = vec![Vec::new(); pictures];
    let mut found: Vec<Vec<Detection>> = vec![Vec::new(); pictures];
    let optional = |role: &'static str| case.tensors.contains_key(role).then_some(role);
    let crowds = optional("truth_crowd").or(optional("iscrowd")).map(|role| whole(group, case, role));
    let areas = optional("truth_areas").or(optional("areas")).map(|role| group.tensor(case, role).values);
    let things = boxes(group, case, "truth_boxes").into_iter().zip(whole(group, case, "truth_classes"));
    for (at, ((numbers, class), picture)) in things.zip(whole(group, case, "truth_images")).enumerate() {
        let crowd = crowds.as_ref().is_some_and(|crowds| crowds[at] != 0);
        let area = areas.as_ref().map(|areas| areas[at]);
        truths[picture].push(Truth { xyxy: format.to_xyxy(numbers), class, crowd, area });
    }
    let scores = group.tensor(case, "scores").values;
    let detections = boxes(group, case, "boxes").into_iter().zip(whole(group, case, "classes")).zip(scores);
    for (((numbers, class), score), picture) in detections.zip(whole(group, case, "images")) {
        found[picture].push(Detection { xyxy: format.to_xyxy(numbers), class, score });
    }
    let metric: Metric = serde_json::from_value(json!("coco_map")).unwrap();
    metric.validate().unwrap();
    let of = |parts: &[std::ops::Range<usize>]| {
        let mut states = parts.iter().map(|part| {
            let mut state = metric.start().unwrap();
            state.update(&Scores::Boxes(&found[part.clone()]), &Targets::Boxes(&truths[part.clone()])).unwrap();
            serde_json::from_str::<MetricState>(&serde_json::to_string(&state).unwrap()).unwrap()
        });
        let first = states.next().unwrap();
        states.fold(first, |mut sum, state| {
            sum.merge(&state).unwrap();
            sum
        })
    };
    let state = of(&[0..1, 1..pictures / 2, pictures / 2..pictures]);
    let report = state.coco().unwrap();
    let whole = 0..pictures;
    assert_eq!(report, of(std::slice::from_ref(&whole)).coco().unwrap(), "{}", case.id);
    let want = &case.other["value"];
    for (name, got) in named(&report) {
        near_option(case, name, &want[name], got);
    }
    for (name, mut got) in [("map_per_class", report.map_per_class), ("map_50_per_class", report.map_50_per_class)] {
        got.resize(classes, None);
        if want.get(name).is_some() {
            near_list(case, name, &want[name], &got);
        }
    }
}

fn named(report: &CocoReport) -> [(&'static str, Option<f64>); 12] {
    let [one, ten, hundred] = report.mar;
    [
        ("map", report.map),
        ("map_50", report.map_50),
        ("map_75", report.map_75),
        ("map_small", report.map_small),
        ("map_medium", report.map_medium),
        ("map_large", report.map_large),
        ("mar_1", one),
        ("mar_10", ten),
        ("mar_100", hundred),
        ("mar_small", report.mar_small),
        ("mar_medium", report.mar_medium),
        ("mar_large", report.mar_large),
    ]
}

#[track_caller]
fn near(case: &Case, name: &str, want: &Value, got: f64) {
    near_option(case, name, want, Some(got));
}

/// Compares by the case's tolerance; `null` is a value that there isn't.
#[track_caller]
fn near_option(case: &Case, name: &str, want: &Value, got: Option<f64>) {
    let near = match (want.as_f64(), got) {
        (Some(want), Some(got)) => (got - want).abs() <= case.atol[""] + case.rtol * want.abs(),
        (None, None) => want.is_null(),
        _ => false,
    };
    assert!(near, "{} ({}): {name} is {got:?}, not {want}", case.id, case.reference);
}

#[track_caller]
fn near_list(case: &Case, name: &str, want: &Value, got: &[Option<f64>]) {
    let want = want.as_array().unwrap_or_else(|| panic!("{}: {name} is no list", case.id));
    assert_eq!(want.len(), got.len(), "{}: length of {name}", case.id);
    want.iter().zip(got).for_each(|(want, got)| near_option(case, name, want, *got));
}
