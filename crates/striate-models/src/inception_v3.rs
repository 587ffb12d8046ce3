//! Inception v3 (Szegedy et al. 2016, <https://arxiv.org/abs/1512.00567>), table 1.
//!
//! With torchvision's names and first values. Out come the logits, then those of the auxiliary head over the last 17x17
//! maps; the spec's `until(&["fc"])` leaves it out. Pictures of any size of at least 75 px. Those of less than 299 px have
//! smaller maps, which get zeros around them before the auxiliary head (torchvision's, which runs in training only, doesn't
//! take them); where the size is left open (`any_size`), pictures have to be as large as that.

use striate_layers::{
    AvgPool2d, Concatenate, Conv2d, Dense, Dropout, GlobalAvgPool, Initializer, MaxPool2d, Preset, ZeroPadding2d,
};
use striate_network::{Builder, Node};

use crate::blocks::basic_conv;
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

pub(crate) const INCEPTION_V3: Entry = Entry {
    input: [3, 299, 299],
    preprocessing: || imagenet::inception(342, 299),
    ..imagenet::torchvision(
        "inception_v3",
        2015,
        "Szegedy et al., Rethinking the Inception architecture for computer vision",
        inception,
    )
};

/// A convolution of a branch: the end of its name, filters, kernel.
type Step = (&'static str, usize, [usize; 2]);

fn inception(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let x = basic_conv(net, "Conv2d_1a_3x3", conv(32, [3, 3]).stride(2), images);
    let x = basic_conv(net, "Conv2d_2a_3x3", conv(32, [3, 3]), x);
    let x = basic_conv(net, "Conv2d_2b_3x3", conv(64, [3, 3]).padding(1), x);
    let x = net.add("maxpool1", MaxPool2d::new(3).stride(2), x);
    let x = basic_conv(net, "Conv2d_3b_1x1", conv(80, [1, 1]), x);
    let x = basic_conv(net, "Conv2d_4a_3x3", conv(192, [3, 3]), x);
    let mut x = net.add("maxpool2", MaxPool2d::new(3).stride(2), x);
    for (name, pooled) in [("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)] {
        x = module_5(net, name, pooled, x);
    }
    x = module_6a(net, "Mixed_6a", x);
    for (name, inner) in [("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)] {
        x = module_6(net, name, inner, x);
    }
    let auxiliary = (config.classes > 0).then(|| auxiliary(net, config, x));
    x = module_7a(net, "Mixed_7a", x);
    for name in ["Mixed_7b", "Mixed_7c"] {
        x = module_7(net, name, x);
    }
    let Some(auxiliary) = auxiliary else { return vec![x] };
    let x = net.add("avgpool", GlobalAvgPool::new(), x);
    let x = net.add("dropout", Dropout::new(0.5), x);
    vec![net.add("fc", dense(config.classes, 0.1), x), auxiliary]
}

/// The paper's figure 5.
fn module_5(net: &mut Builder, name: &str, pooled: usize, x: Node) -> Node {
    let one = branch(net, name, &[("branch1x1", 64, [1, 1])], x);
    let five = branch(net, name, &[("branch5x5_1", 48, [1, 1]), ("branch5x5_2", 64, [5, 5])], x);
    let steps = [("branch3x3dbl_1", 64, [1, 1]), ("branch3x3dbl_2", 96, [3, 3]), ("branch3x3dbl_3", 96, [3, 3])];
    let double = branch(net, name, &steps, x);
    let pool = pool_branch(net, name, pooled, x);
    net.add(name, Concatenate::new(), [one, five, double, pool])
}

/// The paper's figure 10, before the modules with kernels of 7 px.
fn module_6a(net: &mut Builder, name: &str, x: Node) -> Node {
    let three = halving(net, &format!("{name}.branch3x3"), 384, x);
    let double = branch(net, name, &[("branch3x3dbl_1", 64, [1, 1]), ("branch3x3dbl_2", 96, [3, 3])], x);
    let double = halving(net, &format!("{name}.branch3x3dbl_3"), 96, double);
    let pool = net.add(format!("{name}.pool"), MaxPool2d::new(3).stride(2), x);
    net.add(name, Concatenate::new(), [three, double, pool])
}

/// The paper's figure 6.
fn module_6(net: &mut Builder, name: &str, inner: usize, x: Node) -> Node {
    let one = branch(net, name, &[("branch1x1", 192, [1, 1])], x);
    let steps = [("branch7x7_1", inner, [1, 1]), ("branch7x7_2", inner, [1, 7]), ("branch7x7_3", 192, [7, 1])];
    let seven = branch(net, name, &steps, x);
    let steps = [
        ("branch7x7dbl_1", inner, [1, 1]),
        ("branch7x7dbl_2", inner, [7, 1]),
        ("branch7x7dbl_3", inner, [1, 7]),
        ("branch7x7dbl_4", inner, [7, 1]),
        ("branch7x7dbl_5", 192, [1, 7]),
    ];
    let double = branch(net, name, &steps, x);
    let pool = pool_branch(net, name, 192, x);
    net.add(name, Concatenate::new(), [one, seven, double, pool])
}

/// The paper's figure 10, before the widest modules.
fn module_7a(net: &mut Builder, name: &str, x: Node) -> Node {
    let three = branch(net, name, &[("branch3x3_1", 192, [1, 1])], x);
    let three = halving(net, &format!("{name}.branch3x3_2"), 320, three);
    let steps = [("branch7x7x3_1", 192, [1, 1]), ("branch7x7x3_2", 192, [1, 7]), ("branch7x7x3_3", 192, [7, 1])];
    let seven = branch(net, name, &steps, x);
    let seven = halving(net, &format!("{name}.branch7x7x3_4"), 192, seven);
    let pool = net.add(format!("{name}.pool"), MaxPool2d::new(3).stride(2), x);
    net.add(name, Concatenate::new(), [three, seven, pool])
}

/// The paper's figure 7.
fn module_7(net: &mut Builder, name: &str, x: Node) -> Node {
    let one = branch(net, name, &[("branch1x1", 320, [1, 1])], x);
    let three = branch(net, name, &[("branch3x3_1", 384, [1, 1])], x);
    let three_a = branch(net, name, &[("branch3x3_2a", 384, [1, 3])], three);
    let three_b = branch(net, name, &[("branch3x3_2b", 384, [3, 1])], three);
    let double = branch(net, name, &[("branch3x3dbl_1", 448, [1, 1]), ("branch3x3dbl_2", 384, [3, 3])], x);
    let double_a = branch(net, name, &[("branch3x3dbl_3a", 384, [1, 3])], double);
    let double_b = branch(net, name, &[("branch3x3dbl_3b", 384, [3, 1])], double);
    let pool = pool_branch(net, name, 192, x);
    net.add(name, Concatenate::new(), [one, three_a, three_b, double_a, double_b, pool])
}

/// Convolutions one after another that keep the picture's size.
fn branch(net: &mut Builder, module: &str, steps: &[Step], x: Node) -> Node {
    steps.iter().fold(x, |x, &(name, filters, kernel_size)| {
        let conv = conv(filters, kernel_size).padding(kernel_size.map(|side| side / 2));
        basic_conv(net, &format!("{module}.{name}"), conv, x)
    })
}

/// A mean over 3x3 px, zeros around the picture among them, then a 1x1 convolution.
fn pool_branch(net: &mut Builder, module: &str, filters: usize, x: Node) -> Node {
    let pool = AvgPool2d::new(3).stride(1).padding(1).preset(Preset::Torch);
    let x = net.add(format!("{module}.pool"), pool, x);
    branch(net, module, &[("branch_pool", filters, [1, 1])], x)
}

fn halving(net: &mut Builder, name: &str, filters: usize, x: Node) -> Node {
    basic_conv(net, name, conv(filters, [3, 3]).stride(2), x)
}

fn auxiliary(net: &mut Builder, config: &ModelConfig, maps: Node) -> Node {
    let missing = config.size.map(|side| 17_usize.saturating_sub(side.map_or(17, side_of_maps)));
    let mut x = maps;
    if missing != [0, 0] {
        x = net.add("AuxLogits.pad", ZeroPadding2d::new(missing.map(|px| [px / 2, px - px / 2])), x);
    }
    let x = net.add("AuxLogits.pool", AvgPool2d::new(5).stride(3), x);
    let x = basic_conv(net, "AuxLogits.conv0", conv(128, [1, 1]), x);
    let last = Conv2d::new(768, 5).kernel_initializer(kernel(0.01));
    let x = basic_conv(net, "AuxLogits.conv1", last, x);
    let x = net.add("AuxLogits.avgpool", GlobalAvgPool::new(), x);
    net.add("AuxLogits.fc", dense(config.classes, 0.001), x)
}

/// The side of the maps before the auxiliary head, for a picture's.
fn side_of_maps(side: usize) -> usize {
    let halved = |side: usize| (side.saturating_sub(3)) / 2 + 1;
    let side = halved(halved(side).saturating_sub(2));
    halved(halved(side.saturating_sub(2)))
}

/// torchvision cuts at two, which is twenty standard deviations at least.
fn kernel(std: f32) -> Initializer {
    Initializer::Normal { mean: 0.0, std }
}

fn conv(filters: usize, kernel_size: [usize; 2]) -> Conv2d {
    Conv2d::new(filters, kernel_size).kernel_initializer(kernel(0.1))
}

fn dense(units: usize, std: f32) -> Dense {
    Dense::new(units).preset(Preset::Torch).kernel_initializer(kernel(std))
}
