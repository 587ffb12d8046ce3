//! Lines of text.

use std::path::Path;

use striate_core::ClassNames;

use super::{ClassNumbers, FormatError};
use crate::DataError;
use crate::fingerprint::Fingerprint;
use crate::read::read;

/// How a file of lines is written.
#[derive(Debug, Clone)]
pub struct TextLinesConfig {
    /// What stands between a line's label and its text, a tab by default; none if lines are text alone.
    pub separator: Option<char>,
    /// Whether the label comes first (the default), before the first separator, or else after the last.
    pub label_first: bool,
    /// The classes, if they are known; otherwise they are those in the file, by number if all are whole numbers and else
    /// in byte order.
    pub class_names: Option<ClassNames>,
    /// The most bytes of the file, 1 GiB by default.
    pub max_file_bytes: u64,
}

impl Default for TextLinesConfig {
    fn default() -> Self {
        Self { separator: Some('\t'), label_first: true, class_names: None, max_file_bytes: 1 << 30 }
    }
}

/// Texts, one a line, with labels or without. Empty lines are passed over, and `\r` before a line's end belongs to it.
#[derive(Debug, Clone)]
pub struct TextLines {
    texts: Vec<String>,
    /// As many as texts, or none.
    labels: Vec<usize>,
    class_names: ClassNames,
}

impl TextLines {
    /// Reads a file of UTF-8 text.
    ///
    /// # Errors
    /// [`DataError::Read`] or [`DataError::FileTooLarge`] for the file, and [`DataError::Format`], with the line, for text
    /// that isn't UTF-8, a line without separator or label, and a label that isn't one of the known classes.
    pub fn open(path: &Path, config: &TextLinesConfig) -> Result<Self, DataError> {
        let text = super::text(path, read(path, config.max_file_bytes)?)?;
        let mut texts = Vec::new();
        let mut labels = Vec::new();
        for (line, content) in (1..).zip(text.lines()).filter(|(_, content)| !content.trim().is_empty()) {
            let Some(separator) = config.separator else {
                texts.push(content.to_owned());
                continue;
            };
            let parts = match config.label_first {
                true => content.split_once(separator),
                false => content.rsplit_once(separator).map(|(text, label)| (label, text)),
            };
            let (label, text) = parts
                .map(|(label, text)| (label.trim(), text))
                .filter(|(label, _)| !label.is_empty())
                .ok_or_else(|| FormatError::NoLabelBefore { separator }.at_line(path, line))?;
            texts.push(text.to_owned());
            labels.push((line, label));
        }
        if texts.is_empty() {
            return Err(FormatError::NoRow.at(path));
        }
        let found = || labels.iter().map(|&(_, label)| label).collect();
        let class_names = config.class_names.clone().unwrap_or_else(|| super::sorted_names(found()));
        let numbers = ClassNumbers::new(&class_names);
        let number = |&(line, name): &(u64, &str)| numbers.number(name).map_err(|error| error.at_line(path, line));
        let labels = labels.iter().map(number).collect::<Result<_, _>>()?;
        Ok(Self { texts, labels, class_names })
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// A text and its label; none if there is no such text.
    pub fn get(&self, index: usize) -> Option<(&str, Option<usize>)> {
        Some((self.texts.get(index)?, self.labels.get(index).copied()))
    }

    /// All texts with their labels, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The names of the classes; a label is an index of them.
    pub fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    /// A SHA-256 in hexadecimal digits over all texts, labels and class names.
    pub fn fingerprint(&self) -> String {
        let start = Fingerprint::of("text lines").classes(&self.class_names).number(self.len());
        self.iter().fold(start, |hash, (text, label)| hash.bytes(text.as_bytes()).label(label)).finish()
    }
}
