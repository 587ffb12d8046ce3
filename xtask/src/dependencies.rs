//! `cargo xtask deps`: what each published crate brings with it, against the lists in `xtask/dependencies/`.
//!
//! A list holds the names of every crate that a user of that crate compiles: transitive normal dependencies with
//! default features. They are taken for one target, so that the lists are equal on every machine.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::metadata::{Package, Workspace};
use crate::{Usage, cargo};

const TREE: &str = "tree --edges normal --prefix depth --format {p} --target x86_64-unknown-linux-gnu --package";

type Names = BTreeSet<String>;

/// `cargo xtask deps [--write]`.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    match arguments {
        [] => println!("{}", check()?),
        [only] if only == "--write" => write()?,
        _ => return Err(Usage("deps takes nothing or --write".into()).into()),
    }
    Ok(())
}

/// Compares the lists with what cargo resolves; returns the counts of direct dependencies from outside.
pub(crate) fn check() -> Result<String> {
    let mut recorded = recorded()?;
    let mut differences = Vec::new();
    let mut counts = Vec::new();
    for (name, tree) in trees()? {
        let names = parse(&fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap_or_default());
        let difference = difference(&names, &tree.all);
        let listed = recorded.remove(&name);
        if !listed || !difference.is_empty() {
            differences.push(format!("{name}: {}", difference.join(" ")));
        }
        counts.push(format!("{name} {}", tree.direct));
    }
    differences.extend(recorded.iter().map(|name| format!("{name}: a list of no published crate")));
    if !differences.is_empty() {
        let differences = differences.join("\n");
        bail!("the dependencies changed (+ new, - gone); `cargo xtask deps --write` updates the lists\n{differences}");
    }
    Ok(format!("direct dependencies from outside: {}", counts.join(", ")))
}

/// Brings the lists up to date.
fn write() -> Result<()> {
    let mut stale = recorded()?;
    for (name, tree) in trees()? {
        let file = folder().join(format!("{name}.txt"));
        let text: String = tree.all.iter().map(|name| format!("{name}\n")).collect();
        fs::write(&file, text).with_context(|| format!("cannot write {file:?}"))?;
        println!("{name}: {} in all, {} direct from outside", tree.all.len(), tree.direct);
        stale.remove(&name);
    }
    for name in stale {
        let file = folder().join(format!("{name}.txt"));
        fs::remove_file(&file).with_context(|| format!("cannot remove {file:?}"))?;
        println!("{name}: list removed");
    }
    Ok(())
}

/// The crates that have a list.
fn recorded() -> Result<Names> {
    let folder = folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {folder:?}"))?;
    let mut names = Names::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {folder:?}"))? {
        let file = entry.with_context(|| format!("cannot read {folder:?}"))?.file_name();
        names.extend(file.to_string_lossy().strip_suffix(".txt").map(str::to_owned));
    }
    Ok(names)
}

fn folder() -> PathBuf {
    cargo::root().join("xtask/dependencies")
}

/// What one crate depends on.
struct Tree {
    /// All names, our own crates among them.
    all: Names,
    /// How many crates from outside the workspace its manifest brings in.
    direct: usize,
}

/// Each published crate's dependencies, by its name.
fn trees() -> Result<BTreeMap<String, Tree>> {
    let members = Workspace::load()?.members;
    let mut trees = BTreeMap::new();
    for Package { name, .. } in members.iter().filter(|package| package.published) {
        let mut command = cargo::at_root(&TREE.split(' ').collect::<Vec<_>>());
        let text = cargo::output(command.arg(name))?;
        let names = |depths: fn(u32) -> bool| -> Names {
            text.lines()
                .filter_map(entry)
                .filter(|(depth, _)| depths(*depth))
                .map(|(_, name)| name.to_owned())
                .collect()
        };
        let external = |name: &&String| members.iter().all(|member| member.name != **name);
        let direct = names(|depth| depth == 1).iter().filter(external).count();
        trees.insert(name.clone(), Tree { all: names(|depth| depth > 0), direct });
    }
    Ok(trees)
}

/// Depth and name in a line such as `2serde v1.0.229 (*)`.
fn entry(line: &str) -> Option<(u32, &str)> {
    let word = line.split_whitespace().next()?;
    let name = word.trim_start_matches(|c: char| c.is_ascii_digit());
    Some((word[..word.len() - name.len()].parse().ok()?, name))
}

/// The names in a list: one a line.
fn parse(text: &str) -> Names {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What came and what went, as `+new` and `-gone`.
fn difference(recorded: &Names, actual: &Names) -> Vec<String> {
    let grown = actual.difference(recorded).map(|name| format!("+{name}"));
    grown.chain(recorded.difference(actual).map(|name| format!("-{name}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_of_lists_shows_what_came_and_what_went() {
        let recorded = parse("burn\nserde\n\nstrsim\n");
        assert!(difference(&recorded, &recorded).is_empty());
        assert_eq!(difference(&recorded, &parse("burn\nserde\nsha2\ntoml\n")), ["+sha2", "+toml", "-strsim"]);
        assert_eq!(difference(&recorded, &Names::new()), ["-burn", "-serde", "-strsim"]);
    }

    #[test]
    fn tree_lines_give_depth_and_name() {
        assert_eq!(entry("0striate-core v0.1.0 (/w/crates/striate-core)"), Some((0, "striate-core")));
        assert_eq!(entry("12libm v0.2.16 (*)"), Some((12, "libm")));
        assert_eq!(entry(""), None);
        assert_eq!(entry("serde v1"), None);
    }
}
