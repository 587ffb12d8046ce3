//! `striate train`.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use striate::training::in_words;
use striate::{Error, Outcome, Recipe, RunResult, TrainRun};

use super::{print_json, print_line, say};
use crate::cli::{Settings, Train, merged};

/// As a shell gives it for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

pub(crate) fn run(args: Train) -> anyhow::Result<ExitCode> {
    let interrupt = Arc::new(AtomicBool::new(false));
    let flag = interrupt.clone();
    ctrlc::set_handler(move || {
        // Who asks twice doesn't want to wait for the step.
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    })
    .context("cannot listen for Ctrl-C")?;
    let json = args.json;
    let show = if args.dashboard && io::stderr().is_terminal() { dashboard()? } else { |run| run };
    let outcome = match (&args.out, args.resume) {
        (Some(folder), true) => resume(&args, folder, show(TrainRun::default().interrupt(interrupt)))?,
        _ => {
            let run = show(TrainRun::new(recipe(&args)?).interrupt(interrupt));
            match &args.out {
                Some(folder) => run.out(folder),
                None => run,
            }
            .start()?
        }
    };
    match outcome {
        Outcome::Complete(result) => print(&result, json)?,
        Outcome::WasComplete(result) => {
            say("the run was complete");
            print(&result, json)?;
        }
        Outcome::Stopped(folder) => {
            say(format_args!("stopped and saved; `--resume --out {}` goes on", folder.display()));
            return Ok(ExitCode::from(INTERRUPTED));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What shows a run on the whole terminal.
fn dashboard() -> Result<fn(TrainRun) -> TrainRun, Error> {
    #[cfg(feature = "dashboard")]
    return Ok(|run| run.quiet().callback(crate::dashboard::Dashboard::new()));
    #[cfg(not(feature = "dashboard"))]
    Err(Error::Option {
        option: "dashboard",
        value: "set".into(),
        rule: "this program was built without it; build it with `--features dashboard`",
    })
}

fn recipe(args: &Train) -> anyhow::Result<Recipe> {
    let mut settings = toml::Table::try_from(&args.settings)?;
    let mut optimizer = toml::Table::new();
    if let Some(name) = &args.optimizer {
        optimizer.insert("name".into(), name.clone().into());
    }
    if let Some(lr) = args.lr {
        optimizer.insert("learning_rate".into(), lr.into());
    }
    if !optimizer.is_empty() {
        settings.insert("optimizer".into(), optimizer.into());
    }
    Recipe::lay_over(&mut settings, merged(&args.set));
    Ok(Recipe::read(args.config.as_deref(), settings)?)
}

fn resume(args: &Train, folder: &Path, run: TrainRun) -> anyhow::Result<Outcome> {
    let Train { settings, config, optimizer, lr, set, .. } = args;
    let Settings { model, weights, preprocessing, data, task, epochs, batch_size, seed, backend, workers } = settings;
    let fixed = [
        ("--config", config.is_some()),
        ("--model", model.is_some()),
        ("--weights", weights.is_some()),
        ("--preprocessing", preprocessing.is_some()),
        ("--data", data.is_some()),
        ("--task", task.is_some()),
        ("--batch-size", batch_size.is_some()),
        ("--seed", seed.is_some()),
        ("--optimizer", optimizer.is_some()),
        ("--lr", lr.is_some()),
        ("--set", !set.is_empty()),
    ];
    if let Some((flag, _)) = fixed.into_iter().find(|(_, given)| *given) {
        return Err(Error::Fixed { flag }.into());
    }
    let change = |recipe: &mut Recipe| {
        if let Some(backend) = backend {
            recipe.backend.clone_from(backend);
        }
        if let Some(epochs) = epochs {
            recipe.epochs = *epochs as usize;
        }
        if let Some(workers) = workers {
            recipe.workers = *workers as usize;
        }
    };
    Ok(run.resume(folder, change)?)
}

fn print(result: &RunResult, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(result);
    }
    let RunResult { split, metrics, loss, best_epoch, seconds, model, .. } = result;
    let values = metrics.iter().map(|(name, value)| (name.as_str(), *value)).chain([("loss", *loss)]);
    let values = in_words(values);
    print_line(format_args!("{split} {values} (epoch {best_epoch}, {seconds:.1} s)"))?;
    print_line(format_args!("model: {}", model.display()))?;
    Ok(())
}
