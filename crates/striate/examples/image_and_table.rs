//! Numbers and categories beside an image, into a network of three inputs and two outputs; it is saved, and answers from the file
//! alone. `cargo run --release --example image_and_table`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::TensorData;
use striate::RowPredictor;
use striate::core::features::{Cell, Feature, FeatureSpec, Normalization, OutputMode, StringLookup};
use striate::core::{Preprocessing, Streams};
use striate::data::features::{AdaptFeatures, adapt};
use striate::data::{CsvFilesConfig, Dataset, Loader, LoaderConfig, Picture, TableConfig, TableFiles};
use striate::layers::Embedding;
use striate::layers::losses::{MeanSquaredError, SparseCategoricalCrossEntropy};
use striate::prelude::*;
use striate::training::metrics::{ClassAccuracy, Mae};
use striate::training::optimizers::Adam;
use striate::training::{Evaluation, Head, Optimizer, Target, Trainer, TrainerConfig};

pub(crate) const SIDE: usize = 16;
const SAMPLES: usize = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let list = make(folder.path())?;
    let model = folder.path().join("fruit.safetensors");
    let (trained, evaluation) = train(&list)?;
    println!("{evaluation:?}");
    trained.save(&model, Default::default())?;

    let predictor = RowPredictor::open(&model, &device("flex")?)?;
    let row = [("town", Cell::from("Quito")), ("weight", Cell::from(250))];
    let answers = predictor.predict(&row, Some(&picture(true, 1)?))?;
    for (output, numbers) in predictor.outputs().zip(answers) {
        println!("{output}: {numbers:?}");
    }
    Ok(())
}

/// The pictures, and what stands beside them in their rows of the file.
pub(crate) fn open(list: &Path) -> Result<TableFiles, Box<dyn Error>> {
    let files = CsvFilesConfig { label_column: Some("kind".into()), ..CsvFilesConfig::default() };
    Ok(TableFiles::open(list, &files, &TableConfig::default())?)
}

/// What becomes of the columns: a number to mean 0 and variance 1, a category to its place, for an embedding, and as a row with
/// 1 at its place. All that has to be learned is learned from the table in one pass.
pub(crate) fn features(data: &TableFiles) -> Result<FeatureSpec, Box<dyn Error>> {
    let one_hot = StringLookup { output_mode: OutputMode::OneHot, ..StringLookup::default() };
    let mut spec = FeatureSpec::new()
        .with("weight", "numbers", Feature::Normalization(Normalization::default()))
        .with("town", "numbers", Feature::StringLookup(one_hot))
        .with("town", "town", Feature::StringLookup(StringLookup::default()));
    // What isn't weighed is of middling weight.
    spec.features[0].missing = Some(Cell::from(200));
    let columns: Vec<_> = data.table().names().collect();
    let rows = (0..data.len()).map(|row| data.row(row).map(|(_, cell)| cell).collect::<Vec<_>>());
    Ok(adapt(AdaptFeatures::new(&spec, &columns)?, rows)?)
}

/// A network of three inputs and two outputs.
fn network(features: &FeatureSpec, classes: usize) -> Result<NetworkSpec, Box<dyn Error>> {
    let inputs = features.inputs();
    let [numbers, town] = &inputs[..] else { return Err("there are two inputs beside the picture".into()) };
    let places = match &features.features[2].feature {
        Feature::StringLookup(lookup) => lookup.depth(),
        _ => return Err("towns are looked up".into()),
    };
    let mut net = NetworkSpec::builder("image_and_table");
    let images = net.input("images", [1, SIDE, SIDE]);
    let numbers = net.input("numbers", [numbers.width]);
    let town = net.int_input("town", [town.width]);

    let x = net.add("conv", Conv2d::new(8, 5).stride(2).activation(Activation::Relu), images);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("seen", Dense::new(16).activation(Activation::Relu), x);
    let town = net.add("embedding", Embedding::new(places, 4), town);
    let town = net.add("flatten_town", Flatten::new(), town);
    let x = net.add("all", Concatenate::new(), [x, numbers, town]);
    let x = net.add("hidden", Dense::new(32).activation(Activation::Relu), x);
    let kind = net.add("kind", Dense::new(classes), x);
    let price = net.add("price", Dense::new(1), x);
    Ok(net.output(kind).output(price).build()?)
}

