//! `cargo xtask train …`: the program `striate`, built with what its arguments ask for.

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
/// standard output.
pub(crate) fn start(name: &str, arguments: &[OsString]) -> Result<ExitCode> {
    let mut command = cargo::command();
    command.args(["run", "--release", "--package", "striate-cli", "--manifest-path"]);
    command.arg(cargo::root().join("Cargo.toml"));
    command.arg("--no-default-features").arg(format!("--features={}", features(name, arguments).join(",")));
    command.arg("--").arg(name).args(arguments);
    become_or_wait(&mut command)
}

/// The features that the command needs: flex, the backend of `--backend NAME[:INDEX]`, `--dashboard` and `explain`. Others
/// are left out, since every first build waits for them.
///
/// An unknown backend is none: the program says what is wrong with it.
fn features(command: &str, arguments: &[OsString]) -> Vec<&'static str> {
    let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy()).take_while(|text| text != "--");
    let mut dashboard = false;
    let mut backend = String::new();
    while let Some(argument) = arguments.next() {
        if argument == "--dashboard" {
            dashboard = true;
        } else if argument == "--backend" {
            backend = arguments.next().unwrap_or_default().into_owned();
        } else if let Some(text) = argument.strip_prefix("--backend=") {
            backend = text.to_owned();
        }
    }
    let name = backend.split(':').next().unwrap_or_default();
    let backend = BACKENDS.into_iter().find(|&backend| backend == name && backend != "flex");
    let explain = (command == "explain").then_some("explain");
    ["flex"].into_iter().chain(backend).chain(dashboard.then_some("dashboard")).chain(explain).collect()
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
    fn check(arguments: &str, expected: &[&str]) {
        let arguments: Vec<OsString> = arguments.split_whitespace().map(OsString::from).collect();
        assert_eq!(features("train", &arguments), expected, "{arguments:?}");
    }

    #[test]
    fn backend_in_the_arguments_gives_its_feature() {
        check("--epochs 2 --backend wgpu --json", &["flex", "wgpu"]);
        check("--backend=cuda", &["flex", "cuda"]);
        check("model.safetensors a.png --backend cuda:1", &["flex", "cuda"]);
        check("--backend=vulkan:0 --top 3", &["flex", "vulkan"]);
        check("--backend ndarray --backend rocm", &["flex", "rocm"]);
    }

    #[test]
    fn backend_flex_unknown_or_missing_gives_flex_alone() {
        check("", &["flex"]);
        check("--epochs 2", &["flex"]);
        check("--backend flex", &["flex"]);
        check("--backend=flex:0", &["flex"]);
        check("--backend tpu", &["flex"]);
        check("--backend", &["flex"]);
        check("--backend-name wgpu", &["flex"]);
        check("-- --backend wgpu", &["flex"]);
    }

    #[test]
    fn dashboard_in_the_arguments_gives_its_feature() {
        check("--dashboard", &["flex", "dashboard"]);
        check("--backend wgpu --dashboard", &["flex", "wgpu", "dashboard"]);
        check("-- --dashboard", &["flex"]);
    }

    #[test]
    fn explain_gives_its_feature() {
        assert_eq!(features("explain", &["--backend=wgpu".into()]), ["flex", "wgpu", "explain"]);
    }
}
