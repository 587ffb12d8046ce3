//! Layers, losses and initializers against the numbers of Keras and PyTorch.

mod conv;
mod core;
mod initializers;
mod layers;
mod losses;
mod merge;
mod norm;
mod pool;
mod recurrent;
mod reshape;

use striate_testkit::{Case, Group};

#[test]
fn golden_folder_has_cases() {
    let groups = ["layers", "losses", "initializers"];
    let cases = groups.iter().filter_map(|name| Group::read(env!("CARGO_MANIFEST_DIR"), name));
    assert!(cases.map(|group| group.cases().len()).sum::<usize>() > 0, "no group of {groups:?} has a case");
}

/// Reads a value of a case's config.
#[track_caller]
fn read<T: serde::de::DeserializeOwned>(case: &Case, key: &str) -> T {
    find(case, key).unwrap_or_else(|| panic!("{}: no {key}", case.id))
}

/// As [`read`], if the config has it and it isn't null.
#[track_caller]
fn find<T: serde::de::DeserializeOwned>(case: &Case, key: &str) -> Option<T> {
    let value = case.config.get(key).filter(|value| !value.is_null())?;
    Some(serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{}: {key}: {error}", case.id)))
}
