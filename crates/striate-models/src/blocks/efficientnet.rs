//! The blocks of the EfficientNets (Tan & Le 2019, <https://arxiv.org/abs/1905.11946>, table 1).

use striate_network::{Builder, Node};

use super::residual;

/// An MBConv block: an inverted residual.
pub(crate) struct MbConv {
    /// Its stage, from 0, and its place therein, from 0.
    pub(crate) stage: usize,
    pub(crate) place: usize,
    pub(crate) kernel_size: usize,
    pub(crate) in_channels: usize,
    pub(crate) expanded: usize,
    pub(crate) out_channels: usize,
    pub(crate) stride: usize,
    /// How often training leaves the block out.
    pub(crate) drop: f64,
}

/// Table 1's stages 2 to 8: kernel size, blocks, channels, expansion, stride.
const STAGES: [[usize; 5]; 7] = [
    [3, 1, 16, 1, 1],
    [3, 2, 24, 6, 2],
    [5, 2, 40, 6, 2],
    [3, 3, 80, 6, 2],
    [5, 3, 112, 6, 1],
    [5, 4, 192, 6, 2],
    [3, 1, 320, 6, 1],
];

/// Rate at which training leaves out what would come after the last block; it grows evenly from 0 at the first.
const DROP_CONNECT: f64 = 0.2;

/// The blocks of a scaled network over maps with this many channels; `repeats` takes a stage and its number of blocks.
pub(crate) fn mb_convs(
    in_channels: usize,
    channels: impl Fn(usize) -> usize,
    repeats: impl Fn(usize, usize) -> usize,
) -> Vec<MbConv> {
    let mut blocks = Vec::new();
    let mut in_channels = in_channels;
    for (stage, [kernel_size, count, out_channels, expansion, stride]) in STAGES.into_iter().enumerate() {
        let out_channels = channels(out_channels);
        for place in 0..repeats(stage, count) {
            let stride = if place == 0 { stride } else { 1 };
            let expanded = in_channels * expansion;
            blocks.push(MbConv { stage, place, kernel_size, in_channels, expanded, out_channels, stride, drop: 0.0 });
            in_channels = out_channels;
        }
    }
    let all = blocks.len() as f64;
    (0..).zip(&mut blocks).for_each(|(number, block)| block.drop = DROP_CONNECT * f64::from(number) / all);
    blocks
}

impl MbConv {
    /// Adds the block's input to what it gives, where both have the same shape; in training by chance only.
    pub(crate) fn residual(&self, net: &mut Builder, names: [String; 2], x: Node, input: Node) -> Node {
        if self.stride != 1 || self.in_channels != self.out_channels {
            return x;
        }
        residual(net, names, self.drop, x, input)
    }
}
