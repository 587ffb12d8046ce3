//! Normalization.

use striate_layers::{
    AlphaMode, BatchNorm, GroupNorm, InstanceNorm, LayerConfig, LayerNorm, LocalResponseNorm, RunningUpdate,
};
use striate_testkit::Case;

use super::{find, read};

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    Some(match case.kind.as_str() {
        "batch_norm" => BatchNorm::new()
            .eps(read(case, "eps"))
            .momentum(read(case, "momentum"))
            .running_update(find::<RunningUpdate>(case, "running_update").unwrap_or_default())
            .into(),
        "group_norm" => GroupNorm::new(read(case, "num_groups")).eps(read(case, "eps")).into(),
        "instance_norm" => {
            let norm = InstanceNorm::new().eps(read(case, "eps"));
            if read(case, "affine") { norm.into() } else { norm.no_scale().no_center().into() }
        }
        "layer_norm" => LayerNorm::new().axes(read::<Vec<isize>>(case, "axes")).eps(read(case, "eps")).into(),
        "local_response_norm" => LocalResponseNorm::new(read(case, "size"))
            .alpha(read(case, "alpha"))
            .beta(read(case, "beta"))
            .k(read(case, "k"))
            .alpha_mode(read::<AlphaMode>(case, "alpha_mode"))
            .into(),
        _ => return None,
    })
}
