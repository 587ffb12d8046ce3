//! The numbers of one step of an update rule.

/// Whose formulas an update rule follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formulas {
    /// Keras 3's.
    Keras,
    /// PyTorch's.
    Torch,
}

/// A step of gradient descent with momentum.
///
/// - Keras: `v = momentum v - rate g`; the parameter gains `v`, or with Nesterov's form `momentum v - rate g`.
/// - PyTorch: `v = momentum v + (1 - dampening) g`, at the first step `v = g`; the parameter loses `rate` times `v`, or with
///   Nesterov's form `g + momentum v`.
///
/// Weight decay shrinks the parameter by `rate decay` first (Keras), or adds `decay` times it to the gradient (PyTorch).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SgdStep {
    /// Whose formulas.
    pub formulas: Formulas,
    /// The learning rate.
    pub rate: f64,
    /// How much of the velocity stays.
    pub momentum: f64,
    /// How much of the gradient the velocity doesn't take; PyTorch's form alone.
    pub dampening: f64,
    /// Whether the step goes from where the momentum leads.
    pub nesterov: bool,
    /// The fraction of the weight decay.
    pub weight_decay: f64,
    /// The number of the step, from 1.
    pub number: u64,
}

impl SgdStep {
    /// The part of the gradient that PyTorch's velocity takes; all of it if nothing of the velocity stays.
    pub(crate) fn undamped(&self) -> f64 {
        if self.number == 1 || self.momentum == 0.0 { 1.0 } else { 1.0 - self.dampening }
    }
}

/// A step of Adam or AdamW. With `m = beta_1 m + (1 - beta_1) g` and `s = beta_2 s + (1 - beta_2) g^2`, and the corrections
/// `c_1 = 1 - beta_1^t` and `c_2 = sqrt(1 - beta_2^t)`, the parameter loses
///
/// - Keras: `m / (sqrt(s) + epsilon) * (rate c_2 / c_1)`;
/// - PyTorch: `m / (sqrt(s) / c_2 + epsilon) * (rate / c_1)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Whose formulas.
    pub formulas: Formulas,
    /// The learning rate.
    pub rate: f64,
    /// How much of the gradient's mean stays.
    pub beta_1: f64,
    /// How much of the mean of its square stays.
    pub beta_2: f64,
    /// What keeps the division finite.
    pub epsilon: f64,
    /// The fraction of the weight decay.
    pub weight_decay: f64,
    /// Whether weight decay shrinks the parameter rather than adding to the gradient; Keras's form always does so.
    pub decoupled: bool,
    /// The number of the step, from 1.
    pub number: u64,
}

impl AdamStep {
    /// What divides the root of the mean square, and what multiplies the quotient.
    pub(crate) fn corrections(&self) -> (f64, f64) {
        // In f64, since 1 - beta_2^t is small at first.
        let correction_1 = 1.0 - self.beta_1.powf(self.number as f64);
        let correction_2 = (1.0 - self.beta_2.powf(self.number as f64)).sqrt();
        match self.formulas {
            Formulas::Keras => (1.0, self.rate * correction_2 / correction_1),
            Formulas::Torch => (correction_2, self.rate / correction_1),
        }
    }
}

/// A step of RMSprop. With `s = rho s + (1 - rho) g^2`, and centered `s - m^2` in its place, at least 0, where
/// `m = rho m + (1 - rho) g`,
///
/// - Keras: `v = momentum v + rate g / sqrt(s + epsilon)`; the parameter loses `v`;
/// - PyTorch: `v = momentum v + g / (sqrt(s) + epsilon)`; the parameter loses `rate v`.
///
/// Weight decay as in [`SgdStep`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmsPropStep {
    /// Whose formulas.
    pub formulas: Formulas,
    /// The learning rate.
    pub rate: f64,
    /// How much of the means stays; PyTorch calls it `alpha`.
    pub rho: f64,
    /// What keeps the division finite.
    pub epsilon: f64,
    /// How much of the velocity stays; none is kept if it is 0.
    pub momentum: f64,
    /// Whether the gradient's variance divides rather than the mean of its square; the mean is kept only then.
    pub centered: bool,
    /// The fraction of the weight decay.
    pub weight_decay: f64,
}

/// A step of Adagrad. With `s = s + g^2`, the parameter loses
///
/// - Keras: `rate g / sqrt(s + epsilon)`;
/// - PyTorch: `rate g / (sqrt(s) + epsilon)`.
///
/// Weight decay as in [`SgdStep`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdagradStep {
    /// Whose formulas.
    pub formulas: Formulas,
    /// The learning rate.
    pub rate: f64,
    /// What keeps the division finite.
    pub epsilon: f64,
    /// The fraction of the weight decay.
    pub weight_decay: f64,
}
