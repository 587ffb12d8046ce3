//! What layers cost before anything runs: connections, parameters, multiplications, memory.

use striate::core::text::thousands;
use striate::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Costs { connections, parameters, multiplications, bytes } = run()?;
    println!("100x100 px, 1000 dense neurons: {} connections", thousands(connections));
    println!("150x100 px RGB, 200 filters of 5x5:");
    println!("  {} parameters, {} multiplications", thousands(parameters), thousands(multiplications));
    println!("  {} bytes a picture, {} for a batch of 100", thousands(bytes), thousands(100 * bytes));
    Ok(())
}

pub(crate) struct Costs {
    pub(crate) connections: u64,
    pub(crate) parameters: u64,
    pub(crate) multiplications: u64,
    /// Of what comes out, in f32.
    pub(crate) bytes: u64,
}

pub(crate) fn run() -> Result<Costs, Box<dyn std::error::Error>> {
    let mut net = NetworkSpec::builder("dense");
    let photo = net.input("photo", [1, 100, 100]);
    let x = net.add("flatten", Flatten::new(), photo);
    let x = net.add("dense", Dense::new(1000), x);
    let dense = net.output(x).build()?;
    let connections = dense.node_cost(dense.number("dense")?).multiplications;

    let mut net = NetworkSpec::builder("filters");
    let photo = net.input("photo", [3, 150, 100]);
    let x = net.add("conv", Conv2d::new(200, 5).same(), photo);
    let filters = net.output(x).build()?;
    let conv = filters.node_cost(filters.number("conv")?);
    let (parameters, multiplications) = (conv.parameters, conv.multiplications);
    Ok(Costs { connections, parameters, multiplications, bytes: 4 * conv.activations })
}
