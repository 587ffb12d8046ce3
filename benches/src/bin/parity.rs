//! Takes the steps that `benches/peer/parity.py` asks for: reads `job.json` and `job.safetensors` of a folder, prints the
//! losses as a line of JSON, and writes `gradients.safetensors` where no update rule is asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, TensorData};
use clap::Parser;
use serde::Deserialize;
use striate::backend::device;
use striate::data::Batch;
use striate::layers::Context;
use striate::layers::losses::SparseCategoricalCrossEntropy;
use striate::models::Architecture;
use striate::network::formats::WeightsFile;
use striate::network::formats::safetensors::{self, Texts};
use striate::network::{Network, State};
use striate::training::optimizers::{Adam, Sgd};
use striate::training::{Optimizer, Trainer, TrainerConfig};

#[derive(Parser)]
struct Words {
    /// The folder of the job.
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Job {
    network: String,
    rule: String,
    batch: usize,
}

fn main() -> Result<()> {
    let Words { folder } = Words::parse();
    let job: Job = serde_json::from_str(&fs::read_to_string(folder.join("job.json"))?)?;
    let mut file = WeightsFile::open(&folder.join("job.safetensors"))?;
    let images = file.read("images")?;
    let labels: Vec<usize> = file.read("labels")?.iter::<i64>().map(|label| label as usize).collect();
    let &[_, channels, height, width] = images.shape().as_slice() else { bail!("images need four axes") };
    let images: Vec<f32> = images.iter::<f32>().collect();
    let spec = job.network.parse::<Architecture>()?.config().classes(10).size([height, width]).spec()?;
    let network = spec.init(0, &device("flex")?);
    let mut weights = State::new();
    for name in network.state().into_keys() {
        let data = file.read(&format!("weights/{name}")).with_context(|| name.clone())?;
        weights.insert(name, data);
    }
    let network = network.with_state(weights)?;
    let pixels = channels * height * width;
    let mut batches = images.chunks(job.batch * pixels).zip(labels.chunks(job.batch)).map(|(images, labels)| Batch {
        images: images.to_vec(),
        shape: [labels.len(), channels, height, width],
        labels: labels.to_vec(),
        indices: (0..labels.len()).collect(),
        ..Batch::default()
    });
    let (optimizer, rate) = match job.rule.as_str() {
        "sgd" => (Optimizer::Sgd(Sgd::torch().learning_rate(0.05).momentum(0.9)), 0.05),
        "adam" => (Optimizer::Adam(Adam::torch().learning_rate(1e-3)), 1e-3),
        "none" => {
            let loss = pass(network, batches.next().context("no batch")?, &folder)?;
            println!("{}", serde_json::json!({ "losses": [loss] }));
            return Ok(());
        }
        rule => bail!("unknown rule {rule}"),
    };
    let mut trainer = Trainer::new(network, TrainerConfig { optimizer, ..TrainerConfig::default() })?;
    let losses = batches.map(|batch| Ok(trainer.step(&batch, rate)?.loss)).collect::<Result<Vec<_>>>()?;
    println!("{}", serde_json::json!({ "losses": losses }));
    Ok(())
}

/// The loss of one batch; its gradients go to a file.
fn pass(network: Network, batch: Batch, folder: &std::path::Path) -> Result<f64> {
    let network = network.train();
    let device = network.device();
    let mut context = Context::training(striate::core::Streams::new(0));
    let logits: Tensor<2> = network.forward_in(batch.images_tensor(&device), &mut context);
    let loss = SparseCategoricalCrossEntropy::new().forward(logits, batch.labels_tensor(&device));
    let value = loss.clone().inner().into_data().iter::<f64>().next().context("no loss")?;
    let mut seen = Seen { gradients: &loss.backward(), path: Vec::new(), found: BTreeMap::new() };
    network.visit(&mut seen);
    let found = seen.found;
    safetensors::write(&folder.join("gradients.safetensors"), Texts::new(), &found)?;
    Ok(value)
}

struct Seen<'a> {
    gradients: &'a Gradients,
    path: Vec<String>,
    found: State,
}

impl ModuleVisitor for Seen<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = param.val().grad(self.gradients) {
            let values: Vec<f32> = gradient.clone().into_data().iter::<f32>().collect();
            self.found.insert(self.path.join("."), TensorData::new(values, gradient.shape()));
        }
    }

    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
}
