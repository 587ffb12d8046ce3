//! The `striate` command.

mod cli;
mod commands;
mod dashboard;

use std::process::ExitCode;

use clap::Parser;
use striate::Error;

/// The user's mistake: an argument, a file, data.
const USERS_MISTAKE: u8 = 2;

fn main() -> ExitCode {
    match commands::run(cli::Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            commands::say(format_args!("error: {error}"));
            error.chain().skip(1).for_each(|cause| commands::say(format_args!("  caused by: {cause}")));
            let users = error.downcast_ref::<Error>().is_some_and(Error::is_users);
            ExitCode::from(if users { USERS_MISTAKE } else { 1 })
        }
    }
}
