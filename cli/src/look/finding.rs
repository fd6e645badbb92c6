//! What follows from findings. Pure.

use farandole_protocol::api::{FindingClass, TaskFinding};

use crate::error::CliError;

/// Something that was found in a scene, or in the settings of its job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Finding {
    /// The job cannot be right.
    Error(String),
    /// The job would not be what the scene shows; it is submitted only where this class is allowed.
    Unless(FindingClass, String),
    /// Something to know.
    Note(String),
}

/// What follows from all findings.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// What is told while the job is submitted.
    pub(crate) notes: Vec<String>,
    /// What is allowed, and becomes a warning of the job.
    pub(crate) allowed: Vec<TaskFinding>,
    /// Why it is not submitted, if it is not.
    pub(crate) refused: Option<CliError>,
}

/// What follows where these classes are allowed.
pub(crate) fn verdict(findings: Vec<Finding>, allowed: &[FindingClass]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut refusals = Vec::new();
    let mut is_error = false;
    for finding in findings {
        match finding {
            Finding::Note(text) => verdict.notes.push(format!("note: {text}")),
            Finding::Unless(class, text) if allowed.contains(&class) => {
                let facts = facts(&text);
                verdict.notes.push(format!("warning, allowed: {facts}"));
                verdict.allowed.push(TaskFinding {
                    class,
                    frame: None,
                    line: facts.to_owned(),
                });
            }
            Finding::Unless(_, text) => refusals.push(text),
            Finding::Error(text) => {
                is_error = true;
                refusals.push(text);
            }
        }
    }
    if !refusals.is_empty() {
        let text = refusals.join("\n");
        verdict.refused = Some(if is_error {
            CliError::Usage(text)
        } else {
            CliError::Failed(text)
        });
    }
    verdict
}

/// The text without its last line, which says what could have been done instead.
fn facts(text: &str) -> &str {
    text.rsplit_once('\n').map_or(text, |(facts, _)| facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::Note("a".to_owned()),
            Finding::Unless(FindingClass::NotBaked, "b\nallow it".to_owned()),
        ]
    }

    #[test]
    fn what_is_allowed_becomes_a_warning() {
        let allowed = verdict(findings(), &[FindingClass::NotBaked]);
        assert_eq!(allowed.notes, ["note: a", "warning, allowed: b"]);
        assert!(allowed.refused.is_none());
        assert_eq!(allowed.allowed[0].class, FindingClass::NotBaked);
        assert_eq!(allowed.allowed[0].line, "b");
    }

    #[test]
    fn what_is_not_allowed_is_refused_with_its_remedy() {
        let refused = verdict(findings(), &[FindingClass::MissingFiles]);
        assert_eq!(refused.notes, ["note: a"]);
        assert!(matches!(refused.refused, Some(CliError::Failed(text)) if text == "b\nallow it"));
    }

    #[test]
    fn an_error_is_never_allowed_and_all_refusals_are_told_at_once() {
        let mut findings = findings();
        findings.push(Finding::Error("c".to_owned()));
        let refused = verdict(findings, &[]).refused;
        assert!(matches!(refused, Some(CliError::Usage(text)) if text == "b\nallow it\nc"));
    }
}
