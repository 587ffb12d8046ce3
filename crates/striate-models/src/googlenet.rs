//! GoogLeNet (Szegedy et al. 2015, <https://arxiv.org/abs/1409.4842>), table 1.
//!
//! With torchvision's names and first values. As torchvision, and unlike the paper: batch norm after each convolution,
//! 3x3 convolutions where the paper has 5x5, no local response normalization, pools that reach over the end, a last
//! dropout of 0.2 instead of 0.4.
//! Out come the logits, then those of the auxiliary heads over modules 4a and 4d, whose loss the paper weighs by 0.3; the
//! spec's `until(&["fc"])` leaves these heads out.
//! Pictures of any size of at least 15 px.

use striate_layers::{
    Activation, AdaptiveAvgPool2d, Concatenate, Conv2d, Dense, Dropout, Flatten, GlobalAvgPool, Initializer, MaxPool2d,
    Preset,
};
use striate_network::{Builder, Node};

use crate::blocks::basic_conv;
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

pub(crate) const GOOGLENET: Entry = Entry {
    preprocessing: || imagenet::inception(256, 224),
    ..imagenet::torchvision("googlenet", 2014, "Szegedy et al., Going deeper with convolutions", googlenet)
};

/// A module's filters, the columns of table 1: 1x1; before 3x3, 3x3; before 5x5, 5x5; after the pool.
struct Module(&'static str, [usize; 6]);

const MODULES_3: [Module; 2] = [Module("3a", [64, 96, 128, 16, 32, 32]), Module("3b", [128, 128, 192, 32, 96, 64])];
const MODULES_4: [Module; 5] = [
    Module("4a", [192, 96, 208, 16, 48, 64]),
    Module("4b", [160, 112, 224, 24, 64, 64]),
    Module("4c", [128, 128, 256, 24, 64, 64]),
    Module("4d", [112, 144, 288, 32, 64, 64]),
    Module("4e", [256, 160, 320, 32, 128, 128]),
];
const MODULES_5: [Module; 2] =
    [Module("5a", [256, 160, 320, 32, 128, 128]), Module("5b", [384, 192, 384, 48, 128, 128])];

fn googlenet(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let x = basic_conv(net, "conv1", conv(64, 7).stride(2).padding(3), images);
    let x = net.add("maxpool1", pool(3), x);
    let x = basic_conv(net, "conv2", conv(64, 1), x);
    let x = basic_conv(net, "conv3", conv(192, 3).padding(1), x);
    let mut x = net.add("maxpool2", pool(3), x);
    for module in MODULES_3 {
        x = inception(net, &module, x);
    }
    x = net.add("maxpool3", pool(3), x);
    let maps4 = MODULES_4.map(|module| {
        x = inception(net, &module, x);
        x
    });
    x = net.add("maxpool4", pool(2), x);
    for module in MODULES_5 {
        x = inception(net, &module, x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let [maps4a, _, _, maps4d, _] = maps4;
    let aux1 = auxiliary(net, "aux1", config.classes, maps4a);
    let aux2 = auxiliary(net, "aux2", config.classes, maps4d);
    let x = net.add("avgpool", GlobalAvgPool::new(), x);
    let x = net.add("dropout", Dropout::new(0.2), x);
    vec![net.add("fc", dense(config.classes), x), aux1, aux2]
}

/// The paper's figure 2b.
fn inception(net: &mut Builder, Module(name, filters): &Module, x: Node) -> Node {
    let name = format!("inception{name}");
    let [one, before_three, three, before_five, five, after_pool] = *filters;
    let branch1 = basic_conv(net, &format!("{name}.branch1"), conv(one, 1), x);
    let branch2 = basic_conv(net, &format!("{name}.branch2.0"), conv(before_three, 1), x);
    let branch2 = basic_conv(net, &format!("{name}.branch2.1"), conv(three, 3).padding(1), branch2);
    let branch3 = basic_conv(net, &format!("{name}.branch3.0"), conv(before_five, 1), x);
    let branch3 = basic_conv(net, &format!("{name}.branch3.1"), conv(five, 3).padding(1), branch3);
    let branch4 = net.add(format!("{name}.branch4.0"), MaxPool2d::new(3).stride(1).padding(1).ceil_mode(), x);
    let branch4 = basic_conv(net, &format!("{name}.branch4.1"), conv(after_pool, 1), branch4);
    net.add(name, Concatenate::new(), [branch1, branch2, branch3, branch4])
}

fn auxiliary(net: &mut Builder, name: &str, classes: usize, x: Node) -> Node {
    let x = net.add(format!("{name}.avgpool"), AdaptiveAvgPool2d::new(4), x);
    let x = basic_conv(net, &format!("{name}.conv"), conv(128, 1), x);
    let x = net.add(format!("{name}.flatten"), Flatten::new(), x);
    let x = net.add(format!("{name}.fc1"), dense(1024).activation(Activation::Relu), x);
    let x = net.add(format!("{name}.dropout"), Dropout::new(0.7), x);
    net.add(format!("{name}.fc2"), dense(classes), x)
}

fn pool(size: usize) -> MaxPool2d {
    MaxPool2d::new(size).stride(2).ceil_mode()
}

/// torchvision cuts at two, which is two hundred standard deviations.
const KERNEL: Initializer = Initializer::Normal { mean: 0.0, std: 0.01 };

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    Conv2d::new(filters, kernel_size).kernel_initializer(KERNEL)
}

fn dense(units: usize) -> Dense {
    Dense::new(units).preset(Preset::Torch).kernel_initializer(KERNEL)
}
