//! Digits for examples that train.

use std::error::Error;
use std::sync::Arc;

use striate::core::{ClassNames, Preprocessing};
use striate::data::{Dataset, Digits, Loader, LoaderConfig, Map, Subset};
use striate::prelude::*;
use striate::training::optimizers::Adam;
use striate::training::{Optimizer, Trainer, TrainerConfig};

/// A small network that has learned the digits 0 to 6 from so many of each, and how it takes pictures.
pub(crate) fn base(of_each: usize) -> Result<(Network, Preprocessing), Box<dyn Error>> {
    let how = Preprocessing::torch(32, 32);
    let network = Architecture::Cifar10Cnn.config().classes(7).spec()?.init(1, &device("flex")?);
    let config = TrainerConfig { epochs: 6, optimizer: Optimizer::Adam(Adam::keras()), ..TrainerConfig::default() };
    let mut trainer = Trainer::new(network, config)?;
    trainer.fit(&digits(0..7, of_each, 0, how.clone())?, None)?;
    Ok((trainer.network(), how))
}

/// Of each of these digits the first ones after so many that are passed over, shuffled; their classes count from 0.
pub(crate) fn digits(
    classes: std::ops::Range<usize>,
    of_each: usize,
    passed_over: usize,
    preprocessing: Preprocessing,
) -> Result<Loader, Box<dyn Error>> {
    let data: Arc<dyn Dataset> = Arc::new(Digits::train());
    let mut seen = vec![0; classes.len()];
    let wanted = (0..data.len()).filter(|index| {
        let Some(label) = data.label(*index).filter(|label| classes.contains(label)) else { return false };
        let seen = &mut seen[label - classes.start];
        *seen += 1;
        *seen > passed_over && *seen - passed_over <= of_each
    });
    let subset = Arc::new(Subset::new(data.clone(), wanted.collect())?);
    let names = ClassNames::new(classes.clone().map(|digit| digit.to_string()));
    let relabel = move |label: Option<usize>| label.map(|label| label - classes.start);
    let map = Map::new(subset, format!("{of_each} after {passed_over}"), Ok).relabelled(names, relabel);
    Ok(Loader::new(
        Arc::new(map),
        Vec::new(),
        preprocessing,
        LoaderConfig { batch_size: 32, ..LoaderConfig::default() },
        1,
    )?)
}
