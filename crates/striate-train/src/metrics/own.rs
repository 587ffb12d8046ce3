//! Metrics of the user's own, by name.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use striate_core::nearest::suggestion;
use striate_layers::Signature;

use super::spec::Counted;
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets};

/// A metric of the user's own: the name that it is [registered](register) by, and its options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The name.
    pub name: String,
    /// The options, as JSON; none means an empty object.
    #[serde(default = "nothing")]
    pub options: serde_json::Value,
}

fn nothing() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

impl Own {
    /// A metric with its options.
    ///
    /// # Panics
    /// If the options can't be written as JSON.
    pub fn of<M: MetricSpec>(metric: &M) -> Self {
        let options = serde_json::to_value(metric).unwrap_or_else(|error| panic!("options of {}: {error}", M::NAME));
        Self { name: M::NAME.into(), options }
    }

    fn factory(&self) -> Result<Arc<dyn Factory>, MetricError> {
        let registry = REGISTRY.read().unwrap_or_else(PoisonError::into_inner);
        registry.get(self.name.as_str()).cloned().ok_or_else(|| MetricError::Unknown {
            name: self.name.clone(),
            known: suggestion(&self.name, &registry.keys().copied().collect::<Vec<_>>()),
        })
    }

    pub(super) fn start(&self) -> Result<OwnState, MetricError> {
        Ok(OwnState { metric: self.clone(), counted: self.factory()?.start(&self.options)? })
    }
}

/// What a metric of the user's own has counted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct OwnState {
    metric: Own,
    pub(super) counted: Box<dyn Erased>,
}

impl OwnState {
    pub(super) fn metric(&self) -> &Own {
        &self.metric
    }
}

impl Clone for OwnState {
    fn clone(&self) -> Self {
        Self { metric: self.metric.clone(), counted: self.counted.copy() }
    }
}

impl PartialEq for OwnState {
    fn eq(&self, other: &Self) -> bool {
        self.metric == other.metric && self.counted.equals(other.counted.as_ref())
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    metric: Own,
    state: serde_json::Value,
}

impl From<OwnState> for Saved {
    fn from(state: OwnState) -> Self {
        Self { state: state.counted.save(), metric: state.metric }
    }
}

impl TryFrom<Saved> for OwnState {
    type Error = MetricError;

    fn try_from(Saved { metric, state }: Saved) -> Result<Self, MetricError> {
        let counted = metric.factory()?.restore(&metric.options, state)?;
        Ok(Self { metric, counted })
    }
}

/// A metric with its state, of a type that is forgotten.
pub(super) trait Erased: Debug + Send + Sync {
    fn name(&self) -> String;
    fn validate(&self) -> Result<(), MetricError>;
    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError>;
    fn update(&mut self, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError>;
    fn merge(&mut self, other: &dyn Erased) -> Result<(), MetricError>;
    fn values(&self) -> Vec<(String, f64)>;
    fn value(&self) -> f64;
    fn higher_is_better(&self) -> bool;
    fn save(&self) -> serde_json::Value;
    fn copy(&self) -> Box<dyn Erased>;
    fn equals(&self, other: &dyn Erased) -> bool;
    fn any(&self) -> &dyn Any;
}

impl<M: MetricSpec> Erased for Counted<M> {
    fn name(&self) -> String {
        self.metric.name()
    }

    fn validate(&self) -> Result<(), MetricError> {
        self.metric.validate()
    }

    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        self.metric.check(output, targets)
    }

    fn update(&mut self, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        self.metric.update(&mut self.state, scores, targets)
    }

    fn merge(&mut self, other: &dyn Erased) -> Result<(), MetricError> {
        match other.any().downcast_ref::<Self>() {
            Some(other) => Counted::merge(self, other),
            None => {
                let reason = format!("it can't be merged with {}", other.name());
                Err(MetricError::Mismatch { metric: M::NAME.into(), reason })
            }
        }
    }

    fn values(&self) -> Vec<(String, f64)> {
        self.metric.values(&self.state)
    }

    fn value(&self) -> f64 {
        self.metric.value(&self.state)
    }

    fn higher_is_better(&self) -> bool {
        self.metric.higher_is_better()
    }

    fn save(&self) -> serde_json::Value {
        // A state that can't be written is one that can't be read again, which says so.
        serde_json::to_value(&self.state).unwrap_or(serde_json::Value::Null)
    }

    fn copy(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }

    fn equals(&self, other: &dyn Erased) -> bool {
        other.any().downcast_ref::<Self>() == Some(self)
    }

    fn any(&self) -> &dyn Any {
        self
    }
}

trait Factory: Send + Sync {
    fn start(&self, options: &serde_json::Value) -> Result<Box<dyn Erased>, MetricError>;
    fn restore(&self, options: &serde_json::Value, state: serde_json::Value) -> Result<Box<dyn Erased>, MetricError>;
}

struct FactoryOf<M>(PhantomData<fn() -> M>);

fn mismatch<M: MetricSpec>(what: &str, error: &serde_json::Error) -> MetricError {
    MetricError::Mismatch { metric: M::NAME.into(), reason: format!("its {what} can't be read: {error}") }
}

impl<M: MetricSpec> Factory for FactoryOf<M> {
    fn start(&self, options: &serde_json::Value) -> Result<Box<dyn Erased>, MetricError> {
        let metric = M::deserialize(options).map_err(|error| mismatch::<M>("options", &error))?;
        Ok(Box::new(Counted::new(metric)))
    }

    fn restore(&self, options: &serde_json::Value, state: serde_json::Value) -> Result<Box<dyn Erased>, MetricError> {
        let metric = M::deserialize(options).map_err(|error| mismatch::<M>("options", &error))?;
        let state = serde_json::from_value(state).map_err(|error| mismatch::<M>("state", &error))?;
        Ok(Box::new(Counted { metric, state }))
    }
}

static REGISTRY: RwLock<BTreeMap<&'static str, Arc<dyn Factory>>> = RwLock::new(BTreeMap::new());

/// Makes a metric known by its name, so that it can be named in data. Once a program is enough.
pub fn register<M: MetricSpec>() {
    let mut registry = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
    registry.insert(M::NAME, Arc::new(FactoryOf::<M>(PhantomData)));
}
