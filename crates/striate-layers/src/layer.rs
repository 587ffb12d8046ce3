//! Any layer: its config as data and its module.

use std::fmt::Debug;

use burn::module::Module;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::*;

/// A layer's config: data, with the rules that follow from it.
pub trait LayerSpec: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The module that it initialises.
    type Module: LayerModule;

    /// The name of this kind of layer, in files and errors.
    const KIND: &'static str;

    /// The name of this kind of layer, as a summary shows it.
    fn kind(&self) -> &str {
        Self::KIND
    }

    /// Checks the config by itself.
    ///
    /// # Errors
    /// Names the field, its value and the rule.
    fn validate(&self) -> Result<(), LayerError>;

    /// The shape rule: what comes out, if that goes in.
    ///
    /// # Errors
    /// Says what came and what fits. The config is taken as valid.
    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError>;

    /// The cost rule, for one sample. Sides that aren't known count as 0.
    ///
    /// The inputs are taken as fitting.
    fn cost(&self, inputs: &[Signature]) -> Cost;

    /// The config of each weight by the parameter's name within the module; a part's after the part's name and a dot.
    fn weights(&self) -> Vec<NamedWeight<'_>> {
        Vec::new()
    }

    /// Initialises the module for inputs that fit; weights draw from the scope.
    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> Self::Module;
}

/// A layer's module, over inputs of any rank.
pub trait LayerModule: Module {
    /// Runs the layer.
    ///
    /// # Panics
    /// If the inputs don't fit; the shape rule tells beforehand.
    fn call(&self, inputs: Vec<Value>, context: &mut Context) -> Value;

    /// Runs the layer and what comes after it: the same as one after the other but for rounding, and in one pass where
    /// there is a kernel that does both.
    ///
    /// # Panics
    /// As [`call`](Self::call), and if what is added doesn't fit the output.
    fn call_ended(&self, inputs: Vec<Value>, ending: Ending, context: &mut Context) -> Value {
        ending.after(self.call(inputs, context))
    }
}

/// Implements [`Module`] for a layer without weights, whose module is its config; `const D, R; Layer<D, R>` for one of
/// several ranks.
macro_rules! weightless {
    (const $($size:ident),+; $layer:ty) => {
        $crate::layer::weightless!(@ [$(const $size: usize),+] $layer);
    };
    (@ [$($generics:tt)*] $layer:ty) => {
        impl<$($generics)*> burn::module::Module for $layer {
            burn::empty!(module);
        }

        impl<$($generics)*> burn::module::ModuleDisplayDefault for $layer {
            fn content(&self, content: burn::module::Content) -> Option<burn::module::Content> {
                content.add_formatted(&format!("{self:?}")).optional()
            }
        }

        impl<$($generics)*> burn::module::ModuleDisplay for $layer {}
    };
    ($layer:ty) => {
        $crate::layer::weightless!(@ [] $layer);
    };
}
pub(crate) use weightless;

/// Implements [`Module`] for an enum of modules whose parameters have the names that they have in the module itself
/// (burn's derive puts the variant's name before).
macro_rules! transparent_module {
    ($module:ty: $($variant:ident)*) => {
        impl burn::module::Module for $module {
            fn visit<V: burn::module::ModuleVisitor>(&self, visitor: &mut V) {
                match self {
                    $(Self::$variant(layer) => burn::module::Module::visit(layer, visitor),)*
                }
            }

            fn map<M: burn::module::ModuleMapper>(self, mapper: &mut M) -> Self {
                match self {
                    $(Self::$variant(layer) => Self::$variant(burn::module::Module::map(layer, mapper)),)*
                }
            }

            fn to_device(self, device: &burn::tensor::Device) -> Self {
                match self {
                    $(Self::$variant(layer) => Self::$variant(burn::module::Module::to_device(layer, device)),)*
                }
            }

            fn fork(self, device: &burn::tensor::Device) -> Self {
                match self {
                    $(Self::$variant(layer) => Self::$variant(burn::module::Module::fork(layer, device)),)*
                }
            }

            fn collect_devices(&self, devices: burn::module::Devices) -> burn::module::Devices {
                match self {
                    $(Self::$variant(layer) => burn::module::Module::collect_devices(layer, devices),)*
                }
            }

            fn valid(&self) -> Self {
                match self {
                    $(Self::$variant(layer) => Self::$variant(burn::module::Module::valid(layer)),)*
                }
            }

            fn train(self) -> Self {
                match self {
                    $(Self::$variant(layer) => Self::$variant(burn::module::Module::train(layer)),)*
                }
            }

            fn materialize(self) -> Self {
                match self {
                    $(Self::$variant(layer) => Self::$variant(burn::module::Module::materialize(layer)),)*
                }
            }
        }

        impl burn::module::ModuleDisplayDefault for $module {
            fn content(&self, content: burn::module::Content) -> Option<burn::module::Content> {
                match self {
                    $(Self::$variant(layer) => burn::module::ModuleDisplayDefault::content(layer, content),)*
                }
            }
        }

        impl burn::module::ModuleDisplay for $module {}
    };
}
pub(crate) use transparent_module;

