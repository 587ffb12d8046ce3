//! What training changes: freezing layers, groups of weights.

use wildmatch::WildMatch;

use crate::rewrite::{Draft, Unneeded};
use crate::select::fits;
use crate::{Network, NetworkError, NetworkSpec, Nodes};

impl NetworkSpec {
    /// The network with these layers frozen: training leaves their weights as they are, and a batch norm among them uses
    /// its running statistics and leaves them as they are, as in Keras. Dropout still drops.
    ///
    /// # Errors
    /// If there are no such layers.
    pub fn frozen(&self, nodes: impl Into<Nodes>) -> Result<Self, NetworkError> {
        self.with_frozen(&nodes.into(), true)
    }

    /// The network with these layers no longer frozen.
    ///
    /// # Errors
    /// If there are no such layers.
    pub fn unfrozen(&self, nodes: impl Into<Nodes>) -> Result<Self, NetworkError> {
        self.with_frozen(&nodes.into(), false)
    }

    fn with_frozen(&self, nodes: &Nodes, frozen: bool) -> Result<Self, NetworkError> {
        let mut draft = Draft::of(self);
        for number in self.select(nodes)? {
            draft.nodes[self.owner(number)].frozen = frozen && self.layer(number).is_some();
        }
        Ok(draft.finish(Unneeded::Layers)?.spec)
    }
}

/// Some of a network's weights that training treats alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterGroup {
    /// The pattern that chose them; none for all that are left.
    pub pattern: Option<String>,
    /// Their names, in the order of the nodes.
    pub weights: Vec<String>,
}

impl Network {
    /// As [`NetworkSpec::frozen`].
    ///
    /// ```
    /// # use striate_layers::{Conv2d, Dense, Flatten};
    /// # use striate_network::{NetworkSpec, Nodes};
    /// # let mut net = NetworkSpec::builder("small");
    /// # let x = net.input("images", [1, 8, 8]);
    /// # let x = net.add("conv1", Conv2d::new(6, 5), x);
    /// # let x = net.add("flatten", Flatten::new(), x);
    /// # let x = net.add("fc", Dense::new(10), x);
    /// # let network = net.output(x).build()?.init(0, &striate_backend::device("flex")?);
    /// let network = network.freeze("conv*")?;
    /// let network = network.freeze(Nodes::up_to("flatten"))?;
    /// assert!(network.spec().nodes()[1].is_frozen());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are no such layers.
    pub fn freeze(self, nodes: impl Into<Nodes>) -> Result<Self, NetworkError> {
        Ok(self.rebuilt(self.spec().frozen(nodes)?, 0))
    }

    /// As [`NetworkSpec::unfrozen`].
    ///
    /// # Errors
    /// If there are no such layers.
    pub fn unfreeze(self, nodes: impl Into<Nodes>) -> Result<Self, NetworkError> {
        Ok(self.rebuilt(self.spec().unfrozen(nodes)?, 0))
    }

    /// The weights in groups, for update rules with a rate of their own: each weight is in the group of the first pattern
    /// that fits its name, such as `layer4`, `*.bias` or `fc.weight`; all others are in the last.
    ///
    /// # Errors
    /// If a pattern fits no weight's name.
    pub fn parameter_groups(&self, patterns: &[&str]) -> Result<Vec<ParameterGroup>, NetworkError> {
        let matchers: Vec<_> = patterns.iter().map(|pattern| WildMatch::new(pattern)).collect();
        let names: Vec<String> = self.weight_shapes().into_iter().map(|(name, _)| name).collect();
        let unused = matchers.iter().position(|matcher| !names.iter().any(|name| fits(matcher, name)));
        if let Some(unused) = unused {
            return Err(self.spec().no_match(patterns[unused]));
        }
        let patterns = patterns.iter().map(|pattern| Some(pattern.to_string())).chain([None]);
        let mut groups: Vec<_> = patterns.map(|pattern| ParameterGroup { pattern, weights: Vec::new() }).collect();
        for name in names {
            let group = matchers.iter().position(|matcher| fits(matcher, &name)).unwrap_or(matchers.len());
            groups[group].weights.push(name);
        }
        Ok(groups)
    }
}