/// Trains the network on the files of a list; what it predicts by, and how well it does on the same data.
pub(crate) fn train(list: &Path) -> Result<(RowPredictor, Evaluation), Box<dyn Error>> {
    let data = open(list)?;
    let features = features(&data)?;
    let preprocessing = Preprocessing::gray([SIDE, SIDE]);
    let spec = network(&features, data.class_names().len())?;
    RowPredictor::check(&spec, &features, Some(&preprocessing))?;

    // The second output learns a column of the table.
    let prices = data.table().column("price")?.numbers().ok_or("prices are numbers")?;
    let price = Target::own("price", move |batch, device| {
        let prices: Vec<_> = batch.indices.iter().map(|&index| prices[index].unwrap_or_default()).collect();
        Ok(Tensor::<2>::from_data(TensorData::new(prices, [batch.indices.len(), 1]), device).into())
    });
    let heads = vec![
        Head::new(Target::Label, SparseCategoricalCrossEntropy::new()).with_metric(ClassAccuracy::default()),
        Head::new(price, MeanSquaredError::new()).with_weight(0.5).with_metric(Mae::default()),
    ];
    let optimizer = Optimizer::Adam(Adam { learning_rate: 0.01, ..Adam::keras() });
    let config = TrainerConfig { epochs: 15, optimizer, ..TrainerConfig::default() };
    let mut trainer = Trainer::with_heads(spec.init(1, &device("flex")?), heads, config)?;

    let data = Arc::new(data.with_features(&features)?);
    let loader = Loader::new(data, Vec::new(), preprocessing.clone(), LoaderConfig::default(), 1)?;
    trainer.fit(&loader, None)?;
    let evaluation = trainer.evaluate(&loader)?;
    let predictor = RowPredictor::new(trainer.network().clone(), &features, Some(preprocessing))?;
    Ok((predictor, evaluation))
}

/// Writes pictures of discs and crosses, and a list with their kinds, weights, towns and prices: kinds are told by the picture
/// and the town together, prices by the weight and the town.
pub(crate) fn make(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut stream = Streams::new(5).open("fruit");
    let mut list = "path,kind,weight,town,price\n".to_owned();
    for index in 0..SAMPLES {
        let (round, town) = (stream.chance(0.5), ["Oslo", "Bergen", "Quito", "Lima"][stream.below(4)]);
        let warm = matches!(town, "Quito" | "Lima");
        let kind = match (round, warm) {
            (true, false) => "apple",
            (true, true) => "orange",
            (false, false) => "pear",
            (false, true) => "carambola",
        };
        let weight = 100 + stream.below(200);
        let price = weight as f32 / 100.0 + if warm { 2.0 } else { 0.0 };
        // Some aren't weighed.
        let weight = if stream.chance(0.05) { String::new() } else { weight.to_string() };
        list += &format!("{index}.png,{kind},{weight},{town},{price}\n");
        let picture = picture(round, index as u64)?;
        let image = image::GrayImage::from_raw(SIDE as u32, SIDE as u32, picture.pixels().to_vec());
        image.ok_or("the picture has another size")?.save(folder.join(format!("{index}.png")))?;
    }
    let path = folder.join("fruit.csv");
    fs::write(&path, list)?;
    Ok(path)
}

/// A disc or a cross somewhere in noise.
pub(crate) fn picture(round: bool, seed: u64) -> Result<Picture, Box<dyn Error>> {
    let mut stream = Streams::new(seed).open("picture");
    let [top, left] = [0; 2].map(|_: usize| 5.0 + 6.0 * stream.uniform());
    let mut value = |at: usize| {
        let [y, x] = [(at / SIDE) as f32 - top, (at % SIDE) as f32 - left];
        let there = if round { y.hypot(x) < 4.0 } else { y.abs().min(x.abs()) < 1.0 && y.abs().max(x.abs()) < 5.0 };
        stream.below(80) as u8 + if there { 150 } else { 0 }
    };
    Ok(Picture::new(SIDE, SIDE, 1, (0..SIDE * SIDE).map(&mut value).collect())?)
}
