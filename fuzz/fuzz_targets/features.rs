//! Any JSON as a table's features, as a model file has them, and a few cells for each column.
#![no_main]

use striate_core::features::{Cell, FeatureSpec};
use striate_data::features::{AdaptFeatures, Features, adapt};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(spec) = serde_json::from_slice::<FeatureSpec>(bytes) else { return };
    // Wide rows take their time, not their toll.
    if spec.validate().is_err() || spec.inputs().iter().any(|input| input.width > 1 << 12) {
        return;
    }
    let columns: Vec<_> = spec.features.iter().map(|named| named.column.as_str()).collect();
    let cells = [Cell::from(2), Cell::from(-0.5), Cell::from("a b, C"), Cell::from("7"), Cell::Missing];
    let rows: Vec<_> = cells.iter().map(|cell| vec![cell.clone(); columns.len()]).collect();
    let learned =
        AdaptFeatures::new(&spec, &columns).and_then(|adapter| adapt(adapter, rows.iter().take(3).map(Vec::as_slice)));
    for spec in [Some(&spec), learned.as_ref().ok()].into_iter().flatten() {
        if let Ok(features) = Features::new(spec, &columns) {
            for row in &rows {
                if let Ok(values) = features.apply(row) {
                    let widths = spec.inputs().into_iter().map(|input| input.width);
                    assert!(values.iter().map(|values| values.len()).eq(widths));
                }
            }
        }
    }
});
