//! Numbers and tables as people read them.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use striate_layers::Shape;

/// Bytes as Keras writes them, a KB being 1,024: 241.04 KB.
pub(crate) fn memory(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];
    let power = (1..UNITS.len()).take_while(|power| bytes >> (10 * power) > 0).count();
    let value = bytes as f64 / 1024f64.powi(power as i32);
    format!("{value:.2} {}", UNITS[power])
}

/// A shape with its batch axis, as Keras writes it: `(None, 6, 28, 28)`.
pub(crate) fn batch_shape(shape: &Shape) -> String {
    let side = |side: &Option<usize>| side.map_or("None".to_string(), |side| side.to_string());
    let sides: Vec<_> = std::iter::once(&None).chain(shape.sides()).map(side).collect();
    match sides.len() {
        1 => "(None,)".into(),
        _ => format!("({})", sides.join(", ")),
    }
}

/// A table with lines around it; the columns named in `numbers` stand to the right.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    numbers: &[usize],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header).add_rows(rows);
    for column in numbers {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}
