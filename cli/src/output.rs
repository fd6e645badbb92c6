//! What is printed: results to the output, everything else beside it.

use std::io::{self, Write};

use serde::Serialize;

use crate::error::{CliError, Outcome};

/// Prints text as it is. That nobody reads on (`| head`) is no error.
pub(crate) fn print(text: &str) -> Outcome<()> {
    match io::stdout()
        .write_all(text.as_bytes())
        .and_then(|()| io::stdout().flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Local(format!("cannot print: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints JSON.
pub(crate) fn print_json<T: Serialize>(value: &T) -> Outcome<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| CliError::Local(format!("cannot print: {error}")))?;
    print(&format!("{text}\n"))
}

/// A note beside the results.
pub(crate) fn note(text: &str) {
    // Where even this cannot be written, nobody reads it.
    drop(writeln!(io::stderr(), "{text}"));
}

/// What went wrong, with its causes.
pub(crate) fn complain(error: &CliError) {
    let mut text = error.to_string();
    let mut cause = if let CliError::Manager(error) = error {
        std::error::Error::source(error)
    } else {
        None
    };
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    note(&format!("farandole: {text}"));
}
