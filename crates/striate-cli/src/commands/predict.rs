//! `striate predict`.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use striate::data::{DecodeLimits, Picture};
use striate::{Answer, Error, Predictor, SlidingPredictor, Task, TaskPredictor};

use super::{model_file, print_json, print_line};
use crate::cli::Predict;

pub(crate) fn run(mut args: Predict) -> anyhow::Result<()> {
    let device = striate::backend::device(&args.backend).map_err(Error::from)?;
    let model = model_file(std::mem::take(&mut args.model), &device)?;
    if args.slide.slide {
        let predictor = SlidingPredictor::open(&model, args.slide.config(), &device)?;
        let predictor = if args.invert { predictor.invert() } else { predictor };
        return show_written(&args, |picture| Ok(Answer::Boxes(predictor.answer(picture)?)));
    }
    let options = args.answers.options();
    if TaskPredictor::task_of(&model)? == Task::Classify {
        if let Some(folder) = &args.out {
            let (option, value) = ("out", folder.display().to_string());
            let rule = "a classifier's answer has no pictures; leave it out";
            return Err(Error::Option { option, value, rule }.into());
        }
        if !options.is_empty() {
            // Says that there are none.
            TaskPredictor::open(&model, &device)?.with_options(options)?;
        }
        let predictor = Predictor::open(&model, &device)?;
        let predictor = if args.invert { predictor.invert() } else { predictor };
        return show(&args, |picture, _| Ok((Answer::Classes(predictor.predict(picture, args.top)?), Vec::new())));
    }
    let predictor = TaskPredictor::open(&model, &device)?.with_options(options)?;
    let predictor = if args.invert { predictor.invert() } else { predictor };
    show_written(&args, |picture| predictor.answer(picture, args.top))
}

/// The same as [`show`], with pictures of the answers in the folder for them.
fn show_written(args: &Predict, ask: impl Fn(&Picture) -> Result<Answer, Error>) -> anyhow::Result<()> {
    if let Some(folder) = &args.out {
        let file_error = |source| Error::File { action: "create", path: folder.into(), source };
        std::fs::create_dir_all(folder).map_err(file_error)?;
    }
    show(args, |picture, name| {
        let answer = ask(picture)?;
        let files = match &args.out {
            Some(folder) => answer.write_pictures(picture, name, folder)?,
            None => Vec::new(),
        };
        Ok((answer, files))
    })
}

/// What is printed of an answer; the answer itself may be as large as its picture.
struct Shown {
    json: Value,
    words: String,
    files: Vec<String>,
}

/// Asks about all pictures, or a folder's frames, by their names, and prints the answers.
fn show(args: &Predict, ask: impl Fn(&Picture, &Path) -> Result<(Answer, Vec<PathBuf>), Error>) -> anyhow::Result<()> {
    let shown = |picture: &Picture, name: &Path| -> Result<Shown, Error> {
        let (answer, files) = ask(picture, name)?;
        let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        let mut json = answer.to_json();
        if args.out.is_some() {
            json["files"] = json!(files);
        }
        Ok(Shown { json, words: answer.in_words(), files })
    };
    if let Some(folder) = &args.frames {
        let number = Cell::new(0);
        let run = striate::over_frames(folder, |frame| {
            number.set(number.get() + 1);
            shown(frame, Path::new(&format!("{:06}.png", number.get())))
        })?;
        let (seconds, rate) = (run.seconds, run.frames_per_second);
        if args.json {
            let answers: Vec<_> = run.frames.iter().map(|frame| &frame.answer.json).collect();
            let names: Vec<_> = run.frames.iter().map(|frame| &frame.frame).collect();
            return print_json(
                &json!({"frames": names, "answers": answers, "seconds": seconds, "frames_per_second": rate}),
            );
        }
        for frame in &run.frames {
            print_line(format_args!("{}: {}", frame.frame, frame.answer.words))?;
        }
        let count = run.frames.len();
        return print_line(format_args!("{count} frames in {seconds:.2} s: {rate:.1} frames per second"));
    }
    let open = |image: &PathBuf| shown(&Picture::open(image, DecodeLimits::default()).map_err(Error::from)?, image);
    let answers = args.images.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    if args.json {
        return print_json(&answers.iter().map(|answer| &answer.json).collect::<Vec<_>>());
    }
    for (image, Shown { words, files, .. }) in args.images.iter().zip(&answers) {
        let files = if files.is_empty() { String::new() } else { format!(" ({})", files.join(", ")) };
        print_line(format_args!("{}: {words}{files}", image.display()))?;
    }
    Ok(())
}
