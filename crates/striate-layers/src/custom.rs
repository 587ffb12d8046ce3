//! Layers of the user's own, as Keras's `custom_objects`.
//!
//! A burn module becomes a layer by [`CustomLayer`], and a name in files by [`register`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use burn::module::{Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;
use striate_core::nearest::suggestion;

use crate::erased::{Change, ErasedModule, Typed};
use crate::layer::{LayerModule, LayerSpec};
use crate::{Context, Cost, LayerError, Signature, Value};

/// A user's burn module as a layer of a network.
///
/// ```
/// use burn::Tensor;
/// use burn::module::{Module, Param};
/// use serde::{Deserialize, Serialize};
/// use striate_backend::Device;
/// use striate_core::Scope;
/// use striate_layers::{Context, Custom, CustomLayer, LayerError, Signature, Value, register};
///
/// /// Multiplies by one learned number.
/// #[derive(Module, Debug)]
/// struct Scale {
///     factor: Param<Tensor<1>>,
/// }
///
/// #[derive(Debug, Clone, Serialize, Deserialize)]
/// struct ScaleConfig {
///     start: f32,
/// }
///
/// impl CustomLayer for Scale {
///     type Config = ScaleConfig;
///     const NAME: &'static str = "scale";
///
///     fn output(_: &ScaleConfig, inputs: &[Signature]) -> Result<Signature, LayerError> {
///         Ok(inputs[0].clone())
///     }
///
///     fn init(config: &ScaleConfig, _: &[Signature], _: &Scope, device: &Device) -> Self {
///         Self { factor: Param::from_tensor(Tensor::from_floats([config.start], device)) }
///     }
///
///     fn forward(&self, mut inputs: Vec<Value>, _: &mut Context) -> Value {
///         let x = inputs.remove(0).float::<2>();
///         let factor = self.factor.val().reshape([1, 1]);
///         (x * factor).into()
///     }
/// }
///
/// register::<Scale>();
/// let layer = Custom::of::<Scale>(&ScaleConfig { start: 0.5 });
/// assert_eq!(layer.layer(), "scale");
/// ```
pub trait CustomLayer: Module + Sync + 'static {
    /// Its config; it travels in the network's file as JSON.
    type Config: Serialize + DeserializeOwned;

    /// The name under which it is registered and found in files.
    const NAME: &'static str;

    /// The shape rule.
    ///
    /// # Errors
    /// Says what came and what fits, or which value of the config is wrong.
    fn output(config: &Self::Config, inputs: &[Signature]) -> Result<Signature, LayerError>;

    /// Initialises the module for inputs that fit.
    fn init(config: &Self::Config, inputs: &[Signature], scope: &Scope, device: &Device) -> Self;

    /// Runs the layer.
    fn forward(&self, inputs: Vec<Value>, context: &mut Context) -> Value;

    /// What it costs for one sample; nothing but its output unless it says so.
    fn cost(config: &Self::Config, inputs: &[Signature]) -> Cost {
        Cost::of_output(Self::output(config, inputs))
    }
}

/// What the registry knows of a type, with the type erased.
trait Factory: Send + Sync {
    fn output(&self, config: &serde_json::Value, inputs: &[Signature]) -> Result<Signature, LayerError>;
    fn cost(&self, config: &serde_json::Value, inputs: &[Signature]) -> Cost;
    fn init(
        &self,
        config: &serde_json::Value,
        inputs: &[Signature],
        scope: &Scope,
        device: &Device,
    ) -> Box<dyn BoxedLayer>;
}

struct FactoryOf<L>(std::marker::PhantomData<fn() -> L>);

fn read<L: CustomLayer>(config: &serde_json::Value) -> Result<L::Config, LayerError> {
    L::Config::deserialize(config)
        .map_err(|error| LayerError::CustomConfig { name: L::NAME.into(), reason: error.to_string() })
}

impl<L: CustomLayer> Factory for FactoryOf<L> {
    fn output(&self, config: &serde_json::Value, inputs: &[Signature]) -> Result<Signature, LayerError> {
        L::output(&read::<L>(config)?, inputs)
    }

    fn cost(&self, config: &serde_json::Value, inputs: &[Signature]) -> Cost {
        read::<L>(config).map(|config| L::cost(&config, inputs)).unwrap_or_default()
    }

    fn init(
        &self,
        config: &serde_json::Value,
        inputs: &[Signature],
        scope: &Scope,
        device: &Device,
    ) -> Box<dyn BoxedLayer> {
        let config = read::<L>(config).expect("the shape rule has read this config");
        Box::new(L::init(&config, inputs, scope, device))
    }
}

