//! `striate predict`.

use std::path::Path;

use serde_json::json;
use striate::{Error, Prediction, Predictor};

use super::{model_file, print_json, print_line};
use crate::cli::Predict;

pub(crate) fn run(args: Predict) -> anyhow::Result<()> {
    let device = striate::backend::device(&args.backend).map_err(Error::from)?;
    let mut predictor = Predictor::open(&model_file(args.model, &device)?, &device)?;
    if args.invert {
        predictor = predictor.invert();
    }
    if let Some(folder) = args.frames {
        return frames(&predictor, &folder, args.top, args.json);
    }
    let answers = args.images.iter().map(|image| predictor.predict_file(image, args.top));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    if args.json {
        return print_json(&answers);
    }
    let mut named = args.images.iter().zip(&answers);
    named.try_for_each(|(image, predictions)| print_line(line(&image.display().to_string(), predictions)))
}

fn frames(predictor: &Predictor, folder: &Path, top: usize, as_json: bool) -> anyhow::Result<()> {
    let run = striate::over_frames(folder, |frame| predictor.predict(frame, top))?;
    if as_json {
        let answers: Vec<_> = run.frames.iter().map(|frame| &frame.answer).collect();
        let names: Vec<_> = run.frames.iter().map(|frame| &frame.frame).collect();
        let (seconds, rate) = (run.seconds, run.frames_per_second);
        return print_json(
            &json!({"frames": names, "answers": answers, "seconds": seconds, "frames_per_second": rate}),
        );
    }
    run.frames.iter().try_for_each(|frame| print_line(line(&frame.frame, &frame.answer)))?;
    let (count, seconds, rate) = (run.frames.len(), run.seconds, run.frames_per_second);
    print_line(format_args!("{count} frames in {seconds:.2} s: {rate:.1} frames per second"))
}

fn line(name: &str, predictions: &[Prediction]) -> String {
    let likely = predictions.iter().map(|p| format!("{} {:.1}%", p.name, 100.0 * p.probability));
    format!("{name}: {}", likely.collect::<Vec<_>>().join(", "))
}
