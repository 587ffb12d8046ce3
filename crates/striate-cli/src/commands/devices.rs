//! `striate devices`.

use striate::backend::{Backend, devices};

use super::{print_json, print_line};
use crate::cli::Json;

pub(crate) fn run(args: Json) -> anyhow::Result<()> {
    let names: Vec<_> = devices().iter().map(|(name, _)| name.to_string()).collect();
    if args.json {
        return print_json(&names);
    }
    print_line(format_args!("devices here: {}", names.join(", ")))?;
    let missing = Backend::ALL.into_iter().filter(|backend| !backend.is_compiled_in());
    print_line(format_args!("not compiled in: {}", missing.map(Backend::name).collect::<Vec<_>>().join(", ")))?;
    Ok(())
}
