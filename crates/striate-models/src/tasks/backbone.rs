//! Networks of the list without their heads, for others to stand on.

use striate_network::{Builder, NetworkSpec, Node};

use super::TaskError;
use crate::ModelConfig;
use crate::fcn::{passages, sides_of};

/// A network that goes on from another's features.
pub(crate) struct Backbone {
    pub(crate) net: Builder,
    spec: NetworkSpec,
}

impl Backbone {
    /// A network of the list without its head, whose nodes keep their names, so that its weights load.
    pub(crate) fn new(name: &str, config: &ModelConfig) -> Result<Self, TaskError> {
        let spec = config.clone().without_head().spec()?;
        let mut net = spec.to_builder();
        net.name(name);
        Ok(Self { net, spec })
    }

    /// What the network gives.
    pub(crate) fn last(&self) -> Result<Node, TaskError> {
        self.node(self.spec.outputs()[0])
    }

    /// Whether maps come out, rather than a row of numbers.
    pub(crate) fn gives_maps(&self) -> bool {
        sides_of(&self.spec, self.spec.outputs()[0]).is_some()
    }

    /// The last node that everything passes through whose maps have at least `least` px on each side, with these sides.
    pub(crate) fn finest(&self, least: usize) -> Result<Option<(Node, [usize; 2])>, TaskError> {
        let first = self.spec.inputs().count();
        let large = passages(&self.spec).filter(|&number| number >= first).filter_map(|number| {
            match sides_of(&self.spec, number) {
                Some([Some(height), Some(width)]) if height.min(width) >= least => Some((number, [height, width])),
                _ => None,
            }
        });
        match large.last() {
            Some((number, sides)) => Ok(Some((self.node(number)?, sides))),
            None => Ok(None),
        }
    }

    fn node(&self, number: usize) -> Result<Node, TaskError> {
        Ok(self.net.node(self.spec.nodes()[number].name())?)
    }
}
