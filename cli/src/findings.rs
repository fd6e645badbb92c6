//! What was noticed about the outputs of a job, in sentences. Pure.

use farandole_protocol::api::{Consequence, FindingClass, JobFinding};

use crate::table::one_line;

/// A sentence for each class of findings.
pub(crate) fn sentences(findings: &[JobFinding]) -> Vec<String> {
    findings.iter().map(sentence).collect()
}

/// A line for each class of findings, to be put below what is said of a job.
pub(crate) fn warnings(findings: &[JobFinding]) -> Vec<String> {
    let line = |sentence| format!("  warning: {sentence}");
    sentences(findings).into_iter().map(line).collect()
}

fn sentence(finding: &JobFinding) -> String {
    use FindingClass as Class;
    let count = finding.count;
    let frames = if count == 1 {
        "1 frame was".to_owned()
    } else {
        format!("{count} frames were")
    };
    let said = match finding.class {
        Class::NotChecked => format!("{frames} not checked"),
        // The line says the same of one file.
        Class::HeaderOnly => {
            return format!("{frames} checked by the header only: the format is not decoded");
        }
        // The line says it.
        Class::PrivateOutput => return one_line(finding.line.trim()),
        Class::VideoFailed if count == 1 => "the preview video was not made".to_owned(),
        Class::VideoFailed => format!("{count} preview videos were not made"),
        Class::SaveFailed
        | Class::OutputMissing
        | Class::OutputBroken
        | Class::WrongSize
        | Class::OutOfMemory
        | Class::Engine
        | Class::MissingLibraries
        | Class::ViewTransform
        | Class::Scene
        | Class::Format
        | Class::MissingFiles
        | Class::NotBaked
        | Class::OutputsElsewhere
        | Class::DeviceFallback
        | Class::PythonError => class_and_count(finding.class, count),
    };
    let line = one_line(finding.line.trim());
    if line.is_empty() {
        said
    } else {
        format!("{said}: {line}")
    }
}

fn class_and_count(class: FindingClass, count: i64) -> String {
    // It is a warning only because the job allows it.
    let allowed = if class.default_consequence() == Consequence::Warning {
        ""
    } else {
        ", allowed"
    };
    if count == 1 {
        format!("{class}{allowed}")
    } else {
        format!("{count} × {class}{allowed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(class: FindingClass, count: i64, line: &str, expected: &str) {
        let finding = JobFinding {
            class,
            count,
            line: line.to_owned(),
        };
        assert_eq!(sentences(&[finding]), [expected]);
    }

    #[test]
    fn each_class_has_its_sentence() {
        use FindingClass as Class;
        check(
            Class::NotChecked,
            12,
            "rendered by a Flamenco Worker: there was no time",
            "12 frames were not checked: rendered by a Flamenco Worker: there was no time",
        );
        check(Class::NotChecked, 1, "", "1 frame was not checked");
        check(
            Class::HeaderOnly,
            24,
            "only the header of \"/out/0001.hdr\" was checked",
            "24 frames were checked by the header only: the format is not decoded",
        );
        check(
            Class::VideoFailed,
            1,
            "no encoder",
            "the preview video was not made: no encoder",
        );
        check(
            Class::VideoFailed,
            2,
            "no encoder",
            "2 preview videos were not made: no encoder",
        );
        check(
            Class::PythonError,
            3,
            "Traceback\n(most",
            "3 × python-error: Traceback (most",
        );
        check(Class::PythonError, 1, " ", "python-error");
    }

    #[test]
    fn what_fails_other_jobs_is_said_to_be_allowed() {
        check(
            FindingClass::MissingFiles,
            2,
            "wood.png",
            "2 × missing-files, allowed: wood.png",
        );
    }
}
