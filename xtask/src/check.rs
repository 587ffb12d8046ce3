//! `cargo xtask check`: what must hold before a commit, cheapest first where order does not matter.

use std::ffi::OsString;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::{Usage, arrows, cargo, dependencies, outside};

/// A step's name and what it does; it returns what there is to say about it.
type Step = (&'static str, fn() -> Result<String>);

const STEPS: [Step; 6] = [
    ("fmt", fmt),
    ("clippy", clippy),
    ("arrows", arrows::check),
    ("docs", docs),
    ("deps", dependencies::check),
    ("outside", outside::check),
];

/// Runs all steps, or those that the arguments name, and stops at the first that fails.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    for (name, step) in chosen(arguments)? {
        let start = Instant::now();
        let note = step().with_context(|| format!("check {name} failed; `cargo xtask check {name}` runs it alone"))?;
        println!("check {name:<8} ok {:>7.1} s  {note}", start.elapsed().as_secs_f64());
    }
    Ok(())
}

fn chosen(arguments: &[OsString]) -> Result<Vec<Step>> {
    if arguments.is_empty() {
        return Ok(STEPS.to_vec());
    }
    let find = |argument: &OsString| {
        let step = STEPS.into_iter().find(|(name, _)| argument == name);
        step.ok_or_else(|| Usage(format!("check has no step {argument:?}")).into())
    };
    arguments.iter().map(find).collect()
}

fn fmt() -> Result<String> {
    cargo::run(&mut cargo::at_root(&["fmt", "--all", "--check"]))?;
    Ok(String::new())
}

/// Features are those that the members ask of each other: the defaults, and the digits through the program.
fn clippy() -> Result<String> {
    cargo::run(&mut cargo::at_root(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    Ok(String::new())
}

/// The library and the program are both called `striate`, and their pages would overwrite each other in one run:
/// the program goes first, so that the library's pages are the ones that stay.
fn docs() -> Result<String> {
    for packages in [["--package", "striate-cli"].as_slice(), &["--workspace", "--exclude", "striate-cli"]] {
        let mut doc = cargo::at_root(&["doc", "--no-deps"]);
        cargo::run(doc.args(packages).env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_choose_the_steps() {
        let names = |arguments: &[&str]| -> Result<Vec<&str>> {
            let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
            Ok(chosen(&arguments)?.into_iter().map(|(name, _)| name).collect())
        };
        assert_eq!(names(&[]).unwrap(), ["fmt", "clippy", "arrows", "docs", "deps", "outside"]);
        assert_eq!(names(&["deps", "arrows"]).unwrap(), ["deps", "arrows"]);
        assert!(names(&["deps", "spelling"]).unwrap_err().is::<Usage>());
    }
}
