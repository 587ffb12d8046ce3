//! Metrics: options, streaming, errors.

use proptest::prelude::*;
use serde_json::json;
use striate_layers::Signature;
use striate_train::metrics::{
    ConfusionMatrix, Detection, Metric, MetricError, MetricState, Normalize, Outcomes, Own, Scores, TargetKind,
    Targets, Truth, precision_recall_curve, roc_curve,
};

fn metric(written: serde_json::Value) -> Metric {
    serde_json::from_value(written).unwrap()
}

/// A metric's value of one batch.
#[track_caller]
fn value(written: serde_json::Value, scores: &[f32], shape: &[usize], targets: Targets<'_>) -> f64 {
    let mut state = metric(written).start().unwrap();
    state.update(&Scores::rows(scores, shape), &targets).unwrap();
    state.value()
}

#[track_caller]
fn near(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-9, "{got}, not {want}");
}

#[test]
fn every_metric_survives_json_by_name_and_with_its_options() {
    for name in Metric::NAMES.iter().filter(|name| **name != "own") {
        let one: Metric = name.parse().unwrap();
        one.validate().unwrap();
        let written = serde_json::to_value(&one).unwrap();
        assert_eq!(metric(written), one, "{name}");
        let state = one.start().unwrap();
        assert_eq!(serde_json::from_str::<MetricState>(&serde_json::to_string(&state).unwrap()).unwrap(), state);
        assert_eq!((state.value(), state.metric()), (0.0, one), "{name} of nothing");
    }
    let all = metric(json!({ "roc_auc": { "multi_class": "one_vs_one", "average": "weighted", "max_kept": 9 } }));
    assert_eq!(metric(serde_json::to_value(&all).unwrap()), all);
}

#[test]
fn slips_in_names_and_options_say_what_was_meant() {
    let error = "acuracy".parse::<Metric>().unwrap_err().to_string();
    assert!(error.contains("did you mean \"accuracy\"?"), "{error}");
    let error = serde_json::from_value::<Metric>(json!({ "topk": { "k": 3 } })).unwrap_err().to_string();
    assert!(error.contains("did you mean \"top_k\"?"), "{error}");
    for wrong in [json!({ "top_k": { "kk": 3 } }), json!({ "top_k": {}, "mse": {} }), json!({}), json!(3)] {
        assert!(serde_json::from_value::<Metric>(wrong.clone()).is_err(), "{wrong}");
    }
    for wrong in [
        json!({ "top_k": { "k": 0 } }),
        json!({ "precision": { "threshold": 1.5 } }),
        json!({ "recall": { "top_k": 0 } }),
        json!({ "roc_auc": { "bins": 1 } }),
        json!({ "roc_auc": { "multi_class": "one_vs_one", "bins": 50 } }),
        json!({ "confusion_matrix": { "num_classes": 5000 } }),
        json!({ "mean_iou": { "num_classes": 0 } }),
        json!({ "coco_map": { "iou_thresholds": [0.7, 0.5] } }),
        json!({ "coco_map": { "max_detections": [0, 1, 2] } }),
        json!({ "coco_map": { "area_sides": [96.0, 32.0] } }),
    ] {
        assert!(matches!(metric(wrong.clone()).validate(), Err(MetricError::Option { .. })), "{wrong}");
    }
    assert!(matches!(
        Metric::Own(Own { name: "x".into(), options: json!({}) }).start(),
        Err(MetricError::Unknown { .. })
    ));
}

