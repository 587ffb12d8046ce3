//! A user's burn module as a node, and a network as a field of a user's module.

use burn::Tensor;
use burn::module::{Module, Param, ParamId};
use burn::tensor::{Bool, Device};
use burn_nn::{Linear, LinearConfig};
use serde::{Deserialize, Serialize};
use striate_backend::device;
use striate_core::Scope;
use striate_layers::{Context, Custom, CustomLayer, Dense, Lambda, LayerError, Signature, Value, register};
use striate_network::{ModelFile, Network, NetworkSpec, Sections};

use crate::support::small;

/// A module of burn's own layers.
#[derive(Module, Debug)]
struct Gate {
    linear: Linear,
    scale: Param<Tensor<1>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct GateConfig {
    features: usize,
}

impl CustomLayer for Gate {
    type Config = GateConfig;
    const NAME: &'static str = "gate";

    fn output(config: &GateConfig, inputs: &[Signature]) -> Result<Signature, LayerError> {
        Ok(Signature { shape: [config.features].into(), ..inputs[0].clone() })
    }

    fn init(config: &GateConfig, inputs: &[Signature], _: &Scope, device: &Device) -> Self {
        let features = inputs[0].shape.elements().unwrap_or(1);
        Self {
            linear: LinearConfig::new(features, config.features).init(device),
            scale: Param::from_tensor(Tensor::ones([config.features], device)),
        }
    }

