//! How weights differ from a network's parameters.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use striate_core::nearest::nearest;

use crate::state::Slot;

/// How weights differ from a network's parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WeightDifference {
    /// Parameters that have no weights.
    pub missing: Vec<String>,
    /// Weights that are no parameter's.
    pub unexpected: Vec<String>,
    /// Name, the parameter's shape and the weights'.
    pub misshaped: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// Parameters of real numbers whose weights are whole, or the other way round.
    pub mistyped: Vec<String>,
    /// For a missing parameter the unexpected weights that may be its own: of its shape, and most like it by name.
    pub nearest: BTreeMap<String, String>,
}

/// The most names that are compared for one that is missing.
const MAX_CANDIDATES: usize = 1_000;

impl WeightDifference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshaped.is_empty() && self.mistyped.is_empty()
    }

    /// How what is given differs from what is wanted.
    pub(crate) fn between(wanted: &[Slot], given: impl IntoIterator<Item = Slot>) -> Self {
        let mut given: BTreeMap<String, Slot> = given.into_iter().map(|slot| (slot.name.clone(), slot)).collect();
        let mut difference = Self::default();
        let mut missing = Vec::new();
        for want in wanted {
            match given.remove(&want.name) {
                None => missing.push(want),
                Some(got) if got.shape != want.shape => {
                    difference.misshaped.push((want.name.clone(), want.shape.clone(), got.shape));
                }
                Some(got) if got.kind != want.kind => difference.mistyped.push(want.name.clone()),
                Some(_) => {}
            }
        }
        let mut by_shape: HashMap<&[usize], Vec<&str>> = HashMap::new();
        for slot in given.values() {
            by_shape.entry(&slot.shape).or_default().push(&slot.name);
        }
        for want in &missing {
            let candidates = by_shape.get(want.shape.as_slice()).into_iter().flatten().copied();
            if let Some(near) = nearest(&want.name, candidates.take(MAX_CANDIDATES)) {
                difference.nearest.insert(want.name.clone(), near.into());
            }
        }
        difference.missing = missing.into_iter().map(|want| want.name.clone()).collect();
        difference.unexpected = given.into_keys().collect();
        difference
    }
}

impl fmt::Display for WeightDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing.iter().map(|name| match self.nearest.get(name) {
            Some(near) => format!("{name} (is it {near}?)"),
            None => name.clone(),
        });
        let shapes = self.misshaped.iter().map(|(name, want, got)| format!("{name} is {got:?}, not {want:?}"));
        let parts = [
            ("missing ", first(missing)),
            ("unexpected ", first(self.unexpected.iter().cloned())),
            ("of wrong shape: ", first(shapes)),
            ("of wrong type: ", first(self.mistyped.iter().cloned())),
        ];
        let there = parts.into_iter().filter(|(_, names)| !names.is_empty());
        f.write_str(&there.map(|(what, names)| what.to_owned() + &names).collect::<Vec<_>>().join("; "))
    }
}

/// The first few of a list, and how many more there are.
fn first(names: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 8;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
