//! Normalization.

use burn::Tensor;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::TensorData;
use striate_backend::{Device, device, devices};
use striate_core::{Scope, Streams};
use striate_layers::{
    AlphaMode, BatchNorm, Context, GroupNorm, Initializer, InstanceNorm, LayerConfig, LayerNorm, LocalResponseNorm,
    Preset, Signature, Weight,
};

fn scope() -> Scope {
    Streams::new(1).scope("norm")
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

fn tensor<const D: usize>(shape: [usize; D], value: impl Fn(usize) -> f32, device: &Device) -> Tensor<D> {
    let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn training() -> Context {
    Context::training(Streams::new(1))
}

#[track_caller]
fn check(got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len());
    assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() <= tolerance), "{got:?}, not {want:?}");
}

#[test]
fn batch_norm_with_a_large_mean_keeps_the_small_variance() {
    for (_, device) in devices() {
        let x = tensor([64, 1, 4, 4], |i| 10_000.0 + (i % 2) as f32, &device);
        let layer = BatchNorm::new().init(1, &scope(), &device);
        let mut context = training();
        let y = numbers(layer.forward(x, &mut context));
        // Deviations of ±0.5 have the variance 0.25.
        let want = 0.5 / (0.25f32 + 1e-3).sqrt();
        assert!(y.iter().all(|y| (y.abs() - want).abs() < 5e-3), "{:?}", &y[..4]);
        let learned = context.take_updates().apply(layer);
        check(&numbers(learned.running_var.val()), &[0.99 + 0.01 * 0.25], 1e-4);
    }
}

#[test]
fn a_batch_of_one_value_for_each_channel_has_variance_0() {
    let device = device("flex").unwrap();
    for preset in [Preset::Keras, Preset::Torch] {
        let layer = BatchNorm::new().preset(preset).init(2, &scope(), &device);
        let mut context = training();
        let y = layer.forward(Tensor::<2>::from_floats([[3.0, -5.0]], &device), &mut context);
        assert_eq!(numbers(y), [0.0, 0.0]);
        let kept = match preset {
            Preset::Keras => 0.99,
            Preset::Torch => 0.9,
        };
        let learned = context.take_updates().apply(layer);
        check(&numbers(learned.running_var.val()), &[kept; 2], 1e-6);
        check(&numbers(learned.running_mean.val()), &[3.0 * (1.0 - kept), -5.0 * (1.0 - kept)], 1e-6);
    }
}

#[test]
fn a_frozen_batch_norm_uses_its_running_statistics_and_learns_none() {
    let device = device("flex").unwrap();
    let layer = BatchNorm::new().init(2, &scope(), &device);
    let x = tensor([3, 2, 4], |i| i as f32, &device);
    let mut frozen = training();
    frozen.freeze(true);
    let y = layer.forward(x.clone(), &mut frozen);
    assert!(frozen.take_updates().is_empty());
    assert_eq!(numbers(y), numbers(layer.forward(x, &mut Context::evaluation())));
}

#[test]
fn a_batch_norm_that_runs_twice_learns_from_both() {
    let device = device("flex").unwrap();
    let layer = BatchNorm::new().momentum(0.5).init(1, &scope(), &device);
    let mut context = training();
    layer.forward(Tensor::<2>::from_floats([[4.0], [4.0]], &device), &mut context);
    layer.forward(Tensor::<2>::from_floats([[8.0], [8.0]], &device), &mut context);
    let learned = context.take_updates().apply(layer);
    // 0 to 2 to 5.
    assert_eq!(numbers(learned.running_mean.val()), [5.0]);
    assert_eq!(numbers(learned.running_var.val()), [0.25]);
}

/// Paths and shapes of the parameters.
#[derive(Default)]
struct Names(Vec<String>, Vec<(String, Vec<usize>)>);

impl ModuleVisitor for Names {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.1.push((self.0.join("."), param.dims().to_vec()));
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.0.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.0.pop();
    }
}

fn names<M: Module>(module: &M) -> Vec<(String, Vec<usize>)> {
    let mut names = Names::default();
    module.visit(&mut names);
    names.1
}

#[test]
fn parameters_have_torchs_names_and_shapes() {
    let device = device("flex").unwrap();
    let sample = [Signature::float([2, 3, 4, 5])];
    let shapes = |axes: &[isize]| {
        let layer = LayerConfig::from(LayerNorm::new().axes(axes));
        names(&layer.build(&sample, &scope(), &device))
    };
    let both = |shape: &[usize]| vec![("weight".to_string(), shape.to_vec()), ("bias".to_string(), shape.to_vec())];
    assert_eq!(shapes(&[-1]), both(&[5]));
    assert_eq!(shapes(&[-1, 1]), both(&[2, 5]));
    assert_eq!(shapes(&[2, -2, 4]), both(&[3, 4, 5]));
    assert_eq!(shapes(&[-1, -2, -3, -4]), both(&[2, 3, 4, 5]));
    let batch = names(&BatchNorm::new().no_scale().init(7, &scope(), &device));
    let want = ["bias", "running_mean", "running_var"].map(|name| (name.to_string(), vec![7]));
    assert_eq!(batch, want);
}

