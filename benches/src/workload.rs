//! The workloads that are timed beside other libraries: a convolution, a step of training, inference, or making, saving
//! and loading a network.

use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use burn::Tensor;
use burn::module::Module;
use burn::tensor::{Device, GradientCheckpointingStrategy, Int, TensorData};
use serde::Serialize;
use striate::backend::ops::{ConvOptions, conv2d, sum};
use striate::core::Streams;
use striate::layers::losses::SparseCategoricalCrossEntropy;
use striate::layers::{Activation, Context, Conv2d};
use striate::models::Architecture;
use striate::network::{Network, NetworkSpec};
use striate::training::optimizers::{Optimizer, Sgd, Updates};

use crate::model;
use crate::operation::{random, wait};

/// A convolution by its sizes: batch, channels in, side, channels out, kernel, stride, padding, groups.
const CONVOLUTIONS: [(&str, [usize; 8]); 9] = [
    ("stem7x7", [16, 3, 224, 64, 7, 2, 3, 1]),
    ("c64_56", [16, 64, 56, 64, 3, 1, 1, 1]),
    ("c128_28", [16, 128, 28, 128, 3, 1, 1, 1]),
    ("c256_14", [16, 256, 14, 256, 3, 1, 1, 1]),
    ("c512_7", [16, 512, 7, 512, 3, 1, 1, 1]),
    ("c128_s2", [16, 128, 56, 128, 3, 2, 1, 1]),
    ("pw64_256", [16, 64, 56, 256, 1, 1, 0, 1]),
    ("dw128_56", [16, 128, 56, 128, 3, 1, 1, 128]),
    ("c5x5", [16, 32, 28, 64, 5, 1, 2, 1]),
];

const TRAINED: [(&str, usize); 6] = [
    ("lenet5", 64),
    ("cifar_cnn", 64),
    ("resnet18_32", 32),
    ("mobilenet_v2_224", 8),
    ("resnet50_224", 4),
    ("unet_128", 2),
];

const INFERRED: [(&str, usize); 11] = [
    ("lenet5", 1),
    ("alexnet_224", 1),
    ("vgg16_224", 1),
    ("googlenet_224", 1),
    ("resnet18_224", 1),
    ("resnet50_224", 1),
    ("resnet50_224", 8),
    ("mobilenet_v2_224", 1),
    ("efficientnet_b0_224", 1),
    ("xception_299", 1),
    ("unet_128", 1),
];

/// The ids of all workloads.
pub fn ids() -> Vec<String> {
    let networks = |task: &'static str, list: &'static [(&str, usize)]| {
        list.iter().map(move |(name, batch)| format!("{task}/{name}/b{batch}"))
    };
    let convolutions =
        CONVOLUTIONS.iter().flat_map(|(name, _)| ["fwd", "fwdbwd"].map(|task| format!("conv/{name}/{task}")));
    let models =
        model::NETWORKS.iter().flat_map(|name| model::TASKS.iter().map(move |task| format!("model/{name}/{task}")));
    networks("train", &TRAINED).chain(networks("infer", &INFERRED)).chain(convolutions).chain(models).collect()
}

/// What was measured of a workload.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The workload's name.
    pub id: String,
    /// Always `striate`.
    pub engine: &'static str,
    /// What was done, and where.
    pub variant: String,
    /// Time of one step in ms.
    pub median_ms: f64,
    /// Time of the fastest step in ms.
    pub min_ms: f64,
    /// Pictures, or networks, per second, by the median.
    pub items_per_s: f64,
    /// The most memory that the process had, in MB.
    pub peak_rss_mb: u64,
}

