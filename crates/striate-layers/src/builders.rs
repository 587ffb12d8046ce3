//! Builder methods that many layers share.

/// That of a layer with `data_format`.
macro_rules! data_format_builder {
    () => {
        /// Takes and gives batches with their channels there.
        pub fn data_format(self, data_format: $crate::DataFormat) -> Self {
            Self { data_format, ..self }
        }
    };
}
pub(crate) use data_format_builder;

/// That of a layer that draws, with `seed`.
macro_rules! seed_builder {
    () => {
        /// Draws with this seed in place of the run's.
        pub fn seed(self, seed: u64) -> Self {
            Self { seed: Some(seed), ..self }
        }
    };
}
pub(crate) use seed_builder;
