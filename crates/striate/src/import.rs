//! Published weights become a model file.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;
use striate_backend::Device;
use striate_core::{ClassNames, PixelMode, Preprocessing};
use striate_models::Architecture;
use striate_network::{ModelFile, NetworkSpec, Sections};

use crate::Error;
use crate::Task;
use crate::model::check_preprocessing;
use crate::pretrained::{Loaded, Pretrained};
use crate::weights_source::WeightsSource;

/// What the weights themselves don't say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The network's name, as `striate models` lists it; none: that of published weights.
    pub architecture: Option<String>,
    /// How pictures become its input: `torch`, `tf`, `caffe`, `lite`, or a JSON file; none: as the published weights or the
    /// model file say, or else as the network usually has it.
    pub preprocessing: Option<String>,
    /// The classes' names: `imagenet`, `cifar10`, `cifar100`, `coco`, `voc`, or a text file with a name a line; none: those
    /// that the network's published weights know if there are as many, or else their numbers.
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
/// If the weights can't be fetched or read, aren't those of the network, or an option is unknown or doesn't fit.
pub fn import(source: &WeightsSource, out: &Path, options: &ImportOptions, device: &Device) -> Result<Imported, Error> {
    let published = source.published();
    let architecture: Architecture = match (&options.architecture, published) {
        (Some(name), _) => name.parse()?,
        (None, Some(published)) => published.architecture()?,
        (None, None) => return Err(Error::NoArchitecture { flag: "--arch" }),
    };
    let pretrained = Pretrained::open(source, architecture, device)?;
    let classes = pretrained.classes;
    let spec = architecture.spec(classes)?;
    let names = match &options.classes {
        Some(names) => class_names(names)?,
        None => {
            let known = published.map(|published| published.class_names()).or_else(|| architecture.class_names());
            known.filter(|names| names.len() == classes).unwrap_or_else(|| ClassNames::numbered(classes))
        }
    };
    if names.len() != classes {
        return Err(Error::ClassNames { names: names.len(), classes });
    }
    let usual = pretrained.preprocessing.clone();
    let preprocessing = chosen_preprocessing(options.preprocessing.as_deref(), usual, &spec)?;
    let sections = Sections::from([
        ("task".into(), json!(Task::Classify)),
        ("preprocessing".into(), json!(preprocessing)),
        ("classes".into(), json!(names)),
    ]);
    let Loaded { network, tensors, .. } = pretrained.load(classes, 0, device)?;
    ModelFile::save(out, &network, sections)?;
    let parameters = network.weight_shapes().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    Ok(Imported { network: spec.name().into(), tensors, parameters, classes })
}

/// The preprocessing of this name or in this JSON file, which has to make what the network takes; else the usual one.
pub(crate) fn chosen_preprocessing(
    name: Option<&str>,
    usual: Preprocessing,
    spec: &NetworkSpec,
) -> Result<Preprocessing, Error> {
    let Some(name) = name else { return Ok(usual) };
    let preprocessing = match PixelMode::ALL.into_iter().find(|mode| mode.name() == name) {
        Some(mode) => usual.mode(mode),
        None => {
            let text = read_text(name, "preprocessing", &PixelMode::ALL.map(PixelMode::name))?;
            let json = serde_json::from_str(&text);
            json.map_err(|error| Error::Preprocessing { name: name.into(), reason: error.to_string() })?
        }
    };
    check_preprocessing(&preprocessing, spec).map_err(|reason| Error::Preprocessing { name: name.into(), reason })?;
    Ok(preprocessing)
}

fn class_names(name: &str) -> Result<ClassNames, Error> {
    if let Some(names) = ClassNames::preset(name) {
        return Ok(names);
    }
    Ok(ClassNames::new(read_text(name, "classes", &ClassNames::PRESETS)?.lines().map(str::trim_end)))
}

/// The text of a file that stands in the place of a known name.
fn read_text(name: &str, what: &'static str, known: &[&str]) -> Result<String, Error> {
    let path = PathBuf::from(name);
    if !path.exists() && !name.contains(['/', '\\', '.']) {
        return Err(Error::UnknownPreset { what, name: name.into(), known: known.join(", ") });
    }
    std::fs::read_to_string(&path).map_err(|source| Error::File { action: "read", path, source })
}
