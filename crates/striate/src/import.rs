//! Published weights become a model file.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;
use striate_backend::Device;
use striate_core::{ClassNames, PixelOrder, Preprocessing};
use striate_models::Architecture;
use striate_network::formats::WeightsFile;
use striate_network::{LoadOptions, ModelFile, NetworkSpec, Sections};

use crate::Error;
use crate::model::check_preprocessing;
use crate::recipe::Task;

/// What the file itself doesn't say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The network's name, as `striate models` lists it.
    pub architecture: Option<String>,
    /// How pictures become its input: `torch`, `tf`, `caffe`, `lite`, or a JSON file; none: the network's usual way.
    pub preprocessing: Option<String>,
    /// The classes' names: `imagenet`, `cifar10`, or a text file with a name a line; none: their numbers.
    pub classes: Option<String>,
}

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The network's name.
    pub network: String,
    /// Its tensors.
    pub tensors: usize,
    /// Its numbers.
    pub parameters: usize,
    /// Its classes.
    pub classes: usize,
}

/// Reads weights that others published, `.pth` or safetensors, and writes a model file. The network has as many classes as
/// its last layer has outputs in the file; the prefix `module.` of all names is passed over.
///
/// # Errors
/// If the weights can't be read, aren't those of the network, or an option is unknown or doesn't fit.
pub fn import(source: &Path, out: &Path, options: &ImportOptions, device: &Device) -> Result<Imported, Error> {
    let name = options.architecture.as_deref().ok_or(Error::NoArchitecture)?;
    let architecture: Architecture = name.parse()?;
    let mut file = WeightsFile::open(source)?;
    const PARALLEL: &str = "module.";
    let prefix = if file.tensors().iter().all(|tensor| tensor.name.starts_with(PARALLEL)) { PARALLEL } else { "" };
    let classes = classes_of(&file, prefix, architecture, device)?;
    let spec = architecture.spec(classes)?;
    let mut sections = Sections::from([
        ("task".into(), json!(Task::Classify)),
        ("preprocessing".into(), json!(preprocessing(options, architecture, &spec)?)),
    ]);
    let names = match &options.classes {
        Some(names) => class_names(names)?,
        None => ClassNames::numbered(classes),
    };
    if names.len() != classes {
        return Err(Error::ClassNames { names: names.len(), classes });
    }
    sections.insert("classes".into(), json!(names));
    let options = LoadOptions::new().strip_prefix(prefix);
    let (network, report) = spec.init(0, device).load_weights(&mut file, &options)?;
    ModelFile::save(out, &network, sections)?;
    let parameters = network.weight_shapes().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    Ok(Imported { network: spec.name().into(), tensors: report.loaded.len(), parameters, classes })
}

/// How many classes the file's network has: the outputs of its last layer with a matrix or kernel.
fn classes_of(file: &WeightsFile, prefix: &str, architecture: Architecture, device: &Device) -> Result<usize, Error> {
    let usual = architecture.default_classes();
    let shapes = architecture.spec(usual)?.init(0, device).weight_shapes();
    let head = shapes.into_iter().rev().find(|(_, shape)| shape.len() > 1);
    let found = head.and_then(|(name, shape)| {
        let tensors = file.tensors();
        let tensor = tensors.into_iter().find(|tensor| tensor.name.strip_prefix(prefix) == Some(&name))?;
        let same_inputs = tensor.shape.get(1..) == shape.get(1..);
        tensor.shape.first().copied().filter(|&classes| same_inputs && classes > 0)
    });
    Ok(found.unwrap_or(usual))
}

fn preprocessing(
    options: &ImportOptions,
    architecture: Architecture,
    spec: &NetworkSpec,
) -> Result<Preprocessing, Error> {
    let usual = architecture.preprocessing();
    let Some(name) = &options.preprocessing else { return Ok(usual) };
    let rgb = Preprocessing { pixel_order: PixelOrder::Rgb, mean: vec![0.0; 3], std: vec![1.0; 3], ..usual };
    let preprocessing = match name.as_str() {
        // Keras's `imagenet_utils.preprocess_input` has the first three; EfficientNet-Lite's paper code the last.
        "torch" => {
            let (mean, std) = (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]);
            Preprocessing { scale: 1.0 / 255.0, offset: 0.0, mean, std, ..rgb }
        }
        "tf" => Preprocessing { scale: 1.0 / 127.5, offset: -1.0, ..rgb },
        "caffe" => {
            let mean = vec![103.939, 116.779, 123.68];
            Preprocessing { pixel_order: PixelOrder::Bgr, scale: 1.0, offset: 0.0, mean, ..rgb }
        }
        "lite" => Preprocessing { scale: 1.0, offset: 0.0, mean: vec![127.0; 3], std: vec![128.0; 3], ..rgb },
        _ => {
            let text = read_text(name, "preprocessing", "torch, tf, caffe, lite")?;
            let json = serde_json::from_str(&text);
            json.map_err(|error| Error::Preprocessing { name: name.clone(), reason: error.to_string() })?
        }
    };
    check_preprocessing(&preprocessing, spec).map_err(|reason| Error::Preprocessing { name: name.clone(), reason })?;
    Ok(preprocessing)
}

fn class_names(name: &str) -> Result<ClassNames, Error> {
    const CIFAR10: [&str; 10] =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
    Ok(match name {
        "cifar10" => ClassNames::new(CIFAR10),
        // The names that torchvision has for WordNet's synsets, in the order of the classes.
        "imagenet" => striate_models::imagenet_classes(),
        _ => ClassNames::new(read_text(name, "classes", "imagenet, cifar10")?.lines().map(str::trim_end)),
    })
}

/// The text of a file that stands in the place of a known name.
fn read_text(name: &str, what: &'static str, known: &'static str) -> Result<String, Error> {
    let path = PathBuf::from(name);
    if !path.exists() && !name.contains(['/', '\\', '.']) {
        return Err(Error::UnknownPreset { what, name: name.into(), known });
    }
    std::fs::read_to_string(&path).map_err(|source| Error::File { action: "read", path, source })
}
