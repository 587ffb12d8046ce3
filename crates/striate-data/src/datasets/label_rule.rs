//! Labels from files' paths.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use regex::Regex;

use crate::DataError;

/// How a file's path says its class.
///
/// Paths are looked at from the data set's folder on, and names without their ending.
///
/// ```
/// use std::path::Path;
///
/// use striate_data::LabelRule;
///
/// // What is in the folder `normal` is normal; of other files the part of the name after `_` says what they show.
/// let rule = LabelRule::part('_', 1).except_in("normal");
/// assert_eq!(rule.label(Path::new("normal/007_b.png")).as_deref(), Some("normal"));
/// assert_eq!(rule.label(Path::new("scans/007_benign.png")).as_deref(), Some("benign"));
/// assert_eq!(rule.label(Path::new("scans/007.png")), None);
/// ```
#[derive(Clone)]
pub struct LabelRule {
    rule: Rule,
    folders: Vec<String>,
}

#[derive(Clone)]
enum Rule {
    Folder,
    Pattern(Regex),
    Part { separator: char, index: isize },
    Own(Arc<OwnRule>),
}

type OwnRule = dyn Fn(&Path) -> Option<String> + Send + Sync;

impl LabelRule {
    /// The name of the folder that the file is in.
    pub fn folder() -> Self {
        Rule::Folder.into()
    }

    /// What the group `label` of a [regular expression](regex) finds in the file's name without its ending, such as
    /// `^(?<label>[a-z]+)\d*`.
    ///
    /// # Errors
    /// [`DataError::Pattern`] if it is no regular expression, and [`DataError::PatternGroup`] if it has no group `label`.
    pub fn pattern(pattern: &str) -> Result<Self, DataError> {
        let failed = |source| DataError::Pattern { pattern: pattern.to_owned(), source };
        let regex = Regex::new(pattern).map_err(failed)?;
        if !regex.capture_names().flatten().any(|name| name == "label") {
            return Err(DataError::PatternGroup { pattern: pattern.to_owned() });
        }
        Ok(Rule::Pattern(regex).into())
    }

    /// A part of the file's name without its ending, which `separator` divides: 0 is the first part, -1 the last.
    pub fn part(separator: char, index: isize) -> Self {
        Rule::Part { separator, index }.into()
    }

    /// Whatever a function makes of the file's path within the data set's folder; none is no label.
    pub fn own(rule: impl Fn(&Path) -> Option<String> + Send + Sync + 'static) -> Self {
        Rule::Own(Arc::new(rule)).into()
    }

    /// The same rule, but files in a folder of this name have the folder's.
    pub fn except_in(mut self, folder: impl Into<String>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// The class of a file; none if the path doesn't say it, or says it with nothing.
    pub fn label(&self, path: &Path) -> Option<String> {
        let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        if let Some(folder) = folder.filter(|folder| self.folders.iter().any(|known| known == folder)) {
            return Some(folder.to_owned());
        }
        let label = match &self.rule {
            Rule::Folder => folder?.to_owned(),
            Rule::Pattern(regex) => regex.captures(stem(path)?)?.name("label")?.as_str().to_owned(),
            &Rule::Part { separator, index } => {
                let mut parts = stem(path)?.split(separator);
                let place = index.unsigned_abs();
                if index < 0 { parts.rev().nth(place - 1)? } else { parts.nth(place)? }.to_owned()
            }
            Rule::Own(rule) => rule(path)?,
        };
        Some(label).filter(|label| !label.is_empty())
    }
}

fn stem(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()
}

impl From<Rule> for LabelRule {
    fn from(rule: Rule) -> Self {
        Self { rule, folders: Vec::new() }
    }
}

impl fmt::Debug for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match &self.rule {
            Rule::Folder => "folder".to_owned(),
            Rule::Pattern(regex) => format!("pattern {regex}"),
            Rule::Part { separator, index } => format!("part {index} between {separator:?}"),
            Rule::Own(_) => "own".to_owned(),
        };
        f.debug_struct("LabelRule").field("rule", &rule).field("folders", &self.folders).finish()
    }
}
