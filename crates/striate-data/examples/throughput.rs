//! How quickly pictures are made ready to train on: `throughput FOLDER`, FOLDER with a folder for each class.
//!
//! Each stage alone, on one thread and over all pictures: random resized crop to 224 px, flip, color jitter, normalisation.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use striate_core::{Preprocessing, Streams};
use striate_data::transforms::{ColorJitter, RandomHorizontalFlip, RandomResizedCrop};
use striate_data::{Augmentation, Dataset, DecodeLimits, Folder, Image, Transform, preprocess};

fn main() -> Result<(), Box<dyn Error>> {
    let words = std::env::args().skip(1).collect::<Vec<_>>();
    let folder = words.first().ok_or("usage: throughput FOLDER")?;
    let dataset = Folder::open(Path::new(folder), DecodeLimits::default())?;
    let steps: [(&str, Augmentation); 3] = [
        ("crop and resize", RandomResizedCrop::new([224, 224]).into()),
        ("flip", RandomHorizontalFlip::default().into()),
        ("color jitter", ColorJitter::new(0.4, 0.4, 0.4, 0.1).into()),
    ];
    let how = Preprocessing::torch(224, 224);
    stages(&dataset, &steps, &how)
}

/// Does each stage of each picture in this thread.
fn stages(dataset: &dyn Dataset, steps: &[(&str, Augmentation)], how: &Preprocessing) -> Result<(), Box<dyn Error>> {
    let mut times = vec![Duration::ZERO; steps.len() + 2];
    let mut out = vec![0.0; how.output_shape().iter().product()];
    for index in 0..dataset.len() {
        let mut stream = Streams::new(1).at(0, index as u64).open("augment");
        let mut start = Instant::now();
        let mut stage = 0;
        let mut lap = || {
            let now = Instant::now();
            times[stage] += now - std::mem::replace(&mut start, now);
            stage += 1;
        };
        let mut sample = dataset.get(index)?;
        lap();
        for (_, step) in steps {
            sample = step.apply(sample, &mut stream)?;
            lap();
        }
        match &sample.image {
            Image::U8(picture) => preprocess(picture, how, &mut out),
            Image::F32(picture) => preprocess(picture, how, &mut out),
        }
        lap();
    }
    let names = steps.iter().map(|(name, _)| *name);
    for (name, time) in std::iter::once("read and decode").chain(names).chain(["normalise"]).zip(times) {
        show(name, time, dataset.len());
    }
    Ok(())
}

fn show(name: &str, time: Duration, images: usize) {
    let each = time.as_secs_f64() / images as f64;
    println!("{name:40} {:8.3} ms an image {:8.0} images/s", each * 1e3, 1.0 / each);
}