    fn forward(&self, mut inputs: Vec<Value>, _: &mut Context) -> Value {
        let x = self.linear.forward(inputs.remove(0).float::<2>());
        (x * self.scale.val().unsqueeze()).into()
    }
}

fn gated() -> NetworkSpec {
    register::<Gate>();
    let mut net = NetworkSpec::builder("gated");
    let x = net.input("features", [5]);
    let x = net.add("gate", Custom::of::<Gate>(&GateConfig { features: 4 }), x);
    let x = net.add("fc", Dense::new(2), x);
    net.output(x).build().unwrap()
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

#[test]
fn users_module_as_a_node_runs_learns_and_round_trips() {
    let device = device("flex").unwrap();
    let network = gated().init(1, &device);
    let names: Vec<_> = network.weight_shapes().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["gate.linear.weight", "gate.linear.bias", "gate.scale", "fc.weight", "fc.bias"]);
    let x = Tensor::<2>::ones([3, 5], &device);
    let want = values(network.forward(x.clone()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gated.safetensors");
    ModelFile::save(&path, &network, Sections::new()).unwrap();
    let read = ModelFile::open(&path).unwrap().network(&device).unwrap();
    assert_eq!(values(read.forward(x.clone())), want);

    let training = read.train();
    let output: Tensor<2> = training.forward(x);
    let gradients = output.sum().backward();
    let mut learned = 0;
    struct Count<'a>(&'a burn::tensor::Gradients, &'a mut usize);
    impl burn::module::ModuleVisitor for Count<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            *self.1 += usize::from(param.val().grad(self.0).is_some());
        }
    }
    training.visit(&mut Count(&gradients, &mut learned));
    assert_eq!(learned, 5);
    assert!(!training.valid().devices()[0].is_autodiff());
}

#[test]
fn unregistered_layer_is_an_error_that_names_the_registered() {
    let json = serde_json::to_string(&gated()).unwrap().replace("\"layer\":\"gate\"", "\"layer\":\"gade\"");
    let error = serde_json::from_str::<NetworkSpec>(&json).unwrap_err().to_string();
    assert!(error.contains("no custom layer \"gade\"") && error.contains("did you mean \"gate\"?"), "{error}");
    let json = serde_json::to_string(&gated()).unwrap().replace("\"features\":4", "\"features\":\"four\"");
    let error = serde_json::from_str::<NetworkSpec>(&json).unwrap_err().to_string();
    assert!(error.contains("can't read its config"), "{error}");
}

/// A hand-written module with a network in it.
#[derive(Module, Debug)]
struct Handwritten {
    backbone: Network,
    head: Linear,
}

impl Handwritten {
    fn new(seed: u64, device: &Device) -> Self {
        Self { backbone: small().init(seed, device), head: LinearConfig::new(3, 2).init(device) }
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.head.forward(self.backbone.forward(images))
    }
}

#[test]
fn network_as_a_field_learns_and_round_trips_through_a_burn_record() {
    let device = device("flex").unwrap();
    let module = Handwritten::new(1, &device);
    assert_eq!(module.num_params(), 127 + 8);
    assert!(module.to_string().contains("small"), "{module}");
    let images = Tensor::<4>::ones([2, 2, 9, 8], &device);
    let want = values(module.forward(images.clone()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("module");
    module.clone().save_file(&path).unwrap();
    let other = Handwritten::new(2, &device);
    assert_ne!(values(other.forward(images.clone())), want);
    let other = other.load_file(&path);
    assert_eq!(values(other.forward(images.clone())), want);

    let training = other.train();
    let gradients = training.forward(images).sum().backward();
    let spec = training.backbone.spec().clone();
    assert_eq!(spec, small());
    assert!(training.head.weight.val().grad(&gradients).is_some());
}

#[test]
fn closure_runs_as_a_layer_and_saving_it_says_what_to_do() {
    let device = device("flex").unwrap();
    let mut net = NetworkSpec::builder("halved");
    let x = net.input("x", [3]);
    let x = net.add("half", Lambda::keeping_shape("half", |x| (x.float::<2>() / 2.0).into()), x);
    let network = net.output(x).build().unwrap().init(0, &device);
    let halved: Tensor<2> = network.forward(Tensor::<2>::ones([1, 3], &device));
    assert_eq!(values(halved), [0.5; 3]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let error = ModelFile::save(&path, &network, Sections::new()).unwrap_err().to_string();
    assert!(error.contains("\"half\" is a closure") && error.contains("CustomLayer"), "{error}");
    assert!(!path.exists());
}

/// A module with a parameter that no file holds.
#[derive(Module, Debug)]
struct Mask {
    kept: Param<Tensor<1, Bool>>,
}

impl CustomLayer for Mask {
    type Config = GateConfig;
    const NAME: &'static str = "mask";

    fn output(_: &GateConfig, inputs: &[Signature]) -> Result<Signature, LayerError> {
        Ok(inputs[0].clone())
    }

    fn init(config: &GateConfig, _: &[Signature], _: &Scope, device: &Device) -> Self {
        Self { kept: Param::initialized(ParamId::new(), Tensor::full([config.features], true, device)) }
    }

    fn forward(&self, mut inputs: Vec<Value>, _: &mut Context) -> Value {
        let x = inputs.remove(0).float::<2>();
        let dropped = self.kept.val().bool_not().unsqueeze::<2>().expand(x.dims());
        x.mask_fill(dropped, 0.0).into()
    }
}

#[test]
fn weights_that_no_file_could_tell_apart_or_hold_are_not_saved() {
    register::<Gate>();
    register::<Mask>();
    let device = device("flex").unwrap();
    let save = |second: &str, layer: Custom| {
        let mut net = NetworkSpec::builder("both");
        let x = net.input("features", [5]);
        let x = net.add("gate", Custom::of::<Gate>(&GateConfig { features: 5 }), x);
        let x = net.add(second, layer, x);
        let network = net.output(x).build().unwrap().init(1, &device);
        let folder = tempfile::tempdir().unwrap();
        ModelFile::save(&folder.path().join("model.safetensors"), &network, Sections::new()).map_err(|e| e.to_string())
    };
    let gate = || Custom::of::<Gate>(&GateConfig { features: 5 });
    assert_eq!(save("gate2", gate()), Ok(()));
    // The first gate's `linear.weight` and the second's `weight`, were it a dense layer.
    let mut net = NetworkSpec::builder("collision");
    let x = net.input("features", [5]);
    let x = net.add("gate", gate(), x);
    let x = net.add("gate.linear", Dense::new(5), x);
    let network = net.output(x).build().unwrap().init(1, &device);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let error = ModelFile::save(&path, &network, Sections::new()).unwrap_err().to_string();
    assert!(error.contains(r#"two weights are named "gate.linear.weight""#), "{error}");
    assert!(!path.exists());
    let error = save("mask", Custom::of::<Mask>(&GateConfig { features: 5 })).unwrap_err();
    assert!(error.contains(r#""mask.kept" holds truth values"#), "{error}");
}
