//! `striate import`.

use striate::{Error, ImportOptions};

use super::print_line;
use crate::cli::Import;

pub(crate) fn run(args: Import) -> anyhow::Result<()> {
    let device = striate::backend::device("flex").map_err(Error::from)?;
    let Import { source, out, arch: architecture, preprocessing, classes } = args;
    let options = ImportOptions { architecture, preprocessing, classes };
    let source = source.parse().map_err(Error::from)?;
    let imported = striate::import(&source, &out, &options, &device)?;
    print_line(format_args!(
        "{}: {} with {} tensors, {} numbers, {} classes",
        out.display(),
        imported.network,
        imported.tensors,
        imported.parameters,
        imported.classes
    ))
}