/// The rest of [`LayerSpec`] for a layer without weights, whose module is its config.
macro_rules! own_module {
    () => {
        type Module = Self;

        fn cost(&self, inputs: &[$crate::Signature]) -> $crate::Cost {
            $crate::Cost::of_output(self.output(inputs))
        }

        fn build(
            &self,
            _inputs: &[$crate::Signature],
            _scope: &striate_core::Scope,
            _device: &striate_backend::Device,
        ) -> Self {
            Clone::clone(self)
        }
    };
}
pub(crate) use own_module;

/// The only input of a layer for real numbers.
pub(crate) fn only_float_input<'a>(
    kind: &'static str,
    expected: &str,
    inputs: &'a [Signature],
) -> Result<&'a Signature, LayerError> {
    match inputs {
        [input] if input.kind == Kind::Float => Ok(input),
        _ => Err(LayerError::input(kind, expected, inputs)),
    }
}

macro_rules! layers {
    ($($(#[$doc:meta])* $variant:ident: $config:ty => $module:ty,)*) => {
        /// Any layer's config; in JSON its fields beside `"kind"`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        #[allow(clippy::large_enum_variant)] // A network has few layers; boxes would be in everyone's way.
        #[non_exhaustive]
        pub enum LayerConfig {
            $($(#[$doc])* $variant($config),)*
        }

        impl LayerConfig {
            /// The names of all kinds of layers, as `"kind"` in JSON.
            pub const KINDS: &'static [&'static str] = &[$(<$config as LayerSpec>::KIND,)*];

            /// The name of this kind of layer.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(config) => config.kind(),)*
                }
            }

            /// Checks the config by itself.
            ///
            /// # Errors
            /// Names the field, its value and the rule.
            pub fn validate(&self) -> Result<(), LayerError> {
                match self {
                    $(Self::$variant(config) => LayerSpec::validate(config),)*
                }
            }

            /// The shape rule: what comes out, if that goes in.
            ///
            /// # Errors
            /// Says what came and what fits, or which field of the config is wrong.
            pub fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
                self.validate()?;
                match self {
                    $(Self::$variant(config) => config.output(inputs),)*
                }
            }

            /// The cost rule, for one sample of inputs that fit.
            pub fn cost(&self, inputs: &[Signature]) -> Cost {
                match self {
                    $(Self::$variant(config) => config.cost(inputs),)*
                }
            }

            /// The config of each weight by the parameter's name within the layer.
            pub fn weights(&self) -> Vec<NamedWeight<'_>> {
                match self {
                    $(Self::$variant(config) => config.weights(),)*
                }
            }

            /// Initialises the layer for inputs that fit; weights draw from the scope.
            pub fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> Layer {
                match self {
                    $(Self::$variant(config) => Layer::$variant(config.build(inputs, scope, device)),)*
                }
            }
        }

        $(impl From<$config> for LayerConfig {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        })*

        /// Any layer's module. Its parameters have the names that they have in the layer itself.
        #[derive(Debug, Clone)]
        #[allow(clippy::large_enum_variant)] // As above.
        #[non_exhaustive]
        #[allow(missing_docs)] // One variant for each of `LayerConfig`.
        pub enum Layer {
            $($variant($module),)*
        }

        transparent_module!(Layer: $($variant)*);

        impl LayerModule for Layer {
            fn call(&self, inputs: Vec<Value>, context: &mut Context) -> Value {
                match self {
                    $(Self::$variant(layer) => layer.call(inputs, context),)*
                }
            }

            fn call_ended(&self, inputs: Vec<Value>, ending: Ending, context: &mut Context) -> Value {
                match self {
                    $(Self::$variant(layer) => layer.call_ended(inputs, ending, context),)*
                }
            }
        }
    };
}

impl From<Activation> for LayerConfig {
    fn from(function: Activation) -> Self {
        ActivationLayer { function }.into()
    }
}

