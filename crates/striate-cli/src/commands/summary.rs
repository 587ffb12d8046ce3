//! `striate summary`.

use super::{print_json, print_line};
use crate::cli::Summary;

pub(crate) fn run(args: Summary) -> anyhow::Result<()> {
    let summary = striate::model_spec(&args.model)?.summary();
    if args.json {
        return print_json(&summary);
    }
    print_line(format_args!("{summary}"))?;
    Ok(())
}
