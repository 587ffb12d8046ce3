//! How a weight starts, and what training does to it.

use burn::Tensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use serde::{Deserialize, Serialize};

use crate::{Constraint, Initializer, LayerError, Regularizer};

/// How one of a layer's weights starts, and what training does to it beside the loss's gradient.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// First values.
    pub initializer: Initializer,
    /// What is added to the loss for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regularizer: Option<Regularizer>,
    /// What it is brought back to after each update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Constraint>,
}

impl From<Initializer> for Weight {
    fn from(initializer: Initializer) -> Self {
        Self { initializer, regularizer: None, constraint: None }
    }
}

impl Weight {
    /// Glorot uniform: Keras's first values of a kernel.
    pub(crate) fn glorot() -> Self {
        Initializer::GlorotUniform.into()
    }

    /// All 0: Keras's first values of a bias.
    pub(crate) fn zeros() -> Self {
        Initializer::Zeros.into()
    }

    /// What serde takes for a bias that isn't mentioned: there is one.
    pub(crate) fn with_bias() -> Option<Self> {
        Some(Self::zeros())
    }

    /// Checks its numbers; `field` is what the layer calls it.
    pub(crate) fn validate(&self, kind: &'static str, field: &str) -> Result<(), LayerError> {
        let error = |rule| LayerError::value(kind, field, self, rule);
        self.initializer.check().map_err(error)?;
        self.regularizer.map_or(Ok(()), |regularizer| regularizer.check()).map_err(error)?;
        self.constraint.map_or(Ok(()), |constraint| constraint.check()).map_err(error)
    }
}

/// A parameter's name within its layer, such as `weight`, and its config.
pub type NamedWeight<'a> = (String, &'a Weight);

/// A layer's parameters by name, for the configs that say how they are trained.
pub(crate) fn kernel_and_bias<'a>(kernel: &'a Weight, bias: &'a Option<Weight>) -> Vec<NamedWeight<'a>> {
    let bias = bias.as_ref().map(|bias| ("bias".to_string(), bias));
    std::iter::once(("weight".to_string(), kernel)).chain(bias).collect()
}

/// The sum of the penalties of a module's weights, `[1]`; none if no weight has a regularizer.
///
/// `weights` is what the layer's config says: [`LayerSpec::weights`](crate::LayerSpec::weights).
pub fn weight_penalty<M: Module>(module: &M, weights: &[NamedWeight<'_>]) -> Option<Tensor<1>> {
    if weights.iter().all(|(_, weight)| weight.regularizer.is_none()) {
        return None;
    }
    let mut visitor = Penalties { path: Path::default(), weights, sum: None };
    module.visit(&mut visitor);
    visitor.sum
}

/// Brings a module's weights back to their constraints; to be called after each update.
///
/// `weights` is what the layer's config says: [`LayerSpec::weights`](crate::LayerSpec::weights).
pub fn constrain<M: Module>(module: M, weights: &[NamedWeight<'_>]) -> M {
    if weights.iter().all(|(_, weight)| weight.constraint.is_none()) {
        return module;
    }
    module.map(&mut Constrain { path: Path::default(), weights })
}

/// Where a visitor is: `forward.weight`.
#[derive(Default)]
struct Path(Vec<String>);

impl Path {
    fn find<'a>(&self, weights: &'a [NamedWeight<'a>]) -> Option<&'a Weight> {
        let here = self.0.join(".");
        weights.iter().find(|(name, _)| *name == here).map(|(_, weight)| *weight)
    }
}

struct Penalties<'a> {
    path: Path,
    weights: &'a [NamedWeight<'a>],
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for Penalties<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(regularizer) = self.path.find(self.weights).and_then(|weight| weight.regularizer) {
            let penalty = regularizer.penalty(param.val());
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + penalty,
                None => penalty,
            });
        }
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.0.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.0.pop();
    }
}

struct Constrain<'a> {
    path: Path,
    weights: &'a [NamedWeight<'a>],
}

impl ModuleMapper for Constrain<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.path.find(self.weights).and_then(|weight| weight.constraint) {
            Some(constraint) => param.map(|tensor| {
                let learns = tensor.is_require_grad();
                constraint.apply(tensor.detach()).detach().set_require_grad(learns)
            }),
            None => param,
        }
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.0.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.0.pop();
    }
}

/// The builder methods of one weight of a layer: its field, the methods' names, and what it is called.
macro_rules! weight_builders {
    ($field:ident, $initializer:ident, $regularizer:ident, $constraint:ident, $what:literal) => {
        #[doc = concat!("Draws the ", $what, "'s first values so.")]
        pub fn $initializer(mut self, initializer: $crate::Initializer) -> Self {
            self.$field.initializer = initializer;
            self
        }

        #[doc = concat!("Adds a penalty for the ", $what, " to the loss.")]
        pub fn $regularizer(mut self, regularizer: $crate::Regularizer) -> Self {
            self.$field.regularizer = Some(regularizer);
            self
        }

        #[doc = concat!("Brings the ", $what, " back to a rule after each update.")]
        pub fn $constraint(mut self, constraint: $crate::Constraint) -> Self {
            self.$field.constraint = Some(constraint);
            self
        }
    };
}
pub(crate) use weight_builders;

/// The builder methods of a layer with `bias: Option<Weight>`.
macro_rules! bias_builders {
    () => {
        /// Goes without a bias.
        pub fn no_bias(self) -> Self {
            Self { bias: None, ..self }
        }

        /// Draws the bias's first values so, if there is one.
        pub fn bias_initializer(mut self, initializer: $crate::Initializer) -> Self {
            self.bias.iter_mut().for_each(|bias| bias.initializer = initializer);
            self
        }

        /// Adds a penalty for the bias to the loss, if there is one.
        pub fn bias_regularizer(mut self, regularizer: $crate::Regularizer) -> Self {
            self.bias.iter_mut().for_each(|bias| bias.regularizer = Some(regularizer));
            self
        }

        /// Brings the bias back to a rule after each update, if there is one.
        pub fn bias_constraint(mut self, constraint: $crate::Constraint) -> Self {
            self.bias.iter_mut().for_each(|bias| bias.constraint = Some(constraint));
            self
        }
    };
}
pub(crate) use bias_builders;

/// The builder methods of a layer with `kernel: Weight` and `bias: Option<Weight>`.
macro_rules! kernel_and_bias_builders {
    () => {
        $crate::weight::weight_builders!(kernel, kernel_initializer, kernel_regularizer, kernel_constraint, "weight");
        $crate::weight::bias_builders!();
    };
}
pub(crate) use kernel_and_bias_builders;

/// The builder methods of a layer with `activation` and `activity_regularizer`.
macro_rules! activation_builders {
    () => {
        /// Applies an activation to the result.
        pub fn activation(self, activation: $crate::Activation) -> Self {
            Self { activation, ..self }
        }

        /// Adds a penalty for the output to the loss, divided by the batch size as in Keras.
        pub fn activity_regularizer(self, regularizer: $crate::Regularizer) -> Self {
            Self { activity_regularizer: Some(regularizer), ..self }
        }
    };
}
pub(crate) use activation_builders;
