//! A network by name or from a file.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use burn::Tensor;
use burn::module::Module;
use burn::tensor::TensorData;
use striate_backend::Device;
use striate_core::file::write_atomically;
use striate_core::{ClassNames, Preprocessing};
use striate_data::{Picture, preprocess_to_vec};
use striate_models::Architecture;
use striate_network::{ModelFile, Network, NetworkError, NetworkSpec};
use striate_train::TrainError;

use crate::import::chosen_preprocessing;
use crate::pretrained::{Loaded, Pretrained};
use crate::tasks::{Job, Task};
use crate::{Error, NetworkOptions, Recipe, WeightsSource};

/// A run's network and how pictures become its input.
pub(crate) struct Model {
    pub(crate) network: Network,
    pub(crate) preprocessing: Preprocessing,
    /// The name, or `file` with the hash of all that it holds.
    pub(crate) kind: String,
    /// The SHA-256 of the weights that it starts from, if they are others'.
    pub(crate) weights: Option<String>,
    /// What the user should know of its first weights.
    pub(crate) note: Option<String>,
}

/// Whether what stands for a model is a file's path rather than a name. A name goes before a file that is called so.
fn is_path(model: &str) -> bool {
    model.parse::<Architecture>().is_err() && (model.contains(['/', '\\', '.']) || Path::new(model).exists())
}

/// The model file that a path means: itself, or the one in a run's folder.
pub(crate) fn model_path(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(crate::run_folder::MODEL) } else { path.into() }
}

/// A recipe's network: a new one for this many classes, perhaps with weights that others published, or that of a file.
pub(crate) fn open(recipe: &Recipe, job: &Job, classes: usize, device: &Device) -> Result<Model, Error> {
    let model = match &recipe.weights {
        Some(weights) => with_weights(recipe, job, weights, classes, device)?,
        None if is_path(&recipe.model) && !recipe.network.is_default() => {
            let rule = "it is for networks by name; a file has its network";
            return Err(Error::Option { option: "network", value: "set".into(), rule });
        }
        None if is_path(&recipe.model) => of_file(&recipe.model, device)?,
        None => {
            let architecture: Architecture = recipe.model.parse()?;
            Model {
                network: job.spec(architecture, &recipe.network, classes)?.init(recipe.seed, device),
                preprocessing: job.seeing_all(recipe.network.preprocessing(architecture.preprocessing())),
                kind: architecture.name().into(),
                weights: None,
                note: None,
            }
        }
    };
    let name = recipe.preprocessing.as_deref();
    let preprocessing = chosen_preprocessing(name, model.preprocessing, model.network.spec())?;
    let network = match &recipe.head {
        Some(head) => head.on(&model.network, classes, recipe.seed)?,
        None => model.network,
    };
    Ok(Model { preprocessing, network, ..model })
}

fn of_file(model: &str, device: &Device) -> Result<Model, Error> {
    let path = model_path(Path::new(model));
    let mut file = ModelFile::open(&path)?;
    let network = file.network(device)?;
    let preprocessing = preprocessing(&file, &path)?;
    let hash: Option<String> = file.section("hash")?;
    let kind = format!("file {}", hash.unwrap_or_default());
    Ok(Model { network, preprocessing, kind, weights: None, note: None })
}

fn with_weights(recipe: &Recipe, job: &Job, weights: &str, classes: usize, device: &Device) -> Result<Model, Error> {
    if is_path(&recipe.model) {
        let rule = "`model` is a file, which has weights of its own; name a network instead";
        return Err(Error::Option { option: "weights", value: weights.into(), rule });
    }
    let architecture: Architecture = recipe.model.parse()?;
    let source: WeightsSource = weights.parse()?;
    // Those of a classifier that the network stands on serve too.
    let of_weights = match (source.published(), &recipe.network.backbone) {
        (Some(published), Some(backbone)) if published.architecture != recipe.model => backbone.parse()?,
        _ => architecture,
    };
    let pretrained = Pretrained::open(&source, of_weights, device)?;
    let (known, preprocessing) = (pretrained.classes, pretrained.preprocessing.clone());
    let sha256 = pretrained.sha256()?;
    if job.task() != Task::Classify || !recipe.network.is_default() {
        let spec = job.spec(architecture, &recipe.network, classes)?;
        let Loaded { network, .. } = pretrained.load(known, recipe.seed, device)?;
        let before: HashMap<_, _> = network.weight_shapes().into_iter().collect();
        let network = network.rebuilt(spec, recipe.seed);
        let shapes = network.weight_shapes();
        let taken = shapes.iter().filter(|(name, shape)| before.get(name) == Some(shape)).count();
        let note = Some(format!("{taken} of the network's {} weights are the published ones", shapes.len()));
        let preprocessing = job.seeing_all(recipe.network.preprocessing(sized(preprocessing, network.spec())));
        return Ok(Model { network, preprocessing, kind: architecture.name().into(), weights: Some(sha256), note });
    }
    let Loaded { network, drawn, .. } = pretrained.load(classes, recipe.seed, device)?;
    let note = (!drawn.is_empty()).then(|| {
        let drawn = drawn.join(", ");
        format!("the weights are for {known} classes, the data has {classes}: {drawn} begin anew")
    });
    Ok(Model { network, preprocessing, kind: architecture.name().into(), weights: Some(sha256), note })
}

