//! `cargo xtask train …`: the program `striate`, built with the backend that its arguments name.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::cargo;

/// The program's commands.
pub(crate) const COMMANDS: [&str; 15] = [
    "train", "evaluate", "predict", "explain", "summary", "cost", "draw", "import", "export", "inspect", "models",
    "devices", "data", "runs", "similar",
];

/// The backends, each of which is a cargo feature of the same name.
pub(crate) const BACKENDS: [&str; 8] = ["flex", "ndarray", "wgpu", "vulkan", "metal", "cuda", "rocm", "cpu"];

/// Starts the program and returns its exit code.
///
/// Cargo is not quiet: it reports on standard error, where the user sees that it builds, and the program alone owns
/// standard output. flex is a default feature and stays on beside the chosen backend.
pub(crate) fn start(name: &str, arguments: &[OsString]) -> Result<ExitCode> {
    let mut command = cargo::command();
    command.args(["run", "--release", "--package", "striate-cli", "--manifest-path"]);
    command.arg(cargo::root().join("Cargo.toml"));
    command.args(feature(arguments).map(|feature| format!("--features={feature}")));
    command.arg("--").arg(name).args(arguments);
    become_or_wait(&mut command)
}

/// The feature that the arguments' `--backend NAME[:INDEX]` needs beside the default one.
///
/// None for an unknown name: the program says what is wrong with it.
fn feature(arguments: &[OsString]) -> Option<&'static str> {
    let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy()).take_while(|text| text != "--");
    let mut value = None;
    while let Some(argument) = arguments.next() {
        if argument == "--backend" {
            value = arguments.next().map(|text| text.into_owned());
        } else if let Some(text) = argument.strip_prefix("--backend=") {
            value = Some(text.to_owned());
        }
    }
    let value = value?;
    let name = value.split_once(':').map_or(value.as_str(), |(name, _)| name);
    BACKENDS.into_iter().find(|&backend| backend == name && backend != "flex")
}

/// This process turns into cargo, which turns into the program: signals and exit codes are the program's own.
#[cfg(unix)]
fn become_or_wait(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    Err(anyhow::Error::new(command.exec()).context("cannot start cargo"))
}

/// Waits for the program and passes its exit code on.
#[cfg(not(unix))]
fn become_or_wait(command: &mut Command) -> Result<ExitCode> {
    use anyhow::Context;

    let status = command.status().context("cannot start cargo")?;
    std::process::exit(status.code().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &str, expected: Option<&str>) {
        let arguments: Vec<OsString> = arguments.split_whitespace().map(OsString::from).collect();
        assert_eq!(feature(&arguments), expected, "{arguments:?}");
    }

    #[test]
    fn backend_in_the_arguments_gives_its_feature() {
        check("--epochs 2 --backend wgpu --json", Some("wgpu"));
        check("--backend=cuda", Some("cuda"));
        check("model.safetensors a.png --backend cuda:1", Some("cuda"));
        check("--backend=vulkan:0 --top 3", Some("vulkan"));
        check("--backend ndarray --backend rocm", Some("rocm"));
    }

    #[test]
    fn backend_flex_unknown_or_missing_gives_no_feature() {
        check("", None);
        check("--epochs 2", None);
        check("--backend flex", None);
        check("--backend=flex:0", None);
        check("--backend tpu", None);
        check("--backend", None);
        check("--backend-name wgpu", None);
        check("-- --backend wgpu", None);
    }
}
