//! Loads the embedded digits in shuffled batches and prints the shape and the labels of the first.

use std::sync::Arc;

use striate_core::Preprocessing;
use striate_data::{DataError, Digits, Loader, LoaderConfig, RandomShift};

fn main() -> Result<(), DataError> {
    let transforms = vec![Arc::new(RandomShift { max_px: 2 }) as _];
    let preprocessing = Preprocessing::gray([28, 28]);
    let loader = Loader::new(Arc::new(Digits::train()), transforms, preprocessing, LoaderConfig::default(), 42)?;
    println!("{} samples in {} batches", loader.samples_per_epoch(), loader.batches_per_epoch());
    for batch in loader.epoch(0, 0).take(1) {
        let batch = batch?;
        println!("shape  {:?}", batch.shape);
        println!("labels {:?}", batch.labels);
    }
    Ok(())
}
