//! `striate summary`.

use super::print_json;
use crate::cli::Summary;

pub(crate) fn run(args: Summary) -> anyhow::Result<()> {
    let summary = striate::model_summary(&args.model)?;
    if args.json {
        return print_json(&summary);
    }
    println!("{summary}");
    Ok(())
}
