//! Inception v3 (Szegedy et al. 2016, <https://arxiv.org/abs/1512.00567>, table 1) with Keras's names.
//!
//! As Keras has it: no auxiliary head, batch norm without gamma. Pictures of any size of at least 75 px.

use striate_layers::{Activation, AvgPool2d, BatchNorm, Concatenate, Conv2d, Dense, GlobalAvgPool, MaxPool2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{AutoNames, KerasOrder};
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;
use crate::inception_v3::INCEPTION_V3;

pub(crate) const KERAS_INCEPTIONV3: Entry = Entry {
    name: "keras_inceptionv3",
    style: NameStyle::Keras,
    preprocessing: || imagenet::tf([299, 299]),
    build: keras_inception_v3,
    ..INCEPTION_V3
};

/// A convolution's filters, height and width.
type Conv = [usize; 3];

fn keras_inception_v3(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let mut blocks = Blocks { names: AutoNames::default(), mixed: 0 };
    let mut x = blocks.stem(net, images);
    // Figure 5: 35 x 35 px.
    for pooled in [32, 64, 64] {
        let branches: [&[Conv]; 3] = [&[[64, 1, 1]], &[[48, 1, 1], [64, 5, 5]], &[[64, 1, 1], [96, 3, 3], [96, 3, 3]]];
        x = blocks.mixed(net, &branches, pooled, x);
    }
    x = blocks.shrinking(net, &[&[[384, 3, 3]], &[[64, 1, 1], [96, 3, 3], [96, 3, 3]]], x);
    // Figure 6: 17 x 17 px.
    for width in [128, 160, 160, 192] {
        let [w, last] = [width, 192];
        let branches: [&[Conv]; 3] = [
            &[[last, 1, 1]],
            &[[w, 1, 1], [w, 1, 7], [last, 7, 1]],
            &[[w, 1, 1], [w, 7, 1], [w, 1, 7], [w, 7, 1], [last, 1, 7]],
        ];
        x = blocks.mixed(net, &branches, 192, x);
    }
    x = blocks.shrinking(net, &[&[[192, 1, 1], [320, 3, 3]], &[[192, 1, 1], [192, 1, 7], [192, 7, 1], [192, 3, 3]]], x);
    // Figure 7: 8 x 8 px.
    for _ in 0..2 {
        x = blocks.widened(net, x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avg_pool", GlobalAvgPool::new(), x);
    vec![net.add("predictions", Dense::new(config.classes), x)]
}

struct Blocks {
    names: AutoNames,
    mixed: usize,
}

impl Blocks {
    fn stem(&mut self, net: &mut Builder, images: Node) -> Node {
        let mut block = KerasOrder::default();
        let pool = || MaxPool2d::new(3).stride(2);
        let x = self.unit(&mut block, Conv2d::new(32, 3).stride(2), 0);
        let x = self.unit(&mut block, Conv2d::new(32, 3), x);
        let x = self.unit(&mut block, Conv2d::new(64, 3).same(), x);
        let x = block.add(self.names.next("max_pooling2d"), pool(), &[x]);
        let x = self.unit(&mut block, Conv2d::new(80, 1), x);
        let x = self.unit(&mut block, Conv2d::new(192, 3), x);
        block.add(self.names.next("max_pooling2d"), pool(), &[x]);
        block.finish(net, images)
    }

    /// Branches of convolutions, and one of an average pool and a convolution.
    fn mixed(&mut self, net: &mut Builder, branches: &[&[Conv]], pooled: usize, x: Node) -> Node {
        let mut block = KerasOrder::default();
        let mut ends: Vec<_> = branches.iter().map(|branch| self.branch(&mut block, branch, 0)).collect();
        ends.push(self.pooled(&mut block, pooled));
        self.join(net, block, &ends, x)
    }

    /// Branches whose last convolution has stride 2, and one of a pool.
    fn shrinking(&mut self, net: &mut Builder, branches: &[&[Conv]], x: Node) -> Node {
        let mut block = KerasOrder::default();
        let mut ends = Vec::new();
        for branch in branches {
            let [before @ .., [filters, height, width]] = branch else { continue };
            let end = self.branch(&mut block, before, 0);
            ends.push(self.unit(&mut block, Conv2d::new(*filters, [*height, *width]).stride(2), end));
        }
        ends.push(block.add(self.names.next("max_pooling2d"), MaxPool2d::new(3).stride(2), &[0]));
        self.join(net, block, &ends, x)
    }

    /// Branches that end in two convolutions side by side.
    fn widened(&mut self, net: &mut Builder, x: Node) -> Node {
        let name = format!("mixed9_{}", self.mixed - 9);
        let mut block = KerasOrder::default();
        let narrow = self.branch(&mut block, &[[320, 1, 1]], 0);
        let middle = self.split(&mut block, name, &[[384, 1, 1]]);
        let name = self.names.next("concatenate");
        let deep = self.split(&mut block, name, &[[448, 1, 1], [384, 3, 3]]);
        let pooled = self.pooled(&mut block, 192);
        self.join(net, block, &[narrow, middle, deep, pooled], x)
    }

    fn split(&mut self, block: &mut KerasOrder, name: String, before: &[Conv]) -> usize {
        let x = self.branch(block, before, 0);
        let halves = [[384, 1, 3], [384, 3, 1]].map(|conv| self.branch(block, &[conv], x));
        block.add(name, Concatenate::new(), &halves)
    }

    fn pooled(&mut self, block: &mut KerasOrder, filters: usize) -> usize {
        let pool = block.add(self.names.next("average_pooling2d"), AvgPool2d::new(3).stride(1).same(), &[0]);
        self.branch(block, &[[filters, 1, 1]], pool)
    }

    fn branch(&mut self, block: &mut KerasOrder, convs: &[Conv], x: usize) -> usize {
        convs
            .iter()
            .fold(x, |x, &[filters, height, width]| self.unit(block, Conv2d::new(filters, [height, width]).same(), x))
    }

    /// A convolution, batch norm and ReLU.
    fn unit(&mut self, block: &mut KerasOrder, conv: Conv2d, x: usize) -> usize {
        let x = block.add(self.names.next("conv2d"), conv.no_bias(), &[x]);
        let norm = BatchNorm { gamma: None, ..BatchNorm::new() };
        let x = block.add(self.names.next("batch_normalization"), norm, &[x]);
        block.add(self.names.next("activation"), Activation::Relu, &[x])
    }

    fn join(&mut self, net: &mut Builder, mut block: KerasOrder, ends: &[usize], x: Node) -> Node {
        block.add(format!("mixed{}", self.mixed), Concatenate::new(), ends);
        self.mixed += 1;
        block.finish(net, x)
    }
}
