//! Normalization.

use striate_layers::{
    AlphaMode, BatchNorm, GroupNorm, InstanceNorm, LayerConfig, LayerNorm, LocalResponseNorm, RunningUpdate,
};
use striate_testkit::Case;

use super::{find, read};

pub(super) fn layer(case: &Case) -> Option<LayerConfig> {
    // What the case has no tensor for is left out.
    macro_rules! affine {
        ($norm:expr) => {{
            let norm = $norm;
            let norm = if case.tensors.contains_key("weight") { norm } else { norm.no_scale() };
            if case.tensors.contains_key("bias") { norm.into() } else { norm.no_center().into() }
        }};
    }
    Some(match case.kind.as_str() {
        "batch_norm" => {
            let norm = BatchNorm::new().eps(read(case, "eps")).momentum(read(case, "momentum"));
            affine!(norm.running_update(find::<RunningUpdate>(case, "running_update").unwrap_or_default()))
        }
        // Keras's -1: a group for each channel.
        "group_norm" if read::<i64>(case, "num_groups") == -1 => affine!(InstanceNorm::new().eps(read(case, "eps"))),
        "group_norm" => affine!(GroupNorm::new(read(case, "num_groups")).eps(read(case, "eps"))),
        "instance_norm" => affine!(InstanceNorm::new().eps(read(case, "eps"))),
        "layer_norm" => {
            let axes = find::<isize>(case, "axis").map_or_else(|| read(case, "axes"), |axis| vec![axis]);
            affine!(LayerNorm::new().axes(axes).eps(read(case, "eps")))
        }
        "local_response_norm" => LocalResponseNorm::new(read(case, "size"))
            .alpha(read(case, "alpha"))
            .beta(read(case, "beta"))
            .k(read(case, "k"))
            .alpha_mode(read::<AlphaMode>(case, "alpha_mode"))
            .into(),
        _ => return None,
    })
}
