//! What is asked about the outputs of jobs, and which findings a job allows.

use clap::builder::NonEmptyStringValueParser;
use farandole_protocol::api::{Consequence, FindingClass};

use super::command::OfJob;
use super::help::VERIFY_EXAMPLES;

/// Which job is shown, and how much of it.
#[derive(Debug, clap::Args)]
pub(crate) struct ShowJob {
    #[command(flatten)]
    pub(crate) job: OfJob,
    /// List all files that the job has written, as they were recorded
    #[arg(long)]
    pub(crate) outputs: bool,
}

/// Which jobs are verified.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct Verify {
    /// Ids of jobs
    #[arg(value_name = "JOB", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) ids: Vec<String>,
    /// Requeue the tasks with a file that is missing or broken; frames that are whole are kept
    #[arg(long)]
    pub(crate) requeue: bool,
}

/// The class of findings with this name, if a submitter may allow it.
pub(super) fn allowed(name: &str) -> Result<FindingClass, String> {
    let known = FindingClass::ALL.iter().find(|it| it.as_str() == name);
    match known.filter(|class| class.can_be_allowed()) {
        Some(class) => Ok(*class),
        None => Err(format!(
            "{}; a job can allow {}",
            if known.is_some() {
                "a frame that is missing or not whole is never allowed"
            } else {
                "there is no such class of findings"
            },
            allowable().join(", ")
        )),
    }
}

/// The classes that it makes a difference to allow: the others that may be allowed are warnings in any case. Of those, a
/// private output is refused by this program.
fn allowable() -> Vec<&'static str> {
    FindingClass::ALL
        .iter()
        .filter(|class| {
            let is_refused = **class == FindingClass::PrivateOutput;
            let differs = is_refused || class.default_consequence() != Consequence::Warning;
            class.can_be_allowed() && differs
        })
        .map(|class| class.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::help::SUBMIT_EXAMPLES;
    use super::*;

    #[test]
    fn a_class_is_allowed_by_its_name() {
        for class in FindingClass::ALL {
            let read = allowed(class.as_str());
            assert_eq!(read.is_ok(), class.can_be_allowed(), "{class}: {read:?}");
        }
        assert_eq!(allowed("engine"), Ok(FindingClass::Engine));
    }

    #[test]
    fn what_cannot_be_allowed_is_refused_with_what_can() {
        let list = "engine, missing-libraries, view-transform, scene, format, missing-files, \
                    not-baked, outputs-elsewhere, private-output";
        let check = |name, reason: &str| {
            let said = allowed(name).unwrap_err();
            assert!(said.starts_with(reason) && said.ends_with(list), "{said}");
        };
        check("output-missing", "a frame that is missing");
        check("engines", "there is no such class");
        assert!(SUBMIT_EXAMPLES.contains(list), "the help lists them, too");
    }
}
