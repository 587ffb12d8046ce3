//! `cargo xtask check arrows`: which crate may import which.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::metadata::{Kind, Package, Workspace};

/// The tower, bottom to top, each crate with what it may import. It is complete: any other arrow is an error.
const TOWER: [(&str, &[&str]); 11] = [
    ("striate-core", &[]),
    ("striate-testkit", &["striate-core"]),
    ("striate-backend", &["striate-core"]),
    ("striate-layers", &["striate-backend", "striate-core"]),
    ("striate-network", &["striate-layers", "striate-backend", "striate-core"]),
    ("striate-data", &["striate-backend", "striate-core"]),
    ("striate-models", &["striate-network", "striate-layers", "striate-backend", "striate-core"]),
    ("striate-train", &["striate-network", "striate-layers", "striate-data", "striate-backend", "striate-core"]),
    ("striate-explain", &["striate-network", "striate-layers", "striate-backend", "striate-core"]),
    (
        "striate",
        &[
            "striate-explain",
            "striate-train",
            "striate-models",
            "striate-data",
            "striate-network",
            "striate-layers",
            "striate-backend",
            "striate-core",
        ],
    ),
    ("striate-cli", &["striate"]),
];

/// Test support: a dev-dependency only.
const TESTKIT: &str = "striate-testkit";
/// Outside the tower: imports any of it.
const BENCHES: &str = "striate-benches";
/// Outside the tower: imports none of it, not even for tests.
const XTASK: &str = "xtask";

/// What is depended on as `burn`, by its own name.
pub(crate) const BURN: &str = "burn-core";
/// The one crate that names burn's devices.
const DEVICES_HOME: &str = "striate-backend";
const DEVICE_CRATES: [&str; 7] =
    ["burn-flex", "burn-ndarray", "burn-wgpu", "burn-cuda", "burn-rocm", "burn-cpu", "burn-tch"];
const DEVICE_FEATURES: [&str; 10] =
    ["flex", "ndarray", "wgpu", "vulkan", "metal", "webgpu", "cuda", "rocm", "cpu", "tch"];

/// Compares the workspace with the table.
pub(crate) fn check() -> Result<String> {
    let workspace = Workspace::load()?;
    let violations = violations(&workspace);
    if !violations.is_empty() {
        bail!("{}", violations.join("\n"));
    }
    let arrows: usize = workspace.members.iter().map(|package| own(&workspace, package).count()).sum();
    Ok(format!("{arrows} arrows between {} crates", workspace.members.len()))
}

/// Each thing that the design does not allow, as a sentence.
fn violations(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    for package in &workspace.members {
        found.extend(misplaced(package));
        for (target, kind) in own(workspace, package) {
            found.extend(forbidden(&package.name, target, kind));
            if kind == Kind::Dev
                && let Some(path) = path(workspace, target, &package.name, &mut BTreeSet::new())
            {
                found.push(format!("the dev-dependency of {0} makes a cycle: {0} -> {path}", package.name));
            }
        }
        if package.name != DEVICES_HOME {
            found.extend(devices(package));
        }
    }
    if workspace.burn_versions.len() > 1 {
        let versions: Vec<_> = workspace.burn_versions.iter().map(String::as_str).collect();
        found.push(format!("more than one burn in the graph: {}", versions.join(", ")));
    }
    found
}

/// The package's dependencies on other packages of the workspace.
fn own<'a>(workspace: &'a Workspace, package: &'a Package) -> impl Iterator<Item = (&'a str, Kind)> {
    let ours = |name: &str| workspace.members.iter().any(|member| member.name == name);
    let dependencies = package.dependencies.iter().filter(move |dependency| ours(&dependency.name));
    dependencies.map(|dependency| (dependency.name.as_str(), dependency.kind))
}

/// A package that the table does not know, or whose folder does not bear its name.
fn misplaced(package: &Package) -> Option<String> {
    let Package { name, place, .. } = package;
    let expected = match name.as_str() {
        XTASK => "xtask".to_owned(),
        BENCHES => "benches".to_owned(),
        _ if TOWER.iter().any(|(known, _)| known == name) => format!("crates/{name}"),
        _ => return Some(format!("{name} in {place} is unknown to the table in xtask/src/arrows.rs")),
    };
    (*place != expected).then(|| format!("{name} is in {place} and belongs in {expected}"))
}

/// What is wrong with this arrow, cycles aside.
fn forbidden(from: &str, to: &str, kind: Kind) -> Option<String> {
    if from == XTASK {
        return Some(format!("{from} -> {to}: xtask imports none of our crates"));
    }
    if kind == Kind::Dev {
        return None;
    }
    if to == TESTKIT {
        return Some(format!("{from} -> {to}: the test kit is a dev-dependency only"));
    }
    let allowed = TOWER.iter().find(|(name, _)| *name == from).map_or(&[][..], |(_, allowed)| allowed);
    if from == BENCHES || allowed.contains(&to) {
        return None;
    }
    Some(match allowed {
        [] => format!("{from} -> {to}: {from} may import none of our crates"),
        _ => format!("{from} -> {to}: {from} may import {} only", allowed.join(", ")),
    })
}

/// A way along dependencies of any kind, as `a -> b -> c`.
fn path<'a>(workspace: &'a Workspace, from: &'a str, to: &str, seen: &mut BTreeSet<&'a str>) -> Option<String> {
    if from == to {
        return Some(from.to_owned());
    }
    if !seen.insert(from) {
        return None;
    }
    let package = workspace.members.iter().find(|member| member.name == from)?;
    let rest = own(workspace, package).find_map(|(next, _)| path(workspace, next, to, seen))?;
    Some(format!("{from} -> {rest}"))
}

