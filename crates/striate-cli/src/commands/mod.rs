//! The commands: parse, call one function of `striate`, print.

mod cost;
mod data;
mod devices;
mod draw;
mod evaluate;
#[cfg(feature = "explain")]
mod explain;
mod export;
mod import;
mod inspect;
mod models;
mod predict;
mod runs;
mod similar;
mod summary;
mod train;

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use serde::Serialize;
use striate::backend::Device;
use striate::data::DataError;
use striate::models::PublishedWeights;
use striate::{Error, WeightsSource};

use crate::cli::Command;

pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Train(args) => return train::run(args),
        Command::Evaluate(args) => evaluate::run(args)?,
        Command::Predict(args) => predict::run(args)?,
        #[cfg(feature = "explain")]
        Command::Explain(args) => explain::run(args)?,
        Command::Summary(args) => summary::run(args)?,
        Command::Cost(args) => cost::run(args)?,
        Command::Draw(args) => draw::run(args)?,
        Command::Import(args) => import::run(args)?,
        Command::Export(args) => export::run(args)?,
        Command::Inspect(args) => inspect::run(args)?,
        Command::Data(args) => data::run(args)?,
        Command::Similar(args) => similar::run(args)?,
        Command::Runs(args) => runs::run(args)?,
        Command::Models(args) => models::run(args)?,
        Command::Devices(args) => devices::run(args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What a word stands for; an error is one of striate's, so that the exit code tells whose mistake it is.
fn parsed<T: FromStr<Err = DataError>>(word: &str) -> Result<T, Error> {
    Ok(word.parse()?)
}

/// The model file that stands for a model: itself, or that of published weights. A name goes before a file that is called so.
fn model_file(model: PathBuf, device: &Device) -> Result<PathBuf, Error> {
    match model.to_str().and_then(|name| PublishedWeights::find(name).ok()) {
        Some(published) => WeightsSource::model_file(published, device),
        None => Ok(model),
    }
}

/// Prints a line; unlike `println!` it gives an error where the reader has gone away.
fn print_line(line: impl Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// Says something beside the output, to whoever may read it.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints a value as one line of JSON.
fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print_line(serde_json::to_string(value)?)
}
