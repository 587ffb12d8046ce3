//! Hashes that tell whether data changed.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use striate_core::ClassNames;

/// A SHA-256 over a sequence of values, each with its length, so that no two sequences run together.
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    /// Starts with what kind of data this is.
    pub(crate) fn of(kind: &str) -> Self {
        Self(Sha256::new()).bytes(kind.as_bytes())
    }

    pub(crate) fn number(mut self, value: usize) -> Self {
        self.0.update((value as u64).to_le_bytes());
        self
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let mut this = self.number(bytes.len());
        this.0.update(bytes);
        this
    }

    pub(crate) fn label(self, label: Option<usize>) -> Self {
        match label {
            Some(label) => self.number(1).number(label),
            None => self.number(0),
        }
    }

    pub(crate) fn classes(self, names: &ClassNames) -> Self {
        names.iter().fold(self.number(names.len()), |this, name| this.bytes(name.as_bytes()))
    }

    /// 64 lower-case hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        self.0.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_sha_256_of_lengths_and_values() {
        // sha256sum of 8 zero bytes: the kind "" has length 0.
        let zeros = "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc";
        assert_eq!(Fingerprint::of("").finish(), zeros);
    }

    #[test]
    fn values_do_not_run_together() {
        let of = |a: &[u8], b: &[u8]| Fingerprint::of("test").bytes(a).bytes(b).finish();
        assert_ne!(of(b"ab", b"c"), of(b"a", b"bc"));
        assert_ne!(Fingerprint::of("test").label(Some(0)).finish(), Fingerprint::of("test").label(None).finish());
    }
}
