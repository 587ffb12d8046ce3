//! The hash of what a file holds.

use sha2::{Digest, Sha256};
use striate_layers::Kind;

/// What a hash by BLAKE3 begins with.
const BLAKE3: &str = "blake3:";

/// The hash of a text and of tensors with names, shapes and values, which are given in the order of their names.
#[derive(Debug, Clone)]
pub(crate) struct StateHash(Algorithm);

#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // There is one at a time.
enum Algorithm {
    Blake3(blake3::Hasher),
    /// Of the first version of model files; it takes longer than reading them.
    Sha256(Sha256),
}

impl StateHash {
    /// That of what is written.
    pub(crate) fn new(text: &str) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(text.as_bytes());
        Self(Algorithm::Blake3(hash))
    }

    /// By the algorithm that another was made by.
    pub(crate) fn like(other: &str, text: &str) -> Self {
        if other.starts_with(BLAKE3) {
            return Self::new(text);
        }
        Self(Algorithm::Sha256(Sha256::new_with_prefix(text)))
    }

    /// Adds a tensor, whose numbers come next.
    pub(crate) fn name(&mut self, name: &str, shape: &[usize], kind: Kind) {
        let dtype = match kind {
            Kind::Float => "F32",
            Kind::Int => "I64",
        };
        self.numbers(format!("{name}{shape:?}{dtype}\n").as_bytes());
    }

    /// Adds a part of a tensor's numbers.
    pub(crate) fn numbers(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Algorithm::Blake3(hash) => drop(hash.update(bytes)),
            Algorithm::Sha256(hash) => hash.update(bytes),
        }
    }

    /// The hash; as long as any other by the same algorithm.
    pub(crate) fn finish(self) -> String {
        match self.0 {
            Algorithm::Blake3(hash) => format!("{BLAKE3}{}", hash.finalize()),
            Algorithm::Sha256(hash) => hex(hash),
        }
    }
}

/// A finished SHA-256 in hex.
pub(super) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
