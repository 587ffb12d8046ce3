//! Merges.

use striate_layers::{Add, Average, Concatenate, Dot, DotAxes, LayerConfig, Maximum, Minimum, Multiply, Subtract};
use striate_testkit::Case;

use super::{find, read};

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    if case.kind != "merge" {
        return None;
    }
    Some(match read::<String>(case, "mode").as_str() {
        "add" => Add::new().into(),
        "subtract" => Subtract::new().into(),
        "multiply" => Multiply::new().into(),
        "average" => Average::new().into(),
        "maximum" => Maximum::new().into(),
        "minimum" => Minimum::new().into(),
        "concatenate" => Concatenate::new().axis(find(case, "axis").unwrap_or(-1)).into(),
        "dot" => {
            let dot = Dot::new(read::<DotAxes>(case, "axes"));
            if find(case, "normalize").unwrap_or(false) { dot.normalize() } else { dot }.into()
        }
        mode => panic!("{}: unknown mode {mode}", case.id),
    })
}
