//! `striate inspect`.

use super::{print_json, print_line};
use crate::cli::Inspect;

pub(crate) fn run(args: Inspect) -> anyhow::Result<()> {
    let found = striate::inspect(&args.file)?;
    if args.json {
        return print_json(&found);
    }
    let (tensors, numbers) = (found.tensors.len(), found.numbers);
    print_line(format_args!("{}: {} with {tensors} tensors, {numbers} numbers", args.file.display(), found.format))?;
    print_line(format_args!("sha256 {}", found.sha256))?;
    if let Some(hash) = &found.hash {
        print_line(format_args!("hash   {hash}"))?;
    }
    for (name, section) in &found.sections {
        const SHOWN: usize = 100;
        let text = section.to_string();
        let more = if text.chars().count() > SHOWN { "…" } else { "" };
        print_line(format_args!("section {name}: {}{more}", text.chars().take(SHOWN).collect::<String>()))?;
    }
    let width = found.tensors.iter().map(|tensor| tensor.name.chars().count()).max().unwrap_or(0);
    for tensor in &found.tensors {
        print_line(format_args!("{:width$}  {:<4}  {:?}", tensor.name, tensor.dtype, tensor.shape))?;
    }
    Ok(())
}
