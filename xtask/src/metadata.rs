//! What `cargo metadata` says of the workspace, as far as the chores need it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::arrows::BURN;
use crate::cargo;

/// The workspace's own packages, and the versions of burn in the whole graph.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) target: PathBuf,
    pub(crate) members: Vec<Package>,
    pub(crate) burn_versions: BTreeSet<String>,
}

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The absolute folder, and the same below the workspace's folder with `/` between its parts.
    pub(crate) folder: PathBuf,
    pub(crate) place: String,
    pub(crate) published: bool,
    pub(crate) library: bool,
    pub(crate) dependencies: Vec<Dependency>,
    /// What each cargo feature turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

/// One line of a package's dependency tables.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// The name by which the package's own features call it.
    pub(crate) alias: String,
    pub(crate) kind: Kind,
    pub(crate) features: Vec<String>,
}

/// The table that a dependency stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn load() -> Result<Self> {
        let text = cargo::output(&mut cargo::at_root(&["metadata", "--format-version", "1"]))?;
        Self::parse(&serde_json::from_str(&text).context("cargo metadata printed something other than JSON")?)
    }

    /// Reads the JSON of `cargo metadata --format-version 1`.
    pub(crate) fn parse(json: &Value) -> Result<Self> {
        let root = Path::new(text(json, "workspace_root")?);
        let members = list(json, "workspace_members");
        let packages = list(json, "packages");
        Ok(Self {
            target: text(json, "target_directory")?.into(),
            members: packages
                .iter()
                .filter(|package| members.contains(&package["id"]))
                .map(|package| Package::parse(package, root))
                .collect::<Result<_>>()?,
            burn_versions: packages
                .iter()
                .filter(|package| package["name"] == BURN)
                .map(|package| Ok(text(package, "version")?.to_owned()))
                .collect::<Result<_>>()?,
        })
    }
}

impl Package {
    fn parse(json: &Value, root: &Path) -> Result<Self> {
        let manifest = Path::new(text(json, "manifest_path")?);
        let folder = manifest.parent().unwrap_or(manifest);
        let place = folder.strip_prefix(root).unwrap_or(folder);
        Ok(Self {
            name: text(json, "name")?.into(),
            folder: folder.into(),
            place: place.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
            // `publish` is null where any registry will do, and an empty list where none will.
            published: json["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
            library: list(json, "targets").iter().any(|target| list(target, "kind").iter().any(|kind| kind == "lib")),
            dependencies: list(json, "dependencies").iter().map(Dependency::parse).collect::<Result<_>>()?,
            features: json["features"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, enabled)| (name.clone(), strings(enabled)))
                .collect(),
        })
    }
}

impl Dependency {
    fn parse(json: &Value) -> Result<Self> {
        let name = text(json, "name")?;
        Ok(Self {
            name: name.into(),
            alias: json["rename"].as_str().unwrap_or(name).into(),
            kind: match json["kind"].as_str() {
                Some("dev") => Kind::Dev,
                Some("build") => Kind::Build,
                _ => Kind::Normal,
            },
            features: strings(&json["features"]),
        })
    }
}

fn text<'a>(json: &'a Value, key: &str) -> Result<&'a str> {
    json[key].as_str().with_context(|| format!("cargo metadata has no text under `{key}`"))
}

fn list<'a>(json: &'a Value, key: &str) -> &'a [Value] {
    json[key].as_array().map_or(&[], Vec::as_slice)
}

fn strings(json: &Value) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
