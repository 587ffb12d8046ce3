//! The `striate` command.

mod cli;
mod commands;
#[cfg(feature = "dashboard")]
mod dashboard;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use clap::Parser;
use striate::Error;

/// The user's mistake: an argument, a file, data.
const USERS_MISTAKE: u8 = 2;

fn main() -> ExitCode {
    match commands::run(cli::Cli::parse().command) {
        Ok(code) => code,
        // Who reads the output, such as `head`, has enough of it.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            commands::say(format_args!("error: {error}"));
            error.chain().skip(1).for_each(|cause| commands::say(format_args!("  caused by: {cause}")));
            let users = error.downcast_ref::<Error>().is_some_and(Error::is_users);
            ExitCode::from(if users { USERS_MISTAKE } else { 1 })
        }
    }
}
