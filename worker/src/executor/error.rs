//! Why a command did not do what it should. The text becomes part of the task's log and activity.

use std::fmt;
use std::io;

use farandole_protocol::api::TaskFinding;

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
    /// The files that were written are not as they should be, or will not be.
    #[error(transparent)]
    Outputs(OutputsError),
    /// A path of the task is in the shared storage, and that is not what it should be on this host. Says what is wrong.
    #[error("{0}")]
    Storage(String),
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

/// What was found about the files of a task and fails it.
#[derive(Debug, thiserror::Error)]
pub struct OutputsError {
    /// What was found; never empty.
    pub findings: Vec<TaskFinding>,
}

/// How many findings an error names.
const NAMED: usize = 3;

impl fmt::Display for OutputsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, finding) in self.findings.iter().take(NAMED).enumerate() {
            let separator = if number > 0 { "; " } else { "" };
            write!(f, "{separator}{}: {}", finding.class, finding.line)?;
        }
        match self.findings.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
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
