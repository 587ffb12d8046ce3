//! Keras- and PyTorch-faithful layers for burn.
//!
//! A layer is two types: a config such as [`Conv2d`], which is data (serde, builder methods, shape rule, cost rule), and
//! the burn module that it initialises, such as [`Conv2dLayer`], which has the weights and `forward`. The modules serve in
//! a hand-written `#[derive(Module)]` struct; [`LayerConfig`] and [`Layer`] hold any of them, for networks as data.
//!
//! ```
//! use burn::Tensor;
//! use striate_layers::{Activation, Context, Conv2d, Streams, device};
//!
//! let device = device("flex")?;
//! let conv = Conv2d::new(6, 5).same().activation(Activation::Tanh);
//! let conv = conv.init(1, &Streams::new(42).scope("conv1"), &device);
//! let images = Tensor::<4>::zeros([8, 1, 28, 28], &device);
//! assert_eq!(conv.forward(images, &mut Context::evaluation()).dims(), [8, 6, 28, 28]);
//! # Ok::<(), striate_layers::DeviceError>(())
//! ```

mod activation;
mod augmentation;
mod axis;
mod builders;
mod check;
mod constant;
mod constraint;
mod context;
mod conv;
mod cost;
mod custom;
mod data_format;
mod defaults;
mod dense;
mod distance;
mod embedding;
mod ending;
mod erased;
mod error;
mod initializers;
mod lambda;
mod layer;
pub mod losses;
pub mod memory;
mod merge;
mod named;
mod noise;
mod norm;
mod pool;
mod preprocessing;
mod preset;
mod recurrent;
mod reduce;
mod regularizer;
mod reshape;
mod shape;
mod size;
mod updates;
mod value;
mod weight;
mod window;
mod wrappers;

pub use activation::{Activation, ActivationLayer, Prelu, PreluLayer};
pub use augmentation::{
    Factor, FillMode, FlipMode, RandomBrightness, RandomContrast, RandomCrop, RandomFlip, RandomHeight, RandomRotation,
    RandomShear, RandomTranslation, RandomWidth, RandomZoom,
};
pub use constant::{Constant, ConstantLayer};
pub use constraint::Constraint;
pub use context::{Context, Mode};
pub use conv::{
    Conv, Conv1d, Conv1dLayer, Conv2d, Conv2dLayer, Conv3d, Conv3dLayer, ConvLayer, ConvTranspose, ConvTranspose1d,
    ConvTranspose1dLayer, ConvTranspose2d, ConvTranspose2dLayer, ConvTranspose3d, ConvTranspose3dLayer,
    ConvTransposeLayer, DepthwiseConv, DepthwiseConv1d, DepthwiseConv1dLayer, DepthwiseConv2d, DepthwiseConv2dLayer,
    DepthwiseConv3d, DepthwiseConv3dLayer, DepthwiseConvLayer, LocallyConnected2d, LocallyConnected2dLayer,
    SeparableConv, SeparableConv1d, SeparableConv1dLayer, SeparableConv2d, SeparableConv2dLayer, SeparableConv3d,
    SeparableConv3dLayer, SeparableConvLayer, Subsampling2d, Subsampling2dLayer, WeightNorm, WeightNormConv1d,
    WeightNormConv1dLayer, WeightNormConv2d, WeightNormConv2dLayer, WeightNormConv3d, WeightNormConv3dLayer,
    WeightNormDense, WeightNormDenseLayer, WeightNormLayer, WeightNormalizable,
};
pub use cost::Cost;
pub use custom::{Custom, CustomLayer, CustomModule, register, registered};
pub use data_format::DataFormat;
pub use dense::{Dense, DenseLayer};
pub use distance::{Distance, DistanceLayer};
pub use embedding::{Embedding, EmbeddingLayer};
pub use ending::Ending;
pub use error::LayerError;
pub use initializers::{Distribution, FanMode, Fans, Initializer, ScaledDistribution};
pub use lambda::Lambda;
pub use layer::{Layer, LayerConfig, LayerModule, LayerSpec};
pub use merge::{Add, Average, Concatenate, Dot, DotAxes, Maximum, Minimum, Multiply, Subtract};
pub use noise::{Dropout, GaussianDropout, GaussianNoise, SpatialDropout};
pub use norm::{
    AlphaMode, BatchNorm, BatchNormLayer, GroupNorm, GroupNormLayer, InstanceNorm, InstanceNormLayer, LayerNorm,
    LayerNormLayer, LayerNormOver, LocalResponseNorm, RunningUpdate,
};
pub use pool::{AdaptiveAvgPool2d, ChannelMaxPool2d, GlobalAvgPool, GlobalMaxPool};
pub use pool::{AvgPool, AvgPool1d, AvgPool2d, AvgPool3d, MaxPool, MaxPool1d, MaxPool2d, MaxPool3d};
pub use preprocessing::{
    CategoryEncoding, CategoryEncodingLayer, CenterCrop, Discretization, IntegerLookup, IntegerLookupLayer,
    Interpolation, Normalization, NormalizationLayer, Numbers, OutputMode, Rescaling, Resizing,
};
pub use preset::Preset;
pub use recurrent::{Gru, GruGates, Lstm, Recurrent, RecurrentLayer, SimpleRnn, State};
pub use regularizer::Regularizer;
pub use reshape::{Amounts, Cropping, Cropping1d, Cropping2d, Cropping3d, Flatten, Permute, RepeatVector, Reshape};
pub use reshape::{Upsample, Upsample1d, Upsample2d, Upsample3d, UpsampleMode};
pub use reshape::{ZeroPadding, ZeroPadding1d, ZeroPadding2d, ZeroPadding3d};
pub use shape::{Kind, Shape, Signature};
pub use size::Size;
pub use updates::Updates;
pub use value::Value;
pub use weight::{NamedWeight, Weight, constrain, weight_penalty};
pub use window::Padding;
pub use wrappers::{Bidirectional, BidirectionalLayer, BidirectionalMerge, TimeDistributed, TimeDistributedLayer};

// What a model of these layers alone needs beside burn.
pub use striate_backend::{Device, DeviceError, device, devices};
pub use striate_core::{Scope, Stream, Streams};
