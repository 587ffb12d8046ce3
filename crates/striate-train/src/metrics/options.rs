//! Options that several metrics have.

/// A metric's options, with those by which classes are chosen.
macro_rules! choosing {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            /// Of yes or no: a score over it means yes; in `[0, 1]`, 0.5 unless given.
            pub threshold: f64,
            /// Of yes or no: whether scores are logits, of which the sigmoid is compared with the threshold.
            pub from_logits: bool,
            /// A label that doesn't count, such as 255 around the things in Pascal VOC's masks.
            pub ignore_index: Option<usize>,
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                let $crate::metrics::Choice { threshold, from_logits, ignore_index } = Default::default();
                Self { threshold, from_logits, ignore_index, $($field: $default,)* }
            }
        }

        impl $name {
            fn choice(&self) -> $crate::metrics::Choice {
                let Self { threshold, from_logits, ignore_index, .. } = *self;
                $crate::metrics::Choice { threshold, from_logits, ignore_index }
            }
        }
    };
}
pub(super) use choosing;
