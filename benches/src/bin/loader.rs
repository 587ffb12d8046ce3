//! Loads pictures as `benches/peer/loader_peer.py` does, and prints images per second as a line of JSON.

use std::fs;
use std::path::{Path, PathBuf};
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
use striate_benches::workload::{peak_rss_mb, rss_mb};

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
    /// A new folder of so many gray pictures of 8 x 8 px in ten classes, batches of 32: how long the listing takes, how long after
    /// it the first batch comes, and the memory after each epoch.
    Many {
        /// Files.
        #[arg(long, default_value_t = 200_000)]
        files: usize,
    },
}

fn main() -> Result<()> {
    let Words { what, workers, epochs } = Words::parse();
    let (id, dataset, steps, side, batch_size): (_, Arc<dyn Dataset>, Vec<Augmentation>, _, _) = match what {
        What::Many { files } => return many(files, workers, epochs),
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

fn many(files: usize, workers: usize, epochs: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    make_files(folder.path(), files)?;
    let begun = Instant::now();
    let dataset = Arc::new(Folder::open(folder.path(), Decoding::default())?);
    let listing = begun.elapsed();
    let begun = Instant::now();
    let config = LoaderConfig { workers, ..LoaderConfig::default() };
    let loader = Loader::new(dataset, Vec::new(), Preprocessing::gray([8, 8]), config, 1)?;
    let (mut first, mut seconds, mut memory) = (None, Vec::new(), vec![rss_mb()]);
    for epoch in 0..epochs {
        let epoch_begun = Instant::now();
        for batch in loader.epoch(epoch, 0) {
            first.get_or_insert_with(|| begun.elapsed());
            loader.recycle(std::hint::black_box(batch?));
        }
        seconds.push(epoch_begun.elapsed().as_secs_f64());
        memory.push(rss_mb());
    }
    let line = json!({"id": "loader/many", "engine": "striate", "variant": format!("{workers} workers"), "files": files,
        "listing_s": listing.as_secs_f64(), "first_batch_s": first.map(|first| first.as_secs_f64()), "epochs_s": seconds,
        "rss_mb": memory, "peak_rss_mb": peak_rss_mb()});
    println!("{line}");
    Ok(())
}

/// Files in the folders of ten classes; many are other names of the same one, as far as the file system has them.
fn make_files(folder: &Path, files: usize) -> Result<()> {
    const NAMES: usize = 10_000;
    let (mut stream, mut written) = (Streams::new(1).open("files"), PathBuf::new());
    for class in 0..10 {
        fs::create_dir(folder.join(class.to_string()))?;
    }
    for file in 0..files {
        let path = folder.join((file % 10).to_string()).join(format!("{file:06}.bmp"));
        if file % NAMES == 0 || fs::hard_link(&written, &path).is_err() {
            fs::write(&path, bitmap(|| stream.below(256) as u8))?;
            written = path;
        }
    }
    Ok(())
}

/// A BMP file of 8 x 8 px with a palette of grays.
fn bitmap(mut value: impl FnMut() -> u8) -> Vec<u8> {
    let palette = 54 + 4 * 256;
    let mut file = b"BM".to_vec();
    let header: [u32; 13] = [palette + 64, 0, palette, 40, 8, 8, 1 | 8 << 16, 0, 64, 2835, 2835, 256, 0];
    file.extend(header.iter().flat_map(|number| number.to_le_bytes()));
    file.extend((0..=255).flat_map(|gray: u8| [gray, gray, gray, 0]));
    file.extend((0..64).map(|_| value()));
    file
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
