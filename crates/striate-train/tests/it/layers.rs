//! What layers ask of the loop: running statistics, penalties, constraints.

use striate_backend::device;
use striate_layers::{Activation, Add, BatchNorm, Constraint, Conv2d, Dense, Dropout, Flatten, MaxPool2d, Regularizer};
use striate_network::{NetworkSpec, Nodes, State};
use striate_train::callbacks::Checkpoints;
use striate_train::optimizers::Adam;
use striate_train::{Checkpoint, Optimizer, Schedule, Trainer, TrainerConfig};

use crate::support::loader;

fn trainer(epochs: usize, regularizer: Option<Regularizer>) -> Trainer {
    let mut net = NetworkSpec::builder("small");
    let images = net.input("images", [1, 28, 28]);
    let x = net.add("conv", Conv2d::new(4, 3).stride(3).no_bias(), images);
    let x = net.add("norm", BatchNorm::new(), x);
    let x = net.add("relu", Activation::Relu, x);
    let x = net.add("pool", MaxPool2d::new(2), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("dropout", Dropout::new(0.3), x);
    let mut head = Dense::new(4).kernel_constraint(Constraint::MaxNorm { max_value: 0.4 });
    head.kernel.regularizer = regularizer;
    let x = net.add("head", head, x);
    let spec = net.output(x).build().unwrap();
    let optimizer = Optimizer::Adam(Adam::keras().learning_rate(0.01));
    let config = TrainerConfig { epochs, optimizer, schedule: Schedule::Constant, seed: 9, ..TrainerConfig::default() };
    Trainer::new(spec.init(2, &device("flex").unwrap()), config).unwrap()
}

fn values(state: &State, name: &str) -> Vec<f32> {
    state[name].iter::<f32>().collect()
}

fn trained(regularizer: Option<Regularizer>) -> State {
    let mut trainer = trainer(2, regularizer);
    trainer.fit(&loader(64, 0), None).unwrap();
    trainer.network().state()
}

#[test]
fn batch_norm_learns_its_statistics_and_constraints_hold() {
    let state = trained(None);
    assert!(values(&state, "norm.running_mean").iter().all(|mean| *mean != 0.0));
    assert!(values(&state, "norm.running_var").iter().all(|variance| *variance != 1.0));
    let weight = values(&state, "head.weight");
    let norms = weight.chunks(weight.len() / 4).map(|unit| unit.iter().map(|w| w * w).sum::<f32>().sqrt());
    let norms: Vec<f32> = norms.collect();
    assert!(norms.iter().all(|norm| *norm <= 0.4001) && norms.iter().any(|norm| *norm > 0.399), "{norms:?}");
}

#[test]
fn regularizer_makes_weights_smaller() {
    let size = |state: &State| values(state, "head.weight").iter().map(|w| w.abs()).sum::<f32>();
    let (plain, sparse) = (size(&trained(None)), size(&trained(Some(Regularizer::l1(0.1)))));
    assert!(sparse < 0.8 * plain, "{sparse} beside {plain}");
}

#[test]
fn network_with_statistics_and_noise_resumes_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let mut whole = trainer(2, Some(Regularizer::l2(1e-3)));
    whole.fit(&loader(64, 0), None).unwrap();
    let mut first = trainer(2, Some(Regularizer::l2(1e-3))).with_checkpoints(Checkpoints::new(folder.path()));
    first.fit(&loader(64, 0), None).unwrap();
    // The newest is the run's end; the one before it is the first epoch's.
    let (newest, _) = Checkpoint::newest(folder.path()).unwrap().whole.unwrap();
    std::fs::remove_file(newest).unwrap();
    let (path, checkpoint) = Checkpoint::newest(folder.path()).unwrap().whole.unwrap();
    let mut second = trainer(2, Some(Regularizer::l2(1e-3)));
    second.restore(checkpoint, &path).unwrap();
    second.fit(&loader(64, 2), None).unwrap();
    assert!(second.network().state() == whole.network().state());
}

