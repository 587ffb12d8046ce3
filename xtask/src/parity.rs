//! `cargo xtask parity --backend NAME`: the one command for someone who has the hardware.
//!
//! Runs every test whose name contains `parity`, `golden` or `device` with that backend compiled in beside flex, and
//! goes on after a failure, so that one run reports everything.

use std::ffi::OsString;

use anyhow::Result;

use crate::program::BACKENDS;
use crate::{Usage, cargo};

const TEST: &str = "test --workspace --exclude xtask --exclude striate-benches --tests --no-fail-fast";
const NAMES: [&str; 4] = ["--nocapture", "parity", "golden", "device"];

pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let name = match words.iter().map(AsRef::as_ref).collect::<Vec<&str>>()[..] {
        ["--backend", name] => name,
        [word] if word.starts_with("--backend=") => &word["--backend=".len()..],
        _ => return Err(Usage("parity takes exactly --backend NAME".into()).into()),
    };
    if !BACKENDS.contains(&name) {
        return Err(Usage(format!("unknown backend `{name}`: one of {}", BACKENDS.join(", "))).into());
    }
    // Cargo gives the feature to each crate that has it.
    let mut command = cargo::at_root(&TEST.split(' ').collect::<Vec<_>>());
    cargo::run(command.args(["--features", name, "--"]).args(NAMES))
}
