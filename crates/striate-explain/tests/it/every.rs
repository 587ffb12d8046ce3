//! Every network of the list is explained, without code of its own.

use burn::tensor::TensorData;
use striate_explain::{
    Evidence, Explainer, FeatureVisualization, Filters, GradCam, IntegratedGradients, Occlusion, Reduction, Saliency,
    Target,
};
use striate_models::{Architecture, ModelConfig};
use striate_network::{Network, State};
use striate_testkit::fill;
use striate_testkit::sizes::{MOST_PARAMETERS, smallest};

use crate::support::{flex, noise};

const CLASSES: usize = 7;

/// The network for small pictures, with its head unless that is too large.
fn small(architecture: Architecture) -> ModelConfig {
    let config = architecture.config().classes(CLASSES);
    let sized = |size: Option<_>| size.map_or_else(|| config.clone(), |size| config.clone().size(size));
    let found = smallest(|size| Some(sized(size)).filter(|config| config.spec().is_ok())).unwrap();
    match found.spec().unwrap().summary().parameters > MOST_PARAMETERS {
        true => found.without_head(),
        false => found,
    }
}

/// The network with weights by the fill rule, which keeps values in range however deep it is.
fn filled(network: Network) -> Network {
    let weights = network.reference_weights().into_iter();
    let state: State = weights
        .filter_map(|weight| {
            let values = fill::weight(&weight.name, &weight.shape);
            Some((weight.own?, TensorData::new(values, weight.shape)))
        })
        .collect();
    network.with_state(state).unwrap()
}

fn check(architecture: Architecture) {
    let spec = small(architecture).spec().unwrap();
    let network = filled(spec.init(1, &flex()));
    let sides: Vec<_> = spec.input_signatures()[0].shape.sides().iter().map(|side| side.unwrap()).collect();
    let image = noise([sides[0], sides[1], sides[2]], 1);
    let explainer = Explainer::new(&network).unwrap();
    let target = Target::top();
    let start = std::time::Instant::now();
    let named = |what: &str| format!("{architecture}: {what}");
    let seen = |values: &[f32], what: &str| {
        assert!(values.iter().all(|value| value.is_finite()), "{}", named(what));
        assert!(values.iter().any(|value| *value != 0.0), "{}", named(what));
    };

    let cam = GradCam::new().relu(false).run(&explainer, &image, &target).unwrap();
    seen(cam.map.values(), &format!("Grad-CAM at {}", cam.layer));
    assert_ne!(cam.evidence, Evidence::None, "{}", named("Grad-CAM"));
    let integral = IntegratedGradients::new().steps(2).run(&explainer, &image, &target).unwrap();
    seen(integral.attribution.values(), "integrated gradients");
    let saliency = Saliency::new().run(&explainer, &image, &target).unwrap();
    seen(saliency.heat_map(Reduction::MaxAbs).values(), "saliency");
    let window = [sides[1].div_ceil(2), sides[2].div_ceil(2)];
    let occlusion = Occlusion::new().window(window).stride(window).run(&explainer, &image, &target).unwrap();
    seen(occlusion.values(), "occlusion");
    let layers = Filters::layers(&network);
    let first = layers.first().unwrap_or_else(|| panic!("{}", named("filters")));
    seen(Filters::of(&network, first).unwrap().values(), first);
    let maps = explainer.feature_maps(&image, &[first, &cam.layer]).unwrap();
    assert!(!maps[0].strongest(4).is_empty() && maps[1].maps[0].size() == cam.map.size(), "{}", named("maps"));
    let unit = Target::unit(first.as_str(), 0);
    let found = FeatureVisualization::new().steps(2).run(&explainer, &unit).unwrap();
    seen(&found.pixels, "visualization");
    let seconds = start.elapsed().as_secs_f64();
    println!("{architecture}: {} parameters, {sides:?}, {}, {seconds:.1} s", spec.summary().parameters, cam.layer);
}

#[test]
fn every_network_is_explained() {
    Architecture::ALL.iter().for_each(|&architecture| check(architecture));
}
