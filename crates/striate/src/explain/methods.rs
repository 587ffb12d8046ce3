//! The methods for one picture.

use std::fmt;
use std::str::FromStr;

use burn::Tensor;
use striate_core::nearest::suggestion;
use striate_explain::render::{ColorMap, Tile, overlay, tiles};
use striate_explain::{
    Attribution, Choice, Evidence, ExplainError, FeatureVisualization, Filters, GradCam, IntegratedGradients,
    Occlusion, Reduction, Saliency, SmoothGrad, Target,
};

use super::ExplainRequest;
use super::model::ExplainedModel;
use super::output::{Output, enlarged};
use crate::Error;

/// A way to look at what a network makes of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExplainMethod {
    /// Where the class is seen.
    GradCam,
    /// Which px change the score.
    Saliency,
    /// The same, smoothed by noise.
    SmoothGrad,
    /// How much each px adds to the score.
    IntegratedGradients,
    /// Which parts the score needs.
    Occlusion,
    /// What layers give for the picture.
    FeatureMaps,
    /// A convolution's kernels.
    Filters,
    /// A picture that the class, or a layer's channel, responds to.
    Visualize,
}

impl ExplainMethod {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 8] = [
        Self::GradCam,
        Self::Saliency,
        Self::SmoothGrad,
        Self::IntegratedGradients,
        Self::Occlusion,
        Self::FeatureMaps,
        Self::Filters,
        Self::Visualize,
    ];

    /// Its name in commands, and its picture's file name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GradCam => "grad-cam",
            Self::Saliency => "saliency",
            Self::SmoothGrad => "smooth-grad",
            Self::IntegratedGradients => "integrated-gradients",
            Self::Occlusion => "occlusion",
            Self::FeatureMaps => "feature-maps",
            Self::Filters => "filters",
            Self::Visualize => "visualize",
        }
    }
}

impl fmt::Display for ExplainMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No method has this name.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown method {name:?}; {}", suggestion(name, &ExplainMethod::ALL.map(ExplainMethod::name)))]
pub struct UnknownMethod {
    /// The name that was given.
    pub name: String,
}

impl FromStr for ExplainMethod {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let found = Self::ALL.into_iter().find(|method| method.name() == name);
        found.ok_or_else(|| UnknownMethod { name: name.into() })
    }
}

/// Px of a tile's longer side.
const TILE: u32 = 96;
/// Maps that are shown of a layer, and layers that are shown.
const MAPS: usize = 16;
const LAYERS: usize = 6;
/// Kernels that are shown.
const KERNELS: usize = 64;

/// What the methods look at.
struct Scene<'a> {
    model: &'a ExplainedModel,
    input: &'a Tensor<3>,
    target: Target,
    name: String,
    request: &'a ExplainRequest,
}

/// Runs the methods of the request; those that were not asked for by name and have nothing to show are left out.
pub(super) fn run(
    model: &ExplainedModel,
    input: &Tensor<3>,
    choice: &Choice,
    request: &ExplainRequest,
    output: &mut Output,
) -> Result<(), Error> {
    let target = Target::class(choice.class).of(&choice.layer);
    let scene = Scene { model, input, target, name: model.class_name(choice), request };
    let methods = if request.methods.is_empty() { &ExplainMethod::ALL[..] } else { &request.methods };
    for &method in methods {
        match scene.show(method, output) {
            // A network without maps or kernels has other methods left, and a layer need not suit each.
            Err(Error::Explain(
                error @ (ExplainError::NoSpatialLayer { .. }
                | ExplainError::NotSpatial { .. }
                | ExplainError::NotOnTheWay { .. }
                | ExplainError::NoFilters { .. }),
            )) if request.methods.is_empty() => {
                output.report.section(heading(method)).text(format!("Left out: {error}."));
            }
            done => done?,
        }
    }
    Ok(())
}

