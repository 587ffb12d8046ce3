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
            if std::env::var_os("STRIATE_SHOW").is_some() {
                eprintln!(
                    "  measured live after forward {:.2} peak {:.2}",
                    (ALLOCATOR.current_usage() - before) as f64 / 1e6,
                    (ALLOCATOR.peak_usage() - before) as f64 / 1e6
                );
            }
            drop(output.sum().backward());
        }
    }
    (ALLOCATOR.peak_usage() - before) as u64
}

fn predicted(spec: &NetworkSpec, batch: usize, mode: Mode) -> u64 {
    let cost = spec.cost(batch).unwrap();
    if mode == Mode::Training { cost.training_bytes } else { cost.inference_bytes }
}

#[test]
fn memory_is_predicted_within_a_tenth_and_the_largest_batch_fits() {
    let plain = device("flex").unwrap();
    let mut wrong = Vec::new();
    let show = std::env::var_os("STRIATE_SHOW").is_some();
    for (spec, batch) in networks::all() {
        for mode in [Mode::Evaluation, Mode::Training] {
            let device = if mode == Mode::Training { plain.clone().autodiff() } else { plain.clone() };
            let network = spec.init(0, &device);
            // Weights and the threads' own buffers are made in the first pass.
            measured(&network, 2, mode, &device);
            let (want, got) = (measured(&network, batch, mode, &device), predicted(&spec, batch, mode));
            let ratio = got as f64 / want as f64;
            println!(
                "{:<14} {mode:?}: {:8.2} MB measured, {:8.2} MB predicted, {ratio:.3}",
                spec.name(),
                want as f64 / 1e6,
                got as f64 / 1e6
            );
            if show && mode == Mode::Training {}
            if (ratio - 1.0).abs() > 0.1 {
                wrong.push(format!("{} {mode:?}: {ratio:.3}", spec.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
