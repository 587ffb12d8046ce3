//! `striate explain`.

use striate::{Error, ExplainMethod, ExplainRequest};

use super::{model_file, parsed, print_json, print_line};
use crate::cli::Explain;

pub(crate) fn run(args: Explain) -> anyhow::Result<()> {
    let device = striate::backend::device(&args.backend).map_err(Error::from)?;
    let methods = args.methods.iter().map(|name| name.parse::<ExplainMethod>().map_err(Error::from));
    let data = match &args.data {
        Some(data) => Some((parsed(data)?, parsed(&args.split)?)),
        None => None,
    };
    let request = ExplainRequest {
        methods: methods.collect::<Result<_, _>>()?,
        layer: args.layer,
        class: args.class,
        output: args.output,
        channel: args.channel,
        steps: args.steps,
        data,
        samples: args.samples,
        seed: args.seed,
    };
    let found = striate::explain(&model_file(args.model, &device)?, &args.image, &request, &args.out, &device)?;
    if args.json {
        return print_json(&found);
    }
    let percent = found.probability.map(|probability| format!(" {:.1}%", 100.0 * probability)).unwrap_or_default();
    print_line(format_args!("{}: {}{percent}", args.image.display(), found.name))?;
    for figure in &found.figures {
        print_line(format_args!("{}: {}", figure.file.display(), figure.caption))?;
    }
    if let Some(data) = &found.data {
        print_line(format_args!("{} samples, accuracy {:.4}", data.samples, data.accuracy))?;
    }
    print_line(found.report.display())
}
