//! `striate runs`.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use striate::{list_runs, plot_runs};

use super::{print_json, print_line};
use crate::cli::Runs;

pub(crate) fn run(args: Runs) -> anyhow::Result<()> {
    let runs = list_runs(&args.folder)?;
    if let Some(path) = &args.plot {
        plot_runs(&runs, path)?;
    }
    if args.json {
        return print_json(&runs);
    }
    let percent = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{:.2}%", 100.0 * value));
    let rows = runs.into_iter().map(|run| {
        let epochs = format!("{}/{}", run.epochs, run.planned);
        let loss = run.validation_loss.map_or_else(String::new, |loss| format!("{loss:.4}"));
        let state = if run.complete { "complete" } else { "stopped or running" };
        let (validation, test) = (percent(run.validation_accuracy), percent(run.test_accuracy));
        [run.name, run.model, run.data, epochs, loss, validation, test, state.into()]
    });
    let mut table = Table::new();
    let header = ["run", "network", "data", "epochs", "lowest loss", "best accuracy", "test accuracy", "state"];
    table.load_style(UTF8_FULL_CONDENSED).set_header(header).add_rows(rows);
    for column in 3..7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    print_line(table)
}
