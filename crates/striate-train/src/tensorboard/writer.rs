//! The writer.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::proto::{Message, start, summary, tagged, version};
use super::record::framed;
use crate::TrainError;

/// Writes an event file that TensorBoard reads beside those that are in its folder already.
///
/// ```
/// use striate_train::tensorboard::EventWriter;
///
/// let folder = tempfile::tempdir()?;
/// let mut events = EventWriter::create(folder.path())?;
/// events.scalar("loss/train", 1, 0.7)?;
/// events.scalar("loss/train", 2, 0.5)?;
/// events.flush()?;
/// // A run that goes on from step 2 on: what was noted from there is replaced.
/// let mut events = EventWriter::resume(folder.path(), 2)?;
/// events.scalar("loss/train", 2, 0.4)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

/// The most files that one folder gets in one second.
const MAX_FILES: usize = 10_000;

/// The bounds of a histogram's buckets grow by this.
const GROWTH: f64 = 1.1;

impl EventWriter {
    /// Begins a file, `events.out.tfevents.…`, in a folder, which is made if it isn't there.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn create(folder: &Path) -> Result<Self, TrainError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| TrainError::File { action: "write", path, source }
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let seconds = now() as u64;
        let name = |number: usize| folder.join(format!("events.out.tfevents.{seconds:010}.striate.{number}"));
        let mut number = 0;
        let (path, file) = loop {
            let path = name(number);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && number < MAX_FILES => number += 1,
                opened => break (path.clone(), opened.map_err(failed(&path))?),
            }
        };
        let mut writer = Self { path, file: BufWriter::new(file) };
        writer.write(&version(now()))?;
        writer.flush()?;
        Ok(writer)
    }

    /// Begins another file in a run's folder, whose next step is `step`: TensorBoard forgets what the files before have from
    /// there on.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn resume(folder: &Path, step: u64) -> Result<Self, TrainError> {
        let mut writer = Self::create(folder)?;
        writer.write(&start(now(), number(step)))?;
        writer.flush()?;
        Ok(writer)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes a number, as `f32`.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn scalar(&mut self, tag: &str, step: u64, value: f64) -> Result<(), TrainError> {
        self.summary(step, tagged(tag).float(2, value as f32))
    }

    /// Notes a picture, an RGB, gray or RGBA PNG file of `width` times `height` px.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn image(&mut self, tag: &str, step: u64, png: &[u8], width: u32, height: u32) -> Result<(), TrainError> {
        // The header's byte for the kind of pixels; TensorBoard looks at the file itself.
        let channels = match png.get(25) {
            Some(0) => 1,
            Some(4) => 2,
            Some(6) => 4,
            _ => 3,
        };
        let image = Message::default().int(1, height.into()).int(2, width.into()).int(3, channels).bytes(4, png);
        self.summary(step, tagged(tag).message(4, image))
    }

    /// Notes how numbers are distributed, in buckets whose bounds grow by a tenth. Numbers that aren't finite are left out.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn histogram(&mut self, tag: &str, step: u64, values: &[f32]) -> Result<(), TrainError> {
        self.summary(step, tagged(tag).message(5, histogram(values)))
    }

    /// Makes sure that a reader sees everything so far.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn flush(&mut self) -> Result<(), TrainError> {
        self.file.flush().map_err(|source| self.failed(source))
    }

    fn summary(&mut self, step: u64, value: Message) -> Result<(), TrainError> {
        self.write(&summary(now(), number(step), value))
    }

    fn write(&mut self, event: &[u8]) -> Result<(), TrainError> {
        self.file.write_all(&framed(event)).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> TrainError {
        TrainError::File { action: "write", path: self.path.clone(), source }
    }
}

fn number(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// `HistogramProto`, with the bounds that TensorFlow's own histograms have.
fn histogram(values: &[f32]) -> Message {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).map(f64::from).collect();
    let mut limits = Vec::new();
    let mut limit = 1e-12;
    while limit < 1e20 {
        limits.push(limit);
        limit *= GROWTH;
    }
    let limits: Vec<f64> =
        limits.iter().rev().map(|limit| -limit).chain([0.0]).chain(limits.iter().copied()).chain([f64::MAX]).collect();
    let mut counts = vec![0.0; limits.len()];
    for value in &values {
        counts[limits.partition_point(|limit| limit < value).min(limits.len() - 1)] += 1.0;
    }
    // Buckets without a number are left out, but for one before each with some, which says where that begins.
    let wanted = |at: usize| counts[at] > 0.0 || counts.get(at + 1).is_some_and(|next| *next > 0.0);
    let kept: Vec<usize> = (0..limits.len()).filter(|&at| wanted(at)).collect();
    let of = |numbers: &[f64]| kept.iter().map(|&at| numbers[at]).collect::<Vec<_>>();
    Message::default()
        .double(1, values.iter().copied().reduce(f64::min).unwrap_or(0.0))
        .double(2, values.iter().copied().reduce(f64::max).unwrap_or(0.0))
        .double(3, values.len() as f64)
        .double(4, values.iter().sum())
        .double(5, values.iter().map(|value| value * value).sum())
        .doubles(6, &of(&limits))
        .doubles(7, &of(&counts))
}
