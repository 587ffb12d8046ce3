//! Loads pictures as `benches/peer/loader_peer.py` does, and prints images per second as a line of JSON.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, Subcommand};
use serde_json::json;
use striate::core::{ClassNames, Preprocessing, Streams};
use striate::data::transforms::{ColorJitter, RandomCrop, RandomHorizontalFlip, RandomResizedCrop};
use striate::data::{
    Augmentation, Dataset, Decoding, Folder, InMemory, Loader, LoaderConfig, Picture, Pipeline, Sample,
};
use striate_benches::workload::peak_rss_mb;

#[derive(Parser)]
struct Words {
    #[command(subcommand)]
    what: What,
    /// Threads that load; two as the peer has.
    #[arg(long, default_value_t = 2, global = true)]
    workers: usize,
    /// Measured epochs, of which the fastest counts.
    #[arg(long, default_value_t = 3, global = true)]
    epochs: u64,
}

#[derive(Subcommand)]
enum What {
    /// The JPEG files of a folder per class: decode, random resized crop to 224, flip, color jitter, normalise, batches of 32.
    Photos {
        /// The folder.
        folder: PathBuf,
    },
    /// 20,000 pictures of 32 x 32 px in memory: crop with a padding of 4, flip, normalise, batches of 128.
    Cifar,
}

fn main() -> Result<()> {
    let Words { what, workers, epochs } = Words::parse();
    let (id, dataset, steps, side, batch_size): (_, Arc<dyn Dataset>, Vec<Augmentation>, _, _) = match what {
        What::Photos { folder } => {
            let steps = vec![
                RandomResizedCrop::new([224, 224]).into(),
                RandomHorizontalFlip::default().into(),
                ColorJitter::new(0.4, 0.4, 0.4, 0.1).into(),
            ];
            ("loader/photos", Arc::new(Folder::open(&folder, Decoding::default())?), steps, 224, 32)
        }
        What::Cifar => {
            let steps = vec![RandomCrop::new([32, 32]).padding(4).into(), RandomHorizontalFlip::default().into()];
            ("loader/cifar", Arc::new(small()?), steps, 32, 128)
        }
    };
    let (images, how) = (dataset.len(), Preprocessing::torch(side, side));
    let config = LoaderConfig { workers, batch_size, ..LoaderConfig::default() };
    let loader = Loader::new(dataset, vec![Arc::new(Pipeline { steps })], how, config, 1)?;
    let mut best = 0f64;
    for epoch in 0..=epochs {
        let begun = Instant::now();
        for batch in loader.epoch(epoch, 0) {
            loader.recycle(std::hint::black_box(batch?));
        }
        // The first warms up.
        if epoch > 0 {
            best = best.max(images as f64 / begun.elapsed().as_secs_f64());
        }
    }
    let line = json!({"id": id, "engine": "striate", "variant": format!("{workers} workers"), "items_per_s": best,
        "peak_rss_mb": peak_rss_mb()});
    println!("{line}");
    Ok(())
}

fn small() -> Result<InMemory> {
    let mut stream = Streams::new(1).open("pictures");
    let mut sample = |index: usize| {
        let pixels = (0..32 * 32 * 3).map(|_| stream.below(256) as u8).collect();
        Ok(Sample::new(Picture::new(32, 32, 3, pixels)?).with_label(index % 10))
    };
    let samples = (0..20_000).map(&mut sample).collect::<Result<Vec<_>>>()?;
    Ok(InMemory::new(samples, ClassNames::numbered(10))?)
}
