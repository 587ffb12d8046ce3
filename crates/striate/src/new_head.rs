//! A new head on a network's features, for transfer learning.

use serde::{Deserialize, Serialize};
use striate_layers::{Activation, Dense, Dropout, GlobalAvgPool, GlobalMaxPool};
use striate_models::Pooling;
use striate_network::{Network, NetworkSpec};

use crate::Error;

/// A new head on a network's last maps: global pooling, hidden layers each with a dropout after it, and logits. It replaces all
/// that comes after those maps; its layers are named `head.…`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewHead {
    /// From maps `[channel, height, width]` to numbers `[channel]`.
    pub pooling: Pooling,
    /// The units of each hidden layer.
    pub hidden: Vec<usize>,
    /// The function after each hidden layer.
    pub activation: Activation,
    /// The fraction of numbers that is dropped before the logits and after each hidden layer, in `[0, 1)`.
    pub dropout: f64,
}

impl Default for NewHead {
    /// Average pooling and logits.
    fn default() -> Self {
        Self { pooling: Pooling::Average, hidden: Vec::new(), activation: Activation::Relu, dropout: 0.0 }
    }
}

impl NewHead {
    /// The network's features with this head for so many classes; the head is drawn by the seed, the features keep their
    /// weights.
    ///
    /// # Errors
    /// If the network has no maps, or an option is out of its range.
    pub fn on(&self, network: &Network, classes: usize, seed: u64) -> Result<Network, Error> {
        let features =
            last_maps(network.spec()).ok_or_else(|| Error::NoMaps { network: network.spec().name().to_owned() })?;
        let base = network.until(&[&features])?;
        let mut net = base.spec().to_builder();
        let mut x = net.node(&features)?;
        x = match self.pooling {
            Pooling::Average => net.add("head.pool", GlobalAvgPool::new(), x),
            Pooling::Maximum => net.add("head.pool", GlobalMaxPool::new(), x),
        };
        for (number, units) in (1..).zip(&self.hidden) {
            x = net.add(format!("head.dense{number}"), Dense::new(*units).activation(self.activation), x);
            if self.dropout > 0.0 {
                x = net.add(format!("head.dropout{number}"), Dropout::new(self.dropout), x);
            }
        }
        if self.hidden.is_empty() && self.dropout > 0.0 {
            x = net.add("head.dropout", Dropout::new(self.dropout), x);
        }
        let logits = net.add("head.logits", Dense::new(classes), x);
        Ok(base.rebuilt(net.output(logits).build()?, seed))
    }
}

/// The name of the last node with maps `[channel, height, width]`.
fn last_maps(spec: &NetworkSpec) -> Option<String> {
    let maps = |number| {
        let sides = spec.signature(number).shape.sides();
        // Maps of one pixel that a global pooling kept are no features to pool.
        let pooled = matches!(sides, [_, Some(1), Some(1)]);
        sides.len() == 3 && !pooled && spec.layer(number).is_some()
    };
    let found = spec.nearest_before(*spec.outputs().first()?, maps)?;
    Some(spec.nodes()[found].name().to_owned())
}

#[cfg(test)]
mod tests {
    use striate_backend::device;
    use striate_models::Architecture;

    use super::*;

    #[test]
    fn head_replaces_what_follows_the_maps_and_keeps_their_weights() {
        let network = Architecture::LeNet5.spec(10).unwrap().init(3, &device("flex").unwrap());
        let head = NewHead { hidden: vec![16, 8], dropout: 0.25, pooling: Pooling::Maximum, ..NewHead::default() };
        let grown = head.on(&network, 4, 5).unwrap();
        let names: Vec<_> = grown.spec().nodes().iter().map(|node| node.name().to_owned()).collect();
        let expected = [
            "images",
            "conv1",
            "pool1",
            "conv2",
            "pool2",
            "head.pool",
            "head.dense1",
            "head.dropout1",
            "head.dense2",
            "head.dropout2",
            "head.logits",
        ];
        assert_eq!(names, expected);
        assert_eq!(grown.spec().classes(), Some(4));
        assert_eq!(grown.state()["conv2.weight"], network.state()["conv2.weight"]);
        let wrong = NewHead { dropout: 1.0, ..NewHead::default() };
        assert!(wrong.on(&network, 4, 5).is_err());
    }
}
