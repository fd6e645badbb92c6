//! The list of all commands.

use farandole_protocol::api::Command;
use futures_util::future::LocalBoxFuture;

use super::super::error::CommandError;
use super::super::parameters::{ParameterFault, Parameters};
use super::super::site::Site;
use super::{
    blender_render, copy_file, echo, exec, frames_to_video, make_directory, move_directory, sleep,
};

type Running<'a> = LocalBoxFuture<'a, Result<(), CommandError>>;

/// A command: its name, and what it does.
type Entry = (
    &'static str,
    for<'a> fn(Parameters<'a>, &'a Site) -> Running<'a>,
);

const COMMANDS: &[Entry] = &[
    (echo::NAME, |parameters, site| {
        Box::pin(echo::run(parameters, site))
    }),
    (sleep::NAME, |parameters, site| {
        Box::pin(sleep::run(parameters, site))
    }),
    (exec::NAME, |parameters, site| {
        Box::pin(exec::run(parameters, site))
    }),
    (blender_render::NAME, |parameters, site| {
        Box::pin(blender_render::run(parameters, site))
    }),
    (frames_to_video::NAME, |parameters, site| {
        Box::pin(frames_to_video::run(parameters, site))
    }),
    (make_directory::NAME, |parameters, site| {
        Box::pin(make_directory::run(parameters, site))
    }),
    (move_directory::NAME, |parameters, site| {
        Box::pin(move_directory::run(parameters, site))
    }),
    (copy_file::NAME, |parameters, site| {
        Box::pin(copy_file::run(parameters, site))
    }),
];

/// Runs a command to its end.
pub(in crate::executor) async fn run_command(
    command: &Command,
    site: &Site,
) -> Result<(), CommandError> {
    let Some((_, run)) = COMMANDS.iter().find(|(name, _)| *name == command.name) else {
        return Err(CommandError::UnknownCommand(command.name.clone()));
    };
    run(Parameters(&command.parameters), site).await
}

/// The error of a command whose parameter cannot be used.
pub(super) fn refuse(command: &'static str) -> impl Fn(ParameterFault) -> CommandError {
    move |fault| CommandError::Parameter {
        command: command.to_owned(),
        fault,
    }
}

/// Does something that blocks on a thread for it.
pub(super) async fn blocking<T: Send + 'static>(
    command: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CommandError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| CommandError::Interrupted {
            command,
            source: std::io::Error::other(error),
        })
}

/// Logs why a command fails, which then is its error too.
pub(super) async fn fail(command: &'static str, site: &Site, what: String) -> CommandError {
    match site.log(format!("{command}: {what}")).await {
        Ok(()) => CommandError::Files { command, what },
        Err(cancelled) => cancelled.into(),
    }
}
