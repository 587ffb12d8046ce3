//! Pascal VOC's annotations.

use std::path::Path;

use roxmltree::{Document, Node, ParsingOptions};

use super::FormatError;
use crate::read::read;
use crate::{BoxFlags, DataError};

const MAX_FILE_BYTES: u64 = 64 << 20;

/// What an annotation says.
#[derive(Debug, Clone)]
pub(super) struct Annotation {
    /// The picture's rows and columns, if it says them.
    pub(super) size: Option<[usize; 2]>,
    pub(super) objects: Vec<Object>,
}

#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) name: String,
    /// Where it begins in the file, from 1.
    pub(super) line: u64,
    /// Left, upper, right and lower edge, in px.
    pub(super) edges: [f32; 4],
    pub(super) flags: BoxFlags,
}

/// Reads an annotation.
pub(super) fn annotation(path: &Path, one_based: bool) -> Result<Annotation, DataError> {
    let text = super::text(path, read(path, MAX_FILE_BYTES)?)?;
    let options = ParsingOptions { nodes_limit: 1_000_000, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options).map_err(|source| {
        let line = source.pos().row.into();
        FormatError::Xml { source }.at_line(path, line)
    })?;
    let file = File { document: &document, path };
    let root = document.root_element();
    if root.tag_name().name() != "annotation" {
        return Err(file.at(root, FormatError::NoElement { element: "annotation" }));
    }
    let size = match child(root, "size") {
        Some(size) => {
            let [height, width] = [file.number(size, "height")?, file.number(size, "width")?];
            let side = |side: f64| (0.0..=f64::from(u32::MAX)).contains(&side) && side.fract() == 0.0;
            if !(side(height) && side(width)) {
                let text = format!("{height}x{width}");
                return Err(file.at(size, FormatError::Element { element: "size", text }));
            }
            // Some annotations have zeros for what nobody measured.
            (height > 0.0 && width > 0.0).then_some([height as usize, width as usize])
        }
        None => None,
    };
    let mut objects = Vec::new();
    let (mut line, mut from) = (1, 0);
    for node in root.children().filter(|node| node.has_tag_name("object")) {
        let to = node.range().start;
        line += text[from..to].bytes().filter(|&byte| byte == b'\n').count() as u64;
        from = to;
        objects.push(Object { line, ..object(file, node, one_based)? });
    }
    Ok(Annotation { size, objects })
}

/// What an element says, but for its line.
fn object(file: File<'_>, node: Node<'_, '_>, one_based: bool) -> Result<Object, DataError> {
    let name = file.text(node, "name")?.to_owned();
    if name.is_empty() {
        return Err(file.at(node, FormatError::Element { element: "name", text: name }));
    }
    let Some(bounds) = child(node, "bndbox") else {
        return Err(file.at(node, FormatError::NoElement { element: "bndbox" }));
    };
    let [left, top] = [file.number(bounds, "xmin")?, file.number(bounds, "ymin")?];
    let [right, bottom] = [file.number(bounds, "xmax")?, file.number(bounds, "ymax")?];
    let first = if one_based { 1.0 } else { 0.0 };
    let edges = [left - first, top - first, right, bottom].map(|edge| edge as f32);
    if !(edges[0] < edges[2] && edges[1] < edges[3] && edges.iter().all(|edge| edge.is_finite())) {
        return Err(file.at(bounds, FormatError::Box { numbers: [left, top, right, bottom] }));
    }
    let flags = BoxFlags {
        difficult: file.flag(node, "difficult")?,
        truncated: file.flag(node, "truncated")?,
        occluded: file.flag(node, "occluded")?,
        crowd: false,
    };
    Ok(Object { name, line: 0, edges, flags })
}

#[derive(Clone, Copy)]
struct File<'a> {
    document: &'a Document<'a>,
    path: &'a Path,
}

impl File<'_> {
    fn at(self, node: Node<'_, '_>, error: FormatError) -> DataError {
        error.at_line(self.path, self.document.text_pos_at(node.range().start).row.into())
    }

    fn text<'a>(self, node: Node<'a, '_>, element: &'static str) -> Result<&'a str, DataError> {
        match child(node, element) {
            Some(child) => Ok(child.text().unwrap_or_default().trim()),
            None => Err(self.at(node, FormatError::NoElement { element })),
        }
    }

    fn number(self, node: Node<'_, '_>, element: &'static str) -> Result<f64, DataError> {
        let text = self.text(node, element)?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.at(node, FormatError::Element { element, text: super::short(text) })),
        }
    }

    /// Whether an element says yes; one that isn't there, or has nothing in it, does not.
    fn flag(self, node: Node<'_, '_>, element: &'static str) -> Result<bool, DataError> {
        let Some(child) = child(node, element) else { return Ok(false) };
        match child.text().unwrap_or_default().trim() {
            "1" | "true" => Ok(true),
            "" | "0" | "false" | "Unspecified" => Ok(false),
            text => Err(self.at(child, FormatError::Element { element, text: super::short(text) })),
        }
    }
}

fn child<'a, 'b>(node: Node<'a, 'b>, element: &str) -> Option<Node<'a, 'b>> {
    node.children().find(|child| child.has_tag_name(element))
}
