//! Digits for examples that train.

use std::error::Error;
use std::sync::Arc;

use striate::core::{ClassNames, Preprocessing};
use striate::data::{Dataset, Digits, Loader, LoaderConfig, Map, Subset};

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
