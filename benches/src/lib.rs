//! What the benches share.

use striate::backend::{Device, DeviceName, devices};

/// The devices to measure: all that are compiled in and present.
pub fn all() -> Vec<(DeviceName, Device)> {
    devices()
}
