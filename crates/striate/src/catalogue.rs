//! The list of networks with what each costs.

use serde::Serialize;
use striate_models::Architecture;

use crate::Error;

/// A network that can be trained by name, with its paper's input and classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelRow {
    /// Its name.
    pub name: &'static str,
    /// Its parameters, as the library counts whose names the weights have: Keras's include running statistics.
    pub parameters: u64,
    /// Multiplications for one picture.
    pub multiplications: u64,
    /// Channels, height and width in px.
    pub input: [usize; 3],
    /// The year of its publication.
    pub year: u16,
    /// Authors and title.
    pub paper: &'static str,
}

/// Lists the networks that can be trained by name.
///
/// # Errors
/// If one can't be built, which none of the list should be.
pub fn model_list() -> Result<Vec<ModelRow>, Error> {
    let row = |architecture: &Architecture| {
        let spec = architecture.spec(architecture.default_classes())?;
        Ok(ModelRow {
            name: architecture.name(),
            parameters: spec.summary().parameters,
            multiplications: (0..spec.nodes().len())
                .map(|number| spec.node_cost(number).multiplications)
                .fold(0, u64::saturating_add),
            input: architecture.input(),
            year: architecture.year(),
            paper: architecture.paper(),
        })
    };
    Architecture::ALL.iter().map(row).collect()
}
