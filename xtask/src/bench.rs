//! `cargo xtask bench`: criterion's benches, and the workloads beside PyTorch.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::metadata::Workspace;
use crate::program::BACKENDS;
use crate::{Usage, cargo};

/// The families: the files in `benches/benches`.
fn families() -> Result<Vec<String>> {
    let folder = cargo::root().join("benches/benches");
    let files = fs::read_dir(&folder).with_context(|| format!("cannot read {folder:?}"))?;
    let mut names = files
        .map(|file| Ok(file?.path().file_stem().unwrap_or_default().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let words = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>();
    if words.first().is_some_and(|word| word == "peer") {
        return peer(&words[1..]);
    }
    let (mut family, mut backends) = (None, "flex".to_owned());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--backend" => backends = words.next().ok_or_else(|| Usage("--backend needs a name".into()))?,
            name if family.is_none() && !name.starts_with('-') => family = Some(word),
            other => return Err(Usage(format!("bench doesn't know {other:?}")).into()),
        }
    }
    let known = families()?;
    if let Some(family) = family.as_ref().filter(|family| !known.contains(family)) {
        return Err(Usage(format!("no family {family:?}; there are peer, {}", known.join(", "))).into());
    }
    if let Some(unknown) = backends.split(',').find(|name| !BACKENDS.contains(name)) {
        return Err(Usage(format!("no backend {unknown:?}; there are {}", BACKENDS.join(", "))).into());
    }
    let mut bench = cargo::at_root(&["bench", "--package", "striate-benches", "--features", &backends]);
    match &family {
        Some(family) => bench.args(["--bench", family]),
        None => bench.arg("--benches"),
    };
    cargo::run(bench.env("STRIATE_BENCH_BACKENDS", &backends))
}

/// Both sides of the workloads in turns: those named, or all. `STRIATE_PEER_PYTHON` is a Python that has PyTorch.
fn peer(workloads: &[String]) -> Result<()> {
    cargo::run(&mut cargo::at_root(&["build", "--release", "--workspace", "--bin", "workload"]))?;
    let ours = Workspace::load()?.target.join("release/workload");
    let scripts = cargo::root().join("benches/peer");
    let all = cargo::output(Command::new(&ours).arg("--list"))?;
    let all = all.lines().map(str::to_owned).collect::<Vec<_>>();
    let python = env::var_os("STRIATE_PEER_PYTHON").unwrap_or_else(|| "python3".into());
    let mut compare = Command::new(python);
    compare.arg(scripts.join("compare.py")).arg("--ours").arg(format!("{} {{id}}", ours.display()));
    cargo::run(compare.args(if workloads.is_empty() { &all } else { workloads }))
}
