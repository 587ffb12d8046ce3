//! What can't be explained is told.

use striate_core::Preprocessing;
use striate_explain::{
    Baseline, ExplainError, Explainer, FeatureVisualization, Fill, GradCam, IntegratedGradients, Occlusion,
    Parametrization, Place, Saliency, SmoothGrad, Target,
};
use striate_layers::{Activation, Add, Dense, Flatten};
use striate_network::NetworkSpec;

use crate::support::{explainer, flex, noise, small};

#[track_caller]
fn tells<T: std::fmt::Debug>(result: Result<T, ExplainError>, parts: &[&str]) {
    let error = result.unwrap_err().to_string();
    parts.iter().for_each(|part| assert!(error.contains(part), "{error}\nlacks: {part}"));
}

#[test]
fn network_that_takes_no_picture_is_rejected() {
    let mut net = NetworkSpec::builder("two");
    let inputs = [net.input("a", [1, 4, 4]), net.input("b", [1, 4, 4])];
    let x = net.add("sum", Add::new(), inputs);
    tells(Explainer::new(&net.output(x).build().unwrap().init(0, &flex())), &["\"two\" takes [1, 4, 4] and [1, 4, 4]"]);
    let mut net = NetworkSpec::builder("row");
    let x = net.input("a", [4]);
    let x = net.add("fc", Dense::new(2), x);
    tells(Explainer::new(&net.output(x).build().unwrap().init(0, &flex())), &["takes [4]", "one picture"]);
}

#[test]
fn targets_that_are_not_there_are_told_with_what_is() {
    let network = small(Activation::Relu);
    let explainer = explainer(&network);
    let image = noise([2, 9, 11], 1);
    let saliency = |target: Target| Saliency::new().run(&explainer, &image, &target);
    tells(saliency(Target::class(5)), &["\"fc2\" has 5 classes", "there is no 5"]);
    tells(saliency(Target::class(0).of("fc3")), &["no layer \"fc3\"", "fc2"]);
    tells(saliency(Target::unit("conv1", 0).at(Place::At(vec![9, 0]))), &["no place [9, 0]", "[4, 9, 11]"]);
    tells(saliency(Target::class(0).at(Place::At(vec![0]))), &["no place [0]"]);
    tells(Saliency::new().run(&explainer, &noise([2, 9, 12], 1), &Target::top()), &["[2, 9, 11]", "[2, 9, 12]"]);
    let cam = |layer: &str| GradCam::new().layer(layer).run(&explainer, &image, &Target::top());
    tells(cam("fc1"), &["\"fc1\" gives [8]", "conv1, pool1, conv2 would do"]);
    tells(cam("conv9"), &["no layer \"conv9\""]);
    let mut net = NetworkSpec::builder("flat");
    let x = net.input("images", [2, 9, 11]);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc", Dense::new(2), x);
    let flat = Explainer::new(&net.output(x).build().unwrap().init(0, &flex())).unwrap();
    tells(GradCam::new().run(&flat, &image, &Target::top()), &["no layer that gives maps"]);
}

#[test]
fn options_that_cannot_be_used_are_errors() {
    let network = small(Activation::Relu);
    let explainer = explainer(&network);
    let image = noise([2, 9, 11], 1);
    let top = Target::top();
    for (smooth, part) in [
        (SmoothGrad { samples: 0, ..SmoothGrad::default() }, "`samples` is 0"),
        (SmoothGrad { batch_size: 0, ..SmoothGrad::default() }, "`batch_size` is 0"),
        (SmoothGrad { noise: -0.1, ..SmoothGrad::default() }, "`noise` is -0.1"),
        (SmoothGrad { noise: f32::NAN, ..SmoothGrad::default() }, "`noise` is NaN"),
    ] {
        tells(Saliency::new().smooth(smooth).run(&explainer, &image, &top), &[part]);
    }
    let integrated = |change: fn(&mut IntegratedGradients)| {
        let mut method = IntegratedGradients::new();
        change(&mut method);
        method.run(&explainer, &image, &top)
    };
    tells(integrated(|method| method.steps = 0), &["`steps` is 0"]);
    tells(integrated(|method| method.batch_size = 0), &["`batch_size` is 0"]);
    tells(integrated(|method| method.baseline = Baseline::Values(vec![0.0; 3])), &["3 values", "as many values"]);
    tells(integrated(|method| method.baseline = Baseline::Value(f32::INFINITY)), &["`baseline` is inf"]);
    let occlusion = |change: fn(&mut Occlusion)| {
        let mut method = Occlusion::new();
        change(&mut method);
        method.run(&explainer, &image, &top)
    };
    tells(occlusion(|method| method.window = Some([10, 1])), &["`window` is [10, 1]"]);
    tells(occlusion(|method| method.stride = Some([0, 1])), &["`stride` is [0, 1]"]);
    tells(occlusion(|method| method.batch_size = 0), &["`batch_size` is 0"]);
    tells(occlusion(|method| method.fill = Fill::Gray(f32::NAN)), &["`fill` is NaN"]);
    let visualize = |change: fn(&mut FeatureVisualization)| {
        let mut method = FeatureVisualization::new().steps(1);
        change(&mut method);
        method.run(&explainer, &Target::class(1))
    };
    assert!(visualize(|_| ()).is_ok());
    tells(visualize(|method| method.steps = 0), &["`steps` is 0"]);
    tells(visualize(|method| method.learning_rate = 0.0), &["`learning_rate` is 0"]);
    tells(visualize(|method| method.contrast = 0.0), &["`contrast` is 0"]);
    tells(visualize(|method| method.jitter = 1025), &["`jitter` is 1025"]);
    tells(visualize(|method| method.zoom = 1.0), &["`zoom` is 1"]);
    tells(visualize(|method| method.rotation = -1.0), &["`rotation` is -1"]);
    tells(visualize(|method| method.parametrization = Parametrization::Fourier { decay: 99.0 }), &["`decay` is 99"]);
    tells(visualize(|method| method.size = Some([0, 4])), &["`size` is [0, 4]"]);
    tells(visualize(|method| method.size = Some([8, 8])), &["takes [2, 9, 11], not [2, 8, 8]"]);
    tells(FeatureVisualization::new().run(&explainer, &top), &["say which class"]);
    let two = Explainer::new(&network).unwrap().with_preprocessing(&Preprocessing::rgb([9, 11]));
    tells(two, &["makes 3 channels, but the network takes 2"]);
    let bad = Preprocessing { std: vec![0.0; 3], ..Preprocessing::rgb([9, 11]) };
    tells(Explainer::new(&network).unwrap().with_preprocessing(&bad), &["`std` is 0"]);
}
