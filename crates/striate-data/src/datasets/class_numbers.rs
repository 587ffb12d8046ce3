//! Classes by name.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use striate_core::ClassNames;
use striate_core::nearest::nearest;

use super::FormatError;
use crate::DataError;
use crate::read::read;

/// The numbers of classes by their names; of classes with one name the first.
pub(super) struct ClassNumbers<'a> {
    names: &'a ClassNames,
    numbers: HashMap<&'a str, usize>,
}

impl<'a> ClassNumbers<'a> {
    pub(super) fn new(names: &'a ClassNames) -> Self {
        let mut numbers = HashMap::with_capacity(names.len());
        for (number, name) in names.iter().enumerate() {
            numbers.entry(name).or_insert(number);
        }
        Self { names, numbers }
    }

    /// The number of a class, or that there is none of this name and which is most like it.
    pub(super) fn number(&self, name: &str) -> Result<usize, FormatError> {
        self.numbers.get(name).copied().ok_or_else(|| {
            let name = short(name);
            let nearest = nearest(&name, self.names.iter()).map(str::to_owned);
            FormatError::UnknownClass { name, num_classes: self.names.len(), nearest }
        })
    }
}

/// Names in order: by number if all are whole numbers, and else in byte order.
pub(super) fn sorted_names(names: BTreeSet<&str>) -> ClassNames {
    let mut names = names.into_iter().collect::<Vec<_>>();
    if let Ok(numbers) = names.iter().map(|name| name.parse::<i64>()).collect::<Result<Vec<_>, _>>() {
        let mut numbered = numbers.into_iter().zip(names).collect::<Vec<_>>();
        numbered.sort();
        names = numbered.into_iter().map(|(_, name)| name).collect();
    }
    ClassNames::new(names)
}

/// The names in a file of UTF-8 text, one a line, without empty lines.
pub(super) fn names_file(path: &Path) -> Result<ClassNames, DataError> {
    let text = text(path, read(path, 1 << 20)?)?;
    Ok(ClassNames::new(text.lines().map(str::trim).filter(|name| !name.is_empty())))
}

/// A file's content as text, without a byte order mark.
pub(super) fn text(path: &Path, bytes: Vec<u8>) -> Result<String, DataError> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64;
            Err(FormatError::NotUnicode.at_line(path, line))
        }
    }
}

/// The beginning of a text, for a message.
pub(super) fn short(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
