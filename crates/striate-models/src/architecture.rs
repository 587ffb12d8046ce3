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
    /// MnasNet-B1.
    MnasNet1_0 = crate::mnasnet::MNASNET1_0,
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
    /// LeNet-5 as published in 1998: trainable subsampling, table of connections, distances.
    LeNet5Of1998 = crate::lenet5_1998::LENET5_1998,
    /// Five convolutions for pictures of 115x51 px.
    Cnn115x51 = crate::cnn_115x51::CNN_115X51,
    /// Three blocks of convolutions for CIFAR-10.
    Cifar10Cnn = crate::cifar10_cnn::CIFAR10_CNN,
    /// Two blocks of convolutions for CIFAR-10.
    Cifar10CnnTwoBlocks = crate::cifar10_cnn::CIFAR10_CNN_TWO_BLOCKS,
    /// Five convolutions for Fashion-MNIST.
    FashionMnistCnn = crate::fashion_mnist_cnn::FASHION_MNIST_CNN,
    /// ResNet-34 of residual units, padded as Keras does.
    LectureResNet34 = crate::lecture_resnet34::LECTURE_RESNET34,
    /// A small Xception.
    MiniXception = crate::mini_xception::MINI_XCEPTION,
    /// A small Xception for two classes, with one logit.
    MiniXceptionBinary = crate::mini_xception::MINI_XCEPTION_BINARY,
    /// U-Net: a class for each px.
    UNet = crate::unet::UNET,
    /// Xception with Keras's names.
    KerasXception = crate::keras_xception::KERAS_XCEPTION,
    /// ResNet-50 with Keras's names.
    KerasResNet50 = crate::keras_resnet::KERAS_RESNET50,
    /// ResNet-101 with Keras's names.
    KerasResNet101 = crate::keras_resnet::KERAS_RESNET101,
    /// ResNet-152 with Keras's names.
    KerasResNet152 = crate::keras_resnet::KERAS_RESNET152,
    /// EfficientNet B0 with Keras's names.
    KerasEfficientNetB0 = crate::keras_efficientnet::KERAS_EFFICIENTNETB0,
    /// EfficientNet B1 with Keras's names.
    KerasEfficientNetB1 = crate::keras_efficientnet::KERAS_EFFICIENTNETB1,
    /// EfficientNet B2 with Keras's names.
    KerasEfficientNetB2 = crate::keras_efficientnet::KERAS_EFFICIENTNETB2,
    /// EfficientNet B3 with Keras's names.
    KerasEfficientNetB3 = crate::keras_efficientnet::KERAS_EFFICIENTNETB3,
    /// EfficientNet B4 with Keras's names.
    KerasEfficientNetB4 = crate::keras_efficientnet::KERAS_EFFICIENTNETB4,
    /// EfficientNet B5 with Keras's names.
    KerasEfficientNetB5 = crate::keras_efficientnet::KERAS_EFFICIENTNETB5,
    /// EfficientNet B6 with Keras's names.
    KerasEfficientNetB6 = crate::keras_efficientnet::KERAS_EFFICIENTNETB6,
    /// EfficientNet B7 with Keras's names.
    KerasEfficientNetB7 = crate::keras_efficientnet::KERAS_EFFICIENTNETB7,
    /// EfficientNet-Lite 0.
    EfficientNetLite0 = crate::efficientnet_lite::EFFICIENTNET_LITE0,
    /// EfficientNet-Lite 1.
    EfficientNetLite1 = crate::efficientnet_lite::EFFICIENTNET_LITE1,
    /// EfficientNet-Lite 2.
    EfficientNetLite2 = crate::efficientnet_lite::EFFICIENTNET_LITE2,
    /// EfficientNet-Lite 3.
    EfficientNetLite3 = crate::efficientnet_lite::EFFICIENTNET_LITE3,
    /// EfficientNet-Lite 4.
    EfficientNetLite4 = crate::efficientnet_lite::EFFICIENTNET_LITE4,
    /// YOLO v1: boxes and classes in the cells of a grid.
    YoloV1 = crate::yolo_v1::YOLO_V1,
    /// FCN-32s: a class for each px, from a classifier's last maps.
    Fcn32s = crate::fcn::FCN32S,
    /// FCN-16s: a class for each px, from maps of two sizes.
    Fcn16s = crate::fcn::FCN16S,
    /// FCN-8s: a class for each px, from maps of three sizes.
    Fcn8s = crate::fcn::FCN8S,
    /// MobileNet v2 with Keras's names.
    KerasMobileNetV2 = crate::keras_mobilenet_v2::KERAS_MOBILENETV2,
    /// MobileNet v3, small, with Keras's names.
    KerasMobileNetV3Small = crate::keras_mobilenet_v3::KERAS_MOBILENETV3SMALL,
    /// MobileNet v3, large, with Keras's names.
    KerasMobileNetV3Large = crate::keras_mobilenet_v3::KERAS_MOBILENETV3LARGE,
    /// DenseNet-121 with Keras's names.
    KerasDenseNet121 = crate::keras_densenet::KERAS_DENSENET121,
    /// DenseNet-169 with Keras's names.
    KerasDenseNet169 = crate::keras_densenet::KERAS_DENSENET169,
    /// DenseNet-201 with Keras's names.
    KerasDenseNet201 = crate::keras_densenet::KERAS_DENSENET201,
    /// Inception v3 with Keras's names.
    KerasInceptionV3 = crate::keras_inception_v3::KERAS_INCEPTIONV3,
    /// A convolutional autoencoder.
    Autoencoder = crate::autoencoder::AUTOENCODER,
    /// A network that learns Canny's edges.
    CannyEdges = crate::canny_edges::CANNY_EDGES,
    /// HED: edges from every stage of VGG-16, and fused.
    Hed = crate::hed::HED,
    /// A small YOLO v1 for small pictures.
    YoloV1Small = crate::yolo_v1_small::YOLO_V1_SMALL,
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
