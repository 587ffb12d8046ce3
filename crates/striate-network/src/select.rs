//! Some of a network's layers, by name.

use std::collections::{HashSet, VecDeque};

use striate_core::nearest::suggestion;
use wildmatch::WildMatch;

use crate::NetworkError;
use crate::spec::{NetworkSpec, NodeSpec, needed};

/// Some of a network's layers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nodes {
    /// Those whose name fits: `*` stands for any characters, `?` for one. A name also stands for all below it: `layer1`
    /// for `layer1.0.conv1`.
    Matching(String),
    /// The one with this name and all that it depends on.
    UpTo(String),
}

impl Nodes {
    /// A layer and all that it depends on.
    pub fn up_to(name: impl Into<String>) -> Self {
        Self::UpTo(name.into())
    }
}

impl From<&str> for Nodes {
    fn from(pattern: &str) -> Self {
        Self::Matching(pattern.into())
    }
}

impl From<String> for Nodes {
    fn from(pattern: String) -> Self {
        Self::Matching(pattern)
    }
}

/// Whether a pattern fits a name, or one that it is below.
pub(crate) fn fits(pattern: &WildMatch, name: &str) -> bool {
    let ends = name.match_indices('.').map(|(end, _)| end).chain([name.len()]);
    ends.into_iter().any(|end| pattern.matches(&name[..end]))
}

impl NetworkSpec {
    /// The numbers of the nodes that are meant.
    ///
    /// # Errors
    /// If there are none.
    pub fn select(&self, nodes: &Nodes) -> Result<Vec<usize>, NetworkError> {
        let numbers = 0..self.nodes().len();
        match nodes {
            Nodes::UpTo(name) => {
                let needed = needed(self.nodes(), [self.number(name)?]);
                Ok(numbers.filter(|&number| needed[number]).collect())
            }
            Nodes::Matching(pattern) => {
                let matcher = WildMatch::new(pattern);
                let found: Vec<_> = numbers.filter(|&number| fits(&matcher, self.nodes()[number].name())).collect();
                if found.is_empty() { Err(self.no_match(pattern)) } else { Ok(found) }
            }
        }
    }

    /// The number of the nearest node on the ways back from one, itself first, that is wanted.
    pub fn nearest_before(&self, number: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let mut waiting = VecDeque::from([number]);
        let mut seen = HashSet::from([number]);
        while let Some(number) = waiting.pop_front() {
            if wanted(number) {
                return Some(number);
            }
            waiting.extend(self.nodes()[number].inputs().iter().filter(|&&input| seen.insert(input)));
        }
        None
    }

    pub(crate) fn no_match(&self, pattern: &str) -> NetworkError {
        let names: Vec<_> = self.nodes().iter().map(NodeSpec::name).collect();
        NetworkError::NoMatch {
            network: self.name().into(),
            pattern: pattern.into(),
            known: suggestion(pattern, &names),
        }
    }
}