/// Where the package names one of burn's devices, in a dependency or in a feature.
fn devices(package: &Package) -> Vec<String> {
    let name = &package.name;
    let mut found = Vec::new();
    for dependency in package.dependencies.iter().filter(|dependency| dependency.kind != Kind::Dev) {
        if DEVICE_CRATES.contains(&dependency.name.as_str()) {
            found.push(format!("{name} depends on {}: only {DEVICES_HOME} names devices", dependency.name));
        }
        if dependency.name != BURN {
            continue;
        }
        for feature in dependency.features.iter().filter(|feature| DEVICE_FEATURES.contains(&feature.as_str())) {
            found.push(format!("{name} depends on burn with `{feature}`: only {DEVICES_HOME} names devices"));
        }
        for (feature, enabled) in &package.features {
            let burn = enabled.iter().filter_map(|text| text.split_once('/'));
            let mut burn = burn.filter(|(alias, _)| alias.trim_end_matches('?') == dependency.alias);
            if burn.any(|(_, part)| DEVICE_FEATURES.contains(&part)) {
                found.push(format!("{name}'s feature `{feature}` turns on a device of burn: {DEVICES_HOME} does that"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A package in its right place with these dependencies, each `(name, kind, features)`.
    fn package(name: &str, dependencies: &[(&str, Option<&str>, &[&str])]) -> Value {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|(name, kind, features)| {
                let rename = (*name == BURN).then_some("burn");
                json!({"name": name, "kind": kind, "rename": rename, "features": features})
            })
            .collect();
        let place = if name == XTASK { name.to_owned() } else { format!("crates/{name}") };
        let manifest = format!("/w/{place}/Cargo.toml");
        json!({"id": name, "name": name, "version": "0.1.0", "manifest_path": manifest, "publish": null,
            "targets": [{"kind": ["lib"]}], "dependencies": dependencies, "features": {}})
    }

    #[track_caller]
    fn check(packages: &[Value], expected: &[&str]) {
        let members: Vec<_> = packages.iter().filter(|package| package["name"] != BURN).map(|p| &p["id"]).collect();
        let json = json!({"workspace_root": "/w", "target_directory": "/w/target", "workspace_members": members,
            "packages": packages});
        let found = violations(&Workspace::parse(&json).unwrap());
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found:?} does not speak of {expected:?}");
        }
    }

    #[test]
    fn arrows_of_the_table_are_accepted() {
        let backend = package(
            "striate-backend",
            &[("striate-core", None, &[]), ("burn-flex", None, &[]), (BURN, None, &["flex"])],
        );
        let testkit = package(TESTKIT, &[("striate-core", None, &[])]);
        let layers = package("striate-layers", &[("striate-backend", None, &[]), (TESTKIT, Some("dev"), &[])]);
        check(&[package("striate-core", &[]), backend, testkit, layers, package(XTASK, &[("anyhow", None, &[])])], &[]);
    }

    #[test]
    fn arrows_outside_the_table_are_violations() {
        let core = || package("striate-core", &[]);
        let testkit = || package(TESTKIT, &[]);
        let data = package("striate-data", &[]);
        let upward = package("striate-models", &[("striate-data", None, &[])]);
        check(&[data, upward], &["striate-models -> striate-data"]);
        check(&[package("striate-core", &[(TESTKIT, Some("build"), &[])]), testkit()], &["dev-dependency only"]);
        check(&[core(), package(XTASK, &[("striate-core", Some("dev"), &[])])], &["xtask imports none"]);
    }

    #[test]
    fn dev_dependency_that_makes_a_cycle_is_a_violation() {
        let core = package("striate-core", &[(TESTKIT, Some("dev"), &[])]);
        let testkit = package(TESTKIT, &[("striate-core", None, &[])]);
        check(&[core, testkit], &["striate-core -> striate-testkit -> striate-core"]);
    }

    #[test]
    fn package_unknown_or_in_another_folder_is_a_violation() {
        let mut moved = package("striate-core", &[]);
        moved["manifest_path"] = "/w/crates/core/Cargo.toml".into();
        check(&[moved], &["belongs in crates/striate-core"]);
        check(&[package("striate-sound", &[])], &["unknown to the table"]);
    }

    #[test]
    fn devices_named_outside_the_backend_are_violations() {
        let crates = package("striate-layers", &[("burn-flex", None, &[]), ("burn-wgpu", Some("dev"), &[])]);
        check(&[crates], &["depends on burn-flex"]);
        let features = package("striate-layers", &[(BURN, None, &["std", "wgpu"])]);
        check(&[features], &["burn with `wgpu`"]);
        let mut table = package("striate-layers", &[(BURN, None, &[]), ("striate-backend", None, &[])]);
        table["features"] = json!({"cuda": ["striate-backend/cuda", "burn?/cuda"], "wgpu": ["striate-backend/wgpu"]});
        check(&[table], &["feature `cuda`"]);
    }

    #[test]
    fn second_version_of_burn_is_a_violation() {
        let burn = |version: &str| json!({"id": version, "name": BURN, "version": version});
        check(&[burn("0.22.1"), burn("0.21.0")], &["0.21.0, 0.22.1"]);
    }
}
