//! Small data and networks for the tests.

use std::sync::Arc;

use striate_backend::Device;
use striate_core::{ClassNames, Preprocessing, Streams};
use striate_data::{Dataset, InMemory, Loader, LoaderConfig, Picture, Sample};
use striate_models::Architecture;
use striate_network::Network;
use striate_train::optimizers::Adam;
use striate_train::{Optimizer, Schedule, Trainer, TrainerConfig};

/// Pictures of 28x28 px with a bright bar whose place is the class, on noise.
pub(crate) fn bars(samples: usize) -> Arc<dyn Dataset> {
    let sample = |index: usize| {
        let mut stream = Streams::new(0).at(0, index as u64).open("bars");
        let class = index % 4;
        let mut pixels: Vec<u8> = (0..28 * 28).map(|_| stream.below(100) as u8).collect();
        for row in 0..28 {
            pixels[row * 28 + 7 * class..][..4].fill(250);
        }
        Sample::new(Picture::new(28, 28, 1, pixels).unwrap()).with_label(class)
    };
    Arc::new(InMemory::new((0..samples).map(sample).collect(), ClassNames::numbered(4)).unwrap())
}

pub(crate) fn loader(samples: usize, workers: usize) -> Loader {
    let config = LoaderConfig { batch_size: 16, shuffle: true, drop_last: false, workers, prefetch: 4 };
    Loader::new(bars(samples), Vec::new(), Preprocessing::gray([28, 28]), config, 7).unwrap()
}

/// Batches of another size, in the data's order.
pub(crate) fn loader_of(samples: usize, batch_size: usize) -> Loader {
    let config = LoaderConfig { batch_size, shuffle: false, drop_last: false, workers: 0, prefetch: 4 };
    Loader::new(bars(samples), Vec::new(), Preprocessing::gray([28, 28]), config, 7).unwrap()
}

/// The bars at another size.
pub(crate) fn loader_sized(samples: usize, side: usize) -> Loader {
    let config = LoaderConfig { batch_size: samples, shuffle: false, drop_last: false, workers: 0, prefetch: 4 };
    Loader::new(bars(samples), Vec::new(), Preprocessing::gray([side, side]), config, 7).unwrap()
}

pub(crate) fn lenet5(device: &Device) -> Network {
    Architecture::LeNet5.spec(4).unwrap().init(3, device)
}

pub(crate) fn trainer(epochs: usize, device: &Device) -> Trainer {
    let config = TrainerConfig {
        epochs,
        optimizer: Optimizer::Adam(Adam::torch().learning_rate(2e-3)),
        schedule: Schedule::cosine(0.1),
        seed: 5,
        ..TrainerConfig::default()
    };
    Trainer::new(lenet5(device), config).unwrap()
}
