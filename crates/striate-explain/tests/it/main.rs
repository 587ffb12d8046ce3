//! Looking into networks, each method against its definition.

mod cam;
mod every;
mod gradients;
mod looks;
mod occlusion;
mod options;
mod support;
mod tsne;
mod visualize;
