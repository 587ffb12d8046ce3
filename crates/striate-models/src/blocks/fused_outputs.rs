//! Side outputs and one fused of them.

use striate_layers::{Concatenate, Conv2d};
use striate_network::{Builder, Node};

/// The node `fused`, which `fuse`, a 1x1 convolution, makes of all side outputs together (the node `together`), and then
/// these: what a network gives that is trained by deep supervision, as HED.
pub(crate) fn fused_outputs(
    net: &mut Builder,
    [together, fused]: [&str; 2],
    fuse: Conv2d,
    sides: Vec<Node>,
) -> Vec<Node> {
    let all = net.add(together, Concatenate::new(), sides.as_slice());
    let fused = net.add(fused, fuse, all);
    [fused].into_iter().chain(sides).collect()
}
