//! What can go wrong, what a person can do about it, and which exit code it is.

use std::error::Error;
use std::process::ExitCode;

use farandole_protocol::client::ClientError;

/// What can go wrong. Texts name the next step where there is one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The command line cannot be carried out as it is written.
    #[error("{0}")]
    Usage(String),
    /// Something on this side, or on the farm's, is not as it must be.
    #[error("{0}")]
    Failed(String),
    /// The Manager did not do it.
    #[error(transparent)]
    Manager(#[from] ClientError),
    /// The job that was watched came to a bad end, as this summary says.
    #[error("{0}")]
    JobFailed(String),
    /// There is no Manager.
    #[error("{0}")]
    NoManager(String),
    /// A person pressed Ctrl-C.
    #[error("{0}")]
    Interrupted(String),
    /// Nobody reads on (`| head`): the end, and no error.
    #[error("nobody reads on")]
    NobodyReads,
}

/// The result of everything here.
pub(crate) type Outcome<T> = Result<T, CliError>;

impl CliError {
    /// The exit code, as `--help` documents it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    const fn code(&self) -> u8 {
        match self {
            Self::NobodyReads => 0,
            Self::Failed(_)
            | Self::JobFailed(_)
            | Self::Manager(ClientError::Refused { .. } | ClientError::NotUnderstood(_)) => 1,
            Self::Usage(_) => 2,
            Self::Manager(ClientError::Unreachable(_)) | Self::NoManager(_) => 3,
            Self::Interrupted(_) => 130,
        }
    }

    /// What went wrong, with its causes, and what to do about it.
    pub(crate) fn text(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(source) = cause {
            let more = source.to_string();
            // Some libraries repeat their source's text in their own.
            if !text.contains(&more) {
                text.extend([": ", &more]);
            }
            cause = source.source();
        }
        if let Self::Manager(error) = self
            && let Some(advice) = advice(error)
        {
            text.extend(["\n", advice]);
        }
        text
    }
}

const fn advice(error: &ClientError) -> Option<&'static str> {
    match error {
        ClientError::Unreachable(_) => {
            Some("is it running? name another one with --manager URL (or FARANDOLE_MANAGER)")
        }
        ClientError::NotUnderstood(_) => {
            Some("is that a Manager's URL? see --manager (or FARANDOLE_MANAGER)")
        }
        ClientError::Refused { status: 404, .. } => {
            Some("see what there is with: farandole jobs, farandole tasks JOB")
        }
        ClientError::Refused { status: 503, .. } => {
            Some("it is busy or only just starting; try again in a moment")
        }
        ClientError::Refused { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_fail_has_the_exit_code_that_the_help_says() {
        let refused = ClientError::Refused {
            status: 422,
            message: "no".to_owned(),
            retry_after: None,
        };
        let text = String::new;
        let cases = [
            (CliError::NobodyReads, 0),
            (CliError::Failed(text()), 1),
            (CliError::JobFailed(text()), 1),
            (CliError::Manager(refused), 1),
            (ClientError::NotUnderstood(text()).into(), 1),
            (CliError::Usage(text()), 2),
            (ClientError::Unreachable("gone".into()).into(), 3),
            (CliError::NoManager(text()), 3),
            (CliError::Interrupted(text()), 130),
        ];
        for (error, code) in cases {
            assert_eq!(error.code(), code, "{error:?}");
        }
    }

    #[test]
    fn a_text_has_causes_and_advice() {
        let error = CliError::from(ClientError::Unreachable("connection refused".into()));
        let text = error.text();
        assert!(text.starts_with("the Manager cannot be reached: connection refused\n"));
        assert!(text.contains("--manager URL"));
    }
}
