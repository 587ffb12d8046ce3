//! A network up to a layer.

use std::path::Path;

use striate_backend::Device;
use striate_core::Preprocessing;
use striate_data::Picture;
use striate_layers::Context;
use striate_network::formats::sha256;
use striate_network::{ModelFile, Network, NetworkSpec};

use super::Origin;
use crate::Error;
use crate::model::{images, model_path, preprocessing};

/// A network up to a layer, whose values say what a picture is like.
#[derive(Debug)]
pub struct Embedder {
    network: Network,
    preprocessing: Preprocessing,
    origin: Origin,
    device: Device,
}

impl Embedder {
    /// Cuts the network of a model file, or of a run's folder, at a layer; at what its last layer with weights takes, if none
    /// is named.
    ///
    /// # Errors
    /// If the file can't be read, has no preprocessing, or its network has no such layer.
    pub fn open(model: &Path, layer: Option<&str>, device: &Device) -> Result<Self, Error> {
        let path = model_path(model);
        let mut file = ModelFile::open(&path)?;
        let preprocessing = preprocessing(&file, &path)?;
        let layer = layer.map_or_else(|| before_head(file.spec()), str::to_owned);
        // Before the weights are read.
        file.spec().number(&layer)?;
        let network = file.network(device)?.until(&[&layer])?.for_inference();
        let model = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        let origin = Origin { model, sha256: sha256(&path)?, layer };
        Ok(Self { network, preprocessing, origin, device: device.clone() })
    }

    /// The model and layer that an index comes from; the model may be elsewhere by now.
    ///
    /// # Errors
    /// [`Error::OtherIndex`] if the file isn't the one that the index was made with; those of [`open`](Self::open).
    pub fn of_index(origin: &Origin, model: Option<&Path>, device: &Device) -> Result<Self, Error> {
        let model = model.unwrap_or(&origin.model);
        let embedder = Self::open(model, Some(&origin.layer), device)?;
        if embedder.origin.sha256 != origin.sha256 {
            let reason = format!("{:?} is another model than it was made with; make the index anew", model);
            return Err(Error::OtherIndex { reason });
        }
        Ok(embedder)
    }

    /// The model and the layer.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// A row of numbers of length 1 for each picture; maps are averaged over their sides first. Where the layer gives nothing
    /// but 0, the row is 0.
    ///
    /// # Errors
    /// If the network doesn't take what the preprocessing makes.
    pub fn embed(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, Error> {
        if pictures.is_empty() {
            return Ok(Vec::new());
        }
        let images = images(&pictures.iter().collect::<Vec<_>>(), &self.preprocessing, &self.device);
        let mut outputs = self.network.run(vec![images.into()], &mut Context::evaluation())?;
        let output = outputs.remove(0);
        let sides = output.dims();
        let (numbers, places) = (sides.get(1).copied().unwrap_or(1), sides.iter().skip(2).product::<usize>());
        let values = output.into_floats();
        let row = |values: &[f32]| {
            let means: Vec<f64> =
                values.chunks_exact(places).map(|map| map.iter().map(|&x| f64::from(x)).sum()).collect();
            let length = means.iter().map(|mean| mean * mean).sum::<f64>().sqrt();
            means.into_iter().map(|mean| if length > 0.0 { (mean / length) as f32 } else { 0.0 }).collect()
        };
        Ok(values.chunks_exact(numbers * places).map(row).collect())
    }
}

/// What the last layer with weights takes on the way to the first output.
pub(crate) fn before_head(spec: &NetworkSpec) -> String {
    let mut number = spec.outputs()[0];
    loop {
        let node = &spec.nodes()[number];
        let Some(&input) = node.inputs().first() else { return spec.nodes()[spec.outputs()[0]].name().into() };
        let has_weights =
            spec.layer(number).is_some_and(|layer| layer.kind() == "dense" || layer.kind().contains("conv"));
        number = input;
        if has_weights {
            return spec.nodes()[number].name().into();
        }
    }
}