/// A workload's step, and how many pictures, or networks, it handles.
///
/// # Errors
/// If there is no such workload.
pub fn prepare(id: &str, device: &Device) -> Result<(usize, Box<dyn FnMut()>)> {
    let unknown = || anyhow!("no workload {id:?}; it is one of {}", ids().join(", "));
    let parts = id.split('/').collect::<Vec<_>>();
    let [task, name, tail] = parts[..] else { return Err(unknown()) };
    let batch = || tail.strip_prefix('b').and_then(|batch| batch.parse().ok()).ok_or_else(unknown);
    Ok(match task {
        "conv" => {
            let (_, sizes) = CONVOLUTIONS.iter().find(|(known, _)| *known == name).ok_or_else(unknown)?;
            match tail {
                "fwd" => (sizes[0], Box::new(convolution(*sizes, device))),
                "fwdbwd" => (sizes[0], Box::new(convolution_with_gradients(*sizes, device))),
                _ => return Err(unknown()),
            }
        }
        "train" => (batch()?, training(&network(name)?, batch()?, device)),
        "model" => (1, model::prepare(name, tail, device)?),
        "infer" => (batch()?, inference(&network(name)?, batch()?, device)),
        _ => return Err(unknown()),
    })
}

/// Runs a workload, twice unmeasured and then `iterations` times.
///
/// # Errors
/// If there is no such workload.
pub fn measure(id: &str, iterations: Option<usize>, device: &Device) -> Result<Measured> {
    let (items, step) = prepare(id, device)?;
    let slow = ["224", "299", "unet", "model/"].iter().any(|part| id.contains(part));
    let times = times(iterations.unwrap_or(if slow { 7 } else { 15 }), step);
    let middle = times.len() / 2;
    let median_ms = if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2.0 };
    Ok(Measured {
        id: id.into(),
        engine: "striate",
        variant: format!("{} {device:?}", id.split('/').next().unwrap_or_default()),
        median_ms,
        min_ms: times[0],
        items_per_s: items as f64 / median_ms * 1e3,
        peak_rss_mb: peak_rss_mb(),
    })
}

