//! Losses as data.

use striate_layers::losses::{
    BinaryCrossEntropy, CategoricalCrossEntropy, CategoricalHinge, CosineSimilarity, Dice, Focal, FocalVariant, Hinge,
    Huber, KlDivergence, LogCosh, Loss, MeanAbsoluteError, MeanSquaredError, Reduction, SmoothL1,
    SparseCategoricalCrossEntropy, SquaredHinge, YoloV1,
};

#[test]
fn name_alone_is_the_loss_with_its_defaults() {
    let named: [(&str, Loss); 17] = [
        ("mse", MeanSquaredError::new().into()),
        ("mean_squared_error", MeanSquaredError::new().into()),
        ("mae", MeanAbsoluteError::new().into()),
        ("huber", Huber::new().into()),
        ("smooth_l1", SmoothL1::new().into()),
        ("log_cosh", LogCosh::new().into()),
        ("binary_crossentropy", BinaryCrossEntropy::new().into()),
        ("categorical_crossentropy", CategoricalCrossEntropy::new().into()),
        ("sparse_categorical_crossentropy", SparseCategoricalCrossEntropy::new().into()),
        ("focal", Focal::new().into()),
        ("dice", Dice::new().into()),
        ("hinge", Hinge::new().into()),
        ("squared_hinge", SquaredHinge::new().into()),
        ("categorical_hinge", CategoricalHinge::new().into()),
        ("kl_div", KlDivergence::new().into()),
        ("cosine_similarity", CosineSimilarity::new().into()),
        ("yolo_v1", YoloV1::new().into()),
    ];
    for (name, loss) in named {
        for json in [format!("{name:?}"), format!("{{{name:?}: {{}}}}")] {
            assert_eq!(serde_json::from_str::<Loss>(&json).unwrap(), loss, "{json}");
        }
        let written = serde_json::to_value(&loss).unwrap();
        assert!(written.get(loss.kind()).is_some(), "{written}");
    }
    let focal = r#"{"focal": {"variant": "sigmoid", "alpha": null, "reduction": "batch_mean"}}"#;
    let want = Focal { variant: FocalVariant::Sigmoid, alpha: None, ..Focal::new() }.reduction(Reduction::BatchMean);
    assert_eq!(serde_json::from_str::<Loss>(focal).unwrap(), want.into());
}

#[test]
fn unknown_losses_and_options_are_errors() {
    let wrong = [
        r#""msee""#,
        r#"{"msee": {}}"#,
        r#"{"huber": {"delt": 0.5}}"#,
        r#"{"huber": {"delta": "0.5"}}"#,
        r#"{"huber": 0.5}"#,
        r#"{"huber": {}, "mse": {}}"#,
        r#"{"focal": {"variant": "softmax"}}"#,
        r#"{"mse": {"reduction": "none"}}"#,
        r#"{}"#,
        r#"["mse"]"#,
        "null",
    ];
    for wrong in wrong {
        assert!(serde_json::from_str::<Loss>(wrong).is_err(), "{wrong}");
    }
    let error = serde_json::from_str::<Loss>(r#""msee""#).unwrap_err().to_string();
    assert!(error.contains("msee") && error.contains("smooth_l1"), "{error}");
}
