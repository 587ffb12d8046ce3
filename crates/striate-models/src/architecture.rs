//! The list of networks.

use std::fmt;
use std::str::FromStr;

use striate_core::nearest::suggestion;
use striate_core::{ClassNames, Preprocessing};
use striate_network::{NameStyle, NetworkSpec};

use crate::config::{ModelConfig, ModelError};
use crate::entry::Entry;

macro_rules! architectures {
    ($($(#[$doc:meta])* $variant:ident = $entry:path,)*) => {
        /// A network, by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Architecture {
            $($(#[$doc])* $variant,)*
        }

        impl Architecture {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub(crate) fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &$entry,)*
                }
            }
        }
    };
}

architectures! {
    /// AlexNet in one tower, as torchvision has it.
    AlexNet = crate::alexnet::ALEXNET,
    /// DenseNet with 121 layers.
    DenseNet121 = crate::densenet::DENSENET121,
    /// DenseNet with 161 layers.
    DenseNet161 = crate::densenet::DENSENET161,
    /// DenseNet with 169 layers.
    DenseNet169 = crate::densenet::DENSENET169,
    /// DenseNet with 201 layers.
    DenseNet201 = crate::densenet::DENSENET201,
    /// EfficientNet B0.
    EfficientNetB0 = crate::efficientnet::EFFICIENTNET_B0,
    /// EfficientNet B1.
    EfficientNetB1 = crate::efficientnet::EFFICIENTNET_B1,
    /// EfficientNet B2.
    EfficientNetB2 = crate::efficientnet::EFFICIENTNET_B2,
    /// EfficientNet B3.
    EfficientNetB3 = crate::efficientnet::EFFICIENTNET_B3,
    /// EfficientNet B4.
    EfficientNetB4 = crate::efficientnet::EFFICIENTNET_B4,
    /// EfficientNet B5.
    EfficientNetB5 = crate::efficientnet::EFFICIENTNET_B5,
    /// EfficientNet B6.
    EfficientNetB6 = crate::efficientnet::EFFICIENTNET_B6,
    /// EfficientNet B7.
    EfficientNetB7 = crate::efficientnet::EFFICIENTNET_B7,
    /// FCN over a ResNet with 50 layers: a class for each px.
    FcnResNet50 = crate::fcn_resnet::FCN_RESNET50,
    /// FCN over a ResNet with 101 layers: a class for each px.
    FcnResNet101 = crate::fcn_resnet::FCN_RESNET101,
    /// GoogLeNet: nine inception modules, two auxiliary heads.
    GoogLeNet = crate::googlenet::GOOGLENET,
    /// Inception v3 with its auxiliary head.
    InceptionV3 = crate::inception_v3::INCEPTION_V3,
    /// Xception with timm's names.
    LegacyXception = crate::legacy_xception::LEGACY_XCEPTION,
    /// LeNet-5 as it is used today.
    LeNet5 = crate::lenet5::LENET5,
    /// MobileNet v2.
    MobileNetV2 = crate::mobilenet_v2::MOBILENET_V2,
    /// The larger MobileNet v3.
    MobileNetV3Large = crate::mobilenet_v3::MOBILENET_V3_LARGE,
    /// The smaller MobileNet v3.
    MobileNetV3Small = crate::mobilenet_v3::MOBILENET_V3_SMALL,
    /// ResNet with 18 layers.
    ResNet18 = crate::resnet::RESNET18,
    /// ResNet with 34 layers.
    ResNet34 = crate::resnet::RESNET34,
    /// ResNet with 50 layers.
    ResNet50 = crate::resnet::RESNET50,
    /// ResNet with 101 layers.
    ResNet101 = crate::resnet::RESNET101,
    /// ResNet with 152 layers.
    ResNet152 = crate::resnet::RESNET152,
    /// ResNeXt with 50 layers, 32 groups 4 wide.
    ResNext50x32x4d = crate::resnet::RESNEXT50_32X4D,
    /// ResNeXt with 101 layers, 32 groups 8 wide.
    ResNext101x32x8d = crate::resnet::RESNEXT101_32X8D,
    /// ResNeXt with 101 layers, 64 groups 4 wide.
    ResNext101x64x4d = crate::resnet::RESNEXT101_64X4D,
    /// SqueezeNet 1.0.
    SqueezeNet1_0 = crate::squeezenet::SQUEEZENET1_0,
    /// SqueezeNet 1.1.
    SqueezeNet1_1 = crate::squeezenet::SQUEEZENET1_1,
    /// VGG with 11 layers that have weights.
    Vgg11 = crate::vgg::VGG11,
    /// VGG with 11 layers and batch norm.
    Vgg11Bn = crate::vgg::VGG11_BN,
    /// VGG with 13 layers.
    Vgg13 = crate::vgg::VGG13,
    /// VGG with 13 layers and batch norm.
    Vgg13Bn = crate::vgg::VGG13_BN,
    /// VGG with 16 layers.
    Vgg16 = crate::vgg::VGG16,
    /// VGG with 16 layers and batch norm.
    Vgg16Bn = crate::vgg::VGG16_BN,
    /// VGG with 19 layers.
    Vgg19 = crate::vgg::VGG19,
    /// VGG with 19 layers and batch norm.
    Vgg19Bn = crate::vgg::VGG19_BN,
    /// VGG-16 with Keras's names.
    KerasVgg16 = crate::vgg::KERAS_VGG16,
    /// VGG-19 with Keras's names.
    KerasVgg19 = crate::vgg::KERAS_VGG19,
    /// ResNet with 50 layers, twice as wide within its units.
    WideResNet50x2 = crate::resnet::WIDE_RESNET50_2,
    /// ResNet with 101 layers, twice as wide within its units.
    WideResNet101x2 = crate::resnet::WIDE_RESNET101_2,
}

impl Architecture {
    /// Its name in commands and recipes.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The year of its publication.
    pub fn year(self) -> u16 {
        self.entry().year
    }

    /// The paper that describes it.
    pub fn paper(self) -> &'static str {
        self.entry().paper
    }

    /// The classes of the data that the paper is about.
    pub fn default_classes(self) -> usize {
        self.entry().classes
    }

    /// The pictures of the paper: channels, height and width in px.
    pub fn input(self) -> [usize; 3] {
        self.entry().input
    }

    /// Whose names its weights have.
    pub fn style(self) -> NameStyle {
        self.entry().style
    }

    /// Its config, with the paper's input and classes.
    pub fn config(self) -> ModelConfig {
        ModelConfig::new(self)
    }

    /// The network for this many classes, with the paper's input.
    ///
    /// # Errors
    /// If there is no network with that many classes.
    pub fn spec(self, classes: usize) -> Result<NetworkSpec, ModelError> {
        self.config().classes(classes).spec()
    }

    /// How pictures become its input, as its published weights expect.
    pub fn preprocessing(self) -> Preprocessing {
        (self.entry().preprocessing)()
    }

    /// The names of the classes that its published weights know, if there are some.
    pub fn class_names(self) -> Option<ClassNames> {
        self.entry().class_names.map(|names| names())
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No network has this name.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown model {name:?}; {}", suggestion(name, &Architecture::ALL.iter().map(|known| known.name()).collect::<Vec<_>>()))]
pub struct UnknownArchitecture {
    /// The name that was given.
    pub name: String,
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(name: &str) -> Result<Self, UnknownArchitecture> {
        let found = Self::ALL.iter().find(|architecture| architecture.name() == name);
        found.copied().ok_or_else(|| UnknownArchitecture { name: name.into() })
    }
}
