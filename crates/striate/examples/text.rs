//! Lines of text into a network: words become places in a vocabulary, places vectors, and their mean a class.
//! `cargo run --release --example text [LINE]...`

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use striate::RowPredictor;
use striate::core::Preprocessing;
use striate::core::features::{Cell, Feature, FeatureSpec, TextVectorization};
use striate::data::features::{AdaptFeatures, Features, adapt};
use striate::data::{DataError, Generated, Loader, LoaderConfig, Picture, Sample, TextLines, TextLinesConfig};
use striate::layers::{Embedding, Permute};
use striate::prelude::*;
use striate::training::optimizers::Adam;
use striate::training::{Head, Optimizer, Trainer, TrainerConfig};

/// Words of a line that are looked at.
const WORDS: usize = 8;

/// A label, a tab and a text, as files of lines have them.
const LINES: &str = "\
food\tFresh bread with butter and honey
food\tThe soup needs more salt, and pepper!
food\tWe baked an apple cake.
food\tCheese and tomatoes on warm bread
food\tHot soup with beans
food\tA cake of honey, nuts and butter
food\tThe pepper is hot; the cheese is not.
food\tBeans, rice and tomatoes
weather\tRain and wind from the west
weather\tSnow tonight, sun tomorrow
weather\tA warm wind and no rain
weather\tFog in the morning
weather\tThe sun is out, the fog is gone!
weather\tStorm warning: wind and heavy rain
weather\tIt is cold, with snow in the west
weather\tMorning clouds, then sun
";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (lines, model) = (lines(folder.path())?, folder.path().join("lines.safetensors"));
    let features = features(&lines)?;
    let (trained, accuracy) = train(&lines, &features)?;
    println!("accuracy on the lines it learned: {:.1}%", 100.0 * accuracy);
    trained.save(&model, Default::default())?;

    let predictor = RowPredictor::open(&model, &device("flex")?)?;
    let mut given: Vec<_> = std::env::args().skip(1).collect();
    if given.is_empty() {
        given.push("Wind, and snow in the morning".into());
    }
    for line in given {
        println!("{line:?}: {}", lines.class_names().get(class(&predictor, &line)?).unwrap_or_default());
    }
    Ok(())
}

/// Reads the lines of this example.
pub(crate) fn lines(folder: &Path) -> Result<TextLines, Box<dyn Error>> {
    let file = folder.join("lines.tsv");
    fs::write(&file, LINES)?;
    Ok(TextLines::open(&file, &TextLinesConfig::default())?)
}

/// Each word of a line as its place in a vocabulary, which is learned from the lines; 0 is no word and 1 an unknown one.
pub(crate) fn features(lines: &TextLines) -> Result<FeatureSpec, Box<dyn Error>> {
    let words = TextVectorization { output_sequence_length: Some(WORDS), ..TextVectorization::default() };
    let spec = FeatureSpec::new().with("text", "words", Feature::TextVectorization(words));
    let rows = lines.iter().map(|(text, _)| vec![Cell::from(text)]);
    Ok(adapt(AdaptFeatures::new(&spec, &["text"])?, rows)?)
}

/// Words to vectors, their mean to a class.
pub(crate) fn network(features: &FeatureSpec, classes: usize) -> Result<NetworkSpec, Box<dyn Error>> {
    let Feature::TextVectorization(text) = &features.features[0].feature else { return Err("it is of text".into()) };
    let mut net = NetworkSpec::builder("text");
    let words = net.int_input("words", [WORDS]);
    let x = net.add("embedding", Embedding::new(text.lookup().depth(), 16).padding_idx(0), words);
    // A vector's numbers are the channels of a picture of one row.
    let x = net.add("channels_first", Permute::new([2, 1]), x);
    let x = net.add("mean", GlobalAvgPool::new(), x);
    let x = net.add("class", Dense::new(classes), x);
    Ok(net.output(x).build()?)
}

/// Trains the network on lines; what it predicts by, and its accuracy on these lines.
pub(crate) fn train(lines: &TextLines, features: &FeatureSpec) -> Result<(RowPredictor, f64), Box<dyn Error>> {
    let network = network(features, lines.class_names().len())?.init(1, &device("flex")?);
    let made = Features::new(features, &["text"])?;
    let rows = lines.iter().map(|(text, _)| made.apply(&[text.into()])).collect::<Result<Vec<_>, _>>()?;
    let labels = lines.iter().filter_map(|(_, label)| label).collect();
    // A sample has a picture; the network takes none, and nobody looks at this one.
    let sample = move |index: usize| {
        Ok::<_, DataError>(Sample::new(Picture::new(1, 1, 1, vec![0])?).with_features(rows[index].clone()))
    };
    let data = Arc::new(Generated::labelled(lines.fingerprint(), labels, lines.class_names().clone(), sample));
    let config = LoaderConfig { batch_size: 4, ..LoaderConfig::default() };
    let loader = Loader::new(data, Vec::new(), Preprocessing::gray([1, 1]), config, 1)?;

    let optimizer = Optimizer::Adam(Adam { learning_rate: 0.02, ..Adam::keras() });
    let config = TrainerConfig { epochs: 30, optimizer, ..TrainerConfig::default() };
    let mut trainer = Trainer::with_heads(network, vec![Head::classifier()], config)?;
    trainer.fit(&loader, None)?;
    let accuracy = trainer.evaluate(&loader)?.accuracy().unwrap_or_default();
    Ok((RowPredictor::new(trainer.network().clone(), features, None)?, accuracy))
}

/// The number of the class that a line most likely has.
pub(crate) fn class(predictor: &RowPredictor, line: &str) -> Result<usize, Box<dyn Error>> {
    let answers = predictor.predict(&[("text", line.into())], None)?;
    let best = answers[0].iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other));
    Ok(best.map(|(class, _)| class).unwrap_or_default())
}