#[test]
fn outputs_and_targets_that_do_not_fit_are_refused_before_training() {
    let classes = Signature::float([10]);
    let check = |name: &str, output: &Signature, targets| name.parse::<Metric>().unwrap().check(output, targets);
    for name in ["accuracy", "precision", "confusion_matrix", "roc_auc", "top_k"] {
        check(name, &classes, TargetKind::Labels).unwrap();
        assert!(check(name, &classes, TargetKind::Boxes).is_err(), "{name}");
        assert!(check(name, &classes, TargetKind::Mask).is_err(), "{name}");
    }
    check("mean_iou", &Signature::float([21, 8, 8]), TargetKind::Mask).unwrap();
    assert!(check("mean_iou", &Signature::float([21, 8, 8]), TargetKind::Labels).is_err());
    assert!(check("mse", &classes, TargetKind::Labels).is_err());
    check("box_iou", &Signature::float([4]), TargetKind::Rows).unwrap();
    assert!(check("box_iou", &classes, TargetKind::Rows).is_err());
    assert!(check("top_k", &Signature::float([1]), TargetKind::Labels).is_err());
    assert!(check("binary_accuracy", &classes, TargetKind::Labels).is_err());
    check("coco_map", &classes, TargetKind::Boxes).unwrap();
    let better = |name: &str| name.parse::<Metric>().unwrap().higher_is_better().unwrap();
    assert!(better("accuracy") && better("r2") && !better("mse") && !better("rmse"));
}

#[test]
fn batches_that_do_not_fit_are_errors() {
    let update = |name: &str, values: &[f32], shape: &[usize], targets: Targets<'_>| {
        name.parse::<Metric>().unwrap().start().unwrap().update(&Scores::rows(values, shape), &targets).unwrap_err()
    };
    let two = [0.2f32, 0.8];
    assert!(matches!(update("accuracy", &two, &[3, 1], Targets::Labels(&[0])), MetricError::Shape { .. }));
    assert!(matches!(update("accuracy", &two, &[usize::MAX, 3], Targets::Labels(&[0])), MetricError::Shape { .. }));
    assert!(matches!(update("accuracy", &two, &[1, 2], Targets::Labels(&[0, 1])), MetricError::Lengths { .. }));
    assert!(matches!(update("accuracy", &two, &[1, 2], Targets::Labels(&[2])), MetricError::Class { class: 2, .. }));
    assert!(matches!(update("top_k", &two, &[1, 2], Targets::Labels(&[9])), MetricError::Class { .. }));
    assert!(matches!(update("f1", &two, &[1, 2], Targets::None), MetricError::Targets { .. }));
    assert!(matches!(update("mse", &two, &[2], Targets::Rows(&[0.0])), MetricError::Lengths { .. }));
    let none = [f32::NAN; 2];
    assert!(matches!(update("recall", &none, &[1, 2], Targets::Labels(&[0])), MetricError::Score { .. }));
    assert!(matches!(update("recall", &none, &[2], Targets::Labels(&[0, 1])), MetricError::Score { .. }));
    assert!(matches!(update("roc_auc", &none, &[2], Targets::Labels(&[0, 1])), MetricError::Score { .. }));
    let mut bounded = metric(json!({ "roc_auc": { "max_kept": 3 } })).start().unwrap();
    bounded.update(&Scores::rows(&two, &[2]), &Targets::Labels(&[0, 1])).unwrap();
    let error = bounded.update(&Scores::rows(&two, &[2]), &Targets::Labels(&[0, 1])).unwrap_err();
    assert!(error.to_string().contains("`bins`"), "{error}");
    let mut mse = metric(json!("mse")).start().unwrap();
    assert!(matches!(mse.merge(&bounded), Err(MetricError::Mismatch { .. })));
    let mut bins = metric(json!({ "pr_auc": { "bins": 10 } })).start().unwrap();
    assert!(bins.update(&Scores::rows(&[1.5], &[1]), &Targets::Labels(&[1])).is_err());
    let mut huge = metric(json!("confusion_matrix")).start().unwrap();
    assert!(huge.update(&Scores::Classes(&[usize::MAX]), &Targets::Labels(&[0])).is_err());
    let mut boxes = metric(json!("coco_map")).start().unwrap();
    let far = vec![Detection { xyxy: [0.0; 4], class: usize::MAX, score: 1.0 }];
    assert!(boxes.update(&Scores::Boxes(&[far]), &Targets::Boxes(&[Vec::new()])).is_err());
}

