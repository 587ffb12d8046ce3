//! Times one workload and prints a line of JSON; `workload --list` names them.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use striate::backend::device;
use striate_benches::model::write;
use striate_benches::workload::{ids, measure};

#[derive(Parser)]
struct Words {
    /// The workload, as train/lenet5/b64.
    id: Option<String>,
    /// Lists the workloads.
    #[arg(long)]
    list: bool,
    /// Measured steps.
    #[arg(long)]
    iters: Option<usize>,
    /// Where to run.
    #[arg(long, default_value = "flex")]
    backend: String,
    /// Makes batch norms and activations again in the backward pass of `train/…`.
    #[arg(long)]
    activation_checkpointing: bool,
    /// Only writes the file that a workload model/NETWORK/load reads.
    #[arg(long)]
    write: Option<PathBuf>,
}

fn main() -> Result<()> {
    let words = Words::parse();
    let Some(id) = words.id.filter(|_| !words.list) else {
        ids().iter().for_each(|id| println!("{id}"));
        return Ok(());
    };
    let device = device(&words.backend).context("there is no such device")?;
    if let Some(path) = words.write {
        return write(&id, &path, &device);
    }
    let device = match words.activation_checkpointing {
        true => device.autodiff().gradient_checkpointing(),
        false => device,
    };
    println!("{}", serde_json::to_string(&measure(&id, words.iters, &device)?)?);
    Ok(())
}
