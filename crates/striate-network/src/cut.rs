//! Parts of networks: up to some layers, after some layers, with another head.

use std::collections::BTreeMap;

use striate_layers::LayerConfig;

use crate::rewrite::{Draft, Rewrite, Unneeded};
use crate::spec::NodeKind;
use crate::{Network, NetworkError, NetworkSpec};

impl NetworkSpec {
    /// The part of the network that these layers' values take; they are its outputs. Features, `include_top = false`.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn until(&self, names: &[&str]) -> Result<Self, NetworkError> {
        Ok(self.cut_until(names)?.spec)
    }

    /// The rest of the network after these layers: each becomes an input that takes what the layer gave. An input of the
    /// network that is still needed stays one.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn after(&self, names: &[&str]) -> Result<Self, NetworkError> {
        Ok(self.cut_after(names)?.spec)
    }

    /// The network with another layer in a node's place.
    ///
    /// # Errors
    /// If there is no such layer, or the new one doesn't fit what comes before or after it.
    pub fn with_layer(&self, name: &str, layer: impl Into<LayerConfig>) -> Result<Self, NetworkError> {
        Ok(self.replaced(name, layer.into())?.spec)
    }

    fn cut_until(&self, names: &[&str]) -> Result<Rewrite, NetworkError> {
        let mut draft = Draft::of(self);
        draft.outputs = names.iter().map(|name| self.number(name)).collect::<Result<_, _>>()?;
        draft.finish(Unneeded::LayersAndInputs)
    }

    fn cut_after(&self, names: &[&str]) -> Result<Rewrite, NetworkError> {
        let mut draft = Draft::of(self);
        for name in names {
            let number = self.number(name)?;
            draft.set(number, NodeKind::Input(self.signature(number).clone()));
            draft.nodes[number].inputs.clear();
        }
        draft.finish(Unneeded::LayersAndInputs)
    }

    fn replaced(&self, name: &str, layer: LayerConfig) -> Result<Rewrite, NetworkError> {
        let mut draft = Draft::of(self);
        let number = self.number(name)?;
        if self.layer(number).is_none() {
            let reason = "it is an input of the network".into();
            return Err(NetworkError::Rewrite { node: name.into(), what: "replaced", reason });
        }
        draft.set(number, NodeKind::Layer(layer));
        draft.fresh.insert(number);
        draft.finish(Unneeded::Layers)
    }
}

impl Network {
    /// As [`NetworkSpec::until`], with the weights.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn until(&self, names: &[&str]) -> Result<Self, NetworkError> {
        Ok(self.rewritten(self.spec().cut_until(names)?, BTreeMap::new(), 0))
    }

    /// As [`NetworkSpec::after`], with the weights.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn after(&self, names: &[&str]) -> Result<Self, NetworkError> {
        Ok(self.rewritten(self.spec().cut_after(names)?, BTreeMap::new(), 0))
    }

    /// As [`NetworkSpec::with_layer`]; the new layer draws its weights from the seed's streams, the others keep theirs.
    ///
    /// ```
    /// # use striate_layers::{Dense, Flatten};
    /// # use striate_network::NetworkSpec;
    /// # let mut net = NetworkSpec::builder("small");
    /// # let x = net.input("images", [1, 8, 8]);
    /// # let x = net.add("flatten", Flatten::new(), x);
    /// # let x = net.add("fc", Dense::new(10), x);
    /// # let network = net.output(x).build()?.init(0, &striate_backend::device("flex")?);
    /// let network = network.with_layer("fc", Dense::new(3), 42)?;
    /// assert_eq!(network.spec().classes(), Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such layer, or the new one doesn't fit what comes before or after it.
    pub fn with_layer(&self, name: &str, layer: impl Into<LayerConfig>, seed: u64) -> Result<Self, NetworkError> {
        Ok(self.rewritten(self.spec().replaced(name, layer.into())?, BTreeMap::new(), seed))
    }
}
