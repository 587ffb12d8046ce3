//! Looking into networks, each method against its definition.

mod cam;
mod every;
mod gradients;
mod looks;
mod occlusion;
mod options;
mod support;
#[cfg(feature = "tsne")]
mod tsne;
mod visualize;
