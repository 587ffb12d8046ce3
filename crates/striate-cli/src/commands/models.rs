//! `striate models`.

use serde_json::json;
use striate::Error;
use striate::models::Architecture;

use super::{print_json, print_line};
use crate::cli::Json;

pub(crate) fn run(args: Json) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for architecture in Architecture::ALL {
        let spec = architecture.spec(architecture.default_classes()).map_err(Error::from)?;
        let cost = spec.cost(1).map_err(Error::from)?;
        rows.push(json!({
            "name": architecture.name(),
            "parameters": cost.parameters,
            "multiplications": cost.multiplications,
            "input": spec.input_signatures()[0].shape,
            "year": architecture.year(),
            "paper": architecture.paper(),
        }));
    }
    if args.json {
        return print_json(&rows);
    }
    print_line(format_args!(
        "{:<12} {:>12} {:>16} {:<16} {:<5} paper",
        "name", "parameters", "multiplications", "input", "year"
    ))?;
    for row in rows {
        let text = |key: &str| row[key].as_str().map_or_else(|| row[key].to_string(), str::to_owned);
        let [name, parameters, multiplications, input, year, paper] =
            ["name", "parameters", "multiplications", "input", "year", "paper"].map(text);
        print_line(format_args!("{name:<12} {parameters:>12} {multiplications:>16} {input:<16} {year:<5} {paper}"))?;
    }
    Ok(())
}
