//! What is written.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use image::imageops::{FilterType, resize};
use image::{ExtendedColorType, RgbImage};
use serde::Serialize;
use striate_core::file::write_atomically;
use striate_explain::Report;

use crate::Error;
use crate::png::write_png;

/// A small picture with every px as a square, as large as it gets with its longer side within so many px.
pub(super) fn enlarged(picture: &RgbImage, most: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let zoom = (most / width.max(height)).max(1);
    resize(picture, width * zoom, height * zoom, FilterType::Nearest)
}

/// A picture that was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExplainFigure {
    /// The method, or `confusion`, `mistakes`, `embedding-pca`, `embedding-tsne` for some data.
    pub method: String,
    /// The layer that it shows, if it is of one.
    pub layer: Option<String>,
    /// The file.
    pub file: PathBuf,
    /// What it shows, in words.
    pub caption: String,
    /// Numbers that belong to it, by name.
    pub numbers: BTreeMap<String, f64>,
}

/// The folder with the pictures, and the report.
pub(super) struct Output {
    folder: PathBuf,
    pub(super) report: Report,
    figures: Vec<ExplainFigure>,
}

impl Output {
    pub(super) fn new(folder: &Path, report: Report) -> Result<Self, Error> {
        let created = std::fs::create_dir_all(folder);
        created.map_err(|source| Error::File { action: "create", path: folder.into(), source })?;
        Ok(Self { folder: folder.into(), report, figures: Vec::new() })
    }

    /// Writes a picture as PNG and puts it into the report. `what` is the file's name without extension.
    pub(super) fn figure(
        &mut self,
        what: &str,
        layer: Option<&str>,
        caption: String,
        picture: &RgbImage,
        numbers: &[(&str, f64)],
    ) -> Result<(), Error> {
        let file = self.folder.join(format!("{what}.png"));
        let size = [picture.height(), picture.width()].map(|side| side as usize);
        write_png(&file, picture, size, ExtendedColorType::Rgb8)?;
        self.report.figure(&caption, picture);
        let numbers = numbers.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let layer = layer.map(str::to_owned);
        self.figures.push(ExplainFigure { method: what.into(), layer, file, caption, numbers });
        Ok(())
    }

    /// Writes the report.
    pub(super) fn finish(self) -> Result<(Vec<ExplainFigure>, PathBuf), Error> {
        let path = self.folder.join("report.html");
        let html = self.report.to_html();
        let written = write_atomically(&path, |out| out.write_all(html.as_bytes()));
        written.map_err(|source| Error::File { action: "write", path: path.clone(), source })?;
        Ok((self.figures, path))
    }
}
