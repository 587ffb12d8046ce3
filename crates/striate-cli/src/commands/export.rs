//! `striate export`.

use striate::Error;

use crate::cli::Export;

pub(crate) fn run(args: Export) -> anyhow::Result<()> {
    let device = striate::backend::device("flex").map_err(Error::from)?;
    Ok(striate::export(&args.model, &args.out, &device)?)
}
