//! What comes out of a convolution: sizes for a picture of 48x48 px, and through a network for five classes.

use striate::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for ((name, ..), side) in CASES.into_iter().zip(run()?) {
        println!("{name}: {side}x{side}");
    }
    println!("{}", for_five_classes()?.summary());
    Ok(())
}

/// Kernel size, stride, and whether the picture is padded.
const CASES: [(&str, usize, usize, bool); 4] = [
    ("3x3, padded", 3, 1, true),
    ("3x3, padded, stride 2", 3, 2, true),
    ("5x5, not padded", 5, 1, false),
    ("7x7, not padded, stride 3", 7, 3, false),
];

pub(crate) fn run() -> Result<Vec<usize>, Box<dyn std::error::Error>> {
    let mut net = NetworkSpec::builder("sizes");
    let picture = net.input("picture", [3, 48, 48]);
    for (name, size, stride, padded) in CASES {
        let conv = Conv2d::new(8, size).stride(stride);
        let x = net.add(name, if padded { conv.same() } else { conv }, picture);
        net.output(x);
    }
    let outputs = net.build()?.output_signatures();
    Ok(outputs.iter().filter_map(|output| output.shape.sides()[1]).collect())
}

/// Pictures of 115x51 px, five classes: 16,198,277 parameters.
pub(crate) fn for_five_classes() -> Result<NetworkSpec, Box<dyn std::error::Error>> {
    Ok(Architecture::Cnn115x51.spec(5)?)
}
