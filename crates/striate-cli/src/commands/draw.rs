//! `striate draw`.

use super::print_line;
use crate::cli::Draw;

pub(crate) fn run(args: Draw) -> anyhow::Result<()> {
    let spec = striate::model_spec(&args.model)?;
    match &args.out {
        Some(path) => Ok(striate::save_drawing(&spec, path)?),
        None => print_line(spec.to_svg().trim_end()),
    }
}