layers! {
    // Convolutions.
    /// Convolution over sequences.
    Conv1d: Conv1d => Conv1dLayer,
    /// Convolution over pictures.
    Conv2d: Conv2d => Conv2dLayer,
    /// Convolution over volumes.
    Conv3d: Conv3d => Conv3dLayer,
    /// Separable convolution over sequences.
    SeparableConv1d: SeparableConv1d => SeparableConv1dLayer,
    /// Separable convolution over pictures.
    SeparableConv2d: SeparableConv2d => SeparableConv2dLayer,
    /// Separable convolution over volumes.
    SeparableConv3d: SeparableConv3d => SeparableConv3dLayer,
    /// Convolution of each channel by itself over sequences.
    DepthwiseConv1d: DepthwiseConv1d => DepthwiseConv1dLayer,
    /// Convolution of each channel by itself over pictures.
    DepthwiseConv2d: DepthwiseConv2d => DepthwiseConv2dLayer,
    /// Convolution of each channel by itself over volumes.
    DepthwiseConv3d: DepthwiseConv3d => DepthwiseConv3dLayer,
    /// Transposed convolution over sequences.
    ConvTranspose1d: ConvTranspose1d => ConvTranspose1dLayer,
    /// Transposed convolution over pictures.
    ConvTranspose2d: ConvTranspose2d => ConvTranspose2dLayer,
    /// Transposed convolution over volumes.
    ConvTranspose3d: ConvTranspose3d => ConvTranspose3dLayer,
    /// Convolution with a normalized weight over sequences.
    WeightNormConv1d: WeightNormConv1d => WeightNormConv1dLayer,
    /// Convolution with a normalized weight over pictures.
    WeightNormConv2d: WeightNormConv2d => WeightNormConv2dLayer,
    /// Convolution with a normalized weight over volumes.
    WeightNormConv3d: WeightNormConv3d => WeightNormConv3dLayer,
    /// Dense layer with a normalized weight.
    WeightNormDense: WeightNormDense => WeightNormDenseLayer,
    /// Convolution over pictures whose weights are each place's own.
    LocallyConnected2d: LocallyConnected2d => LocallyConnected2dLayer,
    /// Sum of each window, times a coefficient, plus a bias.
    Subsampling2d: Subsampling2d => Subsampling2dLayer,
    /// Squared distances to learnt points.
    Distance: Distance => DistanceLayer,

    // Dense layers and activations.
    /// Every input to every output.
    Dense: Dense => DenseLayer,
    /// A function of each value.
    Activation: ActivationLayer => ActivationLayer,
    /// ReLU whose slope below 0 is learned.
    Prelu: Prelu => PreluLayer,
    /// A learned vector for each of a number of things.
    Embedding: Embedding => EmbeddingLayer,

    // Pooling.
    /// Mean of each window of a sequence.
    AvgPool1d: AvgPool1d => AvgPool1d,
    /// Mean of each window.
    AvgPool2d: AvgPool2d => AvgPool2d,
    /// Mean of each window of a volume.
    AvgPool3d: AvgPool3d => AvgPool3d,
    /// Maximum of each window of a sequence.
    MaxPool1d: MaxPool1d => MaxPool1d,
    /// Maximum of each window.
    MaxPool2d: MaxPool2d => MaxPool2d,
    /// Maximum of each window of a volume.
    MaxPool3d: MaxPool3d => MaxPool3d,
    /// Maximum of each group of channels.
    ChannelMaxPool2d: ChannelMaxPool2d => ChannelMaxPool2d,
    /// Mean of each channel.
    GlobalAvgPool: GlobalAvgPool => GlobalAvgPool,
    /// Maximum of each channel.
    GlobalMaxPool: GlobalMaxPool => GlobalMaxPool,
    /// Means of as many windows as are wanted.
    AdaptiveAvgPool2d: AdaptiveAvgPool2d => AdaptiveAvgPool2d,

    // Shapes and merges.
    /// All axes into one.
    Flatten: Flatten => Flatten,
    /// The same values in another shape.
    Reshape: Reshape => Reshape,
    /// The axes in another order.
    Permute: Permute => Permute,
    /// The same row several times.
    RepeatVector: RepeatVector => RepeatVector,
    /// Longer sequences.
    Upsample1d: Upsample1d => Upsample1d,
    /// Larger pictures.
    Upsample2d: Upsample2d => Upsample2d,
    /// Larger volumes.
    Upsample3d: Upsample3d => Upsample3d,
    /// Zeros around a sequence.
    ZeroPadding1d: ZeroPadding1d => ZeroPadding1d,
    /// Zeros around a picture.
    ZeroPadding2d: ZeroPadding2d => ZeroPadding2d,
    /// Zeros around a volume.
    ZeroPadding3d: ZeroPadding3d => ZeroPadding3d,
    /// A sequence without its ends.
    Cropping1d: Cropping1d => Cropping1d,
    /// A picture without its borders.
    Cropping2d: Cropping2d => Cropping2d,
    /// A volume without its borders.
    Cropping3d: Cropping3d => Cropping3d,
    /// The sum of the inputs.
    Add: Add => Add,
    /// The first input less the second.
    Subtract: Subtract => Subtract,
    /// The product of the inputs.
    Multiply: Multiply => Multiply,
    /// The mean of the inputs.
    Average: Average => Average,
    /// The largest of the inputs.
    Maximum: Maximum => Maximum,
    /// The smallest of the inputs.
    Minimum: Minimum => Minimum,
    /// The inputs along one axis.
    Concatenate: Concatenate => Concatenate,
    /// The products of the inputs' rows.
    Dot: Dot => Dot,
    /// The same values for every sample.
    Constant: Constant => ConstantLayer,

    // Normalization and noise.
    /// Each channel normalized over the batch.
    BatchNorm: BatchNorm => BatchNormLayer,
    /// Each group of channels normalized.
    GroupNorm: GroupNorm => GroupNormLayer,
    /// Each channel normalized.
    InstanceNorm: InstanceNorm => InstanceNormLayer,
    /// Some axes normalized together.
    LayerNorm: LayerNorm => LayerNormLayer,
    /// Each value divided by what neighbouring channels have.
    LocalResponseNorm: LocalResponseNorm => LocalResponseNorm,
    /// Values dropped at random.
    Dropout: Dropout => Dropout,
    /// Channels dropped at random.
    SpatialDropout: SpatialDropout => SpatialDropout,
    /// Normal noise added.
    GaussianNoise: GaussianNoise => GaussianNoise,
    /// Values multiplied by normal noise.
    GaussianDropout: GaussianDropout => GaussianDropout,

    // Recurrent layers and wrappers.
    /// Elman's recurrent layer.
    SimpleRnn: SimpleRnn => RecurrentLayer,
    /// Long short-term memory.
    Lstm: Lstm => RecurrentLayer,
    /// Gated recurrent unit.
    Gru: Gru => RecurrentLayer,
    /// A recurrent layer over a sequence from both ends.
    Bidirectional: Bidirectional => BidirectionalLayer,
    /// A layer applied to each time step.
    TimeDistributed: TimeDistributed => TimeDistributedLayer,

    // Preprocessing and augmentation.
    /// Every value times a factor, plus an offset.
    Rescaling: Rescaling => Rescaling,
    /// Pictures of another size.
    Resizing: Resizing => Resizing,
    /// The middle of pictures.
    CenterCrop: CenterCrop => CenterCrop,
    /// Mean and variance that are known brought to 0 and 1.
    Normalization: Normalization => NormalizationLayer,
    /// Values into bins.
    Discretization: Discretization => Discretization,
    /// Categories one-hot, multi-hot or counted.
    CategoryEncoding: CategoryEncoding => CategoryEncodingLayer,
    /// Whole numbers to their places in a vocabulary.
    IntegerLookup: IntegerLookup => IntegerLookupLayer,
    /// Pictures mirrored at random.
    RandomFlip: RandomFlip => RandomFlip,
    /// Pictures moved at random.
    RandomTranslation: RandomTranslation => RandomTranslation,
    /// Pictures turned at random.
    RandomRotation: RandomRotation => RandomRotation,
    /// Pictures zoomed at random.
    RandomZoom: RandomZoom => RandomZoom,
    /// Pictures sheared at random.
    RandomShear: RandomShear => RandomShear,
    /// A random part of pictures.
    RandomCrop: RandomCrop => RandomCrop,
    /// Pictures stretched in height at random.
    RandomHeight: RandomHeight => RandomHeight,
    /// Pictures stretched in width at random.
    RandomWidth: RandomWidth => RandomWidth,
    /// Contrast at random.
    RandomContrast: RandomContrast => RandomContrast,
    /// Brightness at random.
    RandomBrightness: RandomBrightness => RandomBrightness,

    // The user's.
    /// A layer of the user's own, registered by name.
    Custom: Custom => CustomModule,
    /// A closure.
    Lambda: Lambda => Lambda,
}
