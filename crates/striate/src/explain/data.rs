//! What a model makes of many samples: confusion, worst mistakes, a map of its features.

use std::sync::Arc;

use burn::Tensor;
use serde::Serialize;
use striate_data::{Dataset, Mode, Subset};
use striate_explain::render::{Tile, matrix, scatter, tiles};
use striate_explain::{Pca, TSne};
use striate_layers::{Context, Kind};
use striate_network::{Network, NetworkSpec};

use super::ExplainRequest;
use super::model::ExplainedModel;
use super::output::{Output, enlarged};
use crate::evaluate::loader;
use crate::predictor::softmax;
use crate::similar::embedder::before_head;
use crate::tasks::Job;
use crate::{DataSource, Error};

/// What a model makes of some data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DataExplanation {
    /// Samples that were looked at.
    pub samples: usize,
    /// The part of them whose class was found.
    pub accuracy: f64,
    /// How often a class in a row was taken for the class in a column.
    pub confusion: Vec<Vec<u64>>,
    /// The samples whose true class got the least probability, the least first.
    pub mistakes: Vec<Mistake>,
    /// Where the samples lie by the features of a layer.
    pub map: EmbeddingMap,
}

/// A sample whose class was not found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mistake {
    /// Its number in the part of the data.
    pub index: usize,
    /// Its class.
    pub class: usize,
    /// The class that was found.
    pub found: usize,
    /// The probability of its class.
    pub probability: f64,
    /// The probability of the class that was found.
    pub found_probability: f64,
}

/// Where samples lie by a layer's features.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EmbeddingMap {
    /// The layer.
    pub layer: String,
    /// The part of the features' variance that the two components of `pca` have.
    pub explained_variance: f64,
    /// The first two principal components of each sample.
    pub pca: Vec<[f32; 2]>,
    /// The place of each sample by t-SNE, of at least 16 samples.
    pub tsne: Option<Vec<[f32; 2]>>,
}

/// Px of a mistake's longer side.
const TILE: u32 = 128;
/// Mistakes that are shown.
const MISTAKES: usize = 24;
/// The most samples of a map.
const MOST_SAMPLES: usize = TSne::MOST_ROWS;
/// The most classes whose confusion is kept and drawn.
const MOST_CLASSES: usize = 1000;

pub(super) fn run(
    model: &ExplainedModel,
    source: &DataSource,
    mode: Mode,
    request: &ExplainRequest,
    output: &mut Output,
) -> Result<DataExplanation, Error> {
    if request.samples == 0 || request.samples > MOST_SAMPLES {
        let value = request.samples.to_string();
        return Err(Error::Option { option: "samples", value, rule: "it must be from 1 to 5000" });
    }
    let network = model.explainer().network();
    let spec = network.spec();
    let Some(classes) = spec.classes().filter(|classes| (2..=MOST_CLASSES).contains(classes)) else {
        let rule = "the model must label pictures, with 2 to 1000 classes";
        return Err(Error::Option { option: "data", value: source.to_string(), rule });
    };
    let all = source.open(mode, model.classes())?;
    if all.class_names().len() > classes {
        return Err(Error::Classes { model: classes, data: all.class_names().len() });
    }
    let count = request.samples.min(all.len());
    let chosen: Vec<usize> = (0..count).map(|number| number * all.len() / count.max(1)).collect();
    let dataset: Arc<dyn Dataset> = Arc::new(Subset::new(all.clone(), chosen.clone())?);
    let layer = feature_layer(spec, request.layer.as_deref())?;
    let seen = look(model, network, &layer, dataset)?;
    let names: Vec<String> = (0..classes).map(|class| class_name(model, &*all, class)).collect();
    let mut counts = vec![0_u64; classes * classes];
    seen.answers.iter().for_each(|answer| counts[answer.class * classes + answer.found] += 1);
    let right = seen.answers.iter().filter(|answer| answer.class == answer.found).count();
    let mut mistakes: Vec<Mistake> =
        seen.answers.iter().filter(|answer| answer.class != answer.found).cloned().collect();
    mistakes.iter_mut().for_each(|mistake| mistake.index = chosen[mistake.index]);
    mistakes.sort_by(|a, b| a.probability.total_cmp(&b.probability).then(a.index.cmp(&b.index)));
    mistakes.truncate(MISTAKES);
    let accuracy = right as f64 / count.max(1) as f64;

    output.report.section(format!("{source}, {}: {right} of {count} right", mode.name()));
    let caption = "true classes in rows, what was found in columns".to_owned();
    output.figure("confusion", None, caption, &matrix(&counts, &names), &[("accuracy", accuracy)])?;
    if !mistakes.is_empty() {
        show_mistakes(model, &*all, &mistakes, &names, output)?;
    }
    let labels: Vec<_> = seen.answers.iter().map(|answer| Some(answer.class)).collect();
    let map = show_map(&layer, &seen, &labels, &names, output)?;
    let confusion = counts.chunks_exact(classes).map(<[u64]>::to_vec).collect();
    Ok(DataExplanation { samples: count, accuracy, confusion, mistakes, map })
}

/// What the network gives for the samples.
struct Seen {
    answers: Vec<Mistake>,
    /// In rows of `width`.
    features: Vec<f32>,
    width: usize,
}

