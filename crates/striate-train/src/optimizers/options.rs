//! Options of update rules: how they are read and checked.

use crate::TrainError;

/// Reads a rule's options from data: what is left out has the value of the preset's defaults.
///
/// `Given` is what data say; `Given::over` lays it over a preset's defaults.
macro_rules! options_by_preset {
    ($rule:ident { $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        /// What data say of the options.
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Given {
            preset: Option<Preset>,
            $($(#[$meta])* $field: Option<$kind>,)*
        }

        impl Given {
            pub(super) fn over(self, defaults: fn(Preset) -> $rule) -> $rule {
                let preset = self.preset.unwrap_or_default();
                let defaults = defaults(preset);
                $rule { preset, $($field: self.$field.unwrap_or(defaults.$field),)* }
            }
        }

        impl From<Given> for $rule {
            fn from(given: Given) -> Self {
                given.over(Self::of)
            }
        }
    };
}
pub(crate) use options_by_preset;

/// What an option has to be.
pub(super) const ABOVE_0: &str = "it must be a number above 0";
pub(crate) const AT_LEAST_0: &str = "it must be a number of at least 0";
pub(super) const FRACTION: &str = "it must be in [0, 1)";

/// An error for the first option whose value is no finite number or breaks its rule: name, value, whether the rule holds, the
/// rule.
pub(crate) fn check_options(options: &[(&'static str, f64, bool, &'static str)]) -> Result<(), TrainError> {
    match options.iter().find(|(_, value, holds, _)| !(*holds && value.is_finite())) {
        Some(&(option, value, _, rule)) => Err(TrainError::Option { option, value: value.to_string(), rule }),
        None => Ok(()),
    }
}