/// Preprocessing that makes what a network takes, whose input may be larger than that of its classifier.
fn sized(how: Preprocessing, spec: &NetworkSpec) -> Preprocessing {
    match spec.input_signatures().first().map(|input| input.shape.sides().to_vec()).as_deref() {
        Some(&[_, Some(height), Some(width)]) => {
            NetworkOptions { size: Some([height, width]), ..NetworkOptions::default() }.preprocessing(how)
        }
        _ => how,
    }
}

/// The file's network, which must have its weights.
pub(crate) fn network(file: &mut ModelFile, device: &Device) -> Result<Network, Error> {
    let network = file.network(device)?;
    if network.devices().is_empty() {
        return Err(TrainError::NoWeights.into());
    }
    Ok(network)
}

/// The names of a classifier's classes, or their numbers.
pub(crate) fn classes(file: &ModelFile, count: usize) -> Result<ClassNames, Error> {
    let classes = file.section("classes")?.unwrap_or_else(|| ClassNames::numbered(count));
    match classes.len() == count {
        true => Ok(classes),
        false => Err(Error::Classes { model: count, data: classes.len() }),
    }
}

/// Pictures as a network's input, `[batch, channels, height, width]`.
pub(crate) fn images(pictures: &[&Picture], how: &Preprocessing, device: &Device) -> Tensor<4> {
    let [channels, height, width] = how.output_shape();
    let pixels = pictures.iter().flat_map(|picture| preprocess_to_vec(picture, how)).collect();
    Tensor::from_data(TensorData::new::<f32, _>(pixels, [pictures.len(), channels, height, width]), device)
}

/// The file's preprocessing, checked.
pub(crate) fn preprocessing(file: &ModelFile, path: &Path) -> Result<Preprocessing, Error> {
    preprocessing_for(file.spec(), file, path)?
        .ok_or_else(|| Error::NoSection { path: path.into(), section: "preprocessing" })
}

/// The file's preprocessing, if it has one, which has to make what a network takes.
pub(crate) fn preprocessing_for(
    spec: &NetworkSpec,
    file: &ModelFile,
    path: &Path,
) -> Result<Option<Preprocessing>, Error> {
    let Some(preprocessing) = file.section("preprocessing")? else { return Ok(None) };
    match check_preprocessing(&preprocessing, spec) {
        Ok(()) => Ok(Some(preprocessing)),
        Err(reason) => Err(NetworkError::Section { path: path.into(), section: "preprocessing".into(), reason }.into()),
    }
}

/// Checks that a preprocessing can be applied and gives what the network takes; the error says why not.
pub(crate) fn check_preprocessing(preprocessing: &Preprocessing, spec: &NetworkSpec) -> Result<(), String> {
    preprocessing.validate().map_err(|error| error.to_string())?;
    let shape = preprocessing.output_shape();
    match spec.input_signatures().as_slice() {
        [input] if input.shape.rank() == 3 => match input.shape.admits(&shape.into()) {
            true => Ok(()),
            false => Err(format!("it makes pictures {shape:?} but the network takes {input}")),
        },
        _ => Err("the network doesn't take one picture".into()),
    }
}

/// A model as data: a name that `striate models` lists, with its paper's classes, or a model file.
///
/// # Errors
/// If there is no such model or the file can't be read.
pub fn model_spec(model: &str) -> Result<NetworkSpec, Error> {
    if is_path(model) {
        return Ok(ModelFile::open(&model_path(Path::new(model)))?.spec().clone());
    }
    let architecture: Architecture = model.parse()?;
    Ok(architecture.spec(architecture.default_classes())?)
}

/// Writes a network's drawing: SVG or DOT, as the path's extension says.
///
/// # Errors
/// If the extension is another or the file can't be written; what was there before stays.
pub fn save_drawing(spec: &NetworkSpec, path: &Path) -> Result<(), Error> {
    let drawing = match path.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => spec.to_svg(),
        Some("dot" | "gv") => spec.to_dot(),
        _ => {
            let rule = "its name must end in .svg or .dot";
            return Err(Error::Option { option: "out", value: path.display().to_string(), rule });
        }
    };
    write_atomically(path, |file| file.write_all(drawing.as_bytes())).map_err(|source| Error::File {
        action: "write",
        path: path.into(),
        source,
    })
}
