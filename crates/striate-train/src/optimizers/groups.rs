//! Parameters that train at a rate of their own or without weight decay.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use striate_network::{Network, NetworkSpec};

use super::options::{AT_LEAST_0, check_options};
use crate::TrainError;

/// Which parameters train at a rate or decay of their own, as data.
///
/// ```toml
/// [groups]
/// no_decay_on_norms_and_biases = true
/// rules = [{ nodes = "layer4", learning_rate_factor = 0.3 }, { nodes = "fc.*", weight_decay = 0.1 }]
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParameterGroups {
    /// Whether biases and the parameters of norms don't decay, whatever the rules say: all parameters of one axis, and all
    /// that are named `bias`.
    pub no_decay_on_norms_and_biases: bool,
    /// For each parameter the first that fits its name counts; one that none fits trains as the update rule says.
    pub rules: Vec<GroupRule>,
}

/// How the parameters with some names train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRule {
    /// A pattern of names: `*` stands for any characters, `?` for one; a name also stands for all below it, as `layer1` for
    /// `layer1.0.conv1.weight`.
    pub nodes: String,
    /// What multiplies the learning rate of each step, at least 0.
    #[serde(default = "one")]
    pub learning_rate_factor: f64,
    /// The weight decay in the place of the update rule's, at least 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
}

fn one() -> f64 {
    1.0
}

impl GroupRule {
    /// Parameters that fit a pattern, which train as all others.
    pub fn new(nodes: impl Into<String>) -> Self {
        Self { nodes: nodes.into(), learning_rate_factor: 1.0, weight_decay: None }
    }

    /// With a learning rate multiplied by this.
    pub fn learning_rate_factor(self, learning_rate_factor: f64) -> Self {
        Self { learning_rate_factor, ..self }
    }

    /// With this weight decay.
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay: Some(weight_decay), ..self }
    }
}

/// How one parameter trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OfParameter {
    pub(super) learning_rate_factor: f64,
    pub(super) weight_decay: Option<f64>,
}

impl ParameterGroups {
    /// Whether nothing is treated differently.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Discriminative rates (Howard & Ruder 2018, <https://arxiv.org/abs/1801.06146>, section 3.2): a layer right before an
    /// output trains at the full rate, one that is `n` layers before it at `factor^n` times that.
    ///
    /// Norms and activations don't count as layers: they train at the rate of what comes before them. Where ways to the outputs
    /// differ, the longest counts.
    ///
    /// # Errors
    /// If the factor isn't a number above 0.
    pub fn discriminative(spec: &NetworkSpec, factor: f64) -> Result<Self, TrainError> {
        let rule = "it must be a number above 0";
        check_options(&[("factor", factor, factor > 0.0, rule)])?;
        let nodes = spec.nodes();
        let learns = |number: usize| spec.layer(number).is_some() && spec.node_cost(spec.owner(number)).parameters > 0;
        let counts = |number: usize| {
            let beside = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "prelu"];
            learns(number) && !spec.layer(number).is_some_and(|layer| beside.contains(&layer.kind()))
        };
        // Layers that count after each node, on the longest way; a node comes after those that it takes.
        let mut after = vec![0_usize; nodes.len()];
        for (number, node) in nodes.iter().enumerate().rev() {
            let from_here = after[number] + usize::from(counts(number));
            for &input in node.inputs() {
                after[input] = after[input].max(from_here);
            }
        }
        // A shared layer has the depth of its last use.
        let mut depths: BTreeMap<usize, usize> = BTreeMap::new();
        for number in (0..nodes.len()).filter(|&number| learns(number)) {
            let depth = depths.entry(spec.owner(number)).or_insert(usize::MAX);
            *depth = after[number].min(*depth);
        }
        let mut rules: Vec<_> = depths
            .into_iter()
            .map(|(number, depth)| {
                let power = i32::try_from(depth).unwrap_or(i32::MAX);
                GroupRule::new(nodes[number].name()).learning_rate_factor(factor.powi(power))
            })
            .collect();
        // A name that others are below comes after them.
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.nodes.matches('.').count()));
        Ok(Self { rules, ..Self::default() })
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        self.rules.iter().try_for_each(|rule| {
            let factor = rule.learning_rate_factor;
            let decay = rule.weight_decay.unwrap_or_default();
            check_options(&[
                ("learning_rate_factor", factor, factor >= 0.0, AT_LEAST_0),
                ("weight_decay", decay, decay >= 0.0, AT_LEAST_0),
            ])
        })
    }

    /// How each parameter of a network trains; those that train as all others are left out.
    pub(super) fn resolve(&self, network: &Network) -> Result<HashMap<String, OfParameter>, TrainError> {
        self.validate()?;
        let patterns: Vec<_> = self.rules.iter().map(|rule| rule.nodes.as_str()).collect();
        let mut of: HashMap<_, _> = HashMap::new();
        // The last group is of those that no pattern fits.
        for (rule, group) in self.rules.iter().zip(network.parameter_groups(&patterns)?) {
            let GroupRule { learning_rate_factor, weight_decay, .. } = *rule;
            let options = OfParameter { learning_rate_factor, weight_decay };
            of.extend(group.weights.into_iter().map(|name| (name, options)));
        }
        if self.no_decay_on_norms_and_biases {
            for (name, shape) in network.weight_shapes() {
                if shape.len() <= 1 || name.rsplit('.').next() == Some("bias") {
                    let options =
                        of.entry(name).or_insert(OfParameter { learning_rate_factor: 1.0, weight_decay: None });
                    options.weight_decay = Some(0.0);
                }
            }
        }
        Ok(of)
    }
}
