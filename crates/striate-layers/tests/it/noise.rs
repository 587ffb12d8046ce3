//! Noise in training.

use burn::Tensor;
use striate_backend::{device, devices};
use striate_core::Streams;
use striate_layers::{
    Context, Dropout, GaussianDropout, GaussianNoise, LayerConfig, LayerModule, Signature, SpatialDropout,
};

fn layers() -> [LayerConfig; 4] {
    [
        Dropout::new(0.3).into(),
        SpatialDropout::new(0.3).into(),
        GaussianNoise::new(0.5).into(),
        GaussianDropout::new(0.3).into(),
    ]
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

/// What comes out of a layer for an input of ones.
fn run(layer: &LayerConfig, shape: [usize; 4], context: &mut Context, device: &str) -> Vec<f32> {
    let device = striate_backend::device(device).unwrap();
    let inputs = [Signature::float([shape[1], shape[2], shape[3]])];
    layer.output(&inputs).unwrap();
    let module = layer.build(&inputs, &Streams::new(0).scope("noise"), &device);
    numbers(module.call(vec![Tensor::<4>::ones(shape, &device).into()], context).float::<4>())
}

fn training(seed: u64) -> Context {
    let mut context = Context::training(Streams::new(seed));
    context.enter("noise");
    context
}

#[test]
fn evaluation_changes_nothing() {
    for layer in layers() {
        assert_eq!(run(&layer, [2, 3, 4, 5], &mut Context::evaluation(), "flex"), [1.0; 120], "{layer:?}");
    }
}

#[test]
fn noise_depends_on_seed_step_and_node_and_on_nothing_else() {
    let shape = [4, 8, 4, 4];
    for layer in layers() {
        let with = |mut context: Context| run(&layer, shape, &mut context, "flex");
        let first = with(training(1));
        assert_eq!(first, with(training(1)));
        let mut other = training(1);
        other.enter("other");
        for other in [training(2), other, Context::training(Streams::new(1).at(0, 1))] {
            assert_ne!(first, with(other), "{layer:?}");
        }
        for (name, _) in devices() {
            assert_eq!(first, run(&layer, shape, &mut training(1), &name.to_string()), "{name}");
        }
    }
    let own = LayerConfig::from(Dropout::new(0.5).seed(9));
    let under = |seed| run(&own, shape, &mut training(seed), "flex");
    assert_eq!(under(1), under(2));
}

#[test]
fn mean_and_variance_are_those_of_the_formulas() {
    // Of an input of 1: dropout's and Gaussian dropout's variance is rate / (1 - rate). Independent draws of each layer.
    let dropped = 0.3 / 0.7;
    for (layer, (variance, draws)) in
        layers().iter().zip([(dropped, 100_000.0), (dropped, 2_000.0), (0.25, 100_000.0), (dropped, 100_000.0)])
    {
        let values = run(layer, [20, 100, 5, 10], &mut training(3), "flex");
        let n = values.len() as f64;
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let found = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
        // Five standard errors; a normal distribution's for the variance, which is the widest here.
        assert!((mean - 1.0).abs() < 5.0 * f64::sqrt(variance / draws), "{layer:?}: mean {mean}");
        assert!((found - variance).abs() < 5.0 * variance * f64::sqrt(2.0 / draws), "{layer:?}: variance {found}");
    }
}

#[test]
fn dropout_keeps_values_scaled_and_its_gradient_is_the_mask() {
    let device = device("flex").unwrap().autodiff();
    let x = Tensor::<2>::ones([50, 40], &device).require_grad();
    let y = Dropout::new(0.2).forward(x.clone(), &training(1));
    let gradients = y.clone().sum().backward();
    let (y, gradient) = (numbers(y), numbers(x.grad(&gradients).unwrap()));
    assert!(y.iter().all(|v| *v == 0.0 || *v == 1.25) && y.contains(&0.0));
    assert_eq!(y, gradient);
}

#[test]
fn noise_shape_draws_once_along_its_axes_of_1() {
    let layer = LayerConfig::from(Dropout::new(0.5).noise_shape([None, Some(1), None]));
    let device = device("flex").unwrap();
    let inputs = [Signature::float([6, 5])];
    layer.output(&inputs).unwrap();
    let module = layer.build(&inputs, &Streams::new(0).scope("noise"), &device);
    let x = Tensor::<3>::ones([4, 6, 5], &device);
    let y = numbers(module.call(vec![x.into()], &mut training(1)).float::<3>());
    for sample in y.chunks(30) {
        assert!(sample.chunks(5).all(|step| step == &sample[..5]));
    }
    assert_ne!(y[..30], y[30..60]);
    for wrong in [vec![None, Some(1)], vec![None, Some(2), None]] {
        assert!(LayerConfig::from(Dropout::new(0.5).noise_shape(wrong)).output(&inputs).is_err());
    }
}

#[test]
fn spatial_dropout_drops_whole_channels() {
    let y = run(&SpatialDropout::new(0.5).into(), [4, 8, 3, 3], &mut training(1), "flex");
    assert!(y.chunks(9).all(|channel| channel.iter().all(|v| *v == channel[0])));
    assert!(y.contains(&0.0) && y.contains(&2.0));
    assert!(LayerConfig::from(SpatialDropout::new(0.5)).output(&[Signature::float([8])]).is_err());
}

/// Wrong configs, each with a word of its message.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    vec![
        (Dropout::new(1.0).into(), "rate"),
        (Dropout::new(f64::NAN).into(), "rate"),
        (Dropout::new(0.5).noise_shape([]).into(), "noise_shape"),
        (Dropout::new(0.5).noise_shape([Some(32), None]).into(), "noise_shape"),
        (Dropout::new(0.5).noise_shape([None, Some(0)]).into(), "noise_shape"),
        (SpatialDropout::new(-0.1).into(), "rate"),
        (GaussianNoise::new(-1.0).into(), "stddev"),
        (GaussianNoise::new(f64::INFINITY).into(), "stddev"),
        (GaussianDropout::new(1.0).into(), "rate"),
    ]
}
