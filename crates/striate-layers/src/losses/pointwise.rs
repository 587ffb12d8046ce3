//! Losses of single values.

/// A loss of each pair of values, with its options. The values come from its method `values`.
macro_rules! pointwise {
    (
        $(#[$doc:meta])*
        $name:ident, $kind:literal, elementwise: $elementwise:literal,
        { $($(#[$field_doc:meta])* $field:ident: $default:literal, $fits:expr, $rule:literal;)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: f64,)*
            /// Whether each value counts by itself, as in PyTorch, or the mean over the last axis, as in Keras. The
            /// reduction `mean` is the same either way.
            pub elementwise: bool,
            /// From losses to one number.
            pub reduction: $crate::losses::Reduction,
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* elementwise: $elementwise, reduction: Default::default() }
            }
        }

        impl $name {
            /// The loss with its defaults.
            pub fn new() -> Self {
                Self::default()
            }

            $($(#[$field_doc])*
            pub fn $field(self, $field: f64) -> Self {
                Self { $field, ..self }
            })*

            /// Counts each value by itself, or else the mean over the last axis.
            pub fn elementwise(self, elementwise: bool) -> Self {
                Self { elementwise, ..self }
            }

            /// Counts as this library does: PyTorch each value by itself.
            pub fn preset(self, preset: $crate::Preset) -> Self {
                Self { elementwise: preset == $crate::Preset::Torch, ..self }
            }

            /// The losses that are reduced: the mean over the last axis, whose side becomes 1; elementwise the values.
            ///
            /// # Panics
            /// If the shapes differ.
            pub fn each<const D: usize>(&self, input: burn::Tensor<D>, target: burn::Tensor<D>) -> burn::Tensor<D> {
                $crate::losses::check::assert_same(&input, &target);
                $crate::losses::pointwise::each(self.values(input, target), self.elementwise)
            }

            $crate::losses::reduction::reduced!();
        }

        impl $crate::losses::LossSpec for $name {
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), $crate::LayerError> {
                $($crate::losses::check::require($fits(self.$field), $kind, stringify!($field), self.$field, $rule)?;)*
                Ok(())
            }

            fn check(
                &self,
                input: &$crate::Signature,
                target: &$crate::Signature,
            ) -> Result<(), $crate::LayerError> {
                $crate::losses::check::same_shape_or_column($kind, input, target)
            }

            $crate::losses::loss::call_beside!();
        }
    };
}
pub(super) use pointwise;

use burn::Tensor;

/// The values, or their mean over the last axis.
pub(super) fn each<const D: usize>(values: Tensor<D>, elementwise: bool) -> Tensor<D> {
    if elementwise { values } else { values.mean_dim(D - 1) }
}
