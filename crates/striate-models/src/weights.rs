//! Weights that others publish for the networks of the list.

use striate_core::nearest::suggestion;
use striate_core::{ClassNames, Fit, Interpolation, PixelMode, Preprocessing};

use crate::{Architecture, UnknownArchitecture};

/// Weights for a network, where they are, and what goes with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedWeights {
    /// Name of the network whose weights these are.
    pub architecture: &'static str,
    /// Which of the network's weights, such as `v2`.
    pub version: &'static str,
    /// Who publishes them.
    pub source: &'static str,
    /// The publisher's licence as SPDX names it; the data they were learned from may have terms of its own.
    pub licence: &'static str,
    folder: &'static str,
    file: &'static str,
    resize: usize,
    crop: usize,
    interpolation: Interpolation,
    mode: PixelMode,
}

/// No weights have this name.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("no weights are known as {name:?}; {}", suggestion(name, &known()))]
pub struct UnknownWeights {
    /// The name that was given.
    pub name: String,
}

/// All of them; of a network's the publisher's choice comes first. From torchvision 0.29, `torchvision.models`.
pub const PUBLISHED: &[PublishedWeights] = &[
    torchvision("alexnet", "v1", "alexnet-owt-7be5be79", 256, 224),
    torchvision("densenet121", "v1", "densenet121-a639ec97", 256, 224),
    torchvision("densenet161", "v1", "densenet161-8d451a50", 256, 224),
    torchvision("densenet169", "v1", "densenet169-b2777c0a", 256, 224),
    torchvision("densenet201", "v1", "densenet201-c1103571", 256, 224),
    bicubic("efficientnet_b0", "v1", "efficientnet_b0_rwightman-7f5810bc", 256, 224),
    torchvision("efficientnet_b1", "v2", "efficientnet_b1-c27df63c", 255, 240),
    bicubic("efficientnet_b1", "v1", "efficientnet_b1_rwightman-bac287d4", 256, 240),
    bicubic("efficientnet_b2", "v1", "efficientnet_b2_rwightman-c35c1473", 288, 288),
    bicubic("efficientnet_b3", "v1", "efficientnet_b3_rwightman-b3899882", 320, 300),
    bicubic("efficientnet_b4", "v1", "efficientnet_b4_rwightman-23ab8bcd", 384, 380),
    bicubic("efficientnet_b5", "v1", "efficientnet_b5_lukemelas-1a07897c", 456, 456),
    bicubic("efficientnet_b6", "v1", "efficientnet_b6_lukemelas-24a108a5", 528, 528),
    bicubic("efficientnet_b7", "v1", "efficientnet_b7_lukemelas-c5b4e57e", 600, 600),
    inception("googlenet", "v1", "googlenet-1378be20", 256, 224),
    inception("inception_v3", "v1", "inception_v3_google-0cc3c7bd", 342, 299),
    torchvision("mnasnet1_0", "v1", "mnasnet1.0_top1_73.512-f206786ef8", 256, 224),
    torchvision("mobilenet_v2", "v2", "mobilenet_v2-7ebf99e0", 232, 224),
    torchvision("mobilenet_v2", "v1", "mobilenet_v2-b0353104", 256, 224),
    torchvision("mobilenet_v3_large", "v2", "mobilenet_v3_large-5c1a4163", 232, 224),
    torchvision("mobilenet_v3_large", "v1", "mobilenet_v3_large-8738ca79", 256, 224),
    torchvision("mobilenet_v3_small", "v1", "mobilenet_v3_small-047dcff4", 256, 224),
    torchvision("resnet101", "v2", "resnet101-cd907fc2", 232, 224),
    torchvision("resnet101", "v1", "resnet101-63fe2227", 256, 224),
    torchvision("resnet152", "v2", "resnet152-f82ba261", 232, 224),
    torchvision("resnet152", "v1", "resnet152-394f9c45", 256, 224),
    torchvision("resnet18", "v1", "resnet18-f37072fd", 256, 224),
    torchvision("resnet34", "v1", "resnet34-b627a593", 256, 224),
    torchvision("resnet50", "v2", "resnet50-11ad3fa6", 232, 224),
    torchvision("resnet50", "v1", "resnet50-0676ba61", 256, 224),
    torchvision("resnext101_32x8d", "v2", "resnext101_32x8d-110c445d", 232, 224),
    torchvision("resnext101_32x8d", "v1", "resnext101_32x8d-8ba56ff5", 256, 224),
    torchvision("resnext101_64x4d", "v1", "resnext101_64x4d-173b62eb", 232, 224),
    torchvision("resnext50_32x4d", "v2", "resnext50_32x4d-1a0047aa", 232, 224),
    torchvision("resnext50_32x4d", "v1", "resnext50_32x4d-7cdf4587", 256, 224),
    torchvision("squeezenet1_0", "v1", "squeezenet1_0-b66bff10", 256, 224),
    torchvision("squeezenet1_1", "v1", "squeezenet1_1-b8a52dc0", 256, 224),
    torchvision("vgg11", "v1", "vgg11-8a719046", 256, 224),
    torchvision("vgg11_bn", "v1", "vgg11_bn-6002323d", 256, 224),
    torchvision("vgg13", "v1", "vgg13-19584684", 256, 224),
    torchvision("vgg13_bn", "v1", "vgg13_bn-abd245e5", 256, 224),
    torchvision("vgg16", "v1", "vgg16-397923af", 256, 224),
    torchvision("vgg16_bn", "v1", "vgg16_bn-6c64b313", 256, 224),
    torchvision("vgg19", "v1", "vgg19-dcbb9e9d", 256, 224),
    torchvision("vgg19_bn", "v1", "vgg19_bn-c79401a0", 256, 224),
    torchvision("wide_resnet101_2", "v2", "wide_resnet101_2-d733dc28", 232, 224),
    torchvision("wide_resnet101_2", "v1", "wide_resnet101_2-32ee1156", 256, 224),
    torchvision("wide_resnet50_2", "v2", "wide_resnet50_2-9ba9bcbe", 232, 224),
    torchvision("wide_resnet50_2", "v1", "wide_resnet50_2-95faca4d", 256, 224),
];