type Registry = BTreeMap<&'static str, Arc<dyn Factory>>;

static REGISTRY: RwLock<Registry> = RwLock::new(BTreeMap::new());

/// Makes a type known by its name, so that networks can be built and read that have it. Once a program is enough.
pub fn register<L: CustomLayer>() {
    let mut registry = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
    registry.insert(L::NAME, Arc::new(FactoryOf::<L>(std::marker::PhantomData)));
}

/// The registered names, sorted.
pub fn registered() -> Vec<&'static str> {
    REGISTRY.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
}

/// A registered layer as data: its name and its config.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custom {
    layer: String,
    config: serde_json::Value,
}

impl Custom {
    /// A registered layer with this config.
    ///
    /// # Panics
    /// If the config can't be written as JSON.
    pub fn of<L: CustomLayer>(config: &L::Config) -> Self {
        let config = serde_json::to_value(config).expect("a layer's config can be written as JSON");
        Self { layer: L::NAME.into(), config }
    }

    /// The name under which the layer is registered.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    fn factory(&self) -> Result<Arc<dyn Factory>, LayerError> {
        let registry = REGISTRY.read().unwrap_or_else(PoisonError::into_inner);
        registry.get(self.layer.as_str()).cloned().ok_or_else(|| LayerError::UnknownCustom {
            name: self.layer.clone(),
            known: suggestion(&self.layer, &registry.keys().copied().collect::<Vec<_>>()),
        })
    }
}

impl LayerSpec for Custom {
    type Module = CustomModule;
    const KIND: &'static str = "custom";

    fn kind(&self) -> &str {
        &self.layer
    }

    fn validate(&self) -> Result<(), LayerError> {
        self.factory().map(drop)
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        self.factory()?.output(&self.config, inputs)
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        self.factory().map(|factory| factory.cost(&self.config, inputs)).unwrap_or_default()
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> CustomModule {
        let factory = self.factory().expect("a layer stays registered");
        CustomModule { layer: self.layer.clone(), module: factory.init(&self.config, inputs, scope, device) }
    }
}

/// The object-safe form of a [`CustomLayer`].
trait BoxedLayer: ErasedModule {
    fn call_boxed(&self, inputs: Vec<Value>, context: &mut Context) -> Value;
    fn clone_boxed(&self) -> Box<dyn BoxedLayer>;
}

impl<L: CustomLayer> BoxedLayer for L {
    fn call_boxed(&self, inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs, context)
    }

    fn clone_boxed(&self) -> Box<dyn BoxedLayer> {
        Box::new(self.clone())
    }
}

/// A user's burn module, boxed.
pub struct CustomModule {
    layer: String,
    module: Box<dyn BoxedLayer>,
}

impl CustomModule {
    fn changed(mut self, change: Change<'_>) -> Self {
        self.module.replace(change);
        self
    }
}

impl Clone for CustomModule {
    fn clone(&self) -> Self {
        Self { layer: self.layer.clone(), module: self.module.clone_boxed() }
    }
}

impl fmt::Debug for CustomModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Custom({})", self.layer)
    }
}

impl Module for CustomModule {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        self.module.visit_erased(&mut Typed(visitor));
    }

    fn map<M: ModuleMapper>(mut self, mapper: &mut M) -> Self {
        self.module.map_erased(&mut Typed(mapper));
        self
    }

    fn to_device(self, device: &Device) -> Self {
        self.changed(Change::ToDevice(device))
    }

    fn fork(self, device: &Device) -> Self {
        self.changed(Change::Fork(device))
    }

    fn collect_devices(&self, devices: Devices) -> Devices {
        self.module.devices_erased(devices)
    }

    fn valid(&self) -> Self {
        self.clone().changed(Change::Valid)
    }

    fn train(self) -> Self {
        self.changed(Change::Train)
    }

    fn materialize(self) -> Self {
        self.changed(Change::Materialize)
    }
}

impl ModuleDisplayDefault for CustomModule {
    fn content(&self, content: Content) -> Option<Content> {
        content.add_formatted(&format!("{self:?}")).optional()
    }
}

impl ModuleDisplay for CustomModule {}

impl LayerModule for CustomModule {
    fn call(&self, inputs: Vec<Value>, context: &mut Context) -> Value {
        self.module.call_boxed(inputs, context)
    }
}
