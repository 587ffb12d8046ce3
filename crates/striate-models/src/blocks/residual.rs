//! A block beside what it takes.

use striate_layers::{Add, Dropout};
use striate_network::{Builder, Node};

/// What a block gives plus what it takes; in training the block is left out of a picture with probability `drop`
/// (stochastic depth, Huang et al. 2016, <https://arxiv.org/abs/1603.09382>). The names are those of the drop and the sum.
pub(crate) fn residual(net: &mut Builder, [drop_name, name]: [String; 2], drop: f64, x: Node, input: Node) -> Node {
    let x = match drop > 0.0 {
        true => net.add(drop_name, Dropout::new(drop).noise_shape([None, Some(1), Some(1), Some(1)]), x),
        false => x,
    };
    net.add(name, Add::new(), [x, input])
}
