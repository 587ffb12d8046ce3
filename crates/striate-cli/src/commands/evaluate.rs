//! `striate evaluate`.

use std::time::Instant;

use serde_json::json;
use striate::training::in_words;
use striate::{DataSource, Error, SlidingPredictor};

use super::{parsed, print_json, print_line};
use crate::cli::Evaluate;

pub(crate) fn run(args: Evaluate) -> anyhow::Result<()> {
    let begun = Instant::now();
    let device = striate::backend::device(&args.backend).map_err(Error::from)?;
    let data: DataSource = parsed(&args.data)?;
    let mode = parsed(&args.split)?;
    if args.slide.slide {
        let predictor = SlidingPredictor::open(&args.model, args.slide.config(), &device)?;
        let (metrics, samples) = predictor.evaluate(&data, mode)?;
        let seconds = begun.elapsed().as_secs_f64();
        if args.json {
            let model = args.model.display().to_string();
            let mut values = json!({"seconds": seconds, "model": model, "split": args.split, "samples": samples});
            metrics.iter().for_each(|(name, value)| values[name] = json!(value));
            return print_json(&values);
        }
        let values = in_words(metrics.iter().map(|(name, value)| (name.as_str(), *value)));
        return print_line(format_args!("{} {values} ({samples} pictures, {seconds:.1} s)", args.split));
    }
    let result = striate::evaluate(&args.model, &data, mode, args.workers, &device)?;
    let seconds = begun.elapsed().as_secs_f64();
    if args.json {
        let mut values = json!({
            "loss": result.loss,
            "seconds": seconds,
            "epochs": 0,
            "model": args.model.display().to_string(),
            "split": args.split,
            "samples": result.samples,
        });
        result.metrics.iter().for_each(|(name, value)| values[name] = json!(value));
        return print_json(&values);
    }
    let metrics = result.metrics.iter().map(|(name, value)| (name.as_str(), *value));
    let values = in_words(metrics.chain([("loss", result.loss)]));
    print_line(format_args!("{} {values} ({} pictures, {seconds:.1} s)", args.split, result.samples))?;
    Ok(())
}
