//! What is printed: results to the output, everything else beside it. Colours only where a person looks.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::error::{CliError, Outcome};
use crate::screen::on_screen;
use crate::terminal;

/// How results are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// As JSON, for programs.
    pub(crate) json: bool,
    /// With colours.
    pub(crate) colours: bool,
}

impl Output {
    /// As the command line and the terminal, if it is one, want it.
    pub(crate) fn new(json: bool) -> Self {
        let unwanted = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            json,
            colours: !json
                && !terminal::is_dumb()
                && !unwanted("NO_COLOR")
                && io::stdout().is_terminal(),
        }
    }
}

impl Output {
    /// Says what can be done next. Programs know.
    pub(crate) fn next(self, text: &str) {
        if !self.json {
            note(text);
        }
    }
}

/// Prints bytes; as they are, or to a terminal without what it would obey.
pub(crate) fn print_bytes(bytes: &[u8]) -> Outcome<()> {
    let mut out = io::stdout().lock();
    let shown = out.is_terminal().then(|| on_screen(bytes));
    let bytes = shown.as_deref().unwrap_or(bytes);
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(CliError::NobodyReads),
        Err(error) => Err(CliError::Failed(format!("cannot print: {error}"))),
    }
}

/// Prints text.
pub(crate) fn print(text: &str) -> Outcome<()> {
    print_bytes(text.as_bytes())
}

/// Prints a JSON document.
pub(crate) fn print_json(value: &impl Serialize) -> Outcome<()> {
    let text = serde_json::to_string_pretty(value);
    print(&format!("{}\n", text.map_err(unprintable)?))
}

/// Prints JSON as one line of several.
pub(crate) fn print_json_line(value: &impl Serialize) -> Outcome<()> {
    let text = serde_json::to_string(value);
    print(&format!("{}\n", text.map_err(unprintable)?))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
fn unprintable(error: serde_json::Error) -> CliError {
    CliError::Failed(format!("cannot print: {error}"))
}

/// A note beside the results.
pub(crate) fn note(text: &str) {
    let mut out = io::stderr().lock();
    let line = format!("{text}\n").into_bytes();
    let line = if out.is_terminal() {
        on_screen(&line)
    } else {
        line
    };
    // Where even this cannot be written, nobody reads it.
    drop(out.write_all(&line));
}

/// A note that only somebody who sits there cares for.
pub(crate) fn whisper(text: &str) {
    if io::stderr().is_terminal() {
        note(text);
    }
}

/// Says what went wrong, unless nobody reads on.
pub(crate) fn complain(error: &CliError) {
    if !matches!(error, CliError::NobodyReads) {
        note(&format!("farandole: {}", error.text()));
    }
}
