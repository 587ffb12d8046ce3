//! `cargo xtask check outside`: each published library compiles for someone who depends on it alone.
//!
//! Inside the workspace cargo joins the features that all members ask for, so a crate that forgets one still builds.
//! A program elsewhere, with one dependency, shows it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cargo;
use crate::metadata::{Package, Workspace};

/// Checks one program a crate, with the workspace's profiles and target folder, so that what they share is checked once.
pub(crate) fn check() -> Result<String> {
    let workspace = Workspace::load()?;
    let scratch = Scratch::new()?;
    let manifest = cargo::root().join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest).with_context(|| format!("cannot read {manifest:?}"))?;
    let profiles = profiles(&manifest);
    let published: Vec<_> = workspace.members.iter().filter(|package| package.published && package.library).collect();
    for package in &published {
        let program = scratch.0.join(&package.name);
        write(&program, package, &profiles).with_context(|| format!("cannot write a program in {program:?}"))?;
        let mut build = cargo::command();
        // Types say whether a feature is missing; machine code would take several times as long.
        build.arg("check").current_dir(&program).env("CARGO_TARGET_DIR", &workspace.target);
        cargo::run(&mut build).with_context(|| format!("{} does not compile outside the workspace", package.name))?;
    }
    Ok(format!("{} crates", published.len()))
}

/// A program that depends on the package alone, with the versions that the workspace has.
fn write(program: &Path, package: &Package, profiles: &str) -> std::io::Result<()> {
    let Package { name, folder, .. } = package;
    let manifest = format!(
        "[package]\nname = \"outside-{name}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{name} = {{ path = {folder:?} }}\n\n{profiles}"
    );
    let main = format!("use {} as _;\nfn main() {{}}\n", name.replace('-', "_"));
    fs::create_dir_all(program.join("src"))?;
    fs::write(program.join("Cargo.toml"), manifest)?;
    fs::write(program.join("src/main.rs"), main)?;
    fs::copy(cargo::root().join("Cargo.lock"), program.join("Cargo.lock"))?;
    Ok(())
}

/// The tables of a manifest that are profiles, as they stand there.
fn profiles(manifest: &str) -> String {
    let mut is_profile = false;
    let is_wanted = |line: &&str| {
        if line.starts_with('[') {
            is_profile = line.starts_with("[profile.");
        }
        is_profile
    };
    manifest.lines().filter(is_wanted).map(|line| format!("{line}\n")).collect()
}

/// A temporary folder that goes away with its value.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("striate-outside-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot create {folder:?}"))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's temporary folder.
        fs::remove_dir_all(&self.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_taken_whole_and_nothing_else() {
        let manifest = "[package]\nname = \"a\"\n[profile.dev]\nopt-level = 2\n\n[profile.dev.package.\"*\"]\ndebug = false\n[lints]\nx = 1\n";
        let want = "[profile.dev]\nopt-level = 2\n\n[profile.dev.package.\"*\"]\ndebug = false\n";
        assert_eq!(profiles(manifest), want);
    }
}
