//! `striate models`.

use comfy_table::presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use comfy_table::{CellAlignment, Table};
use serde_json::json;
use striate::core::text::thousands;
use striate::models::PUBLISHED;

use super::{print_json, print_line};
use crate::cli::Models;

pub(crate) fn run(args: Models) -> anyhow::Result<()> {
    if args.weights {
        return weights(args.json);
    }
    let models = striate::model_list()?;
    if args.json {
        return print_json(&models);
    }
    let rows = models.into_iter().map(|model| {
        let name = if args.markdown { format!("`{}`", model.name) } else { model.name.into() };
        let input = model.input.map(|side| side.to_string()).join("x");
        let (parameters, multiplications) = (thousands(model.parameters), thousands(model.multiplications));
        vec![name, parameters, multiplications, input, model.year.to_string(), model.paper.into()]
    });
    let mut table = Table::new();
    table.load_style(if args.markdown { ASCII_MARKDOWN } else { UTF8_FULL_CONDENSED });
    table.set_header(["name", "parameters", "multiplications", "input", "year", "paper"]).add_rows(rows);
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    print_line(table)
}

fn weights(as_json: bool) -> anyhow::Result<()> {
    let rows = PUBLISHED.iter().map(|weights| {
        let (name, url) = (weights.name(), weights.url());
        let (source, licence, sha256) = (weights.source, weights.licence, weights.sha256());
        json!({"name": name, "source": source, "licence": licence, "url": url, "sha256": sha256})
    });
    if as_json {
        return print_json(&rows.collect::<Vec<_>>());
    }
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["name", "source", "licence", "address"]);
    let rows = PUBLISHED.iter();
    table.add_rows(rows.map(|weights| [weights.name(), weights.source.into(), weights.licence.into(), weights.url()]));
    print_line(table)
}
