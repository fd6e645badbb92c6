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
        let mut text = if let Self::Manager(error) = self {
            answered(error)
        } else {
            self.to_string()
        };
        if let Self::Manager(error) = self
            && let Some(advice) = advice(error)
        {
            text.extend(["\n", advice]);
        }
        text
    }
}

/// What a Manager did, or what else happened in its place.
fn answered(error: &ClientError) -> String {
    match error {
        ClientError::Unreachable(cause) => unreachable(cause.as_ref()),
        ClientError::Refused {
            status, message, ..
        } if is_page(message) => {
            format!("the Manager's URL answers with status {status}, and a page for browsers")
        }
        // It is about what was asked for, and says all that there is to say.
        ClientError::Refused {
            status: 400,
            message,
            ..
        } if !message.is_empty() => message.clone(),
        ClientError::Refused { .. } | ClientError::NotUnderstood(_) => error.to_string(),
    }
}

/// What is nearest to the truth of all that libraries say about a connection: the last cause, and where to.
fn unreachable(cause: &(dyn Error + Send + Sync + 'static)) -> String {
    let request = cause.downcast_ref::<reqwest::Error>();
    let url = request.and_then(reqwest::Error::url);
    let place = url.map_or_else(String::new, |url| {
        format!(" at {}", url.origin().ascii_serialization())
    });
    let is_silent = cause.is::<tokio::time::error::Elapsed>();
    if is_silent || request.is_some_and(reqwest::Error::is_timeout) {
        return format!("the Manager{place} cannot be reached: it does not answer in time");
    }
    let mut last: &dyn Error = cause;
    while let Some(source) = last.source() {
        last = source;
    }
    format!("the Manager{place} cannot be reached: {last}")
}

/// What is meant for browsers helps nobody in a terminal.
fn is_page(message: &str) -> bool {
    let begin = message.trim_start().get(..5).unwrap_or_default();
    begin.eq_ignore_ascii_case("<html") || begin.eq_ignore_ascii_case("<!doc")
}

const WHICH_MANAGER: &str = "is that a Manager's URL? see --manager (or FARANDOLE_MANAGER)";

fn advice(error: &ClientError) -> Option<&'static str> {
    match error {
        ClientError::Unreachable(cause) => Some(reach(cause.downcast_ref())),
        ClientError::Refused {
            status: 502 | 504, ..
        } => Some("something in between does not reach the Manager; is it running?"),
        ClientError::NotUnderstood(_)
        | ClientError::Refused {
            status: 300..400, ..
        } => Some(WHICH_MANAGER),
        ClientError::Refused {
            status, message, ..
        } if is_page(message) && *status != 503 => Some(WHICH_MANAGER),
        ClientError::Refused { status: 404, .. } => {
            Some("see what there is with: farandole jobs, farandole tasks JOB")
        }
        ClientError::Refused { status: 503, .. } => {
            Some("it is busy or only just starting; try again in a moment")
        }
        ClientError::Refused { .. } => None,
    }
}

fn reach(request: Option<&reqwest::Error>) -> &'static str {
    let Some(request) = request.filter(|request| !request.is_timeout()) else {
        return "is it running? name another one with --manager URL (or FARANDOLE_MANAGER)";
    };
    let with_tls = request.url().is_some_and(|url| url.scheme() == "https");
    match (request.is_connect(), with_tls) {
        (true, true) => {
            "is it running, and behind TLS? write http:// where it is not: --manager URL (or FARANDOLE_MANAGER)"
        }
        (true, false) => {
            "is it running? name another one with --manager URL (or FARANDOLE_MANAGER)"
        }
        (false, _) => {
            "is that a Manager, and without TLS? write https:// where it has TLS: --manager URL (or FARANDOLE_MANAGER)"
        }
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

    #[test]
    fn a_page_is_not_shown_in_a_terminal() {
        let answered = |status, message: &str| {
            let message = message.to_owned();
            let error = ClientError::Refused {
                status,
                message,
                retry_after: None,
            };
            CliError::from(error).text()
        };
        let page = "<html>\n<h1>404 Not Found</h1>";
        let said = answered(404, page);
        assert!(
            said.contains("status 404, and a page for browsers"),
            "{said}"
        );
        assert!(
            said.contains(WHICH_MANAGER) && !said.contains("h1"),
            "{said}"
        );
        let said = answered(502, "<!DOCTYPE html>");
        assert!(said.contains("does not reach the Manager"), "{said}");
        let said = answered(404, "there is no job 8fac");
        assert!(said.contains("there is no job 8fac"), "{said}");
        assert!(said.contains("farandole jobs"), "{said}");
    }
}
