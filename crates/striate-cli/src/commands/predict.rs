//! `striate predict`.

use std::path::{Path, PathBuf};

use serde_json::json;
use striate::data::{DecodeLimits, Picture};
use striate::{Error, Prediction, Predictor, Task, TaskPredictor};

use super::{model_file, print_json, print_line};
use crate::cli::Predict;

pub(crate) fn run(args: Predict) -> anyhow::Result<()> {
    let device = striate::backend::device(&args.backend).map_err(Error::from)?;
    let model = model_file(args.model.clone(), &device)?;
    if TaskPredictor::task_of(&model)? != Task::Classify {
        let predictor = TaskPredictor::open(&model, &device)?;
        return answer(&if args.invert { predictor.invert() } else { predictor }, &args);
    }
    if let Some(folder) = &args.out {
        let (option, value) = ("out", folder.display().to_string());
        return Err(Error::Option { option, value, rule: "a classifier's answer has no pictures; leave it out" }.into());
    }
    let mut predictor = Predictor::open(&model, &device)?;
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

/// Answers of another task than classification, and pictures of them.
fn answer(predictor: &TaskPredictor, args: &Predict) -> anyhow::Result<()> {
    if let Some(folder) = &args.out {
        let file_error = |source| Error::File { action: "create", path: folder.into(), source };
        std::fs::create_dir_all(folder).map_err(file_error)?;
    }
    let drawn = |picture: &Picture, name: &Path| -> Result<_, Error> {
        let answer = predictor.answer(picture, args.top)?;
        let files = match &args.out {
            Some(folder) => answer.write_pictures(picture, name, folder)?,
            None => Vec::new(),
        };
        Ok((answer, files))
    };
    let shown = |files: &[PathBuf]| files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>();
    let as_json = |(answer, files): &(striate::Answer, Vec<PathBuf>)| {
        let mut json = answer.to_json();
        if args.out.is_some() {
            json["files"] = json!(shown(files));
        }
        json
    };
    if let Some(folder) = &args.frames {
        let number = std::cell::Cell::new(0);
        let run = striate::over_frames(folder, |frame| {
            number.set(number.get() + 1);
            drawn(frame, Path::new(&format!("{:06}.png", number.get())))
        })?;
        if args.json {
            let answers: Vec<_> = run.frames.iter().map(|frame| as_json(&frame.answer)).collect();
            let names: Vec<_> = run.frames.iter().map(|frame| &frame.frame).collect();
            let (seconds, rate) = (run.seconds, run.frames_per_second);
            return print_json(
                &json!({"frames": names, "answers": answers, "seconds": seconds, "frames_per_second": rate}),
            );
        }
        for frame in &run.frames {
            print_line(format_args!("{}: {}", frame.frame, frame.answer.0.in_words()))?;
        }
        let (count, seconds, rate) = (run.frames.len(), run.seconds, run.frames_per_second);
        return print_line(format_args!("{count} frames in {seconds:.2} s: {rate:.1} frames per second"));
    }
    let open = |image: &PathBuf| drawn(&Picture::open(image, DecodeLimits::default()).map_err(Error::from)?, image);
    let answers = args.images.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    if args.json {
        return print_json(&answers.iter().map(as_json).collect::<Vec<_>>());
    }
    for (image, (answer, files)) in args.images.iter().zip(&answers) {
        let files = if files.is_empty() { String::new() } else { format!(" ({})", shown(files).join(", ")) };
        print_line(format_args!("{}: {}{files}", image.display(), answer.in_words()))?;
    }
    Ok(())
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
