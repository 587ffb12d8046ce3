//! Names of layers that were given none.

use std::collections::BTreeMap;

/// Keras's names of layers that were given none: `conv2d`, `conv2d_1`, `conv2d_2`, counted for each kind.
#[derive(Default)]
pub(crate) struct AutoNames(BTreeMap<&'static str, usize>);

impl AutoNames {
    /// The name of the next layer of this kind.
    pub(crate) fn next(&mut self, kind: &'static str) -> String {
        let count = self.0.entry(kind).or_default();
        *count += 1;
        match *count - 1 {
            0 => kind.into(),
            number => format!("{kind}_{number}"),
        }
    }
}
