//! `farandole`, the person's client: submits jobs, shows what the farm does, steers it.
//!
//! Exit codes: 0 all went well, 1 the job failed or the Manager refused, 2 the command line makes no sense, 3 there is
//! no Manager.

mod args;
mod blender;
mod commands;
mod error;
mod farm;
mod ids;
mod output;
mod scene;
mod submission;
mod table;

use std::process::ExitCode;

use clap::Parser;

use args::Args;
use error::CliError;

fn main() -> ExitCode {
    let args = Args::parse();
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a TLS provider was there already");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(args)),
        Err(error) => Err(CliError::Local(format!("cannot start: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            error.exit_code()
        }
    }
}
