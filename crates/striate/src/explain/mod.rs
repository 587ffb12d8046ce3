//! Looking inside a model file: pictures of what it sees, and a report.

mod data;
mod methods;
mod model;
mod output;

use std::path::{Path, PathBuf};

use serde::Serialize;
use striate_backend::Device;
use striate_data::{DecodeLimits, Mode, Picture};
use striate_explain::Report;

pub use data::{DataExplanation, EmbeddingMap, Mistake};
pub use methods::{ExplainMethod, UnknownMethod};
pub use model::ExplainedModel;
pub use output::ExplainFigure;
use output::Output;

use crate::{DataSource, Error};

/// What is shown of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainRequest {
    /// How; none: by every method.
    pub methods: Vec<ExplainMethod>,
    /// The layer: whose feature maps, filters and units are shown, at which Grad-CAM looks, and whose numbers place samples
    /// on the map of some data. None: one that suits each.
    pub layer: Option<String>,
    /// The class that is explained, by number or name; none: the one with the largest score.
    pub class: Option<String>,
    /// The output whose classes are meant; none: the first.
    pub output: Option<String>,
    /// The channel of `layer` that a picture is made for; none: the class.
    pub channel: Option<usize>,
    /// Steps of integrated gradients, pictures of SmoothGrad, a sixteenth each, and steps of a visualization; at least 1.
    pub steps: usize,
    /// Samples of a part of some data, for what the model makes of all of it: confusion, worst mistakes, a map.
    pub data: Option<(DataSource, Mode)>,
    /// The most samples of the data, spread evenly.
    pub samples: usize,
    /// The seed of all that is drawn.
    pub seed: u64,
}

impl Default for ExplainRequest {
    /// Every method with 128 steps, for the class with the largest score.
    fn default() -> Self {
        Self {
            methods: Vec::new(),
            layer: None,
            class: None,
            output: None,
            channel: None,
            steps: 128,
            data: None,
            samples: 1000,
            seed: 42,
        }
    }
}

/// What was shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The network's name.
    pub network: String,
    /// The class that was explained.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Its score.
    pub score: f32,
    /// Its probability, if the network labels pictures.
    pub probability: Option<f64>,
    /// The pictures, in order.
    pub figures: Vec<ExplainFigure>,
    /// What the model makes of some data.
    pub data: Option<DataExplanation>,
    /// The report with all of it.
    pub report: PathBuf,
}

/// Shows what a model file, or that of a run's folder, makes of a picture: PNG files and `report.html`, one page with all of
/// them, in the folder `out`, which is made if it isn't there.
///
/// # Errors
/// If the model, the picture or the data can't be read, what is asked for isn't there, or a file can't be written.
pub fn explain(
    model: &Path,
    image: &Path,
    request: &ExplainRequest,
    out: &Path,
    device: &Device,
) -> Result<Explanation, Error> {
    if request.steps == 0 || request.steps > MOST_STEPS {
        let rule = "it must be from 1 to 65536";
        return Err(Error::Option { option: "steps", value: request.steps.to_string(), rule });
    }
    let model = ExplainedModel::open(model, device)?;
    let picture = Picture::open(image, DecodeLimits::default())?;
    let input = model.input(&picture);
    let target = model.target(request.class.as_deref(), request.output.as_deref())?;
    let choice = model.explainer().choose(&input, &target)?;
    let probability = model.probability(&input, &choice)?;
    let name = model.class_name(&choice);
    // Nothing is written before what is asked for is known to be there.
    let network = model.explainer().network().spec().name().to_owned();
    let shown =
        image.file_name().map_or_else(|| image.display().to_string(), |name| name.to_string_lossy().into_owned());
    let mut report = Report::new(format!("{network}: {shown}"));
    let percent =
        probability.map(|probability| format!(", probability {:.1} %", 100.0 * probability)).unwrap_or_default();
    report
        .section("Picture")
        .text(format!("Explained: {name} (class {}, score {:.3}{percent}).", choice.class, choice.score));
    report.figure("as the network sees it", &model.explainer().picture(&input));
    let mut output = Output::new(out, report)?;
    methods::run(&model, &input, &choice, request, &mut output)?;
    let data = match &request.data {
        Some((source, mode)) => Some(data::run(&model, source, *mode, request, &mut output)?),
        None => None,
    };
    let (figures, report) = output.finish()?;
    Ok(Explanation { network, class: choice.class, name, score: choice.score, probability, figures, data, report })
}

/// More steps than any method needs.
const MOST_STEPS: usize = 1 << 16;
