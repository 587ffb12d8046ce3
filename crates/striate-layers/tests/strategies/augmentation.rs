//! Augmentation.

use proptest::prelude::*;
use striate_layers::{
    Factor, FillMode, FlipMode, Interpolation, LayerConfig, RandomBrightness, RandomContrast, RandomCrop, RandomFlip,
    RandomHeight, RandomRotation, RandomShear, RandomTranslation, RandomWidth, RandomZoom,
};

use super::preprocessing::interpolation;
use super::{Fed, data_format, picture};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    let layer = prop_oneof![flip(), warp(), crop(), stretch(), tone()];
    (layer, picture::<2>()).prop_map(|(layer, input)| (layer, vec![input])).boxed()
}

fn factor() -> impl Strategy<Value = Factor> {
    prop_oneof![
        (0.0..1.0).prop_map(|factor: f64| factor.into()),
        (-1.0..0.5, 0.0..0.5).prop_map(|(low, more)| [low, low + more].into()),
    ]
}

fn seed() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(any::<u64>())
}

fn flip() -> BoxedStrategy<LayerConfig> {
    let mode = prop_oneof![Just(FlipMode::Horizontal), Just(FlipMode::Vertical), Just(FlipMode::Both)];
    (mode, seed(), data_format())
        .prop_map(|(mode, seed, format)| RandomFlip { seed, ..RandomFlip::new(mode).data_format(format) }.into())
        .boxed()
}

fn warp() -> BoxedStrategy<LayerConfig> {
    let fill_mode =
        prop_oneof![Just(FillMode::Constant), Just(FillMode::Reflect), Just(FillMode::Wrap), Just(FillMode::Nearest)];
    let nearest = any::<bool>().prop_map(|nearest| match nearest {
        true => Interpolation::Nearest,
        false => Interpolation::Bilinear,
    });
    let options = (factor(), factor(), fill_mode, nearest, -1.0..1.0, seed(), data_format());
    let layer =
        (0..5, options).prop_map(|(which, (one, other, fill_mode, interpolation, fill_value, seed, format))| {
            macro_rules! with_options {
                ($layer:expr) => {{
                    let mut layer = $layer;
                    (layer.fill_mode, layer.interpolation) = (fill_mode, interpolation);
                    (layer.fill_value, layer.seed, layer.data_format) = (fill_value, seed, format);
                    LayerConfig::from(layer)
                }};
            }
            match which {
                0 => with_options!(RandomTranslation::new(one, other)),
                1 => with_options!(RandomRotation::new(one)),
                2 => with_options!(RandomZoom::new(one)),
                3 => with_options!(RandomZoom::new(one).width_factor(other)),
                _ => with_options!(RandomShear::new(one, other)),
            }
        });
    layer.boxed()
}

fn crop() -> BoxedStrategy<LayerConfig> {
    (1usize..9, 1usize..9, seed(), data_format())
        .prop_map(|(height, width, seed, format)| {
            RandomCrop { seed, ..RandomCrop::new(height, width).data_format(format) }.into()
        })
        .boxed()
}

fn stretch() -> BoxedStrategy<LayerConfig> {
    (any::<bool>(), factor(), interpolation(), seed(), data_format())
        .prop_map(|(height, factor, interpolation, seed, data_format)| match height {
            true => RandomHeight { factor, interpolation, seed, data_format }.into(),
            false => RandomWidth { factor, interpolation, seed, data_format }.into(),
        })
        .boxed()
}

fn tone() -> BoxedStrategy<LayerConfig> {
    (any::<bool>(), factor(), -1.0..1.0, 0.1..4.0, seed(), data_format())
        .prop_map(|(contrast, factor, least, range, seed, data_format)| {
            let value_range = [least, least + range];
            match contrast {
                true => RandomContrast { factor, value_range, seed, data_format }.into(),
                false => RandomBrightness { factor, value_range, seed, data_format }.into(),
            }
        })
        .boxed()
}
