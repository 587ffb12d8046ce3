//! A model file in, answers for a table's rows out.

use std::path::Path;

use striate_backend::Device;
use striate_core::Preprocessing;
use striate_core::features::{Cell, FeatureError, FeatureSpec, InputKind};
use striate_core::nearest::nearest;
use striate_data::features::{Array, Encoded, FeatureValues, Features};
use striate_data::{Batch, DataError, Picture, preprocess_to_vec};
use striate_layers::{Context, Kind, Value};
use striate_network::{ModelFile, Network, NetworkError, NetworkSpec, Sections};
use striate_train::inputs_of;

use crate::Error;
use crate::model::model_path;

/// The section of a model file.
const FEATURES: &str = "features";

/// A network that takes columns of a table, alone or beside a picture, with all that makes its inputs of them: what the
/// features have learned, and how a picture is preprocessed. All of it travels in a model file.
///
/// ```
/// use striate::RowPredictor;
/// use striate::core::features::{Cell, Feature, FeatureSpec, Hashing, Moments, Normalization};
/// use striate::prelude::*;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // As `adapt` gives it.
/// let age = Normalization { moments: Some(Moments::of_all(40.0, 100.0)), ..Normalization::default() };
/// let features = FeatureSpec::new()
///     .with("age", "numbers", Feature::Normalization(age))
///     .with("town", "town", Feature::Hashing(Hashing::new(8)));
/// let mut net = NetworkSpec::builder("towns");
/// let (numbers, town) = (net.input("numbers", [1]), net.int_input("town", [1]));
/// let town = net.add("embedding", striate::layers::Embedding::new(8, 2), town);
/// let town = net.add("flatten", Flatten::new(), town);
/// let x = net.add("both", Concatenate::new(), [numbers, town]);
/// let x = net.add("answer", Dense::new(3), x);
/// let network = net.output(x).build()?.init(1, &device("flex")?);
///
/// let predictor = RowPredictor::new(network, &features, None)?;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("towns.safetensors");
/// predictor.save(&path, Default::default())?;
/// let read = RowPredictor::open(&path, &device("flex")?)?;
/// let row = [("town", Cell::from("Oslo")), ("age", Cell::from(33))];
/// assert_eq!(read.predict(&row, None)?, predictor.predict(&row, None)?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RowPredictor {
    network: Network,
    spec: FeatureSpec,
    features: Features,
    /// The columns, in the order in which `features` takes their cells.
    columns: Vec<String>,
    preprocessing: Option<Preprocessing>,
}

impl RowPredictor {
    /// Puts a network and what makes its inputs together.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), and a feature that has learned nothing yet.
    pub fn new(network: Network, features: &FeatureSpec, preprocessing: Option<Preprocessing>) -> Result<Self, Error> {
        Self::check(network.spec(), features, preprocessing.as_ref())?;
        let mut columns: Vec<String> = Vec::new();
        for named in &features.features {
            if !columns.contains(&named.column) {
                columns.push(named.column.clone());
            }
        }
        let names: Vec<_> = columns.iter().map(String::as_str).collect();
        let made = Features::new(features, &names).map_err(DataError::from)?;
        Ok(Self { network, spec: features.clone(), features: made, columns, preprocessing })
    }

    /// Says whether features, and pictures that are preprocessed so, are what a network takes. It takes pictures at its first
    /// input of three axes, and at its others in their order what the features give to the input of the same name.
    ///
    /// Features that have something to learn don't know how many numbers they will give; ask again when they have.
    ///
    /// # Errors
    /// [`Error::Inputs`] with the inputs that the network has and those that are made, and those of
    /// [`FeatureSpec::validate`] and [`Preprocessing::validate`].
    pub fn check(
        spec: &NetworkSpec,
        features: &FeatureSpec,
        preprocessing: Option<&Preprocessing>,
    ) -> Result<(), Error> {
        features.validate().map_err(DataError::from)?;
        if let Some(preprocessing) = preprocessing {
            preprocessing.validate().map_err(DataError::from)?;
        }
        let inputs: Vec<_> =
            spec.inputs().map(|number| spec.nodes()[number].name()).zip(spec.input_signatures()).collect();
        let picture = inputs.iter().position(|(_, input)| input.shape.rank() == 3);
        let picture_fits = match (picture.map(|place| &inputs[place].1), preprocessing) {
            (Some(input), Some(preprocessing)) => input.shape.admits(&preprocessing.output_shape().into()),
            (None, None) => true,
            _ => false,
        };
        let others = inputs.iter().enumerate().filter(|(place, _)| Some(*place) != picture).map(|(_, input)| input);
        let made = features.inputs();
        let rows_fit = others.clone().count() == made.len()
            && others.zip(&made).all(|((name, input), made)| {
                // Whole numbers are real ones too.
                let kind = made.kind == InputKind::Int || input.kind == Kind::Float;
                kind && made.name == *name && input.shape.admits(&[made.width].into())
            });
        if picture_fits && rows_fit {
            return Ok(());
        }
        let takes = inputs.iter().map(|(name, input)| format!("{name:?} {input}"));
        let pictures = preprocessing.map(|preprocessing| format!("pictures {:?}", preprocessing.output_shape()));
        let rows = made.iter().map(|made| match made.kind {
            InputKind::Int => format!("{:?} int [{}]", made.name, made.width),
            InputKind::Float => format!("{:?} [{}]", made.name, made.width),
        });
        Err(Error::Inputs {
            network: spec.name().into(),
            takes: takes.collect::<Vec<_>>().join(", "),
            made: pictures.into_iter().chain(rows).collect::<Vec<_>>().join(", "),
        })
    }