#[test]
fn auxiliary_head_learns_and_frozen_layers_do_not() {
    let mut net = NetworkSpec::builder("two heads");
    let images = net.input("images", [1, 28, 28]);
    let x = net.add("conv", Conv2d::new(4, 3).stride(3), images);
    let x = net.add("norm", BatchNorm::new(), x);
    let middle = net.add("relu", Activation::Relu, x);
    let flat = net.add("flatten", Flatten::new(), middle);
    let head = net.add("head", Dense::new(4), flat);
    let auxiliary = net.add("auxiliary", Dense::new(4), flat);
    let spec = net.output(head).output(auxiliary).build().unwrap();
    let network = spec.init(2, &device("flex").unwrap()).freeze(Nodes::up_to("norm")).unwrap();
    let before = network.state();
    let optimizer = Optimizer::Adam(Adam::keras().learning_rate(0.01));
    let config =
        TrainerConfig { epochs: 2, optimizer, schedule: Schedule::Constant, seed: 9, ..TrainerConfig::default() };
    let mut trainer = Trainer::new(network, config).unwrap();
    trainer.fit(&loader(64, 0), None).unwrap();
    let after = trainer.network().state();
    let changed: Vec<_> = before.keys().filter(|name| before[*name] != after[*name]).map(String::as_str).collect();
    assert_eq!(changed, ["auxiliary.bias", "auxiliary.weight", "head.bias", "head.weight"]);
    assert!(trainer.evaluate(&loader(64, 0)).unwrap().accuracy().unwrap() > 0.5);
}

/// Batch norms with every ending, functions that keep their input and such that keep their output, shared inputs.
#[test]
fn activations_that_are_made_again_give_the_same_weights() {
    let trained = |activation_checkpointing, frozen: &[&str]| {
        let mut net = NetworkSpec::builder("residual");
        let images = net.input("images", [1, 28, 28]);
        let stem = net.add("stem", Conv2d::new(4, 3).stride(2).same().no_bias(), images);
        let stem = net.add("stem_norm", BatchNorm::new(), stem);
        let stem = net.add("stem_relu", Activation::Relu, stem);
        let x = net.add("conv1", Conv2d::new(4, 3).same().no_bias(), stem);
        let x = net.add("norm1", BatchNorm::new(), x);
        let x = net.add("relu1", Activation::Relu, x);
        let x = net.add("conv2", Conv2d::new(4, 3).same().no_bias(), x);
        let x = net.add("norm2", BatchNorm::new(), x);
        let x = net.add("sum", Add::new(), [x, stem]);
        let x = net.add("relu2", Activation::Relu, x);
        let x = net.add("conv3", Conv2d::new(4, 3).stride(2).same(), x);
        let x = net.add("swish", Activation::Swish, x);
        let y = net.add("norm3", BatchNorm::new(), x);
        let y = net.add("sum3", Add::new(), [y, x]);
        let y = net.add("tanh", Activation::Tanh, y);
        let x = net.add("dropout", Dropout::new(0.3), y);
        let x = net.add("pool", MaxPool2d::new(2), x);
        let x = net.add("flatten", Flatten::new(), x);
        let x = net.add("head", Dense::new(4), x);
        let spec = net.output(x).build().unwrap();
        let optimizer = Optimizer::Adam(Adam::keras().learning_rate(0.01));
        let config =
            TrainerConfig { epochs: 2, optimizer, seed: 9, activation_checkpointing, ..TrainerConfig::default() };
        let network = spec.init(2, &device("flex").unwrap());
        let network = frozen.iter().fold(network, |network, name| network.freeze(*name).unwrap());
        let mut trainer = Trainer::new(network, config).unwrap();
        trainer.fit(&loader(64, 0), None).unwrap();
        trainer.network().state()
    };
    // Norms that are frozen before and between layers that learn.
    for frozen in [&[][..], &["stem", "stem_norm"], &["norm2", "norm3"]] {
        assert_eq!(trained(true, frozen), trained(false, frozen), "{frozen:?}");
    }
}
