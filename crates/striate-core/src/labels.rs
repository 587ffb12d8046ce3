//! Class names.

use serde::{Deserialize, Serialize};

/// The names of a classifier's classes, in the order of its outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassNames(Vec<String>);

impl ClassNames {
    /// Takes the names in the order of the classes.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// Names `count` classes by their numbers: `"0"`, `"1"`, ….
    pub fn numbered(count: usize) -> Self {
        Self::new((0..count).map(|class| class.to_string()))
    }

    /// The number of classes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of a class, if there is that class.
    pub fn get(&self, class: usize) -> Option<&str> {
        self.0.get(class).map(String::as_str)
    }

    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}
