//! `farandole`, the person's client: submits jobs, shows what the farm does, steers it.
//!
//! Results go to the output, everything else beside it. The exit codes are said in `args.rs`, for `--help`, and in
//! `error.rs`, where they are made.

mod args;
mod error;
mod output;
mod table;
mod terminal;
mod words;

mod farm;
mod findings;
mod ids;
mod lookup;

mod blender;
mod browser;
mod files;
mod look;
mod scene;
mod submission;

mod changes;
mod consent;
mod screen;
mod select;
mod watch;

mod commands;

use std::process::ExitCode;

use clap::Parser;

use args::Args;
use error::CliError;

fn main() -> ExitCode {
    // First of all: reqwest panics without a provider. An error would mean that there is one already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(args)),
        Err(error) => Err(CliError::Failed(format!("cannot start: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            error.exit_code()
        }
    }
}
