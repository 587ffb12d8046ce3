//! The instruction set that the kernels use, found when the program runs.

use std::sync::OnceLock;

pub(crate) use pulp::Arch;

/// The widest instruction set that the machine has.
pub(crate) fn arch() -> Arch {
    static FOUND: OnceLock<Arch> = OnceLock::new();
    *FOUND.get_or_init(Arch::new)
}

/// Every instruction set that the machine has, for tests.
#[cfg(test)]
pub(crate) fn all() -> Vec<Arch> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "only x86 has more than one"))]
    let mut all = vec![Arch::Scalar, Arch::new()];
    #[cfg(target_arch = "x86_64")]
    all.extend(pulp::x86::V3::try_new().map(Arch::V3));
    all
}