const fn torchvision(
    architecture: &'static str,
    version: &'static str,
    file: &'static str,
    resize: usize,
    crop: usize,
) -> PublishedWeights {
    PublishedWeights {
        architecture,
        version,
        source: "torchvision",
        licence: "BSD-3-Clause",
        folder: "https://download.pytorch.org/models/",
        file,
        resize,
        crop,
        interpolation: Interpolation::Bilinear,
        mode: PixelMode::Torch,
    }
}

/// Learned on pictures that were resized with cubic interpolation.
const fn bicubic(
    architecture: &'static str,
    version: &'static str,
    file: &'static str,
    resize: usize,
    crop: usize,
) -> PublishedWeights {
    let base = torchvision(architecture, version, file, resize, crop);
    PublishedWeights { interpolation: Interpolation::Bicubic, ..base }
}

/// Learned on values in `[-1, 1]`, which torchvision makes within the network (`transform_input`).
const fn inception(
    architecture: &'static str,
    version: &'static str,
    file: &'static str,
    resize: usize,
    crop: usize,
) -> PublishedWeights {
    PublishedWeights { mode: PixelMode::Tf, ..torchvision(architecture, version, file, resize, crop) }
}

impl PublishedWeights {
    /// Finds weights by their network's name, alone or with a version: `resnet50`, `resnet50:v1`.
    ///
    /// # Errors
    /// If there are none.
    pub fn find(name: &str) -> Result<&'static Self, UnknownWeights> {
        let (architecture, version) =
            name.split_once(':').map_or((name, None), |(architecture, version)| (architecture, Some(version)));
        let fits = |weights: &&Self| {
            weights.architecture == architecture && version.is_none_or(|version| weights.version == version)
        };
        PUBLISHED.iter().find(fits).ok_or_else(|| UnknownWeights { name: name.into() })
    }

    /// The name in commands, such as `resnet50:v2`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.architecture, self.version)
    }

    /// The network.
    ///
    /// # Errors
    /// If the list lacks it.
    pub fn architecture(&self) -> Result<Architecture, UnknownArchitecture> {
        self.architecture.parse()
    }

    /// Where they are: a file that `torch.save` wrote.
    pub fn url(&self) -> String {
        format!("{}{}.pth", self.folder, self.file)
    }

    /// What the SHA-256 of the file begins with, in hexadecimal; PyTorch puts it at the end of the file's name.
    pub fn sha256(&self) -> &'static str {
        self.file.rsplit_once('-').map_or("", |(_, sum)| sum)
    }

    /// How pictures become the network's input.
    pub fn preprocessing(&self) -> Preprocessing {
        Preprocessing {
            fit: Fit::Cover,
            crop: Some([self.crop; 2]),
            interpolation: self.interpolation,
            ..Preprocessing::rgb([self.resize; 2]).mode(self.mode)
        }
    }

    /// The classes that they know.
    pub fn class_names(&self) -> ClassNames {
        ClassNames::imagenet()
    }
}

fn known() -> Vec<&'static str> {
    let mut names: Vec<_> = PUBLISHED.iter().map(|weights| weights.architecture).collect();
    names.dedup();
    names
}
