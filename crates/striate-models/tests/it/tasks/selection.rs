//! Which boxes are kept.

use striate_core::Detection;
use striate_core::suppression::Decay;
use striate_models::tasks::{Selection, Suppression, TaskError};

fn thing(left: f32, class: usize, score: f32) -> Detection {
    Detection { xyxy: [left, 0.0, left + 10.0, 10.0], class, score }
}

/// Two of class 0 that overlap by 9/11, one of class 1 over them, and one far away.
fn things() -> Vec<Detection> {
    vec![thing(0.0, 0, 0.5), thing(1.0, 0, 0.9), thing(0.5, 1, 0.7), thing(50.0, 0, 0.3), thing(0.0, 0, f32::NAN)]
}

#[track_caller]
fn check(selection: Selection, wanted: &[(f32, usize)]) {
    selection.validate().unwrap();
    let kept: Vec<_> = selection.select(things()).iter().map(|thing| (thing.score, thing.class)).collect();
    let equal = kept.len() == wanted.len()
        && kept.iter().zip(wanted).all(|(got, wanted)| (got.0 - wanted.0).abs() < 1e-3 && got.1 == wanted.1);
    assert!(equal, "{kept:?}, not {wanted:?}");
}

#[test]
fn the_best_of_each_class_is_kept_by_default() {
    check(Selection::default(), &[(0.9, 0), (0.7, 1), (0.3, 0)]);
}

#[test]
fn each_setting_changes_what_is_kept() {
    let default = Selection::default();
    check(Selection { min_score: 0.4, ..default }, &[(0.9, 0), (0.7, 1)]);
    check(Selection { across_classes: true, ..default }, &[(0.9, 0), (0.3, 0)]);
    check(Selection { most: 1, ..default }, &[(0.9, 0)]);
    let all = [(0.9, 0), (0.7, 1), (0.5, 0), (0.3, 0)];
    check(Selection { suppression: Suppression::None, ..default }, &all);
    check(Selection { suppression: Suppression::Hard { iou_threshold: 0.9 }, ..default }, &all);
    // 0.5 * (1 - 9/11) and 0.5 * exp(-(9/11)^2 / 0.5).
    let linear = Suppression::Soft(Decay::Linear { iou_threshold: 0.3 });
    check(Selection { min_score: 0.05, suppression: linear, ..default }, &[(0.9, 0), (0.7, 1), (0.3, 0), (0.0909, 0)]);
    let gaussian = Suppression::Soft(Decay::Gaussian { sigma: 0.5 });
    check(
        Selection { min_score: 0.05, suppression: gaussian, ..default },
        &[(0.9, 0), (0.7, 1), (0.3, 0), (0.1311, 0)],
    );
    check(Selection { min_score: 0.2, suppression: gaussian, ..default }, &[(0.9, 0), (0.7, 1), (0.3, 0)]);
}

#[test]
fn settings_out_of_range_are_named() {
    let default = Selection::default();
    for (wrong, name) in [
        (Selection { min_score: f32::NAN, ..default }, "min_score"),
        (Selection { most: 0, ..default }, "most"),
        (Selection { suppression: Suppression::Hard { iou_threshold: 1.5 }, ..default }, "iou_threshold"),
        (Selection { suppression: Suppression::Soft(Decay::Gaussian { sigma: 0.0 }), ..default }, "sigma"),
        (
            Selection { suppression: Suppression::Soft(Decay::Linear { iou_threshold: -1.0 }), ..default },
            "iou_threshold",
        ),
    ] {
        assert!(matches!(wrong.validate(), Err(TaskError::Setting { option, .. }) if option == name), "{name}");
    }
}

#[test]
fn a_selection_survives_json_and_refuses_unknown_keys() {
    let soft = Selection { suppression: Suppression::Soft(Decay::Gaussian { sigma: 0.3 }), ..Selection::default() };
    let json = serde_json::to_string(&soft).unwrap();
    assert_eq!(serde_json::from_str::<Selection>(&json).unwrap(), soft);
    assert!(serde_json::from_str::<Selection>(r#"{"min_scor": 0.5}"#).is_err());
    let many: Vec<_> = (0..20_000).map(|number| thing(20.0 * number as f32, 0, 0.5)).collect();
    assert_eq!(Selection { most: usize::MAX, ..Selection::default() }.select(many).len(), 10_000);
}
