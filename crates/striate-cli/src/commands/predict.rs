//! `striate predict`.

use striate::{Error, Predictor};

use super::{model_file, print_json, print_line};
use crate::cli::Predict;

pub(crate) fn run(args: Predict) -> anyhow::Result<()> {
    let device = striate::backend::device(&args.backend).map_err(Error::from)?;
    let mut predictor = Predictor::open(&model_file(args.model, &device)?, &device)?;
    if args.invert {
        predictor = predictor.invert();
    }
    let answers = args.images.iter().map(|image| predictor.predict_file(image, args.top));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    if args.json {
        return print_json(&answers);
    }
    for (image, predictions) in args.images.iter().zip(&answers) {
        let likely = predictions.iter().map(|p| format!("{} {:.1}%", p.name, 100.0 * p.probability));
        print_line(format_args!("{}: {}", image.display(), likely.collect::<Vec<_>>().join(", ")))?;
    }
    Ok(())
}