fn look(model: &ExplainedModel, network: &Network, layer: &str, dataset: Arc<dyn Dataset>) -> Result<Seen, Error> {
    let spec = network.spec();
    let output = spec.nodes()[spec.outputs()[0]].name();
    let cut = network.until(&[output, layer])?;
    let mut seen = Seen { answers: Vec::new(), features: Vec::new(), width: 0 };
    let loader = loader(dataset, &Job::default(), model.preprocessing(), 2)?;
    for batch in loader.epoch(0, 0) {
        let batch = batch?;
        if batch.labels.len() != batch.indices.len() {
            return Err(striate_train::TrainError::Unlabelled.into());
        }
        let images = batch.images_tensor(model.explainer().device());
        let mut outputs = cut.run(vec![images.into()], &mut Context::evaluation())?;
        let features = outputs.remove(1);
        let logits = outputs.remove(0).float::<2>();
        let classes = logits.dims()[1];
        let logits: Vec<f64> = logits.into_data().iter::<f64>().collect();
        for ((logits, &class), &index) in logits.chunks_exact(classes).zip(&batch.labels).zip(&batch.indices) {
            let probabilities = softmax(logits);
            let largest = probabilities.iter().copied().fold(0.0, f64::max);
            let found = probabilities.iter().position(|&probability| probability == largest).unwrap_or(0);
            let (probability, found_probability) = (probabilities[class], probabilities[found]);
            seen.answers.push(Mistake { index, class, found, probability, found_probability });
        }
        let sides = features.dims();
        // Of maps the mean of each channel.
        let places = sides[2..].iter().product();
        let rows: Tensor<3> = features.reshape(&[sides[0], sides[1], places]).float();
        seen.width = sides[1];
        seen.features.extend(rows.mean_dim(2).into_data().iter::<f32>());
    }
    Ok(seen)
}

/// The layer whose numbers are a sample's features: the one asked for, or what the network's last layer with weights takes.
fn feature_layer(spec: &NetworkSpec, asked: Option<&str>) -> Result<String, Error> {
    let number = match asked {
        Some(layer) => spec.number(layer)?,
        None => spec.number(&before_head(spec))?,
    };
    let name = spec.nodes()[number].name().to_owned();
    let output = spec.signature(number);
    match output.kind == Kind::Float && (1..=4).contains(&output.shape.rank()) {
        true => Ok(name),
        false => Err(striate_explain::ExplainError::NotNumbers { layer: name, got: output.clone() }.into()),
    }
}

fn class_name(model: &ExplainedModel, data: &dyn Dataset, class: usize) -> String {
    let own = model.classes().and_then(|names| names.get(class));
    own.or_else(|| data.class_names().get(class)).map_or_else(|| class.to_string(), str::to_owned)
}

fn show_mistakes(
    model: &ExplainedModel,
    data: &dyn Dataset,
    mistakes: &[Mistake],
    names: &[String],
    output: &mut Output,
) -> Result<(), Error> {
    let mut sheet = Vec::new();
    for mistake in mistakes {
        let input = model.input(&data.get(mistake.index)?.image.to_u8());
        let shown = enlarged(&model.explainer().picture(&input), TILE);
        sheet.push(Tile::new(format!("{} as {}", names[mistake.class], names[mistake.found]), shown));
    }
    let caption = "the samples whose true class got the least probability".to_owned();
    output.figure("mistakes", None, caption, &tiles(&sheet, 6), &[])?;
    let row = |mistake: &Mistake| {
        let percent = |probability: f64| format!("{:.2} %", 100.0 * probability);
        vec![
            mistake.index.to_string(),
            format!("{} {}", names[mistake.class], percent(mistake.probability)),
            format!("{} {}", names[mistake.found], percent(mistake.found_probability)),
        ]
    };
    output.report.table(["sample", "true class", "found"], mistakes.iter().map(row));
    Ok(())
}

fn show_map(
    layer: &str,
    seen: &Seen,
    labels: &[Option<usize>],
    names: &[String],
    output: &mut Output,
) -> Result<EmbeddingMap, Error> {
    let pca = Pca::fit(&seen.features, seen.width, seen.width.min(2))?;
    let place = |row: &Vec<f32>| [row[0], row.get(1).copied().unwrap_or(0.0)];
    let places: Vec<_> = pca.project(&seen.features).iter().map(place).collect();
    let kept: f64 = pca.variances.iter().sum();
    let explained_variance = if pca.total_variance > 0.0 { kept / pca.total_variance } else { 1.0 };
    output.report.section("Map of the samples");
    let caption = format!(
        "the first two principal components of {layer}, with {:.1} % of the variance",
        100.0 * explained_variance
    );
    let numbers = [("explained_variance", explained_variance)];
    output.figure("embedding-pca", Some(layer), caption, &scatter(&places, labels, names), &numbers)?;
    let tsne = tsne(seen)?;
    if let Some(places) = &tsne {
        let caption = format!("{layer} by t-SNE");
        output.figure("embedding-tsne", Some(layer), caption, &scatter(places, labels, names), &[])?;
    }
    Ok(EmbeddingMap { layer: layer.into(), explained_variance, pca: places, tsne })
}

fn tsne(seen: &Seen) -> Result<Option<Vec<[f32; 2]>>, Error> {
    let count = seen.answers.len();
    if count < 16 {
        return Ok(None);
    }
    let perplexity = 30.0_f32.min(((count - 1) / 3) as f32);
    let tsne = TSne { perplexity, ..TSne::default() };
    Ok(Some(tsne.run(&seen.features, seen.width)?))
}
