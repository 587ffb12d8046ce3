//! Weights that others published, in a network of the list.

use std::collections::HashMap;

use striate_backend::Device;
use striate_core::Preprocessing;
use striate_models::Architecture;
use striate_network::formats::{WeightsFile, sha256};
use striate_network::{LoadOptions, ModelFile, Network};

use crate::model::preprocessing_for;
use crate::{Error, WeightsSource};

/// What PyTorch's `DataParallel` puts before all names.
const PARALLEL: &str = "module.";

/// A file of weights for a network of the list.
pub(crate) struct Pretrained {
    architecture: Architecture,
    file: WeightsFile,
    /// What stands before all names in the file.
    prefix: &'static str,
    /// The classes that its head knows.
    pub(crate) classes: usize,
    /// How pictures become the input, as the publisher or the model file says, or else as the network usually has it.
    pub(crate) preprocessing: Preprocessing,
}

/// A network with weights that were published.
pub(crate) struct Loaded {
    pub(crate) network: Network,
    /// The tensors that were taken from the file.
    pub(crate) tensors: usize,
    /// The weights that were drawn, since the file has them for another number of classes.
    pub(crate) drawn: Vec<String>,
}

impl Pretrained {
    /// Opens the weights, which are fetched if they are elsewhere.
    pub(crate) fn open(source: &WeightsSource, architecture: Architecture, device: &Device) -> Result<Self, Error> {
        let path = source.path()?;
        let file = WeightsFile::open(&path)?;
        let prefix = if file.tensors().iter().all(|tensor| tensor.name.starts_with(PARALLEL)) { PARALLEL } else { "" };
        let classes = classes_of(&file, prefix, architecture, device)?;
        let said = match source.published() {
            Some(published) => Some(published.preprocessing()),
            None if file.is_model_file() => {
                preprocessing_for(&architecture.spec(classes)?, &ModelFile::open(&path)?, &path)?
            }
            None => None,
        };
        let preprocessing = said.unwrap_or_else(|| architecture.preprocessing());
        Ok(Self { architecture, file, prefix, classes, preprocessing })
    }

    /// The SHA-256 of the file's bytes.
    pub(crate) fn sha256(&self) -> Result<String, Error> {
        Ok(sha256(self.file.path())?)
    }

    /// The network with these weights, for this many classes: if the file knows another number of them, the layers that
    /// depend on it are drawn by the seed. All other weights have to be the network's.
    pub(crate) fn load(mut self, classes: usize, seed: u64, device: &Device) -> Result<Loaded, Error> {
        let options = LoadOptions::new().strip_prefix(self.prefix);
        let network = self.architecture.spec(self.classes)?.init(seed, device);
        let (network, report) = network.load_weights(&mut self.file, &options)?;
        let tensors = report.loaded.len();
        if classes == self.classes {
            return Ok(Loaded { network, tensors, drawn: Vec::new() });
        }
        let known: HashMap<_, _> = network.weight_shapes().into_iter().collect();
        let network = network.rebuilt(self.architecture.spec(classes)?, seed);
        let shapes = network.weight_shapes().into_iter();
        let drawn = shapes.filter(|(name, shape)| known.get(name) != Some(shape)).map(|(name, _)| name).collect();
        Ok(Loaded { network, tensors, drawn })
    }
}

/// How many classes the file's network has: as many as give the last kernel or matrix that depends on them its shape.
fn classes_of(file: &WeightsFile, prefix: &str, architecture: Architecture, device: &Device) -> Result<usize, Error> {
    let usual = architecture.default_classes();
    let weights =
        |classes| Ok::<_, Error>(architecture.spec(classes)?.init(0, device).reference_weights().into_iter().rev());
    let tensors = file.tensors();
    let shapes: HashMap<&str, &[usize]> = tensors
        .iter()
        .map(|tensor| (tensor.name.strip_prefix(prefix).unwrap_or(&tensor.name), tensor.shape.as_slice()))
        .collect();
    let found = weights(usual)?.zip(weights(usual + 1)?).find_map(|(weight, with_one_more)| {
        let names = [Some(weight.name.as_str()), weight.own.as_deref()];
        let shape = names.into_iter().flatten().find_map(|name| shapes.get(name))?;
        classes_by_shape(shape, usual, &weight.shape, &with_one_more.shape)
    });
    Ok(found.unwrap_or(usual))
}

/// With how many classes a weight has a shape, by its shapes for `usual` classes and for one more: sides grow evenly with
/// the classes, or don't depend on them. None if it has that shape with no number of classes, or with any.
fn classes_by_shape(shape: &[usize], usual: usize, with_usual: &[usize], with_one_more: &[usize]) -> Option<usize> {
    if shape.len() < 2 || shape.len() != with_usual.len() {
        return None;
    }
    let mut found = None;
    for ((&side, &first), &second) in shape.iter().zip(with_usual).zip(with_one_more) {
        let growth = second.checked_sub(first)?;
        if growth == 0 {
            if side != first {
                return None;
            }
            continue;
        }
        let grown = side.checked_sub(first.checked_sub(growth * usual)?)?;
        let classes = grown / growth;
        if grown % growth != 0 || classes == 0 || found.is_some_and(|found| found != classes) {
            return None;
        }
        found = Some(classes);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_that_give_a_weight_its_shape() {
        // A dense layer, YOLO's 49 cells of two boxes and the classes, an upsampling from classes to classes.
        assert_eq!(classes_by_shape(&[7, 512], 1000, &[1000, 512], &[1001, 512]), Some(7));
        assert_eq!(classes_by_shape(&[49 * 13, 4096], 20, &[49 * 30, 4096], &[49 * 31, 4096]), Some(3));
        assert_eq!(classes_by_shape(&[5, 5, 4, 4], 21, &[21, 21, 4, 4], &[22, 22, 4, 4]), Some(5));
    }

    #[test]
    fn shapes_that_no_number_of_classes_gives_say_none() {
        // Other inputs, no multiple of the cells, two numbers at once, another rank, no dependence, no class.
        assert_eq!(classes_by_shape(&[7, 256], 1000, &[1000, 512], &[1001, 512]), None);
        assert_eq!(classes_by_shape(&[49 * 13 + 1, 4096], 20, &[49 * 30, 4096], &[49 * 31, 4096]), None);
        assert_eq!(classes_by_shape(&[5, 6, 4, 4], 21, &[21, 21, 4, 4], &[22, 22, 4, 4]), None);
        assert_eq!(classes_by_shape(&[7], 1000, &[1000, 512], &[1001, 512]), None);
        assert_eq!(classes_by_shape(&[64, 512], 1000, &[64, 512], &[64, 512]), None);
        assert_eq!(classes_by_shape(&[0, 512], 1000, &[1000, 512], &[1001, 512]), None);
    }
}
