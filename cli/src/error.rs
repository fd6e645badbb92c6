//! What can go wrong, and which exit code it is.

use std::process::ExitCode;

use farandole_protocol::client::ClientError;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// Something on this side is not as it must be.
    #[error("{0}")]
    Local(String),
    /// The Manager does not do it.
    #[error("{0}")]
    Manager(ClientError),
    /// The job that was watched came to a bad end.
    #[error(
        "job {name} is {status}: {activity}\nsee what its tasks say with: farandole tasks {id}"
    )]
    JobFailed {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
        /// How it ended.
        status: String,
        /// Why.
        activity: String,
    },
    /// There is no Manager.
    #[error("{0}")]
    NoManager(String),
}

impl CliError {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Local(_)
            | Self::JobFailed { .. }
            | Self::Manager(ClientError::Refused { .. } | ClientError::NotUnderstood { .. }) => {
                ExitCode::from(1)
            }
            Self::Manager(ClientError::Unreachable { .. }) | Self::NoManager(_) => {
                ExitCode::from(3)
            }
        }
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        Self::Manager(error)
    }
}

pub(crate) type Outcome<T> = Result<T, CliError>;