fn heading(method: ExplainMethod) -> &'static str {
    match method {
        ExplainMethod::GradCam => "Grad-CAM: where the class is seen",
        ExplainMethod::Saliency => "Saliency: which px change the score",
        ExplainMethod::SmoothGrad => "SmoothGrad: which px change the score, smoothed by noise",
        ExplainMethod::IntegratedGradients => "Integrated gradients: how much each px adds to the score",
        ExplainMethod::Occlusion => "Occlusion: which parts the score needs",
        ExplainMethod::FeatureMaps => "Feature maps: what layers give for the picture",
        ExplainMethod::Filters => "Filters: a convolution's kernels",
        ExplainMethod::Visualize => "Visualization: a picture that the unit responds to",
    }
}

impl Scene<'_> {
    fn show(&self, method: ExplainMethod, output: &mut Output) -> Result<(), Error> {
        let explainer = self.model.explainer();
        let picture = explainer.picture(self.input);
        let (name, steps) = (&self.name, self.request.steps);
        let samples = steps.div_ceil(16);
        let what = method.name();
        match method {
            ExplainMethod::GradCam => {
                let method_of_layer = GradCam { layer: self.request.layer.clone(), ..GradCam::new() };
                let cam = method_of_layer.run(explainer, self.input, &self.target)?;
                output.report.section(heading(method));
                let layer = &cam.layer;
                let caption = match cam.evidence {
                    Evidence::For => format!("{name} at {layer}"),
                    Evidence::Against => {
                        format!("nothing at {layer} speaks for {name}, some of it against: the map is 0")
                    }
                    Evidence::None => {
                        format!("the score of {name} does not follow what {layer} gives here: the map is 0")
                    }
                };
                output.figure(
                    what,
                    Some(&cam.layer),
                    caption,
                    &overlay(&picture, &cam.map, ColorMap::Viridis, 0.55),
                    &[],
                )
            }
            ExplainMethod::Saliency => {
                let found = Saliency::new().run(explainer, self.input, &self.target)?;
                output.report.section(heading(method));
                self.magnitudes(what, &found, format!("gradient of {name}"), output)
            }
            ExplainMethod::SmoothGrad => {
                let smooth = SmoothGrad { samples, seed: self.request.seed, ..SmoothGrad::default() };
                let found = Saliency::new().smooth(smooth).run(explainer, self.input, &self.target)?;
                output.report.section(heading(method));
                self.magnitudes(what, &found, format!("mean gradient of {name} over {samples} noisy pictures"), output)
            }
            ExplainMethod::IntegratedGradients => {
                let integral = IntegratedGradients::new().steps(steps).run(explainer, self.input, &self.target)?;
                output.report.section(heading(method));
                let numbers = [
                    ("score", f64::from(integral.score)),
                    ("baseline_score", f64::from(integral.baseline_score)),
                    ("sum", integral.attribution.sum()),
                ];
                let caption = format!(
                    "red adds to {name}, blue takes away; together {:.3} of {:.3}, the score's distance from black's",
                    integral.attribution.sum(),
                    integral.score - integral.baseline_score
                );
                let shown = integral.attribution.heat_map(Reduction::Sum).colored(ColorMap::Diverging);
                output.figure(what, None, caption, &shown, &numbers)
            }
            ExplainMethod::Occlusion => {
                let map = Occlusion::new().run(explainer, self.input, &self.target)?;
                output.report.section(heading(method));
                let (least, most) = map.range();
                let caption = format!("red: the score of {name} falls when the px is covered, at most by {most:.3}");
                let numbers = [("least", f64::from(least)), ("most", f64::from(most))];
                output.figure(what, None, caption, &overlay(&picture, &map, ColorMap::Diverging, 0.6), &numbers)
            }
            ExplainMethod::FeatureMaps => self.feature_maps(what, output),
            ExplainMethod::Filters => self.filters(what, output),
            ExplainMethod::Visualize => self.visualize(what, output),
        }
    }

    fn magnitudes(&self, what: &str, found: &Attribution, caption: String, output: &mut Output) -> Result<(), Error> {
        let map = found.heat_map(Reduction::MaxAbs);
        output.figure(what, None, caption, &map.colored(ColorMap::Inferno), &[])
    }

    fn feature_maps(&self, what: &str, output: &mut Output) -> Result<(), Error> {
        let explainer = self.model.explainer();
        let layers = match &self.request.layer {
            Some(layer) => vec![layer.clone()],
            // Some of all, spread evenly, with the first and the last.
            None => {
                let all = explainer.spatial_layers(self.input, &self.target)?;
                let count = LAYERS.min(all.len());
                let place = |number: usize| number * (all.len() - 1) / (count - 1).max(1);
                (0..count).map(|number| all[place(number)].clone()).collect()
            }
        };
        let names: Vec<_> = layers.iter().map(String::as_str).collect();
        let found = explainer.feature_maps(self.input, &names)?;
        output.report.section(heading(ExplainMethod::FeatureMaps));
        for (number, maps) in found.iter().enumerate() {
            let strongest = maps.strongest(MAPS);
            let tile =
                |&channel: &usize| Tile::new(channel, enlarged(&maps.maps[channel].colored(ColorMap::Viridis), TILE));
            let sheet = tiles(&strongest.iter().map(tile).collect::<Vec<_>>(), 8);
            let [height, width] = maps.maps[0].size();
            let caption = format!(
                "{}: the {} strongest of {} maps of {height}x{width} px",
                maps.layer,
                strongest.len(),
                maps.maps.len()
            );
            let file = if found.len() == 1 { what.to_owned() } else { format!("{what}-{}", number + 1) };
            output.figure(&file, Some(&maps.layer), caption, &sheet, &[])?;
        }
        Ok(())
    }

    fn filters(&self, what: &str, output: &mut Output) -> Result<(), Error> {
        let network = self.model.explainer().network();
        let layer = match &self.request.layer {
            Some(layer) => layer.clone(),
            None => {
                let first = Filters::layers(network).into_iter().next();
                let name = || network.spec().nodes()[network.spec().outputs()[0]].name().to_owned();
                first.unwrap_or_else(name)
            }
        };
        let filters = Filters::of(network, &layer)?;
        let [kernels, channels, height, width] = filters.shape();
        let sheet = tiles(&filters.tiles(KERNELS, (48 / height.max(width)).max(1)), 16);
        output.report.section(heading(ExplainMethod::Filters));
        let caption = format!("{layer}: {kernels} kernels of {height}x{width} px over {channels} channels");
        output.figure(what, Some(&layer), caption, &sheet, &[])
    }

    fn visualize(&self, what: &str, output: &mut Output) -> Result<(), Error> {
        let explainer = self.model.explainer();
        let (target, unit) = match (&self.request.layer, self.request.channel) {
            (Some(layer), Some(channel)) => (Target::unit(layer, channel), format!("channel {channel} of {layer}")),
            (None, Some(channel)) => {
                let rule = "say with `layer` whose channel it is";
                return Err(Error::Option { option: "channel", value: channel.to_string(), rule });
            }
            _ => (self.target.clone(), self.name.clone()),
        };
        let [_, height, width] = self.input.dims();
        let method = FeatureVisualization::new().steps(self.request.steps).size([height, width]);
        let method = method.seed(self.request.seed);
        let found = method.run(explainer, &target)?;
        // The photo's own response, to compare with.
        let photo = method.score(explainer, self.input, &target)?;
        output.report.section(heading(ExplainMethod::Visualize));
        let caption = format!("{unit}: {:.3} for this picture, {photo:.3} for the one that is explained", found.score);
        let numbers = [("score", f64::from(found.score)), ("picture_score", f64::from(photo))];
        output.figure(what, target.layer(), caption, &found.picture(), &numbers)
    }
}
