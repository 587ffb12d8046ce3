//! Times work over batch sizes and over picture sides, and draws both: a curve that leaps is a cliff.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use plotters::prelude::*;
use striate::backend::device;
use striate::models::Architecture;
use striate_benches::workload::{convolution_with_gradients, inference, network, times, training};

#[derive(Parser)]
struct Words {
    /// Where `batch.svg` and `side.svg` go.
    folder: PathBuf,
    /// Measured steps of each point, of which the fastest counts.
    #[arg(long, default_value_t = 5)]
    iters: usize,
    /// Where to run.
    #[arg(long, default_value = "flex")]
    backend: String,
}

/// Times of one job: its size, and µs per picture or px.
struct Curve {
    name: &'static str,
    points: Vec<(usize, f64)>,
}

const BATCHES: [usize; 14] = [1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96];
const SIDES: [usize; 21] = [4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128];

fn main() -> Result<()> {
    let words = Words::parse();
    let device = device(&words.backend).context("there is no such device")?;
    let curve = |name, sizes: &[usize], items: fn(usize) -> usize, job: &dyn Fn(usize) -> Result<Box<dyn FnMut()>>| {
        let mut points = Vec::new();
        for &size in sizes {
            let fastest = times(words.iters, job(size)?)[0];
            points.push((size, fastest * 1e3 / items(size) as f64));
            println!("{name}, {size}: {:.4} µs", fastest * 1e3 / items(size) as f64);
        }
        anyhow::Ok(Curve { name, points })
    };
    let train = |name: &'static str| {
        let (spec, device) = (network(name), device.clone());
        move |batch| Ok(training(spec.as_ref().expect("the network is there"), batch, &device))
    };
    let one = |batch| batch;
    let batches = [
        curve("LeNet-5, a step", &BATCHES, one, &train("lenet5"))?,
        curve("CIFAR-10 CNN, a step", &BATCHES, one, &train("cifar_cnn"))?,
        curve("ResNet-18 at 32 x 32, a step", &BATCHES[..12], one, &train("resnet18_32"))?,
    ];
    draw(&words.folder.join("batch.svg"), "Time of a picture over the batch size", "pictures", &batches)?;
    let convolution = |from, to, kernel: usize, groups| {
        let device = &device;
        move |side| {
            let sizes = [8, from, side, to, kernel, 1, kernel / 2, groups];
            Ok(Box::new(convolution_with_gradients(sizes, device)) as Box<dyn FnMut()>)
        }
    };
    let px = |side: usize| 8 * side * side;
    let sides = [
        curve("3 x 3, 64 to 64, with gradients", &SIDES, px, &convolution(64, 64, 3, 1))?,
        curve("5 x 5, 32 to 64, with gradients", &SIDES, px, &convolution(32, 64, 5, 1))?,
        curve("1 x 1, 64 to 256, with gradients", &SIDES, px, &convolution(64, 256, 1, 1))?,
        curve("3 x 3 depthwise, 128, with gradients", &SIDES, px, &convolution(128, 128, 3, 128))?,
        curve("ResNet-18, one picture", &[32, 48, 64, 80, 96, 112, 128, 160, 192, 224], |side| side * side, &|side| {
            let spec = Architecture::ResNet18.config().size([side; 2]).spec()?;
            Ok(inference(&spec, 1, &device))
        })?,
    ];
    draw(&words.folder.join("side.svg"), "Time of a px over the picture's side", "side in px", &sides)
}

/// Draws curves relative to their last points, over logarithmic axes.
fn draw(path: &Path, title: &str, axis: &str, curves: &[Curve]) -> Result<()> {
    let relative = |curve: &Curve| {
        let last = curve.points.last().map_or(1.0, |point| point.1);
        curve.points.iter().map(|&(size, time)| (size as f64, time / last)).collect::<Vec<_>>()
    };
    let curves: Vec<_> = curves.iter().map(|curve| (curve.name, relative(curve))).collect();
    let all = || curves.iter().flat_map(|(_, points)| points);
    let (first, last) = all().fold((f64::MAX, 0f64), |(low, high), point| (low.min(point.0), high.max(point.0)));
    let (lowest, highest) = all().fold((1f64, 1f64), |(low, high), point| (low.min(point.1), high.max(point.1)));
    let root = SVGBackend::new(path, (840, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d((first..last).log_scale().base(2.0), (lowest / 1.1..highest * 1.1).log_scale().base(2.0))?;
    let mesh = &mut chart.configure_mesh();
    mesh.x_desc(axis)
        .y_desc("time, relative to the last point")
        .x_label_formatter(&|size| format!("{size:.0}"))
        .y_label_formatter(&|time| format!("{time:.1}"))
        .draw()?;
    for (number, (name, points)) in curves.into_iter().enumerate() {
        let color = Palette99::pick(number).to_rgba();
        let dots = points.clone().into_iter().map(move |point| Circle::new(point, 3, color.filled()));
        chart.draw_series(dots)?;
        let line = chart.draw_series(LineSeries::new(points, color.stroke_width(2)))?;
        line.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw()?;
    root.present()?;
    Ok(())
}
