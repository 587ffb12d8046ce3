//! Weights from files that others wrote.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use crate::formats::WeightsFile;
use crate::state::Slot;
use crate::{Network, NetworkError, WeightDifference};

/// How a file's weights are taken.
#[derive(Clone)]
pub struct LoadOptions {
    strict: bool,
    prefix: String,
    rename: Arc<dyn Fn(&str) -> String + Send + Sync>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl LoadOptions {
    /// All weights of the file and of the network, by the same names; anything else is an error.
    pub fn new() -> Self {
        Self { strict: true, prefix: String::new(), rename: Arc::new(str::to_owned) }
    }

    /// Loads what fits and reports the rest; what the file lacks keeps its first values.
    pub fn partial(self) -> Self {
        Self { strict: false, ..self }
    }

    /// Takes this from the start of the file's names, such as `module.`, which PyTorch's `DataParallel` puts there.
    pub fn strip_prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Gives the file's names, less the prefix, the network's.
    pub fn rename(self, rename: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self { rename: Arc::new(rename), ..self }
    }

    fn name(&self, key: &str) -> String {
        (self.rename)(key.strip_prefix(self.prefix.as_str()).unwrap_or(key))
    }
}

impl fmt::Debug for LoadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadOptions")
            .field("strict", &self.strict)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// What became of a file's weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadReport {
    /// The parameters that were loaded.
    pub loaded: Vec<String>,
    /// What was not; empty if the load was strict.
    pub difference: WeightDifference,
}

impl Network {
    /// The network with the weights of a file, which are read one by one.
    ///
    /// Names are the network's own or those of the library that its style says
    /// ([`reference_weights`](Self::reference_weights)). What that library only counts, such as `num_batches_tracked`, is
    /// passed over.
    ///
    /// # Errors
    /// If the load is strict and a weight is missing, unexpected, of a wrong shape or type: all of them are named. If the
    /// file can't be read or is damaged.
    pub fn load_weights(
        self,
        file: &mut WeightsFile,
        options: &LoadOptions,
    ) -> Result<(Self, LoadReport), NetworkError> {
        let slots = self.slots();
        let own: HashSet<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
        let references = self.reference_weights();
        let aliases: HashMap<&str, Option<&str>> =
            references.iter().map(|weight| (weight.name.as_str(), weight.own.as_deref())).collect();
        let mut keys = HashMap::new();
        let mut twice = Vec::new();
        let mut given = Vec::new();
        for info in file.tensors() {
            let name = options.name(&info.name);
            let name = match aliases.get(name.as_str()) {
                // A count that no evaluation reads.
                Some(None) => continue,
                Some(Some(alias)) if !own.contains(name.as_str()) => (*alias).to_owned(),
                _ => name,
            };
            if keys.contains_key(&name) {
                twice.push(info.name);
                continue;
            }
            keys.insert(name.clone(), info.name.clone());
            given.push(Slot { name, ..Slot::from(info) });
        }
        let mut difference = WeightDifference::between(&slots, given);
        difference.unexpected.extend(twice);
        if options.strict {
            self.check_weights(difference.clone())?;
        }
        for name in difference.misshaped.iter().map(|(name, _, _)| name).chain(&difference.mistyped) {
            keys.remove(name);
        }
        let mut loaded = Vec::new();
        let network = self.filled(|name| {
            let Some(key) = keys.get(name) else { return Ok(None) };
            loaded.push(name.to_owned());
            file.read(key).map(Some)
        })?;
        Ok((network, LoadReport { loaded, difference }))
    }
}