/// Counted by hand.
#[test]
fn options_of_classes_change_what_counts() {
    let scores = [0.7f32, 0.2, 0.1, 0.1, 0.3, 0.6, 0.2, 0.5, 0.3, 0.9, 0.1, 0.0];
    let labels = Targets::Labels(&[0, 1, 1, 2]);
    near(value(json!("accuracy"), &scores, &[4, 3], labels), 0.5);
    near(value(json!({ "accuracy": { "ignore_index": 2 } }), &scores, &[4, 3], labels), 2.0 / 3.0);
    near(value(json!({ "top_k": { "k": 2 } }), &scores, &[4, 3], labels), 0.75);
    // Class 0: 1 of 2 said; 1: 1 of 1; 2: 0 of 1.
    near(value(json!("precision"), &scores, &[4, 3], labels), 0.5);
    near(value(json!({ "precision": { "average": "weighted" } }), &scores, &[4, 3], labels), (0.5 + 2.0) / 4.0);
    near(value(json!({ "recall": { "average": "micro" } }), &scores, &[4, 3], labels), 0.5);
    // The two highest of each row: class 0 in rows 1 and 4, 1 in all four, 2 in rows 2 and 3.
    near(value(json!({ "recall": { "top_k": 2, "average": "micro" } }), &scores, &[4, 3], labels), 0.75);
    near(value(json!({ "precision": { "top_k": 2, "average": "micro" } }), &scores, &[4, 3], labels), 3.0 / 8.0);
    let truths = Targets::Rows(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let answers = [0.9f32, 0.6, 0.2, 0.1, 0.3, 0.7];
    near(
        value(json!({ "precision": { "multi_label": true, "average": "micro" } }), &answers, &[2, 3], truths),
        2.0 / 3.0,
    );
    near(value(json!({ "recall": { "multi_label": true, "absent": "skip" } }), &answers, &[2, 3], truths), 0.5);
    near(value(json!({ "binary_accuracy": { "threshold": 0.65 } }), &answers, &[2, 3], truths), 5.0 / 6.0);
    // Logits: 0 is a probability of a half.
    let logits = [0.1f32, -0.1, 3.0];
    let yes = Targets::Labels(&[1, 0, 1]);
    near(value(json!({ "binary_accuracy": { "from_logits": true } }), &logits, &[3], yes), 1.0);
    near(value(json!({ "accuracy": { "from_logits": true, "threshold": 0.9 } }), &logits, &[3, 1], yes), 2.0 / 3.0);
    // Soft rows count by their highest.
    near(value(json!("accuracy"), &scores[..6], &[2, 3], Targets::Rows(&[0.6, 0.4, 0.0, 0.5, 0.3, 0.2])), 0.5);
}

#[test]
fn masks_leave_out_the_void_and_the_ground_if_told() {
    // Two px wide, three classes: px 0 says class 1, px 1 class 0, px 2 class 1, px 3 class 2.
    let scores = [0.1f32, 0.9, 0.2, 0.0, 0.8, 0.1, 0.7, 0.1, 0.1, 0.0, 0.1, 0.9];
    let mask = Targets::Mask(&[1, 0, 255, 1]);
    let shape = [1, 3, 2, 2];
    let iou = |more: serde_json::Value| value(json!({ "mean_iou": more }), &scores, &shape, mask);
    near(iou(json!({ "ignore_index": 255 })), (1.0 + 0.5) / 3.0);
    near(iou(json!({ "ignore_index": 255, "include_background": false })), 0.25);
    near(value(json!({ "dice": { "ignore_index": 255 } }), &scores, &shape, mask), (1.0 + 2.0 / 3.0) / 3.0);
    near(value(json!({ "mean_class_accuracy": { "ignore_index": 255 } }), &scores, &shape, mask), 0.75);
    let mut state = metric(json!("mean_iou")).start().unwrap();
    assert!(state.update(&Scores::rows(&scores, &shape), &mask).is_err());
    // One channel is yes or no.
    let one = value(json!("mean_iou"), &[0.9, 0.2, 0.7, 0.1], &[1, 1, 2, 2], Targets::Mask(&[1, 0, 0, 0]));
    near(one, (2.0 / 3.0 + 0.5) / 2.0);
}

/// scikit-learn 1.9.1 and, with bins, Keras's formulas worked out by hand.
#[test]
fn classes_that_do_not_occur_have_no_value_of_their_own() {
    // Of four classes the px have 0, 1 and 2; the third was found nowhere.
    let (found, truths) = ([0, 0, 1, 1], [0, 0, 1, 2]);
    let names = |written: serde_json::Value| -> Vec<String> {
        let mut state = metric(written).start().unwrap();
        state.update(&Scores::Classes(&found), &Targets::Labels(&truths)).unwrap();
        state.values().into_iter().map(|(name, _)| name).collect()
    };
    let all = json!({ "mean_iou": { "per_class": true, "num_classes": 4 } });
    assert_eq!(names(all), ["mean_iou", "mean_iou_0", "mean_iou_1", "mean_iou_2"]);
    let zero = json!({ "mean_iou": { "per_class": true, "num_classes": 4, "absent": "zero" } });
    assert_eq!(names(zero).len(), 5);
    let things = json!({ "dice": { "per_class": true, "num_classes": 4, "include_background": false } });
    assert_eq!(names(things), ["dice", "dice_1", "dice_2"]);
}

#[test]
fn areas_under_curves_know_ties_classes_and_bins() {
    let scores = [0.1f32, 0.4, 0.35, 0.8, 0.4];
    let labels = Targets::Labels(&[0, 0, 1, 1, 1]);
    near(value(json!("roc_auc"), &scores, &[5], labels), 0.75);
    // Points (found, said): (1, 1), (2, 3), (3, 4), (3, 5).
    near(value(json!("average_precision"), &scores, &[5], labels), (1.0 + 2.0 / 3.0 + 0.75) / 3.0);
    let trapezoid = (1.0 + (1.0 + 2.0 / 3.0) / 2.0 + (2.0 / 3.0 + 0.75) / 2.0) / 3.0;
    near(value(json!("pr_auc"), &scores, &[5], labels), trapezoid);
    // Thresholds -1e-7, 0.5, 1 + 1e-7: one found over 0.5, and all over the first.
    near(value(json!({ "roc_auc": { "bins": 3 } }), &scores, &[5], labels), (1.0 / 3.0 + 1.0) / 2.0);
    let steps = value(json!({ "average_precision": { "bins": 3 } }), &scores, &[5], labels);
    near(steps, (1.0 + 2.0 * 0.6) / 3.0);
    assert_eq!(value(json!("roc_auc"), &scores, &[5], Targets::Labels(&[1; 5])), 0.0);
    let curve = roc_curve([(0.4, false), (0.4, true), (0.9, true), (0.1, false)], true);
    assert_eq!(
        (curve.false_positive_rate, curve.true_positive_rate),
        (vec![0.0, 0.0, 0.5, 1.0], vec![0.0, 0.5, 1.0, 1.0])
    );
    let curve = precision_recall_curve([(0.4, false), (0.4, true), (0.9, true)]);
    assert_eq!((curve.precision, curve.recall), (vec![2.0 / 3.0, 1.0, 1.0], vec![1.0, 0.5, 0.0]));
}

#[test]
fn matrix_gives_shares_and_agreement() {
    let mut matrix = ConfusionMatrix::new(2).unwrap();
    for (label, class) in [(0, 0), (0, 0), (0, 1), (1, 1), (2, 0)] {
        matrix.note(label, class).unwrap();
    }
    assert_eq!((matrix.classes(), matrix.support(), matrix.predicted()), (3, vec![3, 1, 1], vec![3, 2, 0]));
    assert_eq!(matrix.shares(Normalize::Labels)[..3], [2.0 / 3.0, 1.0 / 3.0, 0.0]);
    assert_eq!(matrix.shares(Normalize::Predictions)[1], 0.5);
    assert_eq!(matrix.shares(Normalize::All)[0], 0.4);
    near(matrix.accuracy(), 0.6);
    assert!(ConfusionMatrix::new(5000).is_err());
}

#[test]
fn classes_in_lists_are_counted() {
    let outcomes = Outcomes::of_classes(&[0, 1, 1], &[0, 0, 1], 3).unwrap();
    assert_eq!((outcomes.found, outcomes.wrong), (vec![1, 1, 0], vec![1, 0, 0]));
    assert!(Outcomes::of_classes(&[3], &[0], 3).is_err());
    assert!(Outcomes::of_classes(&[1, 2], &[0], 3).is_err());
}

#[test]
fn boxes_of_one_thing_and_of_many() {
    let got = [0.0f32, 0.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0];
    let want = Targets::Rows(&[1.0, 0.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
    near(value(json!({ "box_iou": { "format": "xywh" } }), &got, &[2, 4], want), (f64::from(1.0f32 / 3.0) + 1.0) / 2.0);
    let thing = |xyxy, crowd| Truth { xyxy, class: 1, crowd, area: None };
    let found = |xyxy, score| Detection { xyxy, class: 1, score };
    let here = [0.0, 0.0, 40.0, 40.0];
    let crowd = [100.0, 0.0, 300.0, 200.0];
    // What lies in the crowd doesn't count, what lies nowhere does.
    let all = vec![found(here, 0.5), found([110.0, 10.0, 150.0, 50.0], 0.9), found([500.0, 0.0, 540.0, 40.0], 0.4)];
    let mut state = metric(json!({ "coco_map": { "max_detections": [1, 2, 3] } })).start().unwrap();
    let truths = vec![thing(here, false), thing(crowd, true)];
    state.update(&Scores::Boxes(&[all]), &Targets::Boxes(&[truths])).unwrap();
    near(state.value(), 1.0);
    let report = state.coco().unwrap();
    assert_eq!((report.map_small, report.map_medium, report.map_large), (None, report.map, None));
    // The surest alone is the one in the crowd.
    assert_eq!(report.mar, [Some(0.0), Some(1.0), Some(1.0)]);
    assert_eq!(report.map_per_class[0], None);
}

proptest! {
    /// Whatever the batches, and wherever they are saved and merged.
    #[test]
    fn parts_give_what_the_whole_gives(
        rows in prop::collection::vec((prop::array::uniform3(0u8..5), 0usize..3), 1..40),
        cut in 0usize..40,
    ) {
        let scores: Vec<f32> = rows.iter().flat_map(|(row, _)| row.map(|score| f32::from(score) / 4.0)).collect();
        let labels: Vec<usize> = rows.iter().map(|(_, label)| *label).collect();
        let cut = cut.min(rows.len());
        for written in [
            json!("accuracy"), json!("f1"), json!("cohen_kappa"), json!("matthews_correlation"), json!("roc_auc"),
            json!({ "roc_auc": { "multi_class": "one_vs_one" } }), json!({ "pr_auc": { "bins": 7 } }),
            json!("average_precision"), json!({ "top_k": { "k": 2 } }), json!({ "dice": { "per_class": true } }),
        ] {
            let one = metric(written);
            let count = |range: std::ops::Range<usize>| {
                let mut state = one.start().unwrap();
                let shape = [range.len(), 3];
                let scores = Scores::rows(&scores[3 * range.start..3 * range.end], &shape);
                state.update(&scores, &Targets::Labels(&labels[range])).unwrap();
                serde_json::from_str::<MetricState>(&serde_json::to_string(&state).unwrap()).unwrap()
            };
            let mut parts = count(0..cut);
            parts.merge(&count(cut..rows.len())).unwrap();
            let whole = count(0..rows.len());
            prop_assert_eq!(&parts, &whole);
            prop_assert!(whole.value().is_finite() && whole.value() <= 1.0 + 1e-12);
        }
    }
}
