//! The instruction set that the kernels use, found when the program runs.

use std::sync::OnceLock;

pub(crate) use pulp::Arch;

/// The instruction set of the kernels: the widest that the machine has, or what the variable `STRIATE_KERNELS` says; none
/// where they are off.
///
/// # Panics
/// If the variable says something else than `off`, `scalar`, or `widest`.
pub(crate) fn arch() -> Option<Arch> {
    static FOUND: OnceLock<Option<Arch>> = OnceLock::new();
    *FOUND.get_or_init(|| match std::env::var("STRIATE_KERNELS").as_deref() {
        Err(_) | Ok("widest") => Some(Arch::new()),
        Ok("scalar") => Some(Arch::Scalar),
        Ok("off") => None,
        Ok(other) => panic!("STRIATE_KERNELS is {other:?}; it is `off`, `scalar` or `widest`"),
    })
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
