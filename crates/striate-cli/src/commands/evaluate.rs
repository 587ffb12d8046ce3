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
    let (loss, metrics, samples) = if args.slide.slide {
        let predictor = SlidingPredictor::open(&args.model, args.slide.config(), &device)?;
        let (metrics, samples) = predictor.evaluate(&data, mode)?;
        (None, metrics, samples)
    } else {
        let result = striate::evaluate_with(&args.model, args.answers.options(), &data, mode, args.workers, &device)?;
        (Some(result.loss), result.metrics, result.samples)
    };
    let seconds = begun.elapsed().as_secs_f64();
    if args.json {
        let model = args.model.display().to_string();
        let mut values = json!({"seconds": seconds, "model": model, "split": args.split, "samples": samples});
        if let Some(loss) = loss {
            values["loss"] = json!(loss);
            values["epochs"] = json!(0);
        }
        metrics.iter().for_each(|(name, value)| values[name] = json!(value));
        return print_json(&values);
    }
    let named = metrics.iter().map(|(name, value)| (name.as_str(), *value));
    let values = in_words(named.chain(loss.map(|loss| ("loss", loss))));
    print_line(format_args!("{} {values} ({samples} pictures, {seconds:.1} s)", args.split))
}
