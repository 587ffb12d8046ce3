//! `striate cost`.

use striate::CostRequest;

use super::{print_json, print_line};
use crate::cli::Cost;

pub(crate) fn run(args: Cost) -> anyhow::Result<()> {
    let request = CostRequest { batch: args.batch, memory_gb: args.memory, input: args.input };
    let report = striate::model_cost(&args.model, &request)?;
    if args.json {
        return print_json(&report);
    }
    print_line(format_args!("{report}"))
}
