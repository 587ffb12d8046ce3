//! Configs that no input would fit.

use striate_layers::{LayerConfig, LayerError};

/// Each family's wrong configs with the field that the message names.
fn all() -> Vec<(LayerConfig, &'static str)> {
    [
        crate::activation::wrong(),
        crate::augmentation::wrong(),
        crate::conv::wrong(),
        crate::merge::wrong(),
        crate::noise::wrong(),
        crate::norm::wrong(),
        crate::pool::wrong(),
        crate::preprocessing::wrong(),
        crate::recurrent::wrong(),
        crate::reshape::wrong(),
    ]
    .concat()
}

#[test]
fn wrong_configs_are_refused_with_field_value_and_rule() {
    let all = all();
    println!("{} wrong configs", all.len());
    for (config, field) in all {
        let error = config.validate().expect_err(&format!("{config:?} is wrong"));
        let LayerError::Value { value, rule, .. } = &error else {
            panic!("{config:?}: {error}");
        };
        assert!(error.to_string().contains(field), "{config:?}: {error}");
        assert!(!value.is_empty() && !rule.is_empty(), "{config:?}: {error}");
        // Nor does the shape rule take it.
        assert_eq!(config.output(&[]), Err(error));
    }
}
