//! The predicted memory against what is really allocated, by a counting allocator.
//!
//! One test, since the allocator counts the whole program.

mod networks;

use burn::Tensor;
use burn::tensor::TensorData;
use peak_alloc::PeakAlloc;
use striate_backend::{Device, device};
use striate_layers::{Context, Mode, Streams};
use striate_network::{Network, NetworkSpec};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The most that a pass over a batch takes beyond what was there before, in bytes.
fn measured(network: &Network, batch: usize, mode: Mode, device: &Device) -> u64 {
    let shape = network.spec().input_signatures()[0].shape.clone();
    let sides: Vec<usize> = [batch].into_iter().chain(shape.sides().iter().flatten().copied()).collect();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    {
        let numbers: Vec<f32> = (0..sides.iter().product()).map(|number| (number % 17) as f32 / 17.0).collect();
        let images = Tensor::<4>::from_data(TensorData::new(numbers, sides), device);
        let mut context = match mode {
            Mode::Training => Context::training(Streams::new(1)),
            Mode::Evaluation => Context::evaluation(),
        };
        let output = network.run(vec![images.into()], &mut context).unwrap().remove(0).float::<2>();
        if mode == Mode::Training {
            drop(output.sum().backward());
        }
    }
    (ALLOCATOR.peak_usage() - before) as u64
}

/// A network that runs in a mode, after a first pass: that makes the weights and the threads' own buffers.
fn ready(spec: &NetworkSpec, batch: usize, mode: Mode) -> (Network, Device) {
    let device = device("flex").unwrap();
    let device = if mode == Mode::Training { device.autodiff() } else { device };
    let network = spec.init(0, &device);
    measured(&network, batch, mode, &device);
    (network, device)
}

#[test]
fn memory_is_predicted_within_a_tenth_and_the_largest_batch_fits() {
    let mut wrong = Vec::new();
    for (spec, batch) in networks::all() {
        for mode in [Mode::Evaluation, Mode::Training] {
            let (network, device) = ready(&spec, batch, mode);
            let cost = spec.cost(batch).unwrap();
            let predicted = if mode == Mode::Training { cost.training_bytes } else { cost.inference_bytes };
            let measured = measured(&network, batch, mode, &device);
            let ratio = predicted as f64 / measured as f64;
            let line = format!(
                "{:<10} {mode:<10?} {measured:>10} measured, {predicted:>10} predicted, {ratio:.3}",
                spec.name()
            );
            println!("{line}");
            if (ratio - 1.0).abs() > 0.1 {
                wrong.push(line);
            }
        }
    }
    for (spec, _) in networks::all().into_iter().step_by(2) {
        for (mode, memory) in [(Mode::Evaluation, 32 << 20), (Mode::Training, 96 << 20)] {
            let (network, device) = ready(&spec, 2, mode);
            let most = spec.largest_batch(memory, mode).unwrap().unwrap();
            let weights = spec.cost(1).unwrap().parameter_bytes;
            let [fits, is_too_much] =
                [most, most + most.div_ceil(4)].map(|batch| weights + measured(&network, batch, mode, &device));
            let line = format!(
                "{:<10} {mode:<10?} {most:>5} samples take {fits:>10}, 1.25 times {is_too_much:>10}, of {memory}",
                spec.name()
            );
            println!("{line}");
            if fits > memory || is_too_much <= memory {
                wrong.push(line);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