/// The times in ms, sorted, of as many steps, at least one, after two that aren't measured.
pub fn times(iterations: usize, mut step: impl FnMut()) -> Vec<f64> {
    step();
    step();
    let time = |_| {
        let start = Instant::now();
        step();
        start.elapsed().as_secs_f64() * 1e3
    };
    let mut times: Vec<_> = (0..iterations.max(1)).map(time).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn operands(
    [batch, from, side, to, kernel, stride, padding, groups]: [usize; 8],
    device: &Device,
) -> (Tensor<4>, Tensor<4>, ConvOptions<2>) {
    let images = random("images", [batch, from, side, side], device);
    let weight = random("weight", [to, from / groups, kernel, kernel], device);
    (images, weight, ConvOptions::new([stride; 2], [padding; 2], [1; 2], groups))
}

fn convolution(sizes: [usize; 8], device: &Device) -> impl FnMut() + use<> {
    let (images, weight, options) = operands(sizes, device);
    let device = device.clone();
    move || {
        let _output = conv2d(images.clone(), weight.clone(), None, options.clone());
        wait(&device);
    }
}

/// Forward and both gradients of a convolution by batch, channels in, side, channels out, kernel, stride, padding, groups.
pub fn convolution_with_gradients(sizes: [usize; 8], device: &Device) -> impl FnMut() + use<> {
    let (images, weight, options) = operands(sizes, &device.clone().autodiff());
    let device = device.clone();
    move || {
        let (images, weight) = (images.clone().detach().require_grad(), weight.clone().detach().require_grad());
        let mut gradients = sum(conv2d(images.clone(), weight.clone(), None, options.clone())).backward();
        let _gradients = (images.grad_remove(&mut gradients), weight.grad_remove(&mut gradients));
        wait(&device);
    }
}

/// The networks of the workloads, as the other side has them.
///
/// # Errors
/// If there is no such network.
pub fn network(name: &str) -> Result<NetworkSpec> {
    let of = |architecture: Architecture| architecture.config();
    Ok(match name {
        "lenet5" => Architecture::LeNet5.spec(10)?,
        "cifar_cnn" => Architecture::Cifar10Cnn.spec(10)?,
        // As for CIFAR-10: a stem of 3x3 without striding or pooling.
        "resnet18_32" => of(Architecture::ResNet18)
            .classes(10)
            .size([32, 32])
            .spec()?
            .with_layer("conv1", Conv2d::new(64, 3).padding(1).no_bias())?
            .with_layer("maxpool", Activation::Linear)?,
        "alexnet_224" => Architecture::AlexNet.spec(1000)?,
        "vgg16_224" => Architecture::Vgg16.spec(1000)?,
        "googlenet_224" => Architecture::GoogLeNet.spec(1000)?.until(&["fc"])?,
        "resnet18_224" => Architecture::ResNet18.spec(1000)?,
        "resnet50_224" => Architecture::ResNet50.spec(1000)?,
        "mobilenet_v2_224" => Architecture::MobileNetV2.spec(1000)?,
        "efficientnet_b0_224" => Architecture::EfficientNetB0.spec(1000)?,
        "xception_299" => Architecture::LegacyXception.spec(1000)?,
        "unet_128" => of(Architecture::UNet).classes(2).size([128, 128]).spec()?,
        _ => bail!("no network {name:?} among the workloads"),
    })
}

fn images(spec: &NetworkSpec, batch: usize, device: &Device) -> Tensor<4> {
    let signatures = spec.input_signatures();
    let [Some(channels), Some(height), Some(width)] = signatures[0].shape.sides()[..] else {
        unreachable!("the networks above take pictures of one size")
    };
    random("images", [batch, channels, height, width], device)
}

/// Forward, cross-entropy, backward and gradient descent with momentum.
pub fn training(spec: &NetworkSpec, batch: usize, device: &Device) -> Box<dyn FnMut()> {
    let device = device.clone();
    let training = device.clone().autodiff();
    let network = spec.init(0, &device);
    let mut network = match training.gradient_checkpointing_strategy() {
        Some(GradientCheckpointingStrategy::Balanced) => network.with_activation_checkpointing(),
        _ => network.train(),
    };
    let images = images(spec, batch, &training);
    let sgd = Sgd::torch().momentum(0.9);
    let mut updates = Updates::new(Optimizer::Sgd(sgd));
    let classes = spec.classes().unwrap_or(2);
    let mut stream = Streams::new(0).open("labels");
    let plane = if spec.name() == "unet" { 128 * 128 } else { 1 };
    let labels = (0..batch * plane).map(|_| stream.below(classes) as i64).collect::<Vec<i64>>();
    let mut number = 0;
    Box::new(move || {
        let mut context = Context::training(Streams::new(0).at(0, number));
        number += 1;
        let loss = SparseCategoricalCrossEntropy::new();
        let loss = if plane == 1 {
            let labels = Tensor::<1, Int>::from_data(TensorData::new(labels.clone(), [batch]), &training);
            loss.forward(network.forward_in::<4, 2>(images.clone(), &mut context), labels)
        } else {
            let labels = Tensor::<3, Int>::from_data(TensorData::new(labels.clone(), [batch, 128, 128]), &training);
            loss.forward(network.forward_in::<4, 4>(images.clone(), &mut context), labels)
        };
        let mut gradients = loss.backward();
        updates.apply(&mut network, &mut gradients, sgd.learning_rate);
        network = context.take_updates().apply(network.clone());
        wait(&device);
    })
}

/// Inference of a network that is rewritten for it.
pub fn inference(spec: &NetworkSpec, batch: usize, device: &Device) -> Box<dyn FnMut()> {
    let device = device.clone();
    let network: Network = spec.init(0, &device).for_inference();
    let images = images(spec, batch, &device);
    Box::new(move || {
        let _outputs = network.run(vec![images.clone().into()], &mut Context::evaluation()).expect("the pictures fit");
        wait(&device);
    })
}

/// The most memory of this process in MiB, as the system says; 0 where it says nothing.
#[cfg(unix)]
pub fn peak_rss_mb() -> u64 {
    use nix::sys::resource::{UsageWho, getrusage};
    // Apple counts in bytes, others in KiB.
    let unit = if cfg!(target_vendor = "apple") { 1 << 20 } else { 1 << 10 };
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| u64::try_from(usage.max_rss()).unwrap_or(0) / unit)
}

/// The most memory of this process in MiB, which is not known here.
#[cfg(not(unix))]
pub fn peak_rss_mb() -> u64 {
    0
}

/// The memory of this process now in MiB, as Linux says; 0 elsewhere.
pub fn rss_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
