//! Why a command did not do what it should. The text becomes part of the task's log and activity.

use std::io;

use super::parameters::ParameterFault;
use super::site::Cancelled;
use crate::process::ProgramFault;

/// Why a command ended before it was done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A newer Manager may know commands that this Worker does not.
    #[error("unknown command {0:?}")]
    UnknownCommand(String),
    /// The parameters make no sense.
    #[error("{command}: {fault}")]
    Parameter {
        /// The command.
        command: String,
        /// What is wrong.
        #[source]
        fault: ParameterFault,
    },
    /// The program that was run.
    #[error(transparent)]
    Program(ProgramFault),
    /// Something about files.
    #[error("{command}: {what}")]
    Files {
        /// The command.
        command: &'static str,
        /// What failed, and why.
        what: String,
    },
    /// Work on a blocking thread ended before its time.
    #[error("{command}: {source}")]
    Interrupted {
        /// The command.
        command: &'static str,
        /// How.
        source: io::Error,
    },
    /// The task was called off.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<ProgramFault> for CommandError {
    fn from(fault: ProgramFault) -> Self {
        match fault {
            ProgramFault::Cancelled(cancelled) => Self::Cancelled(cancelled),
            ProgramFault::NotStarted { .. }
            | ProgramFault::Lost(_)
            | ProgramFault::Exited(_)
            | ProgramFault::Idle(_)
            | ProgramFault::Signalled(_) => Self::Program(fault),
        }
    }
}