#[test]
fn running_statistics_get_no_gradient() {
    let device = device("flex").unwrap().autodiff();
    let layer = BatchNorm::new().init(2, &scope(), &device);
    let loss = |context: &mut Context| layer.forward(tensor([3, 2], |i| i as f32, &device), context).square().sum();
    for mut context in [training(), Context::evaluation()] {
        let gradients = loss(&mut context).backward();
        assert!(layer.running_mean.val().grad(&gradients).is_none());
        assert!(layer.running_var.val().grad(&gradients).is_none());
        assert!(layer.bias.as_ref().unwrap().val().grad(&gradients).is_some());
    }
}

#[test]
fn axes_that_do_not_fit_are_refused() {
    let sample = Signature::float([3, 4]);
    let wrong = [
        LayerConfig::from(LayerNorm::new().axes([3])),
        LayerNorm::new().axes([2, -1]).into(),
        LayerNorm::new().axes([-3]).into(),
        GroupNorm::new(2).into(),
    ];
    for layer in wrong {
        assert!(layer.output(std::slice::from_ref(&sample)).is_err(), "{layer:?}");
    }
    assert!(LayerConfig::from(InstanceNorm::new()).output(&[Signature::float([3])]).is_err());
    for layer in [LayerConfig::from(BatchNorm::new()), GroupNorm::new(2).into(), InstanceNorm::new().into()] {
        assert!(layer.output(&[Signature::float([0, 3])]).is_err(), "{layer:?} of no channels");
    }
    assert!(LayerConfig::from(LocalResponseNorm::new(5)).output(&[Signature::float([usize::MAX, 2])]).is_err());
    let unknown = [Signature::float([Some(3), None])];
    assert!(LayerConfig::from(LayerNorm::new()).output(&unknown).is_err());
    assert!(LayerConfig::from(LayerNorm::new().no_scale().no_center()).output(&unknown).is_ok());
    assert!(LayerConfig::from(BatchNorm::new()).output(&unknown).is_ok());
    assert!(LayerConfig::from(BatchNorm::new()).output(&[Signature::float([None, Some(3)])]).is_err());
}

#[test]
fn local_response_norm_equals_its_formula_for_every_size() {
    let channels = 6;
    let value = |i: usize| (i as f32 * 0.71).sin() * 3.0;
    for (_, device) in devices() {
        for size in [1, 2, 3, 4, 5, 6, 11, 12, 13, 1000, usize::MAX] {
            for (alpha_mode, alpha) in [(AlphaMode::Plain, 0.3), (AlphaMode::Divided, 2.0)] {
                let layer = LocalResponseNorm::new(size).alpha(alpha).beta(0.75).k(1.5).alpha_mode(alpha_mode);
                let got = numbers(layer.forward(tensor([2, channels, 3], value, &device)));
                let factor = match alpha_mode {
                    AlphaMode::Plain => alpha,
                    AlphaMode::Divided => alpha / size as f64,
                };
                let want: Vec<f32> = (0..2 * channels * 3)
                    .map(|i| {
                        let channel = i / 3 % channels;
                        let window = channel.saturating_sub(size / 2)..=channel.saturating_add((size - 1) / 2);
                        let squares = (0..channels).filter(|other| window.contains(other));
                        let sum: f32 = squares.map(|other| value(i + 3 * other - 3 * channel).powi(2)).sum();
                        (f64::from(value(i)) / (1.5 + factor * f64::from(sum)).powf(0.75)) as f32
                    })
                    .collect();
                check(&got, &want, 1e-5);
            }
        }
    }
}

/// Wrong configs, each with a word of its message.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    let broken = Weight::from(Initializer::Constant { value: f32::NAN });
    vec![
        (BatchNorm::new().eps(0.0).into(), "eps"),
        (BatchNorm::new().momentum(1.5).into(), "momentum"),
        (BatchNorm::new().momentum(f64::NAN).into(), "momentum"),
        (BatchNorm::new().gamma(broken).into(), "weight"),
        (GroupNorm::new(0).into(), "num_groups"),
        (GroupNorm::new(1).eps(f64::NAN).into(), "eps"),
        (GroupNorm::new(1).beta(broken).into(), "bias"),
        (InstanceNorm::new().eps(-1.0).into(), "eps"),
        (LayerNorm::new().axes([]).into(), "axes"),
        (LayerNorm::new().axes([0, 1]).into(), "axes"),
        (LayerNorm::new().axes([1, 2, 3, 4, 5]).into(), "axes"),
        (LayerNorm::new().eps(f64::INFINITY).into(), "eps"),
        (LocalResponseNorm::new(0).into(), "size"),
        (LocalResponseNorm::new(5).alpha(-1.0).into(), "alpha"),
        (LocalResponseNorm::new(5).beta(f64::NAN).into(), "beta"),
        (LocalResponseNorm::new(5).k(0.0).into(), "k"),
    ]
}
