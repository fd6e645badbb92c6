//! Asking a person before many things are changed, or one is lost.

use std::io::{self, IsTerminal as _, Write as _};

use crate::args::Consent;
use crate::error::{CliError, Outcome};
use crate::output::note;

/// Whether to do what was announced. An error where nobody can be asked, so that a script does not go on.
pub(crate) fn given(consent: Consent, question: &str) -> Outcome<bool> {
    if consent.dry_run {
        note("nothing was done; do it with: --yes");
        return Ok(false);
    }
    if consent.yes {
        return Ok(true);
    }
    if !can_ask() {
        return Err(CliError::Usage(format!(
            "{question} nothing was done, since nobody can be asked; do it with: --yes"
        )));
    }
    if ask(question) {
        return Ok(true);
    }
    note("nothing was done");
    Ok(false)
}

/// Whether there is a terminal to ask on.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on the terminal. Anything but a yes is a no.
pub(crate) fn ask(question: &str) -> bool {
    // Where the question cannot be written, there is no answer either.
    drop(write!(io::stderr(), "{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok() && is_yes(&answer)
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, expected) in [
            ("y\n", true),
            ("YES\n", true),
            ("\n", false),
            ("n\n", false),
            ("", false),
            ("yo\n", false),
        ] {
            assert_eq!(is_yes(answer), expected, "{answer:?}");
        }
    }
}
