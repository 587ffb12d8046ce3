//! Chores of the striate repository: `cargo xtask COMMAND`.
//!
//! Small on purpose: it builds in seconds, and it starts cargo for everything that needs more than that.

mod arrows;
mod bench;
mod cargo;
mod check;
mod dependencies;
mod metadata;
mod outside;
mod parity;
mod program;
mod real;

use std::ffi::OsString;
use std::fmt;
use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
usage: cargo xtask COMMAND [ARGUMENT...]

the program, built in release with what the command, --backend and --dashboard need:
  train, evaluate, predict, explain, summary, cost, draw, import, export, inspect, models, devices,
  data, runs, similar
                         `cargo xtask COMMAND --help` lists a command's arguments

chores:
  check [STEP...]        everything that must hold before a commit, or single steps of it:
                         fmt, clippy, arrows, docs, deps, outside
  deps [--write]         compares each published crate's dependencies with xtask/dependencies/;
                         --write brings the lists up to date
  bench [FAMILY] [--backend NAMES]
                         criterion's benches, all or a family's, on backends separated by commas
  bench peer [WORKLOAD...]
                         the workloads in turns with PyTorch and ONNX Runtime, which the Python of
                         STRIATE_PEER_PYTHON has
  parity --backend NAME  every test that compares devices or golden numbers, with that backend:
                         the one command for someone who has the hardware
  real                   tests with published weights and with PyTorch itself, fetched once into the
                         user's cache (some 6 GB), by exact version and SHA-256
  help                   this text";

/// A mistake in the arguments: the program ends with 2 instead of 1.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (`cargo xtask help` lists the commands)", self.0)
    }
}

impl std::error::Error for Usage {}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(command, rest) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            error.chain().skip(1).for_each(|cause| eprintln!("  {}", cause.to_string().replace('\n', "\n  ")));
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

fn run(command: &OsString, rest: &[OsString]) -> Result<ExitCode> {
    match command.to_string_lossy().as_ref() {
        "help" | "--help" | "-h" => println!("{USAGE}"),
        name if program::COMMANDS.contains(&name) => return program::start(name, rest),
        "check" => check::run(rest)?,
        "deps" => dependencies::run(rest)?,
        "bench" => bench::run(rest)?,
        "parity" => parity::run(rest)?,
        "real" => real::run(rest)?,
        name => {
            eprintln!("error: unknown command `{name}`\n\n{USAGE}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
