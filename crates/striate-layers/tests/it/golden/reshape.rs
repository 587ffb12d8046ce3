//! Changes of shape and size.

use striate_layers::{
    Amounts, Cropping1d, Cropping2d, Cropping3d, LayerConfig, Size, Upsample, Upsample1d, Upsample2d, Upsample3d,
    UpsampleMode, ZeroPadding1d, ZeroPadding2d, ZeroPadding3d,
};
use striate_testkit::Case;

use super::{find, read};

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    Some(match case.kind.as_str() {
        "upsample1d" => Upsample1d::into(upsample(case)),
        "upsample2d" => Upsample2d::into(upsample(case)),
        "upsample3d" => Upsample3d::into(upsample(case)),
        "zero_padding1d" => ZeroPadding1d::new(read::<Amounts<1>>(case, "amount")).into(),
        "zero_padding2d" => ZeroPadding2d::new(read::<Amounts<2>>(case, "amount")).into(),
        "zero_padding3d" => ZeroPadding3d::new(read::<Amounts<3>>(case, "amount")).into(),
        "cropping1d" => Cropping1d::new(read::<Amounts<1>>(case, "amount")).into(),
        "cropping2d" => Cropping2d::new(read::<Amounts<2>>(case, "amount")).into(),
        "cropping3d" => Cropping3d::new(read::<Amounts<3>>(case, "amount")).into(),
        _ => return None,
    })
}

fn upsample<const D: usize, const R: usize>(case: &Case) -> Upsample<D, R> {
    let scales: [f64; D] = read::<Vec<f64>>(case, "scale").try_into().expect("a scale for each direction");
    let upsample = Upsample::new(Size(scales.map(|scale| scale as usize)));
    let upsample = match read(case, "mode") {
        UpsampleMode::Nearest => upsample,
        UpsampleMode::Bilinear => upsample.bilinear(),
    };
    if find(case, "align_corners").unwrap_or(false) { upsample.align_corners() } else { upsample }
}
