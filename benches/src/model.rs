//! Making, saving and loading the networks of the workloads `model/NETWORK/TASK`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail, ensure};
use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Device;
use striate::models::Architecture;
use striate::network::{ModelFile, Network, Sections};

use crate::operation::wait;

/// The networks, with 1,000 classes.
pub(crate) const NETWORKS: [&str; 2] = ["vgg16", "resnet152"];

/// What is done with them: made with every weight drawn; written as a model file; opened with every weight read.
pub(crate) const TASKS: [&str; 3] = ["init", "save", "load"];

/// A workload's step. Files are in a temporary folder: `TMPDIR` decides where. What is loaded is written by a process of
/// its own, so that this one's memory is what loading needs.
pub(crate) fn prepare(name: &str, task: &str, device: &Device) -> Result<Box<dyn FnMut()>> {
    let (architecture, device) = (architecture(name)?, device.clone());
    if task == "init" {
        return Ok(Box::new(move || drop(network(architecture, &device).expect("1,000 classes fit"))));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("model.safetensors");
    Ok(match task {
        "save" => {
            let network = network(architecture, &device)?;
            Box::new(move || {
                let _folder = &folder;
                ModelFile::save(&path, &network, Sections::new()).expect("the folder takes the file");
            })
        }
        "load" => {
            let writer = Command::new(std::env::current_exe()?)
                .args([&format!("model/{name}/save"), "--write"])
                .arg(&path)
                .status()?;
            ensure!(writer.success(), "the model file could not be written");
            Box::new(move || {
                let _folder = &folder;
                let network = ModelFile::open(&path).and_then(|mut file| file.network(&device));
                wait(&network.expect("the file was written whole").device());
            })
        }
        _ => bail!("a network can be one of {}, not {task:?}", TASKS.join(", ")),
    })
}

/// Writes the model file that the workload `model/NETWORK/load` reads.
///
/// # Errors
/// If the workload is none of these, or the file can't be written.
pub fn write(id: &str, path: &Path, device: &Device) -> Result<()> {
    let name = id.split('/').nth(1).unwrap_or(id);
    Ok(ModelFile::save(path, &network(architecture(name)?, device)?, Sections::new())?)
}

fn architecture(name: &str) -> Result<Architecture> {
    ensure!(NETWORKS.contains(&name), "no network {name:?}; it is one of {}", NETWORKS.join(", "));
    Ok(name.parse()?)
}

/// A network with every weight drawn.
fn network(architecture: Architecture, device: &Device) -> Result<Network> {
    let network = architecture.spec(1000)?.init(0, device);
    network.visit(&mut Draw);
    wait(device);
    Ok(network)
}

/// Asks for each weight, which draws it.
struct Draw;

impl ModuleVisitor for Draw {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        drop(param.val());
    }
}
