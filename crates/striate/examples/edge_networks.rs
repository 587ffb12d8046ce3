//! Networks for edges and pictures: HED and a network that learns Canny's edges, both with side outputs, and an autoencoder.

use striate::core::text::thousands;
use striate::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (name, parameters, outputs) in run()? {
        println!("{name}: {} parameters, {}", thousands(parameters), outputs.join(", "));
    }
    Ok(())
}

/// A network's name, parameters and outputs.
type Row = (&'static str, u64, Vec<String>);

/// Each network for pictures of 97x130 px.
pub(crate) fn run() -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    [Architecture::Hed, Architecture::CannyEdges, Architecture::Autoencoder]
        .into_iter()
        .map(|architecture| {
            let spec = architecture.config().size([97, 130]).spec()?;
            let outputs = spec.output_signatures().iter().map(ToString::to_string).collect();
            Ok((architecture.name(), spec.summary().parameters, outputs))
        })
        .collect()
}
