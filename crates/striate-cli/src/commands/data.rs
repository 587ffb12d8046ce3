//! `striate data`.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use striate::core::text::thousands;
use striate::data::{Doctor, SceneConfig, Spread, Statistics};
use striate::{DataSource, Recipe, Sheet};

use super::{parsed, print_json, print_line};
use crate::cli::{Data, DataDoctor, DataScenes, DataShow, DataStats};

pub(crate) fn run(args: Data) -> anyhow::Result<()> {
    match args {
        Data::Stats(args) => stats(args),
        Data::Show(args) => show(args),
        Data::Doctor(args) => doctor(args),
        Data::Scenes(args) => scenes(args),
    }
}

fn stats(args: DataStats) -> anyhow::Result<()> {
    let data: DataSource = parsed(&args.data)?;
    let mode = parsed(&args.split)?;
    let statistics = striate::data_statistics(&data, parsed(&args.task)?, mode)?;
    if args.json {
        return print_json(&statistics);
    }
    let Statistics { samples, unreadable, unlabelled, with_boxes, with_mask, with_key_points, .. } = statistics;
    print_line(format_args!("{data}, {mode}: {} samples", thousands(samples as u64)))?;
    for (count, what) in [
        (unreadable, "unreadable"),
        (unlabelled, "without a label"),
        (with_boxes, "with boxes"),
        (with_mask, "with a mask"),
        (with_key_points, "with key points"),
    ] {
        if count > 0 {
            print_line(format_args!("{} {what}", thousands(count as u64)))?;
        }
    }
    for (channels, pictures) in &statistics.channels {
        let what = if *channels == 1 { "gray" } else { "in color" };
        print_line(format_args!("{} {what}", thousands(*pictures as u64)))?;
    }
    if let Some(deep) = &statistics.deep {
        print_line(deep)?;
    }
    for (side, Spread { min, median, max, .. }) in [("height", statistics.height), ("width", statistics.width)] {
        print_line(format_args!("{side}: {min} to {max} px, median {median}"))?;
    }
    // What fills the low bits alone has small numbers.
    let places = if statistics.std.iter().any(|std| *std < 0.01) { 7 } else { 4 };
    let numbers = |numbers: &[f64]| numbers.iter().map(|x| format!("{x:.places$}")).collect::<Vec<_>>().join(", ");
    print_line(format_args!("mean: {}", numbers(&statistics.mean)))?;
    print_line(format_args!("std: {}", numbers(&statistics.std)))?;
    for (value, share) in &statistics.mask_values {
        print_line(format_args!("mask value {value}: {:.2} % of the px", 100.0 * share))?;
    }
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["class", "samples", "boxes"]);
    for class in &statistics.classes {
        table.add_row([class.name.clone(), thousands(class.samples as u64), thousands(class.boxes as u64)]);
    }
    for column in 1..3 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    print_line(table)
}

fn show(args: DataShow) -> anyhow::Result<()> {
    let data: DataSource = parsed(&args.data)?;
    let augment = match &args.augment {
        Some(recipe) => Recipe::read(Some(recipe), toml::Table::new())?.augment,
        None => Vec::new(),
    };
    let sheet = Sheet {
        purpose: parsed(&args.task)?,
        mode: parsed(&args.split)?,
        samples: args.samples,
        draws: args.draws,
        columns: args.columns,
        tile: args.tile,
        augment,
        seed: args.seed,
    };
    let shown = striate::show_data(&data, &sheet, &args.out)?;
    if args.json {
        return print_json(&shown);
    }
    for sample in shown {
        let [height, width] = sample.size;
        let (classes, boxes) = (sample.classes.join(", "), sample.boxes);
        print_line(format_args!("{}: {classes} ({width} x {height} px, {boxes} boxes)", sample.index))?;
        sample.draws.iter().try_for_each(|draw| print_line(format_args!("  {draw}")))?;
    }
    Ok(())
}

fn doctor(args: DataDoctor) -> anyhow::Result<()> {
    let data: DataSource = parsed(&args.data)?;
    let doctor = Doctor { near: args.near, ..Doctor::default() };
    let diagnosis = striate::diagnose(&data, parsed(&args.task)?, &doctor)?;
    if args.json {
        return print_json(&diagnosis);
    }
    diagnosis.findings.iter().try_for_each(print_line)?;
    diagnosis
        .deep
        .iter()
        .try_for_each(|(part, deep)| print_line(format_args!("{part}: {deep}; looked at with all of them")))?;
    let parts = diagnosis.samples.iter().map(|(part, samples)| format!("{part} {}", thousands(*samples as u64)));
    let (parts, found) = (parts.collect::<Vec<_>>().join(", "), diagnosis.findings.len());
    print_line(format_args!("{data} ({parts}): {} findings", thousands(found as u64)))
}

fn scenes(args: DataScenes) -> anyhow::Result<()> {
    let things: DataSource = parsed(&args.from)?;
    let config = SceneConfig {
        size: args.size,
        objects: args.objects,
        scale: args.scale,
        max_hidden: args.max_hidden,
        color: !args.gray,
        solid: args.solid,
        seed: args.seed,
        ..SceneConfig::default()
    };
    let tenth = (args.count / 10).max(1);
    let counts = [args.count, args.val.unwrap_or(tenth), args.test.unwrap_or(tenth)];
    let written = striate::write_scenes(&things, &config, counts, &args.out)?;
    if args.json {
        return print_json(&written);
    }
    for (part, written) in &written.parts {
        let (pictures, things) = (thousands(written.pictures as u64), thousands(written.things as u64));
        print_line(format_args!("{part}: {pictures} pictures, {things} things"))?;
    }
    print_line(format_args!("data: {}", written.data))
}
