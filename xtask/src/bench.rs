//! `cargo xtask bench`: criterion's benches, and the workloads beside PyTorch.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

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
    let (mut family, mut backends, mut markdown) = (None, "flex".to_owned(), false);
    let mut words = words.into_iter();
    let mut to_criterion = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--" => to_criterion.extend(words.by_ref()),
            "--markdown" => markdown = true,
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
    if markdown {
        print!("{}", table(&Workspace::load()?.target.join("criterion"))?);
        return Ok(());
    }
    let mut bench = cargo::at_root(&["bench", "--package", "striate-benches", "--features", &backends]);
    match &family {
        Some(family) => bench.args(["--bench", family]),
        None => bench.arg("--benches"),
    };
    cargo::run(bench.env("STRIATE_BENCH_BACKENDS", &backends).arg("--").args(to_criterion))
}

/// What criterion last measured as a table in Markdown: a row for each operation and shape, a column for each backend.
fn table(folder: &Path) -> Result<String> {
    let mut rows: BTreeMap<(String, String), BTreeMap<String, f64>> = BTreeMap::new();
    for group in folders(folder)? {
        for benchmark in folders(&group)?.into_iter().map(|folder| folder.join("new")) {
            let read = |file: &str| -> Result<Value> { Ok(serde_json::from_slice(&fs::read(benchmark.join(file))?)?) };
            let (Ok(names), Ok(estimates)) = (read("benchmark.json"), read("estimates.json")) else { continue };
            let text = |key: &str| names[key].as_str().unwrap_or_default().to_owned();
            let (mut operation, function) = (text("group_id"), text("function_id"));
            let mut parts = function.split('/').collect::<Vec<_>>();
            if parts.first() == Some(&"grad") {
                operation += ", with gradients";
                parts.remove(0);
            }
            let Some((backend, shape)) = parts.split_first() else { continue };
            let milliseconds = estimates["median"]["point_estimate"].as_f64().unwrap_or_default() / 1e6;
            rows.entry((operation, shape.join("/"))).or_default().insert((*backend).to_owned(), milliseconds);
        }
    }
    let backends = BACKENDS.iter().filter(|name| rows.values().any(|row| row.contains_key(**name)));
    let backends = backends.copied().collect::<Vec<_>>();
    let mut text =
        format!("| operation | shape | {} |\n|---|---|{}\n", backends.join(" | "), "---|".repeat(backends.len()));
    for ((operation, shape), row) in rows.iter().filter(|(_, row)| backends.iter().any(|name| row.contains_key(*name)))
    {
        let times = backends.iter().map(|name| row.get(*name).map_or_else(|| "–".into(), |ms| format!("{ms:.3}")));
        let times = times.collect::<Vec<_>>().join(" | ");
        text += &format!("| {operation} | {shape} | {times} |\n");
    }
    Ok(text)
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {folder:?}; `cargo xtask bench` fills it"))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.is_dir()).collect())
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