    /// Reads a model file, or that of a run's folder.
    ///
    /// # Errors
    /// If it can't be read, has no section `features`, or has one that can't be used.
    pub fn open(model: &Path, device: &Device) -> Result<Self, Error> {
        let path = model_path(model);
        let mut file = ModelFile::open(&path)?;
        let features: FeatureSpec =
            file.section(FEATURES)?.ok_or_else(|| Error::NoSection { path: path.clone(), section: FEATURES })?;
        let preprocessing: Option<Preprocessing> = file.section("preprocessing")?;
        // Before the weights, which may be large.
        Self::check(file.spec(), &features, preprocessing.as_ref()).map_err(|error| in_section(&path, &error))?;
        Self::new(file.network(device)?, &features, preprocessing).map_err(|error| in_section(&path, &error))
    }

    /// Writes a model file with other sections, such as `classes`.
    ///
    /// # Errors
    /// If the network has a layer that can't be saved, or the file can't be written; what was there before stays.
    pub fn save(&self, path: &Path, mut sections: Sections) -> Result<(), Error> {
        let json = |value: serde_json::Result<_>| {
            value.map_err(|error| NetworkError::Unsavable {
                network: self.network.spec().name().into(),
                reason: error.to_string(),
            })
        };
        sections.insert(FEATURES.into(), json(serde_json::to_value(&self.spec))?);
        match &self.preprocessing {
            Some(preprocessing) => sections.insert("preprocessing".into(), json(serde_json::to_value(preprocessing))?),
            None => sections.remove("preprocessing"),
        };
        Ok(ModelFile::save(path, &self.network, sections)?)
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What becomes of the columns, with all that was learned.
    pub fn features(&self) -> &FeatureSpec {
        &self.spec
    }

    /// The columns that a row needs.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The names of the outputs, in the order in which [`predict`](Self::predict) gives their numbers.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        let spec = self.network.spec();
        spec.outputs().iter().map(|&number| spec.nodes()[number].name())
    }

    /// The numbers that each input beside the picture's gets from a row, in order, whose cells may come in any order and with
    /// others among them.
    ///
    /// # Errors
    /// If the row lacks a column or has a cell that can't be used.
    pub fn encode(&self, row: &[(&str, Cell)]) -> Result<Vec<FeatureValues>, Error> {
        let cell = |column: &String| match row.iter().find(|(name, _)| name == column) {
            Some((_, cell)) => Ok(cell.clone()),
            None => {
                let nearest = nearest(column, row.iter().map(|(name, _)| *name)).map(str::to_owned);
                Err(FeatureError::NoColumn { column: column.clone(), nearest })
            }
        };
        let row = self.columns.iter().map(cell).collect::<Result<Vec<_>, _>>().map_err(DataError::from)?;
        Ok(self.features.apply(&row).map_err(DataError::from)?)
    }

    /// The numbers of each output for a row, and the picture beside it, if the network takes one.
    ///
    /// # Errors
    /// Those of [`encode`](Self::encode), and if there is a picture where there should be none, or none where there should be
    /// one.
    pub fn predict(&self, row: &[(&str, Cell)], picture: Option<&Picture>) -> Result<Vec<Vec<f32>>, Error> {
        let values = self.encode(row)?;
        let rows = |values| match values {
            FeatureValues::Int(values) => Array::new([1, values.len()], values).map(Encoded::Int),
            FeatureValues::Float(values) => Array::new([1, values.len()], values).map(Encoded::Float),
        };
        let features = values.into_iter().map(rows).collect::<Result<_, _>>().map_err(DataError::from)?;
        let mut batch = Batch { shape: [1, 0, 0, 0], features, indices: vec![0], ..Batch::default() };
        match (&self.preprocessing, picture) {
            (Some(preprocessing), Some(picture)) => {
                let [channels, height, width] = preprocessing.output_shape();
                batch.images = preprocess_to_vec(picture, preprocessing);
                batch.shape = [1, channels, height, width];
            }
            (None, None) => {}
            (wanted, _) => return Err(Error::PictureBesideRow { wanted: wanted.is_some() }),
        }
        let inputs = inputs_of(self.network.spec(), &batch, &self.network.device())?;
        Ok(self.network.run(inputs, &mut Context::evaluation())?.into_iter().map(numbers).collect())
    }
}

fn in_section(path: &Path, error: &Error) -> Error {
    NetworkError::Section { path: path.into(), section: FEATURES.into(), reason: error.to_string() }.into()
}

/// The numbers of an output in rows, on the host.
fn numbers(output: Value) -> Vec<f32> {
    let (length, output) = (output.dims().iter().product(), output.without_autodiff());
    let data = match output.signature().kind {
        Kind::Float => output.reshape(&[length]).float::<1>().into_data(),
        Kind::Int => output.reshape(&[length]).int::<1>().into_data(),
    };
    data.iter::<f32>().collect()
}
